//! A client with little CPU cost: prebuilt bytes over persistent connections, and only the parts of HTTP/1.1 that the
//! responses require.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Builds the n-th request.
pub type Requests = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// One persistent connection.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The relevant parts of a response's head.
struct Head {
    status: u16,
    length: usize,
    chunked: bool,
    closes: bool,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { address, stream: Self::connect(address).await?, buffer: Vec::with_capacity(1 << 16) })
    }

    async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Sends a request and returns the status and body of the response.
    pub async fn exchange(&mut self, request: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            self.more().await?;
            if let Some(head) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                break head;
            }
        };
        let head = head(&self.buffer[..end]);
        let start = end + 4;
        let body = if head.chunked {
            // Each chunk ends with a line break, and the last chunk is empty.
            while !self.buffer[end + 2..].ends_with(b"\r\n0\r\n\r\n") {
                self.more().await?;
            }
            joined(&self.buffer[start..])
        } else {
            while self.buffer.len() < start + head.length {
                self.more().await?;
            }
            self.buffer[start..].to_vec()
        };
        if head.closes {
            self.stream = Self::connect(self.address).await?;
        }
        Ok((head.status, body))
    }

    async fn more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::Error::other("the server closed the connection")),
            _ => Ok(()),
        }
    }
}

fn head(bytes: &[u8]) -> Head {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut head = Head { status: text[9..12].parse().unwrap(), length: 0, chunked: false, closes: false };
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name {
            name if name.eq_ignore_ascii_case("content-length") => head.length = value.parse().unwrap(),
            name if name.eq_ignore_ascii_case("transfer-encoding") => {
                head.chunked = value.eq_ignore_ascii_case("chunked");
            }
            name if name.eq_ignore_ascii_case("connection") => head.closes = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    head
}

/// Joins the chunks of a body.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|end| end == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&chunks[end + 2..][..size]);
        chunks = &chunks[end + 2 + size + 2..];
    }
    body
}

/// The result of one period of load.
#[derive(Debug, Default)]
pub struct Sample {
    /// The number of responses while all connections were busy, and the duration of that time.
    pub requests: usize,
    pub seconds: f64,
    /// The latency of each request in microseconds, ascending.
    pub latencies: Vec<u32>,
    /// The response bodies, if [`Load::keep`] is set.
    pub bodies: Vec<Vec<u8>>,
    /// The reason why a connection failed.
    pub broken: Option<String>,
}

impl Sample {
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Returns a quantile of the latency, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let at = ((self.latencies.len() as f64 * share) as usize).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }

    /// Appends a later sample.
    pub fn and(mut self, other: Self) -> Self {
        self.requests += other.requests;
        self.seconds += other.seconds;
        self.latencies.extend(other.latencies);
        self.latencies.sort_unstable();
        self.broken = self.broken.or(other.broken);
        self
    }
}

/// The parameters of a load.
#[derive(Debug, Clone)]
pub struct Load {
    pub connections: usize,
    /// The load ends after this time or after this number of requests.
    pub duration: Duration,
    pub requests: usize,
    /// The expected status of every response.
    pub status: u16,
    /// Stores the response bodies.
    pub keep: bool,
}

impl Load {
    pub fn new(connections: usize, duration: Duration, status: u16) -> Self {
        Self { connections, duration, requests: usize::MAX, status, keep: false }
    }
}

/// One response: its time in microseconds since the start, and its latency.
struct Timing {
    at: u64,
    latency: u32,
}

/// Sends requests over each connection, one after the other. `next` numbers the requests.
pub async fn drive(address: SocketAddr, load: &Load, next: &Arc<AtomicUsize>, requests: &Requests) -> Sample {
    let mut open = Vec::new();
    for _ in 0..load.connections {
        match Connection::open(address).await {
            Ok(connection) => open.push(connection),
            Err(error) => return Sample { broken: Some(error.to_string()), ..Sample::default() },
        }
    }
    let (sent, end) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
    let start = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (next, requests, sent, end) =
                (Arc::clone(next), Arc::clone(requests), Arc::clone(&sent), Arc::clone(&end));
            let load = load.clone();
            tokio::spawn(async move {
                let mut one = (Vec::new(), Vec::new(), None);
                while start.elapsed() < load.duration && sent.fetch_add(1, Ordering::Relaxed) < load.requests {
                    let request = requests(next.fetch_add(1, Ordering::Relaxed));
                    let began = Instant::now();
                    match connection.exchange(&request).await {
                        Ok((status, body)) if status == load.status => {
                            let latency = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
                            one.0.push(Timing { at: start.elapsed().as_micros() as u64, latency });
                            one.1.extend(load.keep.then_some(body));
                        }
                        Ok((status, body)) => {
                            one.2 = Some(format!("{status} {}", String::from_utf8_lossy(&body)));
                            break;
                        }
                        Err(error) => {
                            one.2 = Some(error.to_string());
                            break;
                        }
                    }
                }
                end.fetch_min(start.elapsed().as_micros() as u64, Ordering::Relaxed);
                one
            })
        })
        .collect();
    let (mut sample, mut timings) = (Sample::default(), Vec::new());
    for task in tasks {
        let (times, bodies, broken) = task.await.unwrap();
        timings.extend(times);
        sample.bodies.extend(bodies);
        sample.broken = sample.broken.or(broken);
    }
    // Once the first connection is finished, the server is under less load.
    let end = end.load(Ordering::Relaxed);
    sample.requests = timings.iter().filter(|timing| timing.at <= end).count();
    sample.seconds = end as f64 / 1e6;
    sample.latencies = timings.iter().map(|timing| timing.latency).collect();
    sample.latencies.sort_unstable();
    sample
}

/// Builds the bytes of a request.
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
