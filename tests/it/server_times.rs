//! How long a connection may be of no use: one that is idle, a header or a body that does not end, an answer that is not
//! taken. Each has a bound of its own.

use std::time::Duration;

use scimulate::server::{Bounds, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::reference::{Server, user};
use crate::support::{raw, tls};

/// Short enough to wait for, many times over.
const SHORT: Duration = Duration::from_millis(50);
/// Long enough for any machine to do what it has to, and shorter than the bounds that hold unless told otherwise.
const LONG: Duration = Duration::from_secs(25);
/// Time enough for a client on a busy machine to read 64 KiB.
const READING: Duration = Duration::from_secs(1);

async fn bounded(bounds: Bounds) -> Server {
    Server::with(|settings| Settings { bounds, ..settings }).await
}

/// A GET of a path below the SCIM URL as it goes over the wire.
fn get(server: &Server, tail: &str) -> String {
    let path = server.scim_url.split_once("//").unwrap().1.split_once('/').unwrap().1;
    format!("GET /{path}{tail} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", server.token)
}

/// Nothing happens for a while.
async fn while_passes(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>()).await.unwrap_err();
}

/// Reads to the end, which has to come: how many bytes.
async fn rest_of(stream: &mut TcpStream) -> usize {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await.expect("the connection stays open");
    rest.len()
}

/// Users whose list is larger than what the buffers of both sides take.
async fn many_large(server: &Server) {
    let mut large = user("ann@example.com");
    large["title"] = "x".repeat(1_500_000).into();
    for n in 0..8 {
        large["userName"] = format!("large{n}").into();
        assert_eq!(server.post("/Users", large.clone()).await.status, 201);
    }
}

#[tokio::test]
async fn a_connection_may_be_idle_for_longer_than_a_header_may_take() {
    let server = bounded(Bounds { header_timeout: SHORT, ..Bounds::default() }).await;
    let mut stream = TcpStream::connect(server.reference.address()).await.unwrap();
    let whole = get(&server, "/Users?count=0") + "\r\n";
    for _ in 0..2 {
        while_passes(SHORT * 6).await;
        stream.write_all(whole.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        let _ = tokio::time::timeout(SHORT, stream.read_to_end(&mut Vec::new())).await;
    }
    // The header that has begun is another matter, also where a byte comes now and then.
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let dripping = async {
        loop {
            while_passes(SHORT / 2).await;
            let _ = writing.write_all(b"1").await;
        }
    };
    let mut answer = [0; 64];
    let ended = async {
        tokio::select! {
            () = dripping => unreachable!(),
            ended = reading.read(&mut answer) => ended.unwrap_or(0),
        }
    };
    assert_eq!(tokio::time::timeout(LONG, ended).await.expect("the connection stays open"), 0);
}

#[tokio::test]
async fn a_body_that_does_not_end_is_answered_408() {
    let server = bounded(Bounds { body_timeout: SHORT, ..Bounds::default() }).await;
    let head = get(&server, "/Users").replacen("GET", "POST", 1);
    let head = head + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let answer = raw::exchange(server.reference.address(), head.as_bytes()).await;
    assert_eq!(raw::status(&answer), 408);
    assert!(answer.contains("urn:ietf:params:scim:api:messages:2.0:Error"), "{answer}");
}

/// Sends this, and reads nothing but the first byte until the server cuts the connection, which it has to.
async fn deaf(server: &Server, requests: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(server.reference.address()).await.unwrap();
    stream.write_all(requests.as_bytes()).await.unwrap();
    stream.read_u8().await.unwrap();
    tokio::time::timeout(LONG, stream.ready(Interest::ERROR)).await.expect("the connection stays open").unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let server = bounded(Bounds { write_timeout: READING, ..Bounds::default() }).await;
    many_large(&server).await;
    let mut stream = deaf(&server, &(get(&server, "/Users") + "\r\n")).await;
    let read = rest_of(&mut stream).await;
    assert!(read < 7_000_000, "the answer waited for {read} bytes to be read");
    // Whoever reads gets the same answer whole.
    let all = server.get("/Users").await;
    assert!(all.text.len() > 7_000_000);
}

/// Each answer is small enough to leave the server whole for the buffers below, where it is not taken either.
#[tokio::test]
async fn a_client_that_does_not_read_small_answers_is_cut() {
    let server = bounded(Bounds { write_timeout: READING, ..Bounds::default() }).await;
    let mut small = user("ann@example.com");
    small["title"] = "x".repeat(40_000).into();
    assert_eq!(server.post("/Users", small).await.status, 201);
    let one = get(&server, "/Users") + "\r\n";
    let mut stream = deaf(&server, &one.repeat(300)).await;
    let read = rest_of(&mut stream).await;
    assert!(read < 11_000_000, "the answers waited for {read} bytes to be read");
}

#[tokio::test]
async fn a_stream_that_gives_no_room_is_cut_with_its_connection() {
    let (tls, certificate) = tls::self_signed();
    let bounds = Bounds { write_timeout: SHORT, ..Bounds::default() };
    let server = Server::with(|settings| Settings { bounds, tls: Some(tls), ..settings }).await;
    let stream = tls::http_2(server.reference.address(), certificate).await;
    let builder = h2::client::Builder::new().initial_window_size(0).handshake::<_, bytes::Bytes>(stream);
    let (mut client, connection) = builder.await.unwrap();
    let ended = tokio::spawn(connection);
    let request = http::Request::get(format!("{}/Users?count=0", server.scim_url));
    let request = request.header("authorization", format!("Bearer {}", server.token)).body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    // The header came; for the body there is no room, and never will be.
    let ended = tokio::time::timeout(LONG, ended).await.expect("the connection stays open");
    assert!(ended.unwrap().is_err());
    drop(response);
}
