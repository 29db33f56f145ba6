//! The transports of a client: HTTP, or a service in this process.

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tower::ServiceExt as _;

use super::certificates;
use super::failure::{Cause, CauseKind, Failure, InvalidRequest, TargetError};
use super::request::Request;
use super::service::Service;
use super::target::Target;

/// Sends requests of one target.
#[derive(Debug, Clone)]
pub(super) enum Transport {
    Http(reqwest::Client),
    InProcess(Service),
}

impl Transport {
    pub(super) fn of(target: &Target) -> Result<Self, TargetError> {
        match &target.service {
            Some(service) => Ok(Self::InProcess(service.clone())),
            None => http_client(target).map(Self::Http),
        }
    }

    /// Sends a request and returns the response before its body is read.
    pub(super) async fn send(
        &self,
        target: &Target,
        request: &Request,
        headers: &[(String, String)],
    ) -> Result<reqwest::Response, Failure> {
        let built = build(target, request, headers).map_err(Failure::Unsendable)?;
        match self {
            Self::Http(client) => client.execute(built).await.map_err(|error| failure(&error, target)),
            Self::InProcess(service) => {
                let body = Bytes::from(request.body.clone().unwrap_or_default());
                let mut call = http::Request::new(body);
                *call.method_mut() = built.method().clone();
                *call.uri_mut() = built.url().as_str().parse().map_err(|error: http::uri::InvalidUri| {
                    Failure::Unsendable(InvalidRequest::Url { url: built.url().to_string(), reason: error.to_string() })
                })?;
                *call.headers_mut() = built.headers().clone();
                service.clone().oneshot(call).await.map(reqwest::Response::from)
            }
        }
    }
}

fn build(target: &Target, request: &Request, headers: &[(String, String)]) -> Result<reqwest::Request, InvalidRequest> {
    let url = format!("{}{}", target.base, request.path);
    // A URL parser would silently remove dot segments, and the request would reach another resource.
    let has_dots = request.subject().1.is_some_and(|id| id.split('/').any(|part| part == "." || part == ".."));
    if has_dots {
        return Err(InvalidRequest::DotSegment(request.path.clone()));
    }
    let url = match reqwest::Url::parse(&url) {
        Ok(url) => url,
        Err(error) => return Err(InvalidRequest::Url { url, reason: error.to_string() }),
    };
    let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes())
        .map_err(|error| InvalidRequest::Other(error.to_string()))?;
    let mut built = reqwest::Request::new(method, url);
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let invalid =
            |error: &dyn std::fmt::Display| InvalidRequest::Header { name: name.clone(), reason: error.to_string() };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| invalid(&error))?;
        map.append(header, HeaderValue::from_bytes(value.as_bytes()).map_err(|error| invalid(&error))?);
    }
    *built.headers_mut() = map;
    *built.body_mut() = request.body.clone().map(reqwest::Body::from);
    Ok(built)
}

/// Returns the `Host` header of a base URL: `host` or `host:port`.
pub(super) fn host(base: &str) -> Option<String> {
    let url = reqwest::Url::parse(base).ok()?;
    let name = url.host_str()?;
    Some(url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}

fn failure(error: &reqwest::Error, target: &Target) -> Failure {
    let cause = cause(error);
    if error.is_builder() {
        return Failure::Unsendable(InvalidRequest::Other(cause.text));
    }
    if error.is_connect() {
        let host = host(&target.base).unwrap_or_else(|| target.base.clone());
        return Failure::Connect(Cause { text: format!("{host}: {}", cause.text), ..cause });
    }
    Failure::Cut(cause)
}

/// Returns the innermost error, because reqwest's outer messages only repeat the URL.
pub(super) fn cause(error: &reqwest::Error) -> Cause {
    let mut kind = kind(error);
    let mut inner: &(dyn std::error::Error + 'static) = error;
    while let Some(next) = inner.source() {
        inner = next;
        if kind == CauseKind::Other {
            kind = self::kind(inner);
        }
    }
    Cause { kind, text: inner.to_string() }
}

fn kind(error: &(dyn std::error::Error + 'static)) -> CauseKind {
    match tls_error(error) {
        Some(rustls::Error::InvalidCertificate(_)) => CauseKind::Certificate,
        Some(rustls::Error::InvalidMessage(_)) => CauseKind::NotTls,
        _ if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) => CauseKind::NotHttp,
        _ => CauseKind::Other,
    }
}

/// Unwraps `io::Error`s, because `source` skips the error inside them.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let inside = || tls_error(error.downcast_ref::<std::io::Error>()?.get_ref()?);
    error.downcast_ref().or_else(inside)
}

fn http_client(target: &Target) -> Result<reqwest::Client, TargetError> {
    // The first caller in the process installs the TLS provider; later calls fail, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = target.ca_cert.as_deref().map(certificates::authorities).transpose()?.unwrap_or_default();
    let builder = reqwest::Client::builder()
        .http1_only()
        .http1_title_case_headers()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .deflate(true)
        .tls_danger_accept_invalid_certs(target.insecure);
    // Plain HTTP must work on a machine without any certificate authority.
    let builder =
        if target.base.starts_with("http://") { builder.tls_certs_only(own) } else { builder.tls_certs_merge(own) };
    builder.build().map_err(|error| TargetError::Setup(cause(&error).text))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_tls_error_is_recognized_inside_io_errors() {
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, certificate));
        assert_eq!(kind(&nested), CauseKind::Certificate);
        let message = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert_eq!(kind(&io::Error::other(message)), CauseKind::NotTls);
        assert_eq!(kind(&io::Error::other("x")), CauseKind::Other);
    }
}
