//! Time limits of connections: for an idle connection, for a header, for a body, and for a response that is not read.

use std::time::Duration;

use scimulate::http::TransportBounds;
use scimulate::server::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::reference::{Server, user};
use crate::support::{raw, tls};

/// A time limit that tests can wait for several times.
const SHORT: Duration = Duration::from_millis(50);
/// Enough for any machine, and shorter than the default time limits.
const LONG: Duration = Duration::from_secs(25);
/// Enough for a client on a busy machine to read 64 KiB.
const READING: Duration = Duration::from_secs(1);

async fn bounded(transport: TransportBounds) -> Server {
    Server::with(|settings| Settings { transport, ..settings }).await
}

/// Formats a GET request for a path below the SCIM URL, without the empty line.
fn get(server: &Server, tail: &str) -> String {
    let path = server.scim_url.split_once("//").unwrap().1.split_once('/').unwrap().1;
    format!("GET /{path}{tail} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", server.token)
}

/// Waits.
async fn pause(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>()).await.unwrap_err();
}

/// Reads to the end, which must come, and returns the number of bytes.
async fn rest_of(stream: &mut TcpStream) -> usize {
    let mut rest = Vec::new();
    // A reset is also an end.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await.expect("the connection stays open");
    rest.len()
}

/// Creates users of which two lists are larger than the socket buffers of both sides.
async fn many_large(server: &Server) {
    let mut large = user("ann@example.com");
    large["title"] = "x".repeat(1_500_000).into();
    for n in 0..8 {
        large["userName"] = format!("large{n}").into();
        assert_eq!(server.post("/Users", large.clone()).await.status, 201);
    }
}

#[tokio::test]
async fn an_idle_connection_is_not_subject_to_the_header_timeout() {
    let server = bounded(TransportBounds { header_timeout: SHORT, ..TransportBounds::default() }).await;
    let mut stream = TcpStream::connect(server.reference.address()).await.unwrap();
    let whole = get(&server, "/Users?count=0") + "\r\n";
    for _ in 0..2 {
        pause(SHORT * 6).await;
        stream.write_all(whole.as_bytes()).await.unwrap();
        let mut received = [0; 12];
        stream.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"HTTP/1.1 200");
        let _ = tokio::time::timeout(SHORT, stream.read_to_end(&mut Vec::new())).await;
    }
    // A header that has begun is, even if more bytes of it arrive.
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let dripping = async {
        loop {
            pause(SHORT / 2).await;
            let _ = writing.write_all(b"1").await;
        }
    };
    let mut received = [0; 64];
    let ended = async {
        tokio::select! {
            () = dripping => unreachable!(),
            ended = reading.read(&mut received) => ended.unwrap_or(0),
        }
    };
    assert_eq!(tokio::time::timeout(LONG, ended).await.expect("the connection stays open"), 0);
}

#[tokio::test]
async fn a_body_that_does_not_end_causes_408() {
    let server = bounded(TransportBounds { body_timeout: SHORT, ..TransportBounds::default() }).await;
    let head = get(&server, "/Users").replacen("GET", "POST", 1);
    let head = head + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let received = raw::exchange(server.reference.address(), head.as_bytes()).await;
    assert_eq!(raw::status(&received), 408);
    assert!(received.contains("urn:ietf:params:scim:api:messages:2.0:Error"), "{received}");
}

/// Sends requests, and reads only the first byte until the server resets the connection, which it must.
async fn unread(server: &Server, requests: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(server.reference.address()).await.unwrap();
    stream.write_all(requests.as_bytes()).await.unwrap();
    stream.read_u8().await.unwrap();
    tokio::time::timeout(LONG, stream.ready(Interest::ERROR)).await.expect("the connection stays open").unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected() {
    let server = bounded(TransportBounds { write_timeout: READING, ..TransportBounds::default() }).await;
    many_large(&server).await;
    let mut stream = unread(&server, &(get(&server, "/Users") + "\r\n").repeat(2)).await;
    let read = rest_of(&mut stream).await;
    assert!(read < 7_000_000, "the response waited until {read} bytes were read");
    // A client that reads gets the whole response.
    let all = server.get("/Users").await;
    assert!(all.text.len() > 7_000_000);
}

/// Each response is small enough for the socket buffers, which the client does not empty either.
#[tokio::test]
async fn a_client_that_does_not_read_small_responses_is_disconnected() {
    let server = bounded(TransportBounds { write_timeout: READING, ..TransportBounds::default() }).await;
    let mut small = user("ann@example.com");
    small["title"] = "x".repeat(40_000).into();
    assert_eq!(server.post("/Users", small).await.status, 201);
    let one = get(&server, "/Users") + "\r\n";
    let mut stream = unread(&server, &one.repeat(300)).await;
    let read = rest_of(&mut stream).await;
    assert!(read < 11_000_000, "the responses waited until {read} bytes were read");
}

#[tokio::test]
async fn a_stream_with_a_closed_window_ends_with_its_connection() {
    let (tls, certificate) = tls::self_signed();
    let transport = TransportBounds { write_timeout: SHORT, ..TransportBounds::default() };
    let server = Server::with(|settings| Settings { transport, tls: Some(tls), ..settings }).await;
    let stream = tls::http_2(server.reference.address(), certificate).await;
    let builder = h2::client::Builder::new().initial_window_size(0).handshake::<_, bytes::Bytes>(stream);
    let (mut client, connection) = builder.await.unwrap();
    let ended = tokio::spawn(connection);
    let request = http::Request::get(format!("{}/Users?count=0", server.scim_url));
    let request = request.header("authorization", format!("Bearer {}", server.token)).body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    // The header arrives. The window never opens for the body.
    let ended = tokio::time::timeout(LONG, ended).await.expect("the connection stays open");
    assert!(ended.unwrap().is_err());
    drop(response);
}
