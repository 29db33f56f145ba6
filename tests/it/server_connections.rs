//! The limit on connections: which connection goes when it is reached, and how many the process can afford.

use std::net::SocketAddr;
use std::time::Duration;

use scimulate::http::TransportBounds;
use scimulate::server::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::LONG;
use crate::support::process::Serve;
use crate::support::raw;
use crate::support::reference::Server;

/// Connections that a test server accepts.
const CONNECTIONS: usize = 8;
/// A time limit that no test reaches.
const NEVER: Duration = Duration::from_hours(1);

const KEPT: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const CLOSED: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// Sends a request on an open connection, and reads the response.
async fn request_on(stream: &mut TcpStream) {
    stream.write_all(KEPT).await.unwrap();
    let mut received = Vec::new();
    while !received.ends_with(b"{\"status\":\"ok\"}") {
        received.push(stream.read_u8().await.unwrap());
    }
    assert!(received.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn silent_connections_do_not_lock_clients_out() {
    let transport = TransportBounds {
        connections: CONNECTIONS,
        idle_timeout: NEVER,
        header_timeout: NEVER,
        ..TransportBounds::default()
    };
    let server = Server::with(|settings| Settings { transport, ..settings }).await;
    let address = server.reference.address();
    let mut proven = TcpStream::connect(address).await.unwrap();
    request_on(&mut proven).await;
    // One in two of the others begins a header and does not end it.
    let mut silent = Vec::new();
    for n in 0..5 * CONNECTIONS {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if n % 2 == 1 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await.unwrap();
        }
        silent.push(stream);
    }
    for _ in 0..3 * CONNECTIONS {
        assert_eq!(raw::status(&raw::exchange(address, CLOSED).await), 200);
    }
    // The oldest silent connection is gone. The connection that completed a request is not, although it is older.
    let closed = tokio::time::timeout(LONG, silent[0].read_to_end(&mut Vec::new())).await;
    closed.expect("the oldest silent connection stays open").unwrap_or(0);
    request_on(&mut proven).await;
}

#[test]
fn a_server_with_few_file_descriptors_accepts_fewer_connections() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Serve::with_open_files(128, &log);
    let url = reqwest::Url::parse(&server.scim_url).unwrap();
    let address = SocketAddr::new(url.host_str().unwrap().parse().unwrap(), url.port().unwrap());
    let request = format!(
        "GET {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        url.path(),
        server.token
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut silent = Vec::new();
        for _ in 0..200 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        for _ in 0..20 {
            let response = raw::exchange(address, request.as_bytes()).await;
            assert_eq!(raw::status(&response), 200, "{response}");
        }
    });
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("connections=32") && log.contains("open_files=128"), "{log}");
}
