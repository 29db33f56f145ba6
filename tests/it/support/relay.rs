//! An address that stays the same while the server behind it is killed and started again on another port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::net::{TcpListener, TcpStream};

use super::process::Serve;

/// A relay of TCP connections. Without a server it closes each connection at once.
pub(crate) struct Relay {
    address: SocketAddr,
    /// The port of the server; 0 for none.
    port: Arc<AtomicU16>,
}

impl Relay {
    /// Starts a relay without a server, in a task of the present runtime.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, port) = (listener.local_addr().unwrap(), Arc::new(AtomicU16::new(0)));
        let current = Arc::clone(&port);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = current.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    if port == 0 {
                        return;
                    }
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, port }
    }

    /// Leads to this server from now on.
    pub(crate) fn lead_to(&self, serving: &Serve) {
        let (_, rest) = serving.events_url.rsplit_once(':').unwrap();
        let port = rest.split('/').next().unwrap().parse().unwrap();
        self.port.store(port, Ordering::SeqCst);
    }

    /// Kills the server, and leads nowhere until another one takes its place.
    pub(crate) fn kill(&self, mut serving: Serve) {
        self.port.store(0, Ordering::SeqCst);
        serving.kill();
    }

    /// Returns a URL of a server with the address of the relay.
    pub(crate) fn url(&self, url: &str) -> String {
        let path = url.splitn(4, '/').nth(3).unwrap();
        format!("http://{}/{path}", self.address)
    }
}
