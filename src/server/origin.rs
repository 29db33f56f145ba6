//! The URL under which a client reaches the server.

use http::request::Parts;

use super::app::App;
use crate::http::host;

/// Returns scheme, host and port that the client uses to reach the server: the public URL, otherwise the host of the
/// request.
pub(super) fn origin(app: &App, parts: &Parts) -> String {
    if let Some(url) = app.public_url() {
        return url.to_owned();
    }
    let host = host::authority(&parts.uri, &parts.headers).unwrap_or("localhost");
    format!("{}://{host}", app.scheme())
}
