//! A well-behaved HTTP/2 client, which reuses its connection while that is open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use rustls::pki_types::CertificateDer;

use crate::support::tls;

/// The time without a request after which the client opens a new connection, because the server may close the old one.
const FRESH: Duration = Duration::from_secs(1);

pub(super) struct Polite {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    token: String,
    connection: Option<(SendRequest<Bytes>, Instant)>,
}

impl Polite {
    pub(super) fn new(address: SocketAddr, certificate: CertificateDer<'static>, token: &str) -> Self {
        Self { address, certificate, token: token.to_owned(), connection: None }
    }

    /// Sends a GET, and returns status and body. A reused connection may end at any moment; the request is then sent again.
    pub(super) async fn get(&mut self, path: &str) -> Result<(u16, String), h2::Error> {
        if let Some((sending, last)) = self.connection.take()
            && last.elapsed() < FRESH
            && let Ok(response) = self.get_over(sending, path).await
        {
            return Ok(response);
        }
        let fresh = self.connect().await?;
        self.get_over(fresh, path).await
    }

    async fn get_over(&mut self, sending: SendRequest<Bytes>, path: &str) -> Result<(u16, String), h2::Error> {
        let request = http::Request::get(format!("https://localhost{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token)).body(()).unwrap();
        let mut sending = sending.ready().await?;
        let (response, _) = sending.send_request(request, true)?;
        let (head, mut body) = response.await?.into_parts();
        let mut text = Vec::new();
        while let Some(data) = body.data().await {
            let data = data?;
            body.flow_control().release_capacity(data.len())?;
            text.extend_from_slice(&data);
        }
        self.connection = Some((sending, Instant::now()));
        Ok((head.status.as_u16(), String::from_utf8(text).unwrap()))
    }

    async fn connect(&self) -> Result<SendRequest<Bytes>, h2::Error> {
        let stream = tls::http_2(self.address, self.certificate.clone()).await;
        let (sending, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(sending)
    }
}
