//! The client: the bytes that it sends on a socket, and its behavior with misbehaving targets.

use std::time::Duration;

use bytes::Bytes;
use scimulate::wire::failure::CauseKind;
use scimulate::wire::{Auth, Cause, Client, Failure, Method, Request, ResponseBody, Service, Stop, Target};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{LONG, tls};

/// Returns a target in this process.
fn in_process<F, R>(handler: F) -> Target
where
    F: Fn(http::Request<Bytes>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<http::Response<ResponseBody>, Failure>> + Send + 'static,
{
    Target::in_process("http://target/scim", Auth::None, Service::new(tower::service_fn(handler)))
}

/// Returns a target that serves every connection with `respond`, which receives the request's bytes.
async fn target<F, R>(respond: F) -> Target
where
    F: Fn(TcpStream, Vec<u8>) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let respond = respond.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                let mut buffer = [0_u8; 4096];
                while !is_complete(&bytes) {
                    match stream.read(&mut buffer).await {
                        Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
                        _ => return,
                    }
                }
                respond(stream, bytes).await;
            });
        }
    });
    Target { timeout: LONG, ..Target::new(format!("http://{address}/scim/v2/"), Auth::Bearer("t0k".into())) }
}

/// Returns true if a request is complete.
fn is_complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |l| l.parse().unwrap());
    body.len() >= length
}

/// Returns a client of a target that responds with these bytes and closes the connection.
async fn responding(bytes: impl Into<Vec<u8>>) -> Client {
    let bytes: Vec<u8> = bytes.into();
    let target = target(move |mut stream, _| {
        let bytes = bytes.clone();
        async move {
            let _ = stream.write_all(&bytes).await;
        }
    })
    .await;
    Client::new(target).unwrap()
}

/// Sends a request and returns its bytes as the target received them.
async fn captured(send: Request, change: impl FnOnce(&mut Target)) -> String {
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let mut target = target(move |mut stream, bytes| {
        let _ = sender.send(String::from_utf8(bytes).unwrap());
        async move {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        }
    })
    .await;
    change(&mut target);
    let host = target.base.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let exchange = Client::new(target).unwrap().send(send).await;
    assert_eq!(exchange.status(), Some(204), "{:?}", exchange.outcome);
    received.recv().await.unwrap().replace(&host, "HOST")
}

fn with_headers(method: Method, headers: &[(&str, &str)], body: Option<&[u8]>) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method, path: "/Users?filter=a%20eq%20%22b%22".into(), headers, body: body.map(<[u8]>::to_vec) }
}

#[tokio::test]
async fn headers_are_sent_in_order_and_in_title_case() {
    let marked = [
        ("accept", "x/y"),
        ("accept-charset", "utf-8"),
        ("user-agent", "U"),
        ("authorization", ""),
        ("content-length", ""),
        ("host", ""),
        ("connection", "Keep-Alive"),
        ("accept-encoding", "gzip,deflate"),
    ];
    assert_eq!(
        captured(with_headers(Method::Post, &marked, Some(b"{}")), |_| {}).await,
        "POST /scim/v2/Users?filter=a%20eq%20%22b%22 HTTP/1.1\r\nAccept: x/y\r\nAccept-Charset: utf-8\r\nUser-Agent: U\r\n\
         Authorization: Bearer t0k\r\nContent-Length: 2\r\nHost: HOST\r\nConnection: Keep-Alive\r\n\
         Accept-Encoding: gzip,deflate\r\n\r\n{}"
    );
    // Without a body there is no Content-Length, and the HTTP library adds no headers.
    let bare = captured(with_headers(Method::Delete, &marked[..2], None), |_| {}).await;
    assert!(!bare.contains("Content-Length") && !bare.contains("User-Agent"), "{bare}");
}

#[tokio::test]
async fn over_tls_the_client_sends_the_same_bytes_and_negotiates_http_1_1() {
    let marked = [("accept", "x/y"), ("host", ""), ("authorization", ""), ("content-length", "")];
    let plain = captured(with_headers(Method::Post, &marked, Some(b"{}")), |_| {}).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (acceptor, certificate) = tls::acceptor();
    let server = tokio::spawn(async move {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let mut bytes = Vec::new();
        while !is_complete(&bytes) {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        (protocol, String::from_utf8(bytes).unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let base = format!("https://localhost:{port}/scim/v2");
    let target = Target { ca_cert: Some(file), ..Target::new(base, Auth::Bearer("t0k".into())) };
    let exchange = Client::new(target).unwrap().send(with_headers(Method::Post, &marked, Some(b"{}"))).await;
    assert_eq!(exchange.status(), Some(204), "{:?}", exchange.outcome);
    let (protocol, sent) = server.await.unwrap();
    assert_eq!(protocol.as_deref(), Some(&b"http/1.1"[..]));
    assert_eq!(sent.replace(&format!("localhost:{port}"), "HOST"), plain);
}

#[tokio::test]
async fn every_form_of_credentials_and_additional_headers_are_sent() {
    for (auth, expected) in [
        (Auth::None, None),
        (Auth::Bearer("t".into()), Some("Authorization: Bearer t\r\n")),
        (Auth::Basic { user: "u".into(), password: "p".into() }, Some("Authorization: Basic dTpw\r\n")),
        (Auth::Raw("raw token".into()), Some("Authorization: raw token\r\n")),
    ] {
        let sent = captured(Request::scim(Method::Get, "/Users", None), |target| {
            target.auth = auth;
            target.headers = vec![("X-Tenant".into(), "7".into()), ("User-Agent".into(), "mine".into())];
        })
        .await;
        match expected {
            Some(line) => assert!(sent.contains(line), "{sent}"),
            None => assert!(!sent.contains("Authorization"), "{sent}"),
        }
        assert!(
            sent.contains("X-Tenant: 7\r\n") && sent.contains("User-Agent: mine\r\n") && !sent.contains("scimulate/")
        );
    }
}

fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    // One deflate block that repeats a zero: a literal, then length 258 at distance 1 again and again.
    let mut bits = Bits::default();
    bits.put(0b011, 3); // last block, fixed Huffman codes
    bits.code(0x30, 8); // literal 0
    for _ in 0..(megabytes * 1024 * 1024 / 258) {
        bits.code(0b1100_0101, 8); // length 258
        bits.code(0, 5); // distance 1
    }
    bits.code(0, 7); // end of block
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.extend(bits.finish());
    // The checksum is never read.
    file.extend([0; 8]);
    file
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    now: u8,
    used: u32,
}

impl Bits {
    /// Appends bits, the least significant first.
    fn put(&mut self, value: u32, count: u32) {
        for n in 0..count {
            self.now |= u8::from((value >> n) & 1 == 1) << self.used;
            self.used += 1;
            if self.used == 8 {
                self.bytes.push(self.now);
                (self.now, self.used) = (0, 0);
            }
        }
    }

    /// Appends a Huffman code, the most significant bit first.
    fn code(&mut self, value: u32, count: u32) {
        for n in (0..count).rev() {
            self.put((value >> n) & 1, 1);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.bytes.push(self.now);
        }
        self.bytes
    }
}

#[tokio::test]
async fn a_decompression_bomb_is_not_decompressed() {
    let bomb = gzip_of_zeros(64);
    assert!(bomb.len() < 512 * 1024, "{}", bomb.len());
    let mut response =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len()).into_bytes();
    response.extend(bomb);
    let exchange = responding(response).await.get("/Users").await;
    assert!(matches!(exchange.outcome, Err(Failure::TooLarge(_))), "{:?}", exchange.outcome.map(|a| a.body.len()));
}

#[tokio::test]
async fn gzip_and_deflate_are_decompressed() {
    let gzip: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\x48\x4c\xce\x4e\x4d\x51\xb2\x2a\x29\x2a\x4d\xad\x05\x00\x89\xe0\xb5\xdc\x0f\x00\x00\x00";
    let deflate: &[u8] =
        b"\x78\x9c\xab\x56\x2a\x48\x4c\xce\x4e\x4d\x51\xb2\x2a\x29\x2a\x4d\xad\x05\x00\x2b\x74\x05\x9f";
    for (coding, packed) in [("gzip", gzip), ("deflate", deflate)] {
        let mut response =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", packed.len())
                .into_bytes();
        response.extend(packed);
        // The request contains Okta's Accept-Encoding header, not the library's.
        let exchange = responding(response).await.get("/Users").await;
        assert_eq!(exchange.json(), Some(json!({"packed": true})), "{coding}");
    }
}

#[tokio::test]
async fn the_failure_describes_the_broken_response() {
    type Is = fn(&Failure) -> bool;
    let cases: [(&[u8], Is); 4] = [
        (b"", |failure| matches!(failure, Failure::Cut(_))),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", |failure| matches!(failure, Failure::Cut(_))),
        (b"nonsense\r\n\r\n", |failure| matches!(failure, Failure::Cut(_))),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", |failure| {
            matches!(failure, Failure::Cut(_))
        }),
    ];
    for (bytes, is) in cases {
        let exchange = responding(bytes).await.get("/Users").await;
        let failure = exchange.outcome.unwrap_err();
        assert!(is(&failure), "{}: {failure:?}", String::from_utf8_lossy(bytes));
        assert!(failure.to_string().len() > "the connection was cut: ".len());
    }
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_recognized() {
    // A TLS alert: unexpected message.
    let client = responding(*b"\x15\x03\x03\x00\x02\x02\x0a").await;
    let failure = client.get("/Users").await.outcome.unwrap_err();
    assert_eq!(failure.cause(), Some(CauseKind::NotHttp), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_hanging_target_ends_at_the_timeout() {
    let silent = in_process(|_| std::future::pending());
    let slow = in_process(|_| async {
        let chunks = futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        });
        Ok(http::Response::new(ResponseBody::wrap_stream(chunks)))
    });
    for target in [silent, slow] {
        let client = Client::new(Target { timeout: Duration::from_millis(400), ..target }).unwrap();
        for _ in 0..3 {
            let exchange = client.get("/Users").await;
            assert!(matches!(exchange.outcome, Err(Failure::Timeout(_))), "{:?}", exchange.outcome);
            assert!(exchange.duration >= Duration::from_millis(400));
        }
        // After three failures in a row the client stops sending.
        let exchange = client.get("/Users").await;
        assert!(matches!(exchange.outcome, Err(Failure::GivenUp(_))), "{:?}", exchange.outcome);
    }
}

#[tokio::test]
async fn an_in_process_target_receives_the_same_request_and_its_failure_is_the_outcome() {
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let target = in_process(move |request| {
        let _ = sender.send(request);
        async { Err(Failure::Connect(Cause::other("refused"))) }
    });
    let target = Target { auth: Auth::Bearer("t0k".into()), ..target };
    let exchange = Client::new(target).unwrap().post("/Users?x=a%20b", &json!({"a": 1})).await;
    assert_eq!(exchange.outcome, Err(Failure::Connect(Cause::other("refused"))));
    let request = received.recv().await.unwrap();
    assert_eq!(
        (request.method().as_str(), request.uri().to_string()),
        ("POST", format!("{}?x=a%20b", "http://target/scim/Users"))
    );
    assert_eq!(request.headers()["authorization"], "Bearer t0k");
    assert_eq!(request.headers()["host"], "target");
    assert_eq!(request.body().as_ref(), br#"{"a":1}"#);
}

#[tokio::test]
async fn reading_an_endless_response_stops_at_the_limit() {
    let endless = target(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    })
    .await;
    let client = Client::new(endless).unwrap();
    assert!(matches!(client.get("/").await.outcome, Err(Failure::TooLarge(_))));
}

#[tokio::test]
async fn a_redirect_is_a_response() {
    let client = responding("HTTP/1.1 302 Found\r\nLocation: /scim/v2/Users\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(client.get("/Users").await.status(), Some(302));
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_ends_a_request_in_flight() {
    let silent = in_process(|_| std::future::pending());
    let client = Client::new(silent).unwrap().with_stop(Stop::after(Duration::from_secs(1)));
    assert!(matches!(client.get("/").await.outcome, Err(Failure::OutOfTime)));
    assert!(matches!(client.get("/").await.outcome, Err(Failure::GivenUp(_))));
}

#[tokio::test]
async fn a_path_with_dot_segments_is_not_sent() {
    let client = responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    for path in ["/Users/..", "/Users/%2e%2E", "/Users/."] {
        assert!(matches!(client.delete(path).await.outcome, Err(Failure::Unsendable(_))), "{path}");
    }
}
