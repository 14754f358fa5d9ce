//! A receiver that plays n8n: it writes down what it is sent, checks the signatures, and fails when it is told to.

use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Answer with this status.
    Answer(u16),
    /// Read it, then close without an answer.
    CloseAfter,
    /// Close at once.
    CloseBefore,
}

/// A request that was read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) answered: Option<u16>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Says that all three signatures are right, and gives the body.
    pub(crate) fn verified(&self, secret: &str, ascii: &str, now_s: i64) -> Value {
        use vestibule_vault::{hmac_hex, standard_webhooks};
        let key = standard_webhooks::decode_secret(secret).unwrap();
        assert_eq!(key, ascii.as_bytes(), "the two forms of the secret differ");
        let parts = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|n| self.header(n));
        standard_webhooks::verify(&[&key], parts[0], parts[1], parts[2], &self.body, now_s, 300).unwrap();
        let over_body = format!("sha256={}", hmac_hex(ascii.as_bytes(), &[&self.body]));
        assert_eq!(self.header("x-vestibule-signature"), over_body);
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        let claimed = body.as_object_mut().unwrap().remove("signature").unwrap();
        let canonical = vestibule_vault::canonical_json(&body);
        assert_eq!(claimed, format!("sha256={}", hmac_hex(ascii.as_bytes(), &[&canonical])));
        body
    }
}

type Moods = Arc<Mutex<Box<dyn FnMut() -> Mood + Send>>>;

/// The receiver.
pub(crate) struct Desk {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    moods: Moods,
    open: Mutex<Option<JoinHandle<()>>>,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            moods: Arc::new(Mutex::new(Box::new(|| Mood::Answer(200)))),
            open: Mutex::default(),
        };
        desk.listen(listener);
        desk
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/webhook/calls", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// In which mood it meets each request from now on.
    pub(crate) fn is(&self, mood: impl FnMut() -> Mood + Send + 'static) {
        *self.moods.lock().unwrap() = Box::new(mood);
    }

    /// Refuses connections from now on.
    pub(crate) fn shut(&self) {
        if let Some(task) = self.open.lock().unwrap().take() {
            task.abort();
        }
    }

    /// Takes connections again, at the same address.
    pub(crate) fn open_again(&self) {
        if self.open.lock().unwrap().is_some() {
            return;
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        // Whoever listened here may still be on its way out.
        let bound = (0..200).any(|_| {
            socket.bind(self.address).is_ok() || {
                std::thread::yield_now();
                false
            }
        });
        assert!(bound, "the address is taken");
        self.listen(socket.listen(256).unwrap());
    }

    fn listen(&self, listener: TcpListener) {
        let (received, moods) = (self.received.clone(), self.moods.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((socket, _)) = listener.accept().await else { return };
                let mood = (moods.lock().unwrap())();
                let received = received.clone();
                tokio::spawn(async move { drop(meet(socket, mood, &received).await) });
            }
        });
        *self.open.lock().unwrap() = Some(task);
    }
}

async fn meet(mut socket: TcpStream, mood: Mood, received: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    if mood == Mood::CloseBefore {
        return Ok(());
    }
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let headers: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.iter().find(|(n, _)| n == "content-length").unwrap().1.parse().unwrap();
    while bytes.len() < head + 4 + length {
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let answered = match mood {
        Mood::Answer(status) => Some(status),
        _ => None,
    };
    // Written down before it is answered: what was acknowledged was received.
    let body = bytes[head + 4..head + 4 + length].to_vec();
    received.lock().unwrap().push(Received { headers, body, answered });
    if let Some(status) = answered {
        let answer =
            format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        socket.write_all(answer.as_bytes()).await?;
        socket.shutdown().await?;
    }
    Ok(())
}
