//! HTTP/2 frames that no client would send, over TLS: floods, bombs, headers and bodies that are begun and left, streams
//! without end, answers for which there is never room. Each connection has to be told off or closed within the server's bounds.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::MissedTickBehavior;

use super::{Aim, LEISURE};
use crate::support::tls;

/// A server that has not closed such a connection by then leaves somebody waiting: the bounds of 1 s and 5 s follow on one
/// another, and the machine may be slow.
const LONGEST: Duration = Duration::from_secs(30);
/// How much a flood is that is read, in bytes: enough to be one, and little enough to leave the machine to others.
const FLOOD: usize = 4 * 1024 * 1024;
/// The shortest time between two tellings of a story.
const PAUSE: Duration = Duration::from_millis(100);
/// How often what drips is sent.
const BEAT: Duration = Duration::from_millis(200);
/// More streams than a connection may have open, and than a server may be made to refuse or to reset.
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

// Why a connection is ended (RFC 9113 section 7).
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const FRAME_SIZE_ERROR: u32 = 6;
const ENHANCE_YOUR_CALM: u32 = 11;

/// How often the second part of a story is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Never,
    /// Every fifth of a second.
    Drips,
    /// As fast as it is taken, up to [`FLOOD`].
    Floods,
    /// As fast as it is taken, and nothing is read.
    FloodsDeaf,
}

/// How the server ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With GOAWAY for this reason.
    Away(u32),
    /// Without a reason.
    Closed,
    /// Without a reason, or for this one, whichever bound comes first.
    ClosedOrAway(u32),
}

/// A name, what is sent at first, how often what follows it, and how it ends.
type Story = (&'static str, fn(&Aim) -> Vec<u8>, Pace, fn() -> Vec<u8>, End);

/// A frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A length in the seven bits of HPACK (RFC 7541 section 5.1).
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

/// A literal header field (RFC 7541 section 6.2), without Huffman coding; `form` says whether it goes into the table.
fn field(form: u8, name: &str, value: &str) -> Vec<u8> {
    [&[form][..], &length(name), name.as_bytes(), &length(value), value.as_bytes()].concat()
}

/// Not into the table.
const PASSING: u8 = 0x00;
/// Into the table, where it is the first of those that are not fixed: [`NEWEST`].
const INDEXED: u8 = 0x40;
const NEWEST: u8 = 0x80 | 0x3e;

/// The fields of a request of this kind.
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

/// A request whose body never begins.
fn open(aim: &Aim, stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &head(aim, "POST /Users"))
}

/// A request without a body.
fn ask(aim: &Aim, stream: u32, tail: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &head(aim, &format!("GET {tail}")))
}

/// A header that goes on.
fn begin(aim: &Aim) -> Vec<u8> {
    frame(HEADERS, END_STREAM, 1, &head(aim, "GET /Users?count=0"))
}

/// So many streams, one after the other.
fn streams(count: u32, one: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(|n| one(1 + 2 * n)).collect()
}

/// A window of so many bytes for each answer.
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
const STORIES: &[Story] = &[
    ("streams that are reset at once", |aim| streams(MANY, |n| [ask(aim, n, "/Users?count=0"), frame(RST_STREAM, 0, n, &[0, 0, 0, 8])].concat()), Pace::Never, nothing, CALM),
    ("a header without end", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", "y")), CALM),
    ("a header without end, of nothing", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, b"").repeat(100), CALM),
    ("a header without end, by the pound", begin, Pace::Floods, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", &"y".repeat(16_000))), CALM),
    ("a header without end, by drops", begin, Pace::Drips, || frame(CONTINUATION, 0, 1, &field(PASSING, "x", "y")), End::ClosedOrAway(ENHANCE_YOUR_CALM)),
    ("a header that is left", begin, Pace::Never, nothing, End::Closed),
    ("a frame that is left", |aim| begin(aim)[..30].to_vec(), Pace::Never, nothing, End::Closed),
    ("a packed header that unpacks to 48 MB", |aim| frame(HEADERS, END_HEADERS | END_STREAM, 1, &[head(aim, "GET /Users"), field(INDEXED, "x", &"y".repeat(3_900)), vec![NEWEST; 12_000]].concat()), Pace::Never, nothing, CALM),
    ("a packed header that unpacks to 200 KB", |aim| frame(HEADERS, END_HEADERS | END_STREAM, 1, &[head(aim, "GET /Users"), field(INDEXED, "x", &"y".repeat(3_900)), vec![NEWEST; 50]].concat()), Pace::Never, nothing, End::Closed),
    ("settings, and no answer is read", |_| nothing(), Pace::FloodsDeaf, settings, End::Closed),
    ("settings", |_| nothing(), Pace::Floods, settings, End::Closed),
    ("pings, and no answer is read", |_| nothing(), Pace::FloodsDeaf, pings, End::Closed),
    ("pings", |_| nothing(), Pace::Floods, pings, End::Closed),
    ("a ping now and then", |_| nothing(), Pace::Drips, || frame(PING, 0, 0, b"12345678"), End::Closed),
    ("priorities", |_| nothing(), Pace::Floods, || frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 16]).repeat(500), End::Closed),
    ("frames that nobody knows", |_| nothing(), Pace::Floods, || frame(UNKNOWN, 0, 1, &[0; 100]).repeat(100), End::Closed),
    ("no wider a window", |_| wider(0, 0), Pace::Never, nothing, BROKEN),
    ("no wider a window of a stream", |aim| [open(aim, 1), wider(1, 0)].concat(), Pace::Never, nothing, BROKEN),
    ("too wide a window", |_| wider(0, MOST_WINDOW).repeat(2), Pace::Never, nothing, End::Away(FLOW_CONTROL_ERROR)),
    ("too wide windows of streams", |aim| streams(MANY, |n| [open(aim, n), wider(n, MOST_WINDOW).repeat(2)].concat()), Pace::Never, nothing, CALM),
    ("a body of nothing, without end", |aim| open(aim, 1), Pace::Floods, || frame(DATA, 0, 1, b"").repeat(100), CALM),
    ("a body of single bytes", |aim| open(aim, 1), Pace::Floods, || frame(DATA, 0, 1, b" ").repeat(100), CALM),
    ("a body of padding", |aim| open(aim, 1), Pace::Floods, || frame(DATA, PADDED, 1, &[&[255], &[0; 255][..]].concat()).repeat(60), CALM),
    ("a body by drops", |aim| open(aim, 1), Pace::Drips, || frame(DATA, 0, 1, b" "), End::Closed),
    ("bodies that never begin, beyond the streams", |aim| streams(1_000, |n| open(aim, n)), Pace::Never, nothing, End::Closed),
    ("bodies that never begin, far beyond them", |aim| streams(MANY, |n| open(aim, n)), Pace::Never, nothing, CALM),
    ("bodies that are left", |aim| streams(100, |n| [open(aim, n), frame(DATA, 0, n, b"{\"a\"")].concat()), Pace::Never, nothing, End::Closed),
    ("no room for answers", |aim| [window(0), streams(100, |n| ask(aim, n, "/Users?count=100"))].concat(), Pace::Never, nothing, End::Closed),
    ("room for a byte of each answer", |aim| [window(1), streams(100, |n| ask(aim, n, "/Schemas"))].concat(), Pace::Never, nothing, End::Closed),
    ("answers that are not read", |aim| [window(MOST_WINDOW), wider(0, 0x4000_0000)].concat().into_iter().chain(streams(100, |n| ask(aim, n, "/Users?count=100"))).collect(), Pace::FloodsDeaf, pings, End::Closed),
    ("nothing", |_| nothing(), Pace::Never, nothing, End::Closed),
    ("a frame that is too large", |_| frame(DATA, 0, 1, &[0; 17_000]), Pace::Never, nothing, End::Away(FRAME_SIZE_ERROR)),
    ("settings of five bytes", |_| frame(SETTINGS, 0, 0, b"12345"), Pace::Never, nothing, BROKEN),
    ("a promise", |aim| frame(PUSH_PROMISE, END_HEADERS, 1, &[&[0, 0, 0, 2][..], &head(aim, "GET /Users")].concat()), Pace::Never, nothing, BROKEN),
    ("data of no stream", |_| frame(DATA, 0, 1, b"{}"), Pace::Never, nothing, BROKEN),
    ("the end of no stream", |_| frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]), Pace::Never, nothing, BROKEN),
    ("a request on the connection's stream", |aim| ask(aim, 0, "/Users"), Pace::Never, nothing, BROKEN),
    ("a request on a server's stream", |aim| ask(aim, 2, "/Users"), Pace::Never, nothing, BROKEN),
];

/// Tells every story again and again until the time is up, and each once at least.
pub(super) async fn send(aim: &Aim, certificate: &CertificateDer<'static>) {
    join_all(STORIES.iter().map(async |story| {
        let (name, mut beat) = (story.0, tokio::time::interval(PAUSE));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match tokio::time::timeout(LONGEST, tell(aim, certificate, story)).await {
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

/// How the server ended it.
async fn tell(aim: &Aim, certificate: &CertificateDer<'static>, story: &Story) -> Result<&'static str, String> {
    let (_, first, pace, again, end) = story;
    let began = Instant::now();
    let (mut reading, mut writing) = tokio::io::split(tls::http_2(aim.address, certificate.clone()).await);
    let first = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, b"")[..], &first(aim)].concat();
    let again = again();
    let mut sending = pin!(say(&mut writing, &first, *pace, &again));
    if *pace == Pace::FloodsDeaf {
        sending.await;
        return Ok("cut");
    }
    let mut hearing = pin!(hear(&mut reading));
    let (told, reset) = tokio::select! {
        heard = &mut hearing => heard,
        // Nothing more can be sent, so the connection was cut; what was said before may still be read.
        () = &mut sending => (hearing.await.0, true),
    };
    match (*end, told) {
        (End::Away(reason) | End::ClosedOrAway(reason), Some(told)) if reason == told => Ok("told off"),
        // A reset may overtake what was said, and on a busy machine the server's bound what was sent.
        (End::Away(_), None) if reset => Ok("reset"),
        (End::Away(_), None) if began.elapsed() >= LEISURE => Ok("closed"),
        (End::Closed | End::ClosedOrAway(_), None | Some(0)) => Ok("closed"),
        _ => Err(format!("{end:?} was expected, and GOAWAY {told:?} came, reset: {reset}")),
    }
}

/// Sends until nothing more is taken, which is when the connection is cut.
async fn say(writing: &mut (impl AsyncWrite + Unpin), first: &[u8], pace: Pace, again: &[u8]) {
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

/// Reads frames to the end: the reason of the last GOAWAY, and whether the end was a reset.
async fn hear(reading: &mut (impl AsyncRead + Unpin)) -> (Option<u32>, bool) {
    let (mut told, mut payload) = (None, Vec::new());
    loop {
        let mut head = [0; 9];
        if let Err(error) = reading.read_exact(&mut head).await {
            return (told, error.kind() != std::io::ErrorKind::UnexpectedEof);
        }
        payload.resize(u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize, 0);
        if reading.read_exact(&mut payload).await.is_err() {
            return (told, true);
        }
        if head[3] == GOAWAY {
            told = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
    }
}
