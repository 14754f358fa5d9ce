//! Twilio's interface for messages on loopback, with the magic numbers of its test credentials.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is asked for: a form's or a query's fields.
type Fields = BTreeMap<String, String>;

/// The interface of one account: it takes what its own credentials send, and refuses as Twilio does.
#[derive(Clone)]
pub struct FakeTexts(Arc<Shared>);

struct Shared {
    url: String,
    /// `Authorization` as the account's credentials make it.
    opens: String,
    account: String,
    taken: Mutex<Vec<Fields>>,
}

impl FakeTexts {
    /// Opens it at an address of its own for an account and its token.
    ///
    /// # Panics
    /// When there is no free address.
    pub async fn open(account: &str, token: &str) -> Self {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let opens = format!("Basic {}", STANDARD.encode(format!("{account}:{token}")));
        let account = account.to_owned();
        let fake = Self(Arc::new(Shared { url, opens, account, taken: Mutex::default() }));
        let open = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = open.clone();
                tokio::spawn(async move { drop(fake.meet(stream).await) });
            }
        });
        fake
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The forms of the messages that it took, oldest first.
    #[must_use]
    pub fn taken(&self) -> Vec<Fields> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn meet(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let (head, body) = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                break (head, bytes[end + 4..].to_vec());
            }
        };
        let (status, answer) = self.answer(&head, &body);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await
    }

    fn answer(&self, head: &str, body: &[u8]) -> (u16, Value) {
        let line = head.lines().next().unwrap_or_default();
        if header(head, "authorization") != Some(self.0.opens.as_str()) {
            return (401, refusal(401, 20_003));
        }
        let messages = format!("/2010-04-01/Accounts/{}/Messages", self.0.account);
        if line.starts_with(&format!("POST {messages}.json ")) {
            return self.take(url::form_urlencoded::parse(body).into_owned().collect());
        }
        (404, refusal(404, 20_404))
    }

    fn take(&self, form: Fields) -> (u16, Value) {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if let Some(code) = judge(field("From"), field("To"), field("Body")) {
            return (400, refusal(400, code));
        }
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let sid = format!("SM{:032}", taken.len() + 1);
        let answer = json!({
            "sid": sid, "account_sid": self.0.account, "from": field("From"), "to": field("To"), "body": field("Body"),
            "status": "queued", "direction": "outbound-api", "num_segments": "1", "price": null, "price_unit": "USD",
            "error_code": null,
        });
        taken.push(form);
        (201, answer)
    }
}

/// The code with which Twilio's test credentials refuse these numbers (telephony sheet §5.8).
fn judge(from: &str, to: &str, body: &str) -> Option<i64> {
    match from {
        "+15005550001" => return Some(21_212),
        "+15005550008" => return Some(21_611),
        "+15005550006" => {}
        _ => return Some(21_606),
    }
    match to {
        "+15005550001" => Some(21_211),
        "+15005550002" => Some(21_612),
        "+15005550003" => Some(21_408),
        "+15005550004" => Some(21_610),
        "+15005550009" => Some(21_614),
        _ if body.is_empty() => Some(21_602),
        _ => None,
    }
}

fn refusal(status: u16, code: i64) -> Value {
    json!({ "code": code, "message": "no", "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
