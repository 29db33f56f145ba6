//! Reports: one plain model ([`run`]), and renderers that are pure functions of it.

pub mod run;
