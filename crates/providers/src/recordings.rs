//! Fetches recordings: from Twilio with the tenant's credentials, from anywhere else without any and through the
//! guard. What is handed on is sound, and shows nothing of where it comes from.

use crate::{
    guard::{GuardedResolver, SsrfGuard},
    twilio,
};
use bytes::Bytes;
use futures::{
    StreamExt,
    future::{BoxFuture, ready},
    stream::BoxStream,
};
use reqwest::{
    Client, ClientBuilder, RequestBuilder, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use std::{io, sync::Arc, time::Duration};
use tokio::time::timeout;
use url::Url;
use vestibule_ports::{
    Extent, ProviderFault, ProviderFaultKind, RecordingStream, RecordingWanted, Recordings,
};

const USER_AGENT: &str = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));
/// How long an answer may take to begin, and how long its bytes may stop.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most bytes of one recording: twelve hours of it.
const LONGEST: u64 = 1024 * 1024 * 1024;
/// How often an address may point to another.
const MOST_TURNS: usize = 3;

/// Fetches recordings.
#[derive(Debug, Clone)]
pub struct RecordingFetcher {
    guard: SsrfGuard,
    https: Client,
    http: Client,
    twilio: Client,
    twilio_base: String,
}

impl RecordingFetcher {
    /// A fetcher that goes only where the guard lets it, and to Twilio at `twilio_base` ([`twilio::BASE`], but for
    /// tests). The process must have installed a rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(guard: SsrfGuard, twilio_base: &str) -> Result<Self, reqwest::Error> {
        let guarded = |only_listed| {
            let resolver = GuardedResolver { guard: guard.clone(), only_listed };
            plain().dns_resolver(Arc::new(resolver)).build()
        };
        let twilio = plain().https_only(twilio_base.starts_with("https://")).build()?;
        let (https, http) = (guarded(false)?, guarded(true)?);
        let twilio_base = twilio_base.trim_end_matches('/').to_owned();
        Ok(Self { guard, https, http, twilio, twilio_base })
    }

    async fn begin(&self, wanted: RecordingWanted) -> Result<RecordingStream, ProviderFault> {
        let range = wanted.range.as_deref();
        let mut response = match twilio::recording_path(&wanted.url) {
            Some(path) => {
                let keys = wanted.keys.as_ref().ok_or(UNAUTHORIZED)?;
                let mut secret = twilio::authorization(keys)
                    .and_then(|value| HeaderValue::from_str(&value).ok())
                    .ok_or(UNAUTHORIZED)?;
                secret.set_sensitive(true);
                let request = self.twilio.get(format!("{}{path}", self.twilio_base));
                let response = send(request.header(header::AUTHORIZATION, secret), range).await?;
                if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                    return Err(UNAUTHORIZED);
                }
                response
            }
            None => self.guarded(&wanted.url, range).await?,
        };
        // An account may keep its recordings elsewhere: from here on without credentials.
        for _ in 0..MOST_TURNS {
            if !response.status().is_redirection() {
                break;
            }
            let next = text(response.headers(), &header::LOCATION).ok_or(UNEXPECTED)?;
            let next = response.url().join(&next).map_err(|_| UNEXPECTED)?;
            response = self.guarded(next.as_str(), range).await?;
        }
        read(response)
    }

    async fn guarded(&self, url: &str, range: Option<&str>) -> Result<Response, ProviderFault> {
        let url = self.guard.check_url(url).map_err(|_| REJECTED)?;
        let client = if url.scheme() == "https" { &self.https } else { &self.http };
        send(client.get(url), range).await
    }
}

impl Recordings for RecordingFetcher {
    fn keeper(&self, url: &str) -> Option<&'static str> {
        twilio::recording_path(url).map(|_| twilio::SPEC.name)
    }

    fn fetch(&self, wanted: RecordingWanted) -> BoxFuture<'_, Result<RecordingStream, ProviderFault>> {
        Box::pin(self.begin(wanted))
    }
}

const REJECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Rejected);
const UNEXPECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Unexpected);
const UNAUTHORIZED: ProviderFault = ProviderFault::of(ProviderFaultKind::Unauthorized);
const UNAVAILABLE: ProviderFault = ProviderFault::of(ProviderFaultKind::Unavailable);

fn plain() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
}

async fn send(request: RequestBuilder, range: Option<&str>) -> Result<Response, ProviderFault> {
    // Sound is compressed already, and parts are counted in its own bytes.
    let mut request = request.header(header::ACCEPT_ENCODING, "identity");
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    let sent = timeout(PATIENCE, request.send()).await;
    sent.map_err(|_| UNAVAILABLE)?.map_err(|_| UNAVAILABLE)
}

fn read(response: Response) -> Result<RecordingStream, ProviderFault> {
    let extent = match response.status() {
        StatusCode::OK => Extent::Whole,
        StatusCode::PARTIAL_CONTENT => Extent::Part,
        StatusCode::RANGE_NOT_SATISFIABLE => Extent::Beyond,
        StatusCode::TOO_MANY_REQUESTS => return Err(ProviderFault::of(ProviderFaultKind::RateLimited)),
        status if status.is_server_error() => return Err(UNAVAILABLE),
        // An address that has expired looks like one that is forbidden.
        status if status.is_client_error() => return Err(REJECTED),
        _ => return Err(UNEXPECTED),
    };
    let content_range = text(response.headers(), &header::CONTENT_RANGE);
    if extent == Extent::Beyond {
        let (content_type, body) = (String::from(ANY_SOUND), futures::stream::empty().boxed());
        return Ok(RecordingStream { extent, content_type, length: Some(0), content_range, body });
    }
    let content_type = sound(response.headers(), response.url()).ok_or(UNEXPECTED)?;
    let length = response.content_length();
    if length.is_some_and(|length| length > LONGEST) || (extent == Extent::Part && content_range.is_none()) {
        return Err(UNEXPECTED);
    }
    Ok(RecordingStream { extent, content_type, length, content_range, body: bounded(response) })
}

const ANY_SOUND: &str = "audio/mpeg";

/// The type of the sound: nothing else is handed on, or a page of a stranger's would run as ours.
fn sound(headers: &HeaderMap, url: &Url) -> Option<String> {
    let told = text(headers, &header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let told = told.split(';').next().unwrap_or_default().trim();
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b));
    match told.split_once('/') {
        Some(("audio", name)) if !name.is_empty() && is_name(name) => Some(told.to_owned()),
        // Stores that do not know what they hold.
        None | Some(("application" | "binary", "octet-stream")) if told.is_empty() || told.contains('/') => {
            let ending = url.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            let known = match ending.as_str() {
                "wav" => "audio/wav",
                "mp3" => ANY_SOUND,
                "ogg" | "opus" => "audio/ogg",
                "m4a" | "mp4" => "audio/mp4",
                "webm" => "audio/webm",
                _ => return None,
            };
            Some(known.to_owned())
        }
        _ => None,
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn bounded(response: Response) -> BoxStream<'static, Result<Bytes, io::Error>> {
    let mut left = LONGEST;
    let bytes = response.bytes_stream().map(move |chunk| {
        // The cause could show where it came from.
        let chunk = chunk.map_err(|_| io::Error::from(io::ErrorKind::ConnectionAborted))?;
        left = left
            .checked_sub(chunk.len() as u64)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(chunk)
    });
    // After an error there is nothing more.
    let mut over = false;
    let bytes = bytes.take_while(move |chunk| ready(!std::mem::replace(&mut over, chunk.is_err())));
    bytes.boxed()
}
