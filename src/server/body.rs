//! The body of a request: its media type, and its bytes within bounds.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;

use super::bounds::Bounds;
use super::error::RequestError;
use crate::base::limits;
use crate::scim::ScimError;

/// Whether the body may be read: `application/scim+json` or `application/json`, with any parameters. Okta's agent sends
/// the first, Okta's test suite the second.
///
/// # Errors
/// 415 for anything else, also for none, and for a coding that is not known: gzip was unpacked and its header taken away.
pub(super) fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    if let Some(coding) =
        headers.get(CONTENT_ENCODING).filter(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        let coding = String::from_utf8_lossy(coding.as_bytes());
        let coding = super::query::short(&coding);
        return Err(RequestError::Coding(format!("Content-Encoding is {coding:?}; send the body as it is, or gzip")));
    }
    let given = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let essence = given.as_deref().map(|value| value.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/scim+json" | "application/json") => Ok(()),
        Some(other) => Err(ScimError::new(
            415,
            format!("Content-Type is {:?}; send application/scim+json or application/json", super::query::short(other)),
        )
        .into()),
        None => {
            Err(ScimError::new(415, "there is no Content-Type; send application/scim+json or application/json").into())
        }
    }
}

/// Reads the whole body.
///
/// # Errors
/// 413 beyond [`Bounds::body_bytes`], 408 when it does not end within [`Bounds::body_timeout`], 400
/// `invalidSyntax` when the connection breaks in the middle.
pub(super) async fn read(headers: &HeaderMap, body: &mut Body, bounds: &Bounds) -> Result<Bytes, ScimError> {
    let most = bounds.body_bytes;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    let seconds = bounds.body_timeout.as_secs_f64();
    tokio::time::timeout(bounds.body_timeout, collect(body, most))
        .await
        .unwrap_or_else(|_| Err(ScimError::new(408, format!("the body did not arrive within {seconds} s"))))
}

async fn collect(body: &mut Body, most: usize) -> Result<Bytes, ScimError> {
    // Nearly every body comes in one piece, which is then taken as it is.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ScimError::invalid_syntax(format!("the body could not be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + rest.len() + data.len() > most {
            return Err(too_large(most));
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

fn too_large(most: usize) -> ScimError {
    ScimError::new(413, format!("the body is larger than {most} bytes, the most that is read"))
}

/// Reads on for a short while after an answer that did not need the body: a client that is still sending would else
/// meet a reset connection and never see the answer. Nothing is kept, and the sum is bounded.
pub(super) async fn drain(headers: &HeaderMap, body: &mut Body) {
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
