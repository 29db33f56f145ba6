//! The body of a request, within its bounds.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;

use super::bounds::TransportBounds;
use super::refusal::Refusal;
use crate::base::limits;

/// Rejects a body with a content coding. [`super::Service`] has removed gzip and its header by then.
///
/// # Errors
/// [`Refusal::UnsupportedCoding`].
pub fn check_coding(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let coding = String::from_utf8_lossy(coding.as_bytes());
            Err(Refusal::UnsupportedCoding(coding.chars().take(CODING_SHOWN).collect()))
        }
        _ => Ok(()),
    }
}

/// Characters of an unknown coding that a message quotes.
const CODING_SHOWN: usize = 60;

/// Returns the media type of the body in lower case, without parameters; `None` without `Content-Type`.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(CONTENT_TYPE)?.as_bytes());
    Some(value.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
}

/// Reads the whole body.
///
/// # Errors
/// [`Refusal::BodyTooLarge`] beyond [`TransportBounds::body_bytes`], [`Refusal::BodyTimeout`] after
/// [`TransportBounds::body_timeout`], [`Refusal::BodyUnreadable`] if the connection fails or gzip is corrupt.
pub async fn read(headers: &HeaderMap, body: &mut Body, bounds: &TransportBounds) -> Result<Bytes, Refusal> {
    let limit = bounds.body_bytes;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Refusal::BodyTooLarge { limit });
    }
    let seconds = bounds.body_timeout.as_secs_f64();
    tokio::time::timeout(bounds.body_timeout, collect(body, limit))
        .await
        .unwrap_or_else(|_| Err(Refusal::BodyTimeout { seconds: seconds.to_string() }))
}

async fn collect(body: &mut Body, limit: usize) -> Result<Bytes, Refusal> {
    // Nearly every body arrives in one piece, which is returned without a copy.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::BodyUnreadable(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    whole.unsplit(rest);
    Ok(whole.freeze())
}

/// Reads and discards the rest of a body after a response that did not need it. A client that is still sending would
/// otherwise see a reset connection instead of the response. Both time and bytes are bounded.
pub async fn drain(headers: &HeaderMap, body: &mut Body) {
    // A client that waits for 100 Continue has not sent the body.
    if headers.contains_key(EXPECT) {
        return;
    }
    let reading = async {
        let mut read = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > 2 * limits::REQUEST_BODY_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limits::DRAIN_TIMEOUT, reading).await;
}
