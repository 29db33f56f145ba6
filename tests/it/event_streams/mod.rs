//! Event streams (RFC 9967): security event tokens by poll (RFC 8936) and by push (RFC 8935).

mod commands;
mod manage;
mod page;
mod poll;
mod push;
mod token;
