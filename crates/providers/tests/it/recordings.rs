//! Recordings, fetched from doubles of where they are.

use super::double::{Asked, Double, Told};
use futures::TryStreamExt;
use vestibule_ports::{
    Extent, ProviderFault, ProviderFaultKind, RecordingStream, RecordingWanted, Recordings,
};
use vestibule_providers::{n8n::SsrfGuard, recordings::RecordingFetcher};
use vestibule_vault::Credentials;

const SOUND: &[u8] = b"ID3 not really sound";
const AT_TWILIO: &str = "https://api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd";

fn fetcher(twilio: &str, allow: &[&str]) -> RecordingFetcher {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let guard = SsrfGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect());
    RecordingFetcher::new(guard, twilio).unwrap()
}

fn keys() -> Credentials {
    Credentials::of("account_sid", "ACaa").with("auth_token", "token")
}

async fn get(
    by: &RecordingFetcher,
    url: &str,
    range: Option<&str>,
) -> Result<RecordingStream, ProviderFault> {
    by.fetch(RecordingWanted { url: url.to_owned(), keys: Some(keys()), range: range.map(str::to_owned) })
        .await
}

async fn bytes(stream: RecordingStream) -> Result<Vec<u8>, std::io::Error> {
    let chunks: Vec<_> = stream.body.try_collect().await?;
    Ok(chunks.concat())
}

fn sound(asked: &Asked) -> Told {
    let whole =
        Told { status: 200, body: SOUND.to_vec(), ..Told::default() }.with("content-type", "audio/mpeg");
    match asked.header("range") {
        Some("bytes=4-6") => {
            Told { status: 206, body: SOUND[4..7].to_vec(), ..whole }.with("content-range", "bytes 4-6/20")
        }
        Some(_) => Told { status: 416, body: vec![], ..whole }.with("content-range", "bytes */20"),
        None => whole,
    }
}

#[tokio::test]
async fn twilio_gets_the_credentials_and_gives_the_sound() {
    let double = Double::open(sound).await;
    let by = fetcher(&double.base, &[]);
    assert_eq!(by.keeper(AT_TWILIO), Some("twilio"));
    let found = get(&by, AT_TWILIO, None).await.unwrap();
    assert_eq!(
        (found.extent, found.content_type.as_str(), found.length),
        (Extent::Whole, "audio/mpeg", Some(20))
    );
    assert_eq!(bytes(found).await.unwrap(), SOUND);
    let asked = double.asked().remove(0);
    assert_eq!(asked.line, "GET /2010-04-01/Accounts/ACaa/Recordings/REdd.mp3");
    assert_eq!(asked.header("authorization"), Some("Basic QUNhYTp0b2tlbg=="));
    let none = RecordingWanted { url: AT_TWILIO.into(), keys: None, range: None };
    assert_eq!(by.fetch(none).await.unwrap_err().kind, ProviderFaultKind::Unauthorized);
    assert_eq!(double.asked().len(), 1);
}

#[tokio::test]
async fn a_part_is_a_part() {
    let double = Double::open(sound).await;
    let by = fetcher(&double.base, &[]);
    let part = get(&by, AT_TWILIO, Some("bytes=4-6")).await.unwrap();
    assert_eq!((part.extent, part.length), (Extent::Part, Some(3)));
    assert_eq!(part.content_range.as_deref(), Some("bytes 4-6/20"));
    assert_eq!(bytes(part).await.unwrap(), b"not");
    let beyond = get(&by, AT_TWILIO, Some("bytes=90-")).await.unwrap();
    assert_eq!((beyond.extent, beyond.length), (Extent::Beyond, Some(0)));
    assert_eq!(beyond.content_range.as_deref(), Some("bytes */20"));
    assert!(bytes(beyond).await.unwrap().is_empty());
}

#[tokio::test]
async fn credentials_go_to_nobody_else() {
    let double = Double::open(sound).await;
    let by = fetcher("http://127.0.0.1:9", &["127.0.0.0/8"]);
    get(&by, &format!("{}/x.mp3", double.base), None).await.unwrap();
    assert_eq!(double.asked()[0].header("authorization"), None);
    for url in [
        "http://api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd",
        "https://api.twilio.com:444/2010-04-01/Accounts/ACaa/Recordings/REdd",
        "https://user@api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd",
        "https://api.twilio.com.evil.test/2010-04-01/Accounts/ACaa/Recordings/REdd",
        "https://evil.test/api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd",
        "https://api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/../Keys.json",
        "https://api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd.json",
        "https://api.twilio.com/2010-04-01/Accounts/ACaa/Recordings/REdd/Transcriptions",
        "https://api.twilio.com/2010-04-01/Accounts/ACaa.json",
        "not an address",
    ] {
        assert_eq!(by.keeper(url), None, "{url}");
    }
}

#[tokio::test]
async fn a_redirection_loses_the_credentials_and_minds_the_guard() {
    let store = Double::open(sound).await;
    let elsewhere = format!("{}/bucket/x.mp3?signed=1", store.base);
    let to = elsewhere.clone();
    let twilio = Double::open(move |_| Told { status: 307, ..Told::default() }.with("location", &to)).await;
    let found = get(&fetcher(&twilio.base, &["127.0.0.0/8"]), AT_TWILIO, None).await.unwrap();
    assert_eq!(bytes(found).await.unwrap(), SOUND);
    assert_eq!(store.asked()[0].header("authorization"), None);
    let guarded = get(&fetcher(&twilio.base, &[]), AT_TWILIO, None).await.unwrap_err();
    assert_eq!(guarded.kind, ProviderFaultKind::Rejected);
    assert_eq!(store.asked().len(), 1);
    let circle = Double::open(|_| Told { status: 302, ..Told::default() }.with("location", "/again")).await;
    let found = get(&fetcher("http://127.0.0.1:9", &["127.0.0.0/8"]), &circle.base, None).await.unwrap_err();
    assert_eq!(found.kind, ProviderFaultKind::Unexpected);
    assert_eq!(circle.asked().len(), 4);
}

#[tokio::test]
async fn addresses_inside_are_not_asked() {
    let by = fetcher("http://127.0.0.1:9", &[]);
    for url in ["http://127.0.0.1:1/x.mp3", "https://169.254.169.254/latest", "file:///etc/passwd", ""] {
        assert_eq!(get(&by, url, None).await.unwrap_err().kind, ProviderFaultKind::Rejected, "{url}");
    }
}

#[tokio::test]
async fn nothing_but_sound_is_handed_on() {
    let kind = async |told: Told, path: &str| {
        let double = Double::open(move |_| told.clone()).await;
        let by = fetcher("http://127.0.0.1:9", &["127.0.0.0/8"]);
        get(&by, &format!("{}{path}", double.base), None).await.map(|s| s.content_type).map_err(|f| f.kind)
    };
    let told =
        |kind: &str| Told { status: 200, body: SOUND.to_vec(), ..Told::default() }.with("content-type", kind);
    assert_eq!(kind(told("Audio/X-WAV; rate=8000"), "/x").await.as_deref(), Ok("audio/x-wav"));
    assert_eq!(kind(told("binary/octet-stream"), "/a/x.WAV?y=1").await.as_deref(), Ok("audio/wav"));
    assert_eq!(kind(Told { status: 200, ..Told::default() }, "/x.mp3").await.as_deref(), Ok("audio/mpeg"));
    for (bad, path) in [
        ("text/html", "/x.mp3"),
        ("application/octet-stream", "/x.html"),
        ("application/octet-stream", "/x"),
        ("image/svg+xml", "/x.mp3"),
        ("audio/", "/x.mp3"),
        ("audio/mpeg\"x", "/x.mp3"),
        ("audio", "/x.mp3"),
    ] {
        assert_eq!(kind(told(bad), path).await, Err(ProviderFaultKind::Unexpected), "{bad} {path}");
    }
    let status = async |status| kind(Told { status, ..Told::default() }, "/x.mp3").await.unwrap_err();
    assert_eq!(status(404).await, ProviderFaultKind::Rejected);
    assert_eq!(status(403).await, ProviderFaultKind::Rejected);
    assert_eq!(status(429).await, ProviderFaultKind::RateLimited);
    assert_eq!(status(502).await, ProviderFaultKind::Unavailable);
    // A part that does not say which is none.
    assert_eq!(status(206).await, ProviderFaultKind::Unexpected);
}

#[tokio::test]
async fn a_recording_that_breaks_off_ends_in_an_error() {
    let double = Double::open(|asked| Told { breaks_off: true, ..sound(asked) }).await;
    let found = get(&fetcher(&double.base, &[]), AT_TWILIO, None).await.unwrap();
    let fault = bytes(found).await.unwrap_err();
    assert!(!fault.to_string().contains("127.0.0.1"), "{fault}");
    let refused = Double::open(|_| Told::json(401, "{}")).await;
    let fault = get(&fetcher(&refused.base, &[]), AT_TWILIO, None).await.unwrap_err();
    assert_eq!(fault.kind, ProviderFaultKind::Unauthorized);
}
