//! Who receives the deliveries: answers 200 at once, and keeps nothing but, where that is wanted, when each arrived.

use crate::say::Outcome;
use crate::wire::Wire;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::net::TcpListener;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// A receiver on a thread of its own, for as long as the program runs.
pub struct Receiver {
    address: SocketAddr,
    received: Arc<AtomicU64>,
    arrivals: Arc<Arrivals>,
}

/// When each delivery arrived first, by its `webhook-id`.
#[derive(Default)]
struct Arrivals(Mutex<Option<HashMap<String, Instant>>>);

impl Arrivals {
    fn note(&self, head: &[u8]) {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = all.as_mut() else { return };
        let text = String::from_utf8_lossy(head);
        let id = text.lines().find_map(|line| line.strip_prefix("webhook-id: "));
        if let Some(id) = id {
            all.entry(id.to_owned()).or_insert(now);
        }
    }
}

impl Receiver {
    /// Begins to listen on a free port.
    pub fn start() -> Outcome<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let received = Arc::new(AtomicU64::new(0));
        let (count, arrivals) = (received.clone(), Arc::new(Arrivals::default()));
        let notes = arrivals.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || runtime.block_on(listen(listener, count, notes)));
        Ok(Self { address, received, arrivals })
    }

    /// Where deliveries are to go.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Begins to keep when deliveries arrive, and forgets what it kept.
    pub fn keep(&self) {
        *self.arrivals.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(HashMap::new());
    }

    /// When a delivery arrived.
    pub fn arrived(&self, id: &str) -> Option<Instant> {
        self.arrivals.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(id).copied()
    }

    /// How many came so far.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

async fn listen(listener: std::net::TcpListener, count: Arc<AtomicU64>, arrivals: Arc<Arrivals>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let (count, arrivals) = (count.clone(), arrivals.clone());
        tokio::spawn(async move {
            if let Ok(mut wire) = Wire::over(stream) {
                let each = |head: &[u8]| {
                    arrivals.note(head);
                    count.fetch_add(1, Ordering::Relaxed);
                };
                // A server that is stopped breaks its connections off.
                drop(wire.answer_all(OK, each).await);
            }
        });
    }
}
