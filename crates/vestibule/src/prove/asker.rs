//! Asking the server, as anybody.

use crate::say::{self, Fault};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// How long one exchange may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest wait that a limit may ask for, in seconds, and how often it may.
const LONGEST_WAIT: u64 = 300;
const MOST_WAITS: u32 = 20;

/// Somebody: what their requests carry.
#[derive(Clone)]
pub struct Who {
    /// What they are, for the report.
    pub name: &'static str,
    header: Option<(&'static str, String)>,
}

impl Who {
    /// Nobody.
    pub const fn nobody() -> Self {
        Self { name: "anonymous", header: None }
    }

    /// Whoever shows a token or a key.
    pub fn bearer(name: &'static str, token: &str) -> Self {
        Self { name, header: Some(("authorization", format!("Bearer {token}"))) }
    }

    /// Whoever shows a cookie.
    pub fn cookie(name: &'static str, value: &str) -> Self {
        Self { name, header: Some(("cookie", format!("vestibule_session={value}"))) }
    }

    /// The same, called otherwise.
    pub fn called(&self, name: &'static str) -> Self {
        Self { name, header: self.header.clone() }
    }
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The status.
    pub status: u16,
    /// Headers and body, as they can be searched.
    pub all: String,
    /// The body.
    pub text: String,
}

impl Heard {
    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The body, or why it is not one that helps.
    pub fn good(&self, what: &str) -> Result<Value, Fault> {
        match self.status {
            200..=299 => Ok(self.json()),
            status => {
                Err(Fault::words(format!("{what}: the server answered {status}: {}", beginning(&self.text))))
            }
        }
    }

    /// The body without what differs at every request.
    pub fn same(&self) -> Value {
        let mut body = self.json();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("request_id");
        }
        body
    }
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(300)]
}

/// The way to the server.
pub struct Asker {
    http: Client,
    base: String,
}

impl Asker {
    /// A way to the server at an address.
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Self, Fault> {
        let parsed = url::Url::parse(url).map_err(|_| Fault::words(format!("{url} is not an address")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Fault::words("the address begins with http:// or https://"));
        }
        let mut client = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        if let Some(file) = ca {
            let pem = std::fs::read(file)?;
            let certificate = reqwest::Certificate::from_pem(&pem);
            client = client.add_root_certificate(certificate.map_err(|e| Fault::words(e.to_string()))?);
        }
        let http = client.build().map_err(|e| Fault::words(e.to_string()))?;
        Ok(Self { http, base: url.trim_end_matches('/').to_owned() })
    }

    /// The server's own document.
    pub async fn document(&self) -> Result<Value, Fault> {
        self.ask(&Who::nobody(), &Method::GET, "/api/openapi.json", None).await?.good("the OpenAPI document")
    }

    /// A request that is not sent yet.
    pub fn request(&self, who: &Who, method: &Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        match &who.header {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    /// Asks; waits where a limit says so, and asks again.
    pub async fn ask(
        &self,
        who: &Who,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Heard, Fault> {
        for _ in 0..MOST_WAITS {
            let request = self.request(who, method, path);
            let request = match body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = request.send().await.map_err(|e| Fault::words(format!("{method} {path}: {e}")))?;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                let after = answer
                    .headers()
                    .get("retry-after")
                    .and_then(|v| v.to_str().ok())
                    .and_then(|v| v.parse().ok());
                let seconds: u64 = after.unwrap_or(5);
                if seconds > LONGEST_WAIT {
                    return heard(answer).await;
                }
                say::err(&format!("a limit: waiting {seconds} s ({method} {path} as {})", who.name));
                tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
                continue;
            }
            return heard(answer).await;
        }
        Err(Fault::words(format!(
            "{method} {path}: the limits let nothing through; see docs/ops/isolation.md"
        )))
    }
}

async fn heard(answer: reqwest::Response) -> Result<Heard, Fault> {
    let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
    let is_stream = headers.contains("text/event-stream");
    // A stream has no end; what it tells is looked at elsewhere.
    let bytes = if is_stream { None } else { answer.bytes().await.ok() };
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    Ok(Heard { status, all: format!("{headers} {text}"), text })
}
