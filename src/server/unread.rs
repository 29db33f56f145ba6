//! Requests that can't be read as HTTP/1 at all: hyper answers those by itself, with a status and no body, before anybody
//! else hears of them. On its way out such an answer is told in SCIM's words; nothing else that is written is touched.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::base::limits;
use crate::scim::ScimError;

/// A connection whose bare answers are put into words.
#[derive(Debug)]
pub(super) struct Worded<S> {
    stream: S,
    /// What is still to be written in place of a bare answer.
    words: Bytes,
}

impl<S: AsyncWrite + Unpin> Worded<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, words: Bytes::new() }
    }

    fn poll_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.words.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.words))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.words.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

/// The answer in SCIM's form (RFC 7644 section 3.12), where this is a whole answer of hyper's own: one of its statuses, and
/// no header but those that it sets itself.
fn worded(answer: &[u8]) -> Option<Bytes> {
    let error = match answer.strip_prefix(b"HTTP/1.")?.get(1..6)? {
        b" 400 " => {
            ScimError::invalid_syntax("the request is not HTTP/1.1 that can be read, in its first line or a header")
        }
        b" 414 " => {
            ScimError::new(414, format!("the URL is too long; the most is {} bytes", limits::REQUEST_TARGET_BYTES))
        }
        b" 431 " => {
            let most = limits::REQUEST_HEAD_BYTES;
            ScimError::new(431, format!("the header is larger than {most} bytes, or holds more than {HEADERS} lines"))
        }
        _ => return None,
    };
    let head = std::str::from_utf8(answer).ok()?.strip_suffix("\r\n\r\n")?;
    let (first, lines) = head.split_once("\r\n")?;
    let mut kept = first.to_owned();
    for line in lines.split("\r\n") {
        match line {
            "content-length: 0" => {}
            "connection: close" => kept = format!("{kept}\r\n{line}"),
            line if line.starts_with("date: ") => kept = format!("{kept}\r\n{line}"),
            _ => return None,
        }
    }
    let body = error.to_json().to_string();
    let length = body.len();
    Some(format!("{kept}\r\ncontent-type: application/scim+json\r\ncontent-length: {length}\r\n\r\n{body}").into())
}

/// The lines of a header that hyper reads.
const HEADERS: usize = 100;

impl<S: AsyncRead + Unpin> AsyncRead for Worded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Worded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_words(cx))?;
        match worded(bytes) {
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
            Some(words) => {
                self.words = words;
                // Whoever writes flushes afterwards, which waits for all of them.
                match self.poll_words(cx) {
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                    _ => Poll::Ready(Ok(bytes.len())),
                }
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match parts {
            // An answer without a body is one part.
            [only] => self.poll_write(cx, only),
            parts => {
                ready!(self.poll_words(cx))?;
                Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "date: Tue, 24 Nov 2026 17:19:20 GMT";

    #[test]
    fn a_bare_answer_keeps_its_head_and_gets_a_body() {
        for (status, word) in
            [("400 Bad Request", "HTTP/1.1"), ("414 URI Too Long", "57344"), ("431 Too Large", "131072")]
        {
            let bare = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n{DATE}\r\n\r\n");
            let words = worded(bare.as_bytes()).unwrap();
            let (head, body) = std::str::from_utf8(&words).unwrap().split_once("\r\n\r\n").unwrap();
            let length = body.len();
            assert_eq!(
                head,
                format!(
                    "HTTP/1.1 {status}\r\nconnection: close\r\n{DATE}\r\ncontent-type: application/scim+json\r\n\
                     content-length: {length}"
                )
            );
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["status"], status[..3]);
            assert!(body["detail"].as_str().unwrap().contains(word), "{body}");
        }
        assert!(
            worded(format!("HTTP/1.0 400 Bad Request\r\ncontent-length: 0\r\n{DATE}\r\n\r\n").as_bytes()).is_some()
        );
    }

    #[test]
    fn nothing_else_is_touched() {
        for other in [
            String::new(),
            "HTTP/1.".to_owned(),
            "{\"a\":1}".to_owned(),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n".to_owned(),
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n{DATE}\r\n\r\n{{}}"),
            format!("HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\ncontent-length: 0\r\n{DATE}\r\n\r\n"),
            format!("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n{DATE}\r\n\r\n"),
            format!("HTTP/1.1 204 No Content\r\n{DATE}\r\n\r\n"),
        ] {
            assert_eq!(worded(other.as_bytes()), None, "{other}");
        }
    }
}
