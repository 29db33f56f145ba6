//! A client that costs the load's processor little: ready bytes over connections that stay open, and just as much of
//! HTTP/1.1 as the answers need.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Makes the n-th request of all.
pub type Requests = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a server that listens");
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(1 << 16) }
    }

    /// Sends a request; gives status and body of the answer.
    pub async fn exchange(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let (status, body) = loop {
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the server closed the connection");
            if let Some(head) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                let text = std::str::from_utf8(&self.buffer[..head]).unwrap();
                let length = text.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
                });
                let body = head + 4..head + 4 + length.unwrap_or(0);
                break (text[9..12].parse().unwrap(), body);
            }
        };
        while self.buffer.len() < body.end {
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the server closed the connection");
        }
        (status, &self.buffer[body])
    }
}

/// What came of a stretch of load.
#[derive(Debug, Default)]
pub struct Sample {
    pub requests: usize,
    pub seconds: f64,
    /// Of each request, in microseconds, ascending.
    pub latencies: Vec<u32>,
}

impl Sample {
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// The latency in milliseconds that `share` of the requests did not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let at = ((self.latencies.len() as f64 * share) as usize).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }
}

/// Sends requests over so many connections for a while, each connection one after the other. `next` numbers the requests;
/// every answer must have the status.
pub async fn drive(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    status: u16,
    next: &Arc<std::sync::atomic::AtomicUsize>,
    requests: &Requests,
) -> Sample {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await);
    }
    let start = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (next, requests) = (Arc::clone(next), Arc::clone(requests));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while start.elapsed() < duration {
                    let request = requests(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                    let sent = Instant::now();
                    let (seen, body) = connection.exchange(&request).await;
                    assert_eq!(seen, status, "{}", String::from_utf8_lossy(body));
                    latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                latencies
            })
        })
        .collect();
    let mut sample = Sample::default();
    for task in tasks {
        sample.latencies.extend(task.await.unwrap());
    }
    sample.seconds = start.elapsed().as_secs_f64();
    sample.requests = sample.latencies.len();
    sample.latencies.sort_unstable();
    sample
}

/// The bytes of a request.
pub fn request(method: &str, target: &str, token: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Okta SCIM Client 1.0.0\r\nAccept: application/scim+json\r\n\
         Authorization: Bearer {token}\r\n"
    );
    let length = body.len();
    let of_body = match length {
        0 => String::new(),
        _ => format!("Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: {length}\r\n"),
    };
    format!("{head}{of_body}\r\n{body}").into_bytes()
}
