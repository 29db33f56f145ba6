//! HTTP features: content codings, TLS, HTTP/2, HEAD, methods, and the validation of `Host`.

use std::io::{Read as _, Write as _};

use reqwest::Method;
use scimulate::http::TransportBounds;
use scimulate::server::Settings;
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::process::{Serve, run};
use crate::support::reference::{ERROR, Reply, Server, user};
use crate::support::{raw, tls};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packing.write_all(text).unwrap();
    packing.finish().unwrap()
}

/// A client without content codings of its own.
fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().no_gzip().no_deflate().build().unwrap()
}

async fn post_coded(server: &Server, coding: &str, body: Vec<u8>) -> Reply {
    let request = plain_client().post(format!("{}/Users", server.scim_url)).bearer_auth(&server.token);
    let request = request.header("content-type", "application/scim+json").header("content-encoding", coding);
    Reply::of(request.body(body).send().await.unwrap()).await
}

// MED-017, ERR-010
#[tokio::test]
async fn a_compressed_body_is_decompressed_up_to_the_limit() {
    let server = Server::start().await;
    let compressed = gzip(user("ann@example.com").to_string().as_bytes());
    assert_eq!(post_coded(&server, "gzip", compressed.clone()).await.status, 201);
    // 64 MiB of spaces compress to a few hundred KiB. Reading ends at the limit on decompressed bytes.
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 1_000_000);
    post_coded(&server, "gzip", bomb).await.is_scim_error(413, None);
    post_coded(&server, "gzip", compressed[..compressed.len() - 20].to_vec())
        .await
        .is_scim_error(400, Some("invalidSyntax"));
    post_coded(&server, "gzip", b"not gzip".to_vec()).await.is_scim_error(400, Some("invalidSyntax"));
    for coding in ["br", "deflate", "gzip, gzip", "nonsense"] {
        let reply = post_coded(&server, coding, compressed.clone()).await;
        reply.is_scim_error(415, None);
        assert_eq!(reply.header("accept-encoding"), Some("gzip, identity"), "{coding}");
    }
    assert_eq!(server.get("/Users").await.json()["totalResults"], 1);
}

#[tokio::test]
async fn a_response_is_compressed_if_the_client_accepts_it() {
    let server = Server::start().await;
    let get = async |accept: &str| {
        let request = plain_client().get(format!("{}/Schemas", server.scim_url)).bearer_auth(&server.token);
        request.header("accept-encoding", accept).send().await.unwrap()
    };
    let plain = get("identity").await;
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap();
    for accept in ["gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1"] {
        let compressed = get(accept).await;
        assert_eq!(compressed.headers()["content-encoding"], "gzip");
        let vary: Vec<_> = compressed.headers().get_all("vary").iter().collect();
        assert_eq!(vary, ["accept", "accept-encoding"]);
        let compressed = compressed.bytes().await.unwrap();
        assert!(compressed.len() < plain.len() / 3);
        let mut decompressed = Vec::new();
        flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut decompressed).unwrap();
        assert_eq!(decompressed, plain);
    }
    assert!(get("gzip;q=0").await.headers().get("content-encoding").is_none());
}

#[tokio::test]
async fn head_returns_the_headers_of_get() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    for path in
        ["/Users".to_owned(), format!("/Users/{id}"), "/Schemas".to_owned(), "/ServiceProviderConfig".to_owned()]
    {
        let (get, head) = (server.get(&path).await, server.send(Method::HEAD, &path, None).await);
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        for name in ["content-type", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    assert_eq!(server.send(Method::HEAD, "/Users/nobody", None).await.status, 404);
}

#[tokio::test]
async fn an_unsupported_method_gets_405_with_the_supported_methods() {
    let server = Server::start().await;
    let base = server.reference.base_url();
    for (path, allowed) in [
        ("/Users", "GET, HEAD, POST"),
        ("/Users/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("/Schemas", "GET, HEAD"),
        ("/Schemas/1", "GET, HEAD"),
        ("/ResourceTypes", "GET, HEAD"),
        ("/ServiceProviderConfig", "GET, HEAD"),
        ("/Bulk", "POST"),
        ("/.search", "POST"),
        ("/Groups/.search", "POST"),
        ("/Me", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    ] {
        let reply = server.send(Method::OPTIONS, path, None).await;
        reply.is_scim_error(405, None);
        assert_eq!(reply.header("allow"), Some(allowed), "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        let reply = server.send(Method::POST, &format!("{base}{path}"), None).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET,HEAD")), "{path}");
    }
}

#[tokio::test]
async fn a_client_can_trust_a_self_signed_certificate() {
    let (tls, _) = tls::self_signed();
    let trusted = reqwest::Certificate::from_pem(tls.self_signed_pem.as_ref().unwrap().as_bytes()).unwrap();
    let server = Server::with(|settings| Settings { tls: Some(tls), ..settings }).await;
    assert!(server.scim_url.starts_with("https://127.0.0.1:"), "{}", server.scim_url);
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    let request = client.post(format!("{}/Users", server.scim_url)).bearer_auth(&server.token);
    let request = request.header("content-type", "application/scim+json").body(user("ann@example.com").to_string());
    let reply = Reply::of(request.send().await.unwrap()).await;
    let id = reply.id();
    assert_eq!(reply.json()["meta"]["location"], format!("{}/Users/{id}", server.scim_url));
    // A client that does not trust it sends no request.
    assert!(plain_client().get(format!("{}/Users", server.scim_url)).send().await.is_err());
    server.reference.stop().await.unwrap();
}

#[tokio::test]
async fn http_2_is_used_if_the_client_supports_it() {
    let (tls, certificate) = tls::self_signed();
    let server = Server::with(|settings| Settings { tls: Some(tls), ..settings }).await;
    let stream = tls::http_2(server.reference.address(), certificate).await;
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let driving = tokio::spawn(connection);
    let body = user("ann@example.com").to_string();
    let request = http::Request::post(format!("{}/Users", server.scim_url))
        .header("authorization", format!("Bearer {}", server.token))
        .header("content-type", "application/scim+json");
    let (response, mut sending) = client.send_request(request.body(()).unwrap(), false).unwrap();
    // The server is stopped while the body is on its way. It finishes the request.
    let address = server.scim_url.clone();
    let stopping = tokio::spawn(server.reference.stop());
    sending.send_data(body.into_bytes().into(), true).unwrap();
    let mut response = response.await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (201, http::Version::HTTP_2));
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with(&format!("{address}/Users/")), "{location}");
    let mut text = Vec::new();
    while let Some(data) = response.body_mut().data().await {
        text.extend_from_slice(&data.unwrap());
    }
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap()["userName"], "ann@example.com");
    drop(client);
    stopping.await.unwrap().unwrap();
    let _ = driving.await;
}

#[tokio::test]
async fn a_request_that_cannot_be_parsed_gets_a_plain_error_and_closes_the_connection() {
    let server = Server::start().await;
    let good = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let (long, large) = (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(66_000)), "X: 1\r\n".repeat(101));
    for (sent, status) in [
        ("nonsense\r\n\r\n", 400),
        ("GET / HTTP/9.9\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400),
        (&format!("GET / HTTP/1.1\r\n{large}\r\n"), 431),
        (&format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(131_072 - 19)), 431),
        (&long, 414),
        (&format!("{good}nonsense\r\n\r\n"), 400),
    ] {
        let received = raw::exchange(server.reference.address(), sent.as_bytes()).await;
        let shown: String = sent.chars().take(40).collect();
        let last = received.rfind("HTTP/1.1 4").unwrap();
        let (head, body) = received[last..].split_once("\r\n\r\n").unwrap();
        assert_eq!(raw::status(head), status, "{shown}: {received}");
        for header in ["connection: close", "content-length: 0", "date: "] {
            assert!(head.contains(&format!("\r\n{header}")), "{shown}: {head}");
        }
        assert_eq!(body, "", "{shown}");
    }
}

/// Sends a request as these lines, and a header that closes the connection.
async fn send_lines(server: &Server, lines: &str) -> (u16, String) {
    let bytes = format!("{}\r\nConnection: close\r\n\r\n", lines.replace('\n', "\r\n"));
    let received = raw::exchange(server.reference.address(), bytes.as_bytes()).await;
    let body = received.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (raw::status(&received), body)
}

#[tokio::test]
async fn a_request_needs_exactly_one_valid_host() {
    let server = Server::start().await;
    for (lines, status) in [
        ("GET /healthz HTTP/1.1\nHost: x", 200),
        ("GET /healthz HTTP/1.1\nHost: x:80", 200),
        ("GET /healthz HTTP/1.0", 200),
        ("GET http://x/healthz HTTP/1.1\nHost: y", 200),
        ("GET /healthz HTTP/1.1", 400),
        ("GET http://x/healthz HTTP/1.1", 400),
        ("GET /healthz HTTP/1.1\nHost: x\nHost: x", 400),
        ("GET /healthz HTTP/1.0\nHost: x\nHost: y", 400),
        ("GET /healthz HTTP/1.1\nHost: user@x", 400),
        ("GET /healthz HTTP/1.1\nHost: x:port", 400),
        ("GET /healthz HTTP/1.1\nHost:", 400),
    ] {
        let (received, body) = send_lines(&server, lines).await;
        assert_eq!(received, status, "{lines}: {body}");
        if status == 400 {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&body["schemas"], &body["scimType"]), (&json!([ERROR]), &json!("invalidSyntax")), "{lines}");
            assert!(body["detail"].as_str().unwrap().contains("Host"), "{body}");
        }
    }
}

#[tokio::test]
async fn the_authority_of_an_absolute_target_replaces_the_host_header() {
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    let path = server.scim_url.split_once("//").unwrap().1.split_once('/').unwrap().1;
    let authorization = format!("Authorization: Bearer {}", server.token);
    for (target, host, expected) in [
        (format!("/{path}/Users/{id}"), "header:1", "http://header:1"),
        (format!("http://target:2/{path}/Users/{id}"), "header:1", "http://target:2"),
    ] {
        let lines = format!("GET {target} HTTP/1.1\nHost: {host}\n{authorization}");
        let (status, body) = send_lines(&server, &lines).await;
        assert_eq!(status, 200, "{target}: {body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["meta"]["location"], format!("{expected}/{path}/Users/{id}"), "{target}");
    }
}

#[tokio::test]
async fn no_cache_may_keep_events_metrics_or_a_401() {
    let server = Server::start().await;
    let base = server.reference.base_url();
    let wrong = [("authorization", "Bearer wrong")];
    for reply in [
        server.events("").await,
        server.events("?limit=0").await,
        server.send_with(Method::GET, &server.events_url, &wrong, None).await,
        server.send_with(Method::GET, &format!("{base}/metrics"), &wrong, None).await,
        server.send_with(Method::GET, "/Users", &wrong, None).await,
    ] {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{} {}", reply.status, reply.text);
    }
    assert_eq!(server.get("/Users").await.header("cache-control"), Some("private, no-cache"));
}

// ME-001, ME-002, ME-004, ME-006, ERR-012; without a token (ME-005): isolation
#[tokio::test]
async fn me_is_501_unless_the_directory_names_a_user() {
    use scimulate::store::{AdminCommand, Store as _};
    let server = Server::start().await;
    let id = server.user("ann@example.com").await;
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let reply = server.send(method, "/Me", Some(&json!({}))).await;
        assert!(reply.is_scim_error(501, None).contains("--me"));
    }
    let directory = server.store.directories().await.unwrap().remove(0);
    let settings = scimulate::directory::Settings { me: Some(id.clone()), ..directory.settings };
    server.store.administer(AdminCommand::SetDirectory { id: directory.id, settings }).await.unwrap();
    let location = format!("{}/Users/{id}", server.scim_url);
    let me = server.get("/Me").await;
    assert_eq!((me.status, me.header("location")), (200, Some(location.as_str())));
    assert_eq!(me.json(), server.get(&location).await.json());
    let patched = server.patch("/Me", json!([{"op": "replace", "path": "title", "value": "Boss"}])).await;
    assert_eq!((patched.status, patched.header("location")), (200, Some(location.as_str())));
    assert_eq!(server.get(&location).await.json()["title"], "Boss");
    let posted = server.post("/Me", user("x@example.com")).await;
    posted.is_scim_error(405, None);
    assert_eq!(posted.header("allow"), Some("GET, HEAD, PUT, PATCH, DELETE"));
    assert_eq!(server.delete("/Me").await.status, 204);
    server.get("/Me").await.is_scim_error(404, None);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    use tokio::io::AsyncReadExt as _;
    let idle_timeout = std::time::Duration::from_millis(50);
    let transport = TransportBounds { idle_timeout, ..TransportBounds::default() };
    let server = Server::with(|settings| Settings { transport, ..settings }).await;
    let mut stream = TcpStream::connect(server.reference.address()).await.unwrap();
    let mut nothing = Vec::new();
    // Sooner than the default time-out.
    let closed = tokio::time::timeout(std::time::Duration::from_secs(25), stream.read_to_end(&mut nothing)).await;
    assert_eq!(closed.expect("the connection stays open").unwrap(), 0);
}

#[test]
fn a_self_signed_certificate_is_announced_and_can_be_trusted() {
    let server = Serve::start(&["--tls-self-signed"]);
    let certificate = server.line["certificate"].as_str().unwrap().to_owned();
    assert_eq!(server.line["certificate_sha256"].as_str().unwrap().len(), 32 * 3 - 1);
    assert!(server.scim_url.starts_with("https://127.0.0.1:"));
    let fuzz = |more: &[&str]| {
        run(&[&["fuzz", &server.scim_url, "--token", &server.token, "--cases", "2", "--seed", "1"], more].concat())
    };
    for trusting in [&["--ca-cert", &certificate][..], &["--insecure"]] {
        let (code, out, err) = fuzz(trusting);
        assert_eq!(code, 0, "{trusting:?} {out} {err}");
    }
    assert_eq!(fuzz(&[]).0, 3);
    let (code, _, err) = run(&["serve", "--ephemeral", "--tls-cert", &certificate, "--tls-key", "/nowhere.pem"]);
    assert!(code == 2 && err.contains("/nowhere.pem"), "{code} {err}");
    // The server will be killed, so it cannot remove the file.
    std::fs::remove_file(certificate).unwrap();
}

#[tokio::test]
async fn a_slow_client_gets_the_whole_of_a_large_response() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    // Long enough for the request to follow its connection on a busy machine.
    let idle_timeout = std::time::Duration::from_millis(500);
    let transport = TransportBounds { idle_timeout, ..TransportBounds::default() };
    let server = Server::with(|settings| Settings { transport, ..settings }).await;
    let mut large = user("ann@example.com");
    large["title"] = "x".repeat(1_500_000).into();
    for name in ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"] {
        large["userName"] = name.into();
        // Each on a separate connection, because the idle time-out may close a kept one at any moment.
        let close = [("connection", "close")];
        let reply = server.send_with(Method::POST, "/Users", &close, Some(large.to_string())).await;
        assert_eq!(reply.status, 201);
    }
    let mut stream = TcpStream::connect(server.reference.address()).await.unwrap();
    let path = server.scim_url.split_once("//").unwrap().1.split_once('/').unwrap().1;
    let head = format!(
        "GET /{path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        server.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The response has begun. The client reads nothing for twice the idle time-out.
    stream.read_u8().await.unwrap();
    tokio::time::timeout(idle_timeout * 2, std::future::pending::<()>()).await.unwrap_err();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() > 7_000_000, "{} bytes", rest.len());
}
