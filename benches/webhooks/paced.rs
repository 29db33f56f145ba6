//! Sends requests at a fixed rate. A request that is late because earlier ones took long is sent at once, and its latency counts from the
//! time at which it should have been sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A request that got its response.
pub struct Sent {
    pub request: Vec<u8>,
    /// The time at which it should have been sent.
    pub due: Instant,
    pub ended: Instant,
}

impl Sent {
    pub fn latency(&self) -> Duration {
        self.ended - self.due
    }
}

/// Sends `count` requests over some persistent connections, each with a thread of its own: a sleeping thread wakes within about 0.1 ms,
/// a timer of Tokio only within 1 ms.
pub fn send(
    address: SocketAddr,
    rate: u32,
    count: usize,
    connections: usize,
    requests: &(dyn Fn(usize) -> Vec<u8> + Sync),
    status: u16,
) -> Vec<Sent> {
    let (next, begin) = (AtomicUsize::new(0), Instant::now() + Duration::from_millis(50));
    let work = || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut sent = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= count {
                return sent;
            }
            let due = begin + Duration::from_secs_f64(n as f64 / f64::from(rate));
            let request = requests(n);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            stream.write_all(&request).unwrap();
            assert_eq!(response(&mut stream), status);
            sent.push(Sent { request, due, ended: Instant::now() });
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Reads a response with a Content-Length, and returns its status.
fn response(stream: &mut TcpStream) -> u16 {
    let mut bytes = Vec::with_capacity(4_096);
    let mut part = [0; 4_096];
    loop {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "the server closed the connection");
        bytes.extend_from_slice(&part[..read]);
        let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if bytes.len() >= end + 4 + length {
            return head[9..12].parse().unwrap();
        }
    }
}
