//! Sends a webhook on to another receiver.

use reqwest::header::CONTENT_TYPE;

use super::sender::{self, Connections};
use crate::base::limits;
use crate::events::signature;

/// Forwards a webhook unchanged, with its signature, with its signature. The target may have any address, because the person who runs the
/// command chose it. Returns the status of the response, or the reason for which there is none.
pub async fn forward(url: &str, signed: Option<&str>, body: &[u8]) -> Result<u16, String> {
    let client = sender::client(url.starts_with("https:"), true, Connections::Fresh)?;
    let mut request = client.post(url).header(CONTENT_TYPE, "application/json").timeout(limits::WEBHOOK_TIMEOUT);
    if let Some(signed) = signed {
        request = request.header(signature::HEADER, signed);
    }
    let response = request.body(body.to_vec()).send().await;
    response.map(|response| response.status().as_u16()).map_err(|error| sender::cause(&error))
}
