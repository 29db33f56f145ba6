//! Bytes that no HTTP client would send, on connections that end at once.

use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Aim, SENDERS};

/// The time within which the server must end a connection.
const LONGEST: Duration = Duration::from_secs(20);
/// The limit on bytes that a client reads.
const MOST: usize = 64 * 1024 * 1024;

/// The client's next step once everything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Reads to the end.
    Read,
    /// Shuts down its side for writing, and reads to the end.
    HalfClose,
    /// Closes.
    Leave,
    /// Resets the connection, as a machine does that restarted after a power failure.
    Reset,
}

/// A name, and a function that returns the bytes and the next step.
type Input = (&'static str, fn(&Aim, &mut StdRng) -> (Vec<u8>, Then));

/// Formats the header of a request that closes the connection.
fn head(aim: &Aim, request: &str, more: &str) -> Vec<u8> {
    let (method, tail) = request.split_once(' ').unwrap();
    let (path, token) = (&aim.path, &aim.token);
    format!(
        "{method} {path}{tail} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{more}\r\n"
    )
    .into_bytes()
}

/// Builds a POST with this body and these headers.
fn post(aim: &Aim, more: &str, body: &[u8]) -> (Vec<u8>, Then) {
    let mut bytes = head(aim, "POST /Users", &format!("Content-Type: application/scim+json\r\n{more}"));
    bytes.extend_from_slice(body);
    (bytes, Then::Read)
}

fn chunked(aim: &Aim, body: &[u8]) -> (Vec<u8>, Then) {
    post(aim, "Transfer-Encoding: chunked\r\n", body)
}

/// Builds a POST with a compressed body.
fn compressed(aim: &Aim, body: &[u8]) -> (Vec<u8>, Then) {
    post(aim, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len()), body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// 32 MiB that compress to a few hundred KiB.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzip(&vec![b' '; 32 * 1024 * 1024]));

/// Picks one at random.
fn any<'a>(random: &mut StdRng, of: &[&'a str]) -> &'a str {
    of[random.random_range(0..of.len())]
}

const INPUTS: &[Input] = &[
    ("an incomplete header, then gone", |aim, random| {
        let mut bytes = head(aim, "GET /Users", "");
        bytes.truncate(random.random_range(0..bytes.len() - 4));
        (bytes, if random.random() { Then::Leave } else { Then::HalfClose })
    }),
    ("noise", |_, random| {
        let mut bytes = vec![0; random.random_range(1..4_000)];
        random.fill_bytes(&mut bytes);
        (bytes, Then::HalfClose)
    }),
    ("another protocol", |_, random| {
        let hello = "\u{16}\u{3}\u{1}\0\u{5}\u{1}\0\0\u{1}\u{3}\r\n\r\n";
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";
        let others =
            ["GET /\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n", "SSH-2.0-x\r\n", "HELO x\r\n\r\n", hello, preface];
        (any(random, &others).as_bytes().to_vec(), Then::HalfClose)
    }),
    ("a large head", |aim, random| {
        let name = any(random, &["X-Large", "Authorization", "Cookie", "If-Match", "Host", "Accept-Encoding"]);
        (
            head(aim, "GET /Users", &format!("{name}: {}\r\n", "x".repeat(random.random_range(1_000..400_000)))),
            Then::Read,
        )
    }),
    ("many headers", |aim, random| {
        (head(aim, "GET /Users", &"X-Many: 1\r\n".repeat(random.random_range(50..3_000))), Then::Read)
    }),
    ("a broken header", |aim, random| {
        let broken = [
            "Host: y\r\n",
            "No colon\r\n",
            " folded: 1\r\n",
            "X-A : 1\r\n",
            ": 1\r\n",
            "X-N: \0\r\n",
            "X-C: a\rb\r\n",
            "X-L: \u{ff}\u{fe}\n",
        ];
        (head(aim, "GET /Users?count=1", any(random, &broken)), Then::Read)
    }),
    ("a long target", |aim, random| {
        let tail = any(random, &["/Users/", "/Users?filter=", "/Users?attributes=", "/"]);
        (head(aim, &format!("GET {tail}{}", "a,".repeat(random.random_range(1_000..40_000))), ""), Then::Read)
    }),
    ("an odd method", |aim, random| {
        let long = "M".repeat(20_000);
        let odd = ["get", "BREW", "CONNECT", "TRACE", "OPTIONS", "M-SEARCH", "(", &long];
        (head(aim, &format!("{} /Users", any(random, &odd)), ""), Then::Read)
    }),
    ("an odd target", |aim, random| {
        let odd = [
            "GET * HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "GET http://other.example/scim/v2/a/Users HTTP/1.1",
            "CONNECT a:443 HTTP/1.1",
            "GET //// HTTP/1.1",
            "GET /scim/v2/%2e%2e/%00 HTTP/1.1",
            "GET /scim/v2// HTTP/1.1",
            "GET /metrics HTTP/9.9",
            "GET  / HTTP/1.1",
        ];
        let token = &aim.token;
        let odd = any(random, &odd);
        (
            format!("{odd}\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n").into_bytes(),
            Then::Read,
        )
    }),
    ("wrong credentials", |aim, random| {
        let long = format!("Bearer {}", "t".repeat(100_000));
        let wrong = ["Bearer", "Bearer ", "Basic !!!", "Basic Og==", "\u{e9}", "bearer x y z", &long];
        let path = any(random, &[&aim.path, "/scim/v2/nobody", "/events?x="]).to_owned();
        let wrong = any(random, &wrong);
        let body = "{\"a\":1}";
        (format!("POST {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: {wrong}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes(), Then::Read)
    }),
    ("a wrong length", |aim, random| {
        let lie = any(
            random,
            &[
                "0",
                "1",
                "5",
                "99999999",
                "18446744073709551615",
                "18446744073709551616",
                "-1",
                "0x10",
                "1e3",
                "+7",
                "7, 7",
                "",
            ],
        );
        let (bytes, _) = post(aim, &format!("Content-Length: {lie}\r\n"), b"{\"userName\":1}");
        (bytes, Then::HalfClose)
    }),
    ("two lengths", |aim, random| {
        let two = [
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: xchunked\r\n",
        ];
        let (bytes, _) = post(aim, any(random, &two), b"0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n");
        (bytes, Then::HalfClose)
    }),
    ("broken chunks", |aim, random| {
        let extension = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(random.random_range(1..200_000)));
        let trailers = format!("1\r\n{{\r\n0\r\n{}\r\n", "X-T: 1\r\n".repeat(random.random_range(1..5_000)));
        let broken = [
            "zz\r\na\r\n0\r\n\r\n",
            "FFFFFFFFFFFFFFFFF\r\n",
            "FFFFFFFFFFFFFFFF\r\na",
            "-1\r\n\r\n",
            "1\r\nabc\r\n0\r\n\r\n",
            "5\r\n{\"a\"",
            "\r\n\r\n",
            "1\na\n0\n\n",
            &extension,
            &trailers,
        ];
        let (bytes, _) = chunked(aim, any(random, &broken).as_bytes());
        (bytes, Then::HalfClose)
    }),
    ("many small chunks", |aim, random| {
        let mut body = "1\r\n[\r\n".repeat(random.random_range(1_000..30_000)).into_bytes();
        body.extend_from_slice(b"0\r\n\r\n");
        chunked(aim, &body)
    }),
    ("pipelined", |aim, random| {
        let one = head(aim, "GET /Users?count=0", "");
        let one = String::from_utf8(one).unwrap().replace("Connection: close\r\n", "");
        let mut bytes = one.repeat(random.random_range(1..200)).into_bytes();
        bytes.extend(head(aim, "GET /Schemas", ""));
        (bytes, if random.random_range(0..4) == 0 { Then::Leave } else { Then::Read })
    }),
    ("a gzip bomb", |aim, _| compressed(aim, &BOMB)),
    ("broken gzip", |aim, random| {
        // It never creates a user, because it has no userName.
        let mut body = gzip(b"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"title\":\"x\"}");
        match random.random_range(0..3) {
            0 => body.truncate(random.random_range(0..body.len())),
            1 => body = gzip(&gzip(&body)),
            _ => {
                let at = random.random_range(0..body.len());
                body[at] ^= 1 << random.random_range(0..8);
            }
        }
        compressed(aim, &body)
    }),
    ("an expectation", |aim, random| {
        let more = any(random, &["Expect: 100-continue\r\n", "Expect: the worst\r\n"]);
        (post(aim, &format!("{more}Content-Length: 1000\r\n"), b"").0, Then::HalfClose)
    }),
    ("an upgrade", |aim, random| {
        let more = any(
            random,
            &[
                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
                "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
            ],
        );
        (head(aim, "GET /Users?count=0", &more.replace("Upgrade", "Connection: Upgrade\r\nUpgrade")), Then::Read)
    }),
    ("gone in the middle of a response", |aim, random| {
        let list = head(aim, "GET /Users?count=1000", any(random, &["", "Accept-Encoding: gzip\r\n"]));
        (list, if random.random() { Then::Leave } else { Then::Reset })
    }),
    ("gone in the middle of a write", |aim, random| {
        let body = format!("{{\"schemas\":[],\"title\":\"{}", "x".repeat(random.random_range(0..100_000)));
        (
            post(aim, "Content-Length: 200000\r\n", body.as_bytes()).0,
            if random.random() { Then::Leave } else { Then::Reset },
        )
    }),
    ("a request with flipped bits", |aim, random| {
        let body =
            format!("{{\"schemas\":[\"{}\"],\"displayName\":\"x\",\"members\":[]}}", scimulate::scim::schema::GROUP);
        let mut bytes = head(
            aim,
            "PUT /Groups/nobody",
            &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
        );
        bytes.extend_from_slice(body.as_bytes());
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..bytes.len());
            bytes[at] ^= 1 << random.random_range(0..8);
        }
        (bytes, Then::HalfClose)
    }),
];

/// Sends until the time is up.
pub(super) async fn send(aim: &Aim, seed: u64) {
    join_all((0..SENDERS).map(async |sender| {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(sender as u64));
        while !aim.is_over() {
            let (name, input) = INPUTS[random.random_range(0..INPUTS.len())];
            let (bytes, then) = input(aim, &mut random);
            send_one(aim, name, &bytes, then).await;
        }
    }))
    .await;
}

async fn send_one(aim: &Aim, name: &'static str, bytes: &[u8], then: Then) {
    let mut stream = match TcpStream::connect(aim.address).await {
        Ok(stream) => stream,
        Err(error) => return aim.tally.fault(format!("{name}: no connection: {error}")),
    };
    let sending = async {
        // The server may respond and close before it has read everything.
        let _ = stream.write_all(bytes).await;
        match then {
            Then::Leave => return "left",
            Then::Reset => {
                stream.set_zero_linger().unwrap();
                return "left";
            }
            Then::HalfClose => drop(stream.shutdown().await),
            Then::Read => {}
        }
        let mut responses = Vec::new();
        let end = (&mut stream).take(MOST as u64).read_to_end(&mut responses).await;
        count_responses(aim, name, &responses, end.is_ok())
    };
    match tokio::time::timeout(LONGEST, sending).await {
        Ok(end) => aim.tally.ended(name, end),
        Err(_) => aim.tally.fault(format!(
            "{name}: no end after {LONGEST:?}: {:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(400)])
        )),
    }
}

/// Counts the responses. Everything that the server sent must be a sequence of responses.
fn count_responses(aim: &Aim, name: &'static str, responses: &[u8], closed: bool) -> &'static str {
    let (mut rest, mut last) = (responses, 0);
    while !rest.is_empty() {
        let Some((status, after)) = parse_response(rest) else {
            // A reset discards bytes that were not read yet.
            if closed {
                let shown: String = String::from_utf8_lossy(rest).chars().take(200).collect();
                aim.tally.fault(format!("{name}: not a response: {shown:?}"));
            }
            break;
        };
        aim.tally.responded(name, status, Duration::ZERO);
        (rest, last) = (after, status);
    }
    match (last, closed) {
        (0, true) => "closed",
        (0, false) => "reset",
        (..300, _) => "2xx",
        (..500, _) => "4xx",
        _ => "5xx",
    }
}

/// Parses one response: its status, and the bytes after it.
fn parse_response(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?.to_ascii_lowercase();
    let status: u16 = head.strip_prefix("http/1.")?.get(2..5)?.parse().ok()?;
    let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let after = &bytes[end..];
    let length = match (value("content-length:"), value("transfer-encoding:")) {
        _ if status < 200 || status == 204 || status == 304 => 0,
        (Some(length), _) => length.parse().ok()?,
        // Only compressed responses are chunked, and nothing follows them.
        (None, Some("chunked")) => after.len(),
        (None, _) => 0,
    };
    Some((status, after.get(length..)?))
}
