//! HTTP/2 frames that no client would send, over TLS: floods, bombs, incomplete headers and bodies, endless streams, and
//! responses with a closed window. The server must end each connection within its time limits, with GOAWAY or without.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::MissedTickBehavior;

use super::Aim;
use crate::support::tls;

/// The time within which the server must end a connection: its time limits of 1 s and 5 s may follow one another, and the
/// machine may be slow.
const LONGEST: Duration = Duration::from_secs(30);
/// The server's time limit for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(1);
/// The bytes of a flood that the server reads: enough to matter, and few enough to leave time to the other inputs.
const FLOOD: usize = 4 * 1024 * 1024;
/// The time between two connections with the same input.
const PAUSE: Duration = Duration::from_millis(100);
/// The interval of inputs that drip.
const BEAT: Duration = Duration::from_millis(200);
/// More streams than a connection may have open, and more than a client may make the server refuse or reset.
const MANY: u32 = 2_000;

// Types and flags of frames (RFC 9113 section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const UNKNOWN: u8 = 77;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

// Error codes (RFC 9113 section 7).
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const FRAME_SIZE_ERROR: u32 = 6;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The rate of the second part of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Never,
    /// Every fifth of a second.
    Drips,
    /// As fast as the server reads, up to [`FLOOD`].
    Floods,
    /// As fast as the server reads; the client reads nothing.
    FloodsDeaf,
}

/// The expected end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// GOAWAY with this error code.
    Away(u32),
    /// A close without an error code.
    Closed,
    /// Either, whichever limit is reached first.
    ClosedOrAway(u32),
}

/// A name, the first frames, the rate of the next frames, the next frames, and the expected end.
type Input = (&'static str, fn(&Aim) -> Vec<u8>, Pace, fn() -> Vec<u8>, End);

/// Builds a frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Encodes a length with a prefix of seven bits (RFC 7541 section 5.1).
fn length(of: &str) -> Vec<u8> {
    let Some(mut rest) = of.len().checked_sub(127) else { return vec![u8::try_from(of.len()).unwrap()] };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// Encodes a literal header field (RFC 7541 section 6.2) without Huffman coding. `form` selects the indexing.
fn field(form: u8, name: &str, value: &str) -> Vec<u8> {
    [&[form][..], &length(name), name.as_bytes(), &length(value), value.as_bytes()].concat()
}

/// Without indexing.
const PASSING: u8 = 0x00;
/// With incremental indexing, as the first entry of the dynamic table: [`NEWEST`].
const INDEXED: u8 = 0x40;
const NEWEST: u8 = 0x80 | 0x3e;

/// Encodes the header fields of a request.
fn head(aim: &Aim, request: &str) -> Vec<u8> {
    let (method, tail) = request.split_once(' ').unwrap();
    let fields = [
        (":method", method),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", &format!("{}{tail}", aim.path)),
        ("authorization", &format!("Bearer {}", aim.token)),
        ("content-type", "application/json"),
    ];
    fields.iter().flat_map(|(name, value)| field(PASSING, name, value)).collect()
}

/// Begins a request with a body.
fn open(aim: &Aim, stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &head(aim, "POST /Users"))
}

/// Sends a request without a body.
fn get(aim: &Aim, stream: u32, tail: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &head(aim, &format!("GET {tail}")))
}

/// Begins a header that CONTINUATION frames continue.
fn begin(aim: &Aim) -> Vec<u8> {
    frame(HEADERS, END_STREAM, 1, &head(aim, "GET /Users?count=0"))
}

/// Opens streams, one after the other.
fn streams(count: u32, one: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(|n| one(1 + 2 * n)).collect()
}

/// Sets the window for each response, in bytes.
fn window(bytes: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&[0, 4][..], &bytes.to_be_bytes()].concat())
}

fn wider(stream: u32, by: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

const MOST_WINDOW: u32 = 0x7fff_ffff;

fn nothing() -> Vec<u8> {
    Vec::new()
}

fn pings() -> Vec<u8> {
    frame(PING, 0, 0, b"12345678").repeat(500)
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]).repeat(500)
}

const CALM: End = End::Away(ENHANCE_YOUR_CALM);
const BROKEN: End = End::Away(PROTOCOL_ERROR);

#[rustfmt::skip]
const INPUTS: &[Input] = &[
    ("streams that are reset at once", |aim| streams(MANY, |n| [get(aim, n, "/Users?count=0"), frame(RST_STREAM, 0, n, &[0, 0, 0, 8])].concat()), Pace::Never, nothing, CALM),
    ("an endless header", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", "y")), CALM),
    ("an endless header of empty frames", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, b"").repeat(100), CALM),
    ("an endless header in large pieces", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", &"y".repeat(16_000))), CALM),
    ("an endless header that drips", begin, Pace::Drips, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", "y")), End::ClosedOrAway(ENHANCE_YOUR_CALM)),
    ("an incomplete header", begin, Pace::Never, nothing, End::Closed),
    ("an incomplete frame", |aim| begin(aim)[..30].to_vec(), Pace::Never, nothing, End::Closed),
    ("a compressed header of 48 MB", |aim| frame(HEADERS, END_HEADERS | END_STREAM, 1, &[head(aim, "GET /Users"), field(INDEXED, "x", &"y".repeat(3_900)), vec![NEWEST; 12_000]].concat()), Pace::Never, nothing, CALM),
    ("a compressed header of 200 KB", |aim| frame(HEADERS, END_HEADERS | END_STREAM, 1, &[head(aim, "GET /Users"), field(INDEXED, "x", &"y".repeat(3_900)), vec![NEWEST; 50]].concat()), Pace::Never, nothing, End::Closed),
    ("settings, and no acknowledgment is read", |_| nothing(), Pace::FloodsDeaf, settings, End::Closed),
    ("settings", |_| nothing(), Pace::Floods, settings, End::Closed),
    ("pings, and no response is read", |_| nothing(), Pace::FloodsDeaf, pings, End::Closed),
    ("pings", |_| nothing(), Pace::Floods, pings, End::Closed),
    ("a ping now and then", |_| nothing(), Pace::Drips, || frame(PING, 0, 0, b"12345678"), End::Closed),
    ("priorities", |_| nothing(), Pace::Floods, || frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 16]).repeat(500), End::Closed),
    ("frames of an unknown type", |_| nothing(), Pace::Floods, || frame(UNKNOWN, 0, 1, &[0; 100]).repeat(100), End::Closed),
    ("a window update of zero", |_| wider(0, 0), Pace::Never, nothing, BROKEN),
    ("a window update of zero on a stream", |aim| [open(aim, 1), wider(1, 0)].concat(), Pace::Never, nothing, BROKEN),
    ("a window that overflows", |_| wider(0, MOST_WINDOW).repeat(2), Pace::Never, nothing, End::Away(FLOW_CONTROL_ERROR)),
    ("windows of streams that overflow", |aim| streams(MANY, |n| [open(aim, n), wider(n, MOST_WINDOW).repeat(2)].concat()), Pace::Never, nothing, CALM),
    ("an endless body of empty frames", |aim| open(aim, 1), Pace::Floods, || frame(DATA, 0, 1, b"").repeat(100), CALM),
    ("a body of single bytes", |aim| open(aim, 1), Pace::Floods, || frame(DATA, 0, 1, b" ").repeat(100), CALM),
    ("a body of padding", |aim| open(aim, 1), Pace::Floods, || frame(DATA, PADDED, 1, &[&[255], &[0; 255][..]].concat()).repeat(60), CALM),
    ("a body that drips", |aim| open(aim, 1), Pace::Drips, || frame(DATA, 0, 1, b" "), End::Closed),
    ("bodies that never begin, beyond the streams", |aim| streams(1_000, |n| open(aim, n)), Pace::Never, nothing, End::Closed),
    ("bodies that never begin, far beyond them", |aim| streams(MANY, |n| open(aim, n)), Pace::Never, nothing, CALM),
    ("incomplete bodies", |aim| streams(100, |n| [open(aim, n), frame(DATA, 0, n, b"{\"a\"")].concat()), Pace::Never, nothing, End::Closed),
    ("responses with a closed window", |aim| [window(0), streams(100, |n| get(aim, n, "/Users?count=100"))].concat(), Pace::Never, nothing, End::Closed),
    ("responses with a window of one byte", |aim| [window(1), streams(100, |n| get(aim, n, "/Schemas"))].concat(), Pace::Never, nothing, End::Closed),
    ("responses that are not read", |aim| [window(MOST_WINDOW), wider(0, 0x4000_0000)].concat().into_iter().chain(streams(100, |n| get(aim, n, "/Users?count=100"))).collect(), Pace::FloodsDeaf, pings, End::Closed),
    ("nothing", |_| nothing(), Pace::Never, nothing, End::Closed),
    ("a frame that is too large", |_| frame(DATA, 0, 1, &[0; 17_000]), Pace::Never, nothing, End::Away(FRAME_SIZE_ERROR)),
    ("settings of five bytes", |_| frame(SETTINGS, 0, 0, b"12345"), Pace::Never, nothing, BROKEN),
    ("a promise", |aim| frame(PUSH_PROMISE, END_HEADERS, 1, &[&[0, 0, 0, 2][..], &head(aim, "GET /Users")].concat()), Pace::Never, nothing, BROKEN),
    ("data on an idle stream", |_| frame(DATA, 0, 1, b"{}"), Pace::Never, nothing, BROKEN),
    ("a reset of an idle stream", |_| frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]), Pace::Never, nothing, BROKEN),
    ("a request on the connection's stream", |aim| get(aim, 0, "/Users"), Pace::Never, nothing, BROKEN),
    ("a request on a server's stream", |aim| get(aim, 2, "/Users"), Pace::Never, nothing, BROKEN),
];

/// Sends every input repeatedly until the time is up, and at least once.
pub(super) async fn send(aim: &Aim, certificate: &CertificateDer<'static>) {
    join_all(INPUTS.iter().map(async |input| {
        let (name, mut beat) = (input.0, tokio::time::interval(PAUSE));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match tokio::time::timeout(LONGEST, run(aim, certificate, input)).await {
                Ok(Ok(how)) => aim.tally.ended(name, how),
                Ok(Err(fault)) => aim.tally.fault(format!("{name}: {fault}")),
                Err(_) => aim.tally.fault(format!("{name}: the connection is open after {LONGEST:?}")),
            }
            if aim.is_over() {
                return;
            }
        }
    }))
    .await;
}

/// Sends one input, and returns how the server ended the connection.
async fn run(aim: &Aim, certificate: &CertificateDer<'static>, input: &Input) -> Result<&'static str, String> {
    let (_, first, pace, again, end) = input;
    let began = Instant::now();
    let (mut reading, mut writing) = tokio::io::split(tls::http_2(aim.address, certificate.clone()).await);
    let first = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, b"")[..], &first(aim)].concat();
    let again = again();
    let mut sending = pin!(write_frames(&mut writing, &first, *pace, &again));
    if *pace == Pace::FloodsDeaf {
        sending.await;
        return Ok("reset");
    }
    let mut reading_frames = pin!(read_frames(&mut reading));
    let (goaway, reset) = tokio::select! {
        read = &mut reading_frames => read,
        // The server has ended the connection. Its last frames can still be read.
        () = &mut sending => (reading_frames.await.0, true),
    };
    match (*end, goaway) {
        (End::Away(reason) | End::ClosedOrAway(reason), Some(code)) if code == reason => Ok("GOAWAY"),
        // A reset may discard GOAWAY. On a busy machine, the server's time limit for the TLS handshake may come first:
        // for the client, the handshake ends earlier than for the server.
        (End::Away(_), None) if reset => Ok("reset"),
        (End::Away(_), None) if began.elapsed() >= HANDSHAKE => Ok("closed"),
        (End::Closed | End::ClosedOrAway(_), None | Some(0)) => Ok("closed"),
        _ => Err(format!("expected {end:?}, got GOAWAY {goaway:?}, reset: {reset}")),
    }
}

/// Sends until writing fails, which is when the server has ended the connection.
async fn write_frames(writing: &mut (impl AsyncWrite + Unpin), first: &[u8], pace: Pace, again: &[u8]) {
    let mut taken = writing.write_all(first).await.and(writing.flush().await);
    let (mut beat, mut sent) = (tokio::time::interval(BEAT), 0);
    while taken.is_ok() {
        sent += again.len();
        match pace {
            Pace::Never => return std::future::pending().await,
            Pace::Floods if sent > FLOOD => return std::future::pending().await,
            Pace::Drips => {
                beat.tick().await;
            }
            Pace::Floods | Pace::FloodsDeaf => {}
        }
        taken = writing.write_all(again).await.and(writing.flush().await);
    }
}

/// Reads frames to the end. Returns the error code of the last GOAWAY, and whether the end was a reset.
async fn read_frames(reading: &mut (impl AsyncRead + Unpin)) -> (Option<u32>, bool) {
    let (mut goaway, mut payload) = (None, Vec::new());
    loop {
        let mut head = [0; 9];
        if let Err(error) = reading.read_exact(&mut head).await {
            return (goaway, error.kind() != std::io::ErrorKind::UnexpectedEof);
        }
        payload.resize(u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize, 0);
        if reading.read_exact(&mut payload).await.is_err() {
            return (goaway, true);
        }
        if head[3] == GOAWAY {
            goaway = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
    }
}
