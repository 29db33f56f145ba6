//! Pages for people with a browser. The page at `/` shows the directories of the store, and the last requests and events; a
//! portal link leads to a page for the administrator of an organization.
//!
//! Pages are rendered on the server from bounded queries. They never show a token. Names come from strangers, so the
//! templates escape everything, and the Content-Security-Policy permits no script but that of the page.
//!
//! Start reading at `dispatch`; `access` decides who may see the overview.

mod access;
mod dispatch;
mod overview;
mod portal;
mod recent;
mod render;

pub(super) use dispatch::{router, serves};
pub(super) use portal::link as portal_link;
pub(super) use recent::RecentRequests;
