//! `webhook listen`: receives webhooks on a developer's machine.

use std::sync::Arc;

use anyhow::{Context, Result};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::interrupt::termination_signal;
use super::super::serve::listen;
use super::super::stored::line;
use super::super::target::secret;
use super::super::{Exit, ValueError};
use crate::base::{Clock as _, Secret, SystemClock, escape_lines};
use crate::delivery::{forward, target};
use crate::events::signature;
use crate::http::response::{self, JSON};
use crate::http::{Handler, Server, TransportBounds, body};

/// The flags of `webhook listen`.
#[derive(Debug, clap::Args)]
pub struct ListenArgs {
    /// Address to listen on; a port alone means 127.0.0.1, and port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8090", value_parser = listen::address)]
    listen: String,
    /// Secret of the webhook endpoint (whsec_…); without it, signatures are not verified
    #[arg(long, value_name = "S", value_parser = secret)]
    secret: Option<Secret>,
    /// Send each webhook on to this URL, with its signature, and respond with its status
    #[arg(long, value_name = "URL", value_parser = forward_url)]
    forward_to: Option<String>,
    /// Print one line of JSON for each webhook, after one with the URL to register
    #[arg(long)]
    json: bool,
}

fn forward_url(text: &str) -> Result<String, ValueError> {
    target::parse(text).map(Into::into).map_err(|_| ValueError::ForwardTarget)
}

/// Runs the command.
pub(super) fn run(args: ListenArgs) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(receive(args))
}

async fn receive(args: ListenArgs) -> Result<Exit> {
    let terminated = termination_signal()?;
    let listener = listen::bind(&args.listen).await?;
    let url = format!("{}/", listen::url("http", listener.local_addr().ok()));
    if args.json {
        line(json!({"url": url}))?;
    } else {
        line(format_args!("Receiving webhooks at {url}"))?;
        if args.secret.is_none() {
            line("Signatures are not verified: pass the secret of the endpoint with --secret")?;
        }
    }
    let args = Arc::new(args);
    let handler = Handler::new(move |request| {
        let args = Arc::clone(&args);
        async move {
            let (parts, mut content) = request.into_parts();
            let (status, message) = if parts.method == Method::POST {
                match body::read(&parts.headers, &mut content, &TransportBounds::default()).await {
                    Ok(bytes) => {
                        let signed = parts.headers.get(signature::HEADER).and_then(|value| value.to_str().ok());
                        take(&args, signed, &bytes).await
                    }
                    Err(refusal) => (refusal.status(), refusal.to_string()),
                }
            } else {
                (StatusCode::METHOD_NOT_ALLOWED, "webhooks are sent with POST".to_owned())
            };
            response::json(status, JSON, &json!({"message": message}))
        }
    });
    Server::new(handler).run(listener, terminated).await;
    Ok(Exit::Good)
}

/// Verifies, forwards and prints one webhook. Returns the response.
async fn take(args: &ListenArgs, signed: Option<&str>, bytes: &[u8]) -> (StatusCode, String) {
    let verified = args.secret.as_ref().map(|secret| {
        let header = signed.ok_or_else(|| format!("the header {} is missing", signature::HEADER))?;
        let verified = signature::verify(secret, header, bytes, SystemClock.now(), signature::TOLERANCE);
        verified.map(drop).map_err(|error| error.to_string())
    });
    let event: Option<Value> = serde_json::from_slice(bytes).ok();
    let (status, message) = match (&verified, &event, &args.forward_to) {
        (Some(Err(error)), ..) => (StatusCode::BAD_REQUEST, error.clone()),
        (_, None, _) => (StatusCode::BAD_REQUEST, "the body is not JSON".to_owned()),
        (.., None) => (StatusCode::OK, "received".to_owned()),
        (.., Some(url)) => match forward(url, signed, bytes).await {
            Ok(status) => {
                let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                (code, format!("{url} responded with {status}"))
            }
            Err(error) => (StatusCode::BAD_GATEWAY, format!("{url} did not respond: {error}")),
        },
    };
    let is_verified = verified.as_ref().map(Result::is_ok);
    let printed = if args.json {
        line(json!({"verified": is_verified, "status": status.as_u16(), "message": message, "event": event}))
    } else {
        let text = |name: &str| event.as_ref().and_then(|event| event[name].as_str()).unwrap_or("?").to_owned();
        let signature = match is_verified {
            Some(true) => "signature valid",
            Some(false) => "signature INVALID",
            None => "signature not verified",
        };
        line(escape_lines(&format!("{}  {}  {signature}  {status}: {message}", text("event"), text("id"))))
    };
    if let Err(error) = printed {
        tracing::warn!(%error, "a webhook cannot be printed");
    }
    (status, message)
}
