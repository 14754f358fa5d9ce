//! Who receives the deliveries: answers 200 at once and keeps nothing.

use crate::say::Outcome;
use crate::wire::Wire;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// A receiver on a thread of its own, for as long as the program runs.
pub struct Receiver {
    address: SocketAddr,
    received: Arc<AtomicU64>,
}

impl Receiver {
    /// Begins to listen on a free port.
    pub fn start() -> Outcome<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let received = Arc::new(AtomicU64::new(0));
        let count = received.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || runtime.block_on(listen(listener, count)));
        Ok(Self { address, received })
    }

    /// Where deliveries are to go.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// How many came so far.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

async fn listen(listener: std::net::TcpListener, count: Arc<AtomicU64>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let count = count.clone();
        tokio::spawn(async move {
            if let Ok(mut wire) = Wire::over(stream) {
                let each = || {
                    count.fetch_add(1, Ordering::Relaxed);
                };
                // A server that is stopped breaks its connections off.
                drop(wire.answer_all(OK, each).await);
            }
        });
    }
}
