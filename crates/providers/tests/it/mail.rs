//! Whoever carries mail: Resend as a double plays it, an SMTP server on the loop, and a directory.

use super::double::{Asked, Double, Told};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use vestibule_ports::MailFaultKind::{Rejected, Unauthorized, Unavailable};
use vestibule_ports::{Mail, MailFault, MailFaultKind, Mailer};
use vestibule_providers::file::FileMailer;
use vestibule_providers::resend::ResendMailer;
use vestibule_providers::smtp::{SmtpMailer, SmtpUrlFault};

const KEY: &str = "re_0123456789abcdef";
const ID: &str = "019ab2c0-0000-7000-8000-000000000001";

fn mail() -> Mail {
    Mail {
        from: "Vestibule <hello@mail.rx.example.com>".into(),
        to: "marie@example.com".into(),
        subject: "Les envois vers n8n.test sont désactivés".into(),
        text: "Rien n’y est arrivé.\n.\nUne ligne d’un seul point précède.\n".into(),
        html: "<p>Rien n’y est arrivé.</p>".into(),
        idempotency_key: ID.into(),
    }
}

fn resend(base: &str, patience: Duration) -> ResendMailer {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ResendMailer::new(base, SecretString::from(KEY), patience).unwrap()
}

/// What comes of a mail when Resend answers so.
async fn told(told: Told) -> Result<String, MailFault> {
    let double = Double::open(move |_: &Asked| told.clone()).await;
    let mailer = resend(&double.base, Duration::from_secs(5));
    mailer.send(&mail()).await.map(|sent| sent.external_id)
}

fn refusal(status: u16, name: &str, message: &str) -> Told {
    Told::json(status, json!({ "statusCode": status, "name": name, "message": message }).to_string())
}

fn short(fault: &MailFault) -> (MailFaultKind, &'static str, Option<i64>) {
    (fault.kind, fault.code, fault.retry_after_ms)
}

#[tokio::test]
async fn req_k29_a_mail_is_posted_with_its_key_and_taken() {
    let double = Double::open(|_| Told::json(200, r#"{"id":"56761188-7520-42d8-8898-ff6fc54ce618"}"#)).await;
    let mailer = resend(&format!("{}/", double.base), Duration::from_secs(5));
    let sent = mailer.send(&mail()).await.unwrap();
    assert_eq!(sent.external_id, "56761188-7520-42d8-8898-ff6fc54ce618");
    let asked = double.asked();
    assert_eq!((asked.len(), asked[0].line.as_str()), (1, "POST /emails"));
    assert_eq!(asked[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(asked[0].header("idempotency-key"), Some(ID));
    assert!(asked[0].header("user-agent").unwrap().starts_with("Vestibule/"), "without one it is refused");
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    let mail = mail();
    assert_eq!(
        body,
        json!({ "from": mail.from, "to": ["marie@example.com"], "subject": mail.subject, "text": mail.text,
            "html": mail.html, "headers": { "Auto-Submitted": "auto-generated" } })
    );
    assert!(!format!("{mailer:?}").contains(KEY));
}

#[tokio::test]
async fn what_resend_says_decides_what_is_done() {
    let day = 86_400_000;
    for (answer, want) in [
        (refusal(400, "invalid_idempotency_key", "no"), (Rejected, "rejected", None)),
        (refusal(401, "missing_api_key", "Missing API Key"), (Unauthorized, "key_refused", None)),
        (refusal(401, "restricted_api_key", "no"), (Unauthorized, "key_refused", None)),
        (refusal(403, "invalid_api_key", "API key is invalid"), (Unauthorized, "key_refused", None)),
        (
            refusal(403, "validation_error", "The domain is not verified."),
            (Unauthorized, "sender_refused", None),
        ),
        (refusal(404, "not_found", "no"), (Unauthorized, "not_found", None)),
        (refusal(409, "invalid_idempotent_request", "no"), (Rejected, "key_used", None)),
        (refusal(409, "concurrent_idempotent_requests", "no"), (Unavailable, "under_way", None)),
        (refusal(422, "validation_error", "Invalid `to` field."), (Rejected, "rejected", None)),
        (refusal(422, "invalid_from_address", "no"), (Unauthorized, "sender_refused", None)),
        (
            refusal(429, "rate_limit_exceeded", "no").with("retry-after", "7"),
            (Unavailable, "rate_limited", Some(7_000)),
        ),
        (refusal(429, "rate_limit_exceeded", "no"), (Unavailable, "rate_limited", None)),
        (
            refusal(429, "rate_limit_exceeded", "no").with("retry-after", "soon"),
            (Unavailable, "rate_limited", None),
        ),
        (
            refusal(429, "rate_limit_exceeded", "no").with("retry-after", "99999999"),
            (Unavailable, "rate_limited", Some(day)),
        ),
        (refusal(429, "daily_quota_exceeded", "no"), (Unavailable, "quota", Some(day / 4))),
        (
            refusal(429, "monthly_quota_exceeded", "no").with("retry-after", "60"),
            (Unavailable, "quota", Some(60_000)),
        ),
        (refusal(500, "application_error", "no"), (Unavailable, "http_status", None)),
        (Told::json(503, "<html>").with("retry-after", "1"), (Unavailable, "http_status", Some(1_000))),
        (Told::json(302, "").with("location", "http://127.0.0.1:1/"), (Unauthorized, "redirect", None)),
        // Taken, and asked again under the same key for its id.
        (Told::json(200, "garbage"), (Unavailable, "unreadable", None)),
        (Told::json(200, r#"{"id":7}"#), (Unavailable, "unreadable", None)),
        (Told::json(200, "x".repeat(100_000)), (Unavailable, "unreadable", None)),
        (Told { breaks_off: true, ..Told::json(200, "{") }, (Unavailable, "unreachable", None)),
    ] {
        let shown = format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body[..answer.body.len().min(80)])
        );
        let fault = told(answer).await.unwrap_err();
        assert_eq!(short(&fault), want, "{shown}");
    }
    let fault = told(refusal(403, "validation_error", &format!("The key {KEY}\nis odd"))).await.unwrap_err();
    assert_eq!(fault.said.as_deref(), Some("The key … is odd"));
}

#[tokio::test]
async fn nobody_and_silence_are_no_answer() {
    let nobody = resend("http://127.0.0.1:9", Duration::from_secs(5)).send(&mail()).await.unwrap_err();
    assert_eq!(short(&nobody), (Unavailable, "unreachable", None));
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", silent.local_addr().unwrap());
    let late = resend(&base, Duration::from_millis(200)).send(&mail()).await.unwrap_err();
    assert_eq!(short(&late), (Unavailable, "timeout", None));
    let url = SecretString::from(format!("smtp://{}", silent.local_addr().unwrap()));
    let late = SmtpMailer::new(&url, Duration::from_millis(200)).unwrap().send(&mail()).await.unwrap_err();
    assert_eq!(short(&late), (Unavailable, "timeout", None));
}

/// A server that takes mail, or says what it was told to say to one command. What it heard comes back.
async fn server(to: &'static str, says: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            let _ = write.write_all(b"220 mail.test ESMTP\r\n").await;
            let mut in_data = false;
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
                let word = line.split([' ', ':']).next().unwrap_or_default().to_owned();
                let answer = match (in_data, word.as_str()) {
                    (true, _) if line != "." => continue,
                    (true, _) => {
                        in_data = false;
                        if to == "." { says } else { "250 2.0.0 Ok: queued as 4XyZ" }
                    }
                    (false, word) if word == to => says,
                    (false, "EHLO") => "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
                    (false, "AUTH") => "235 2.7.0 fine",
                    (false, "DATA") => {
                        in_data = true;
                        "354 go on"
                    }
                    (false, "QUIT") => "221 bye",
                    _ => "250 2.1.0 Ok",
                };
                if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (address, heard)
}

async fn smtp(address: &str) -> Result<String, MailFault> {
    let url = SecretString::from(format!("smtp://us%40er:pass%2Fword@{address}"));
    let mailer = SmtpMailer::new(&url, Duration::from_secs(5)).unwrap();
    assert_eq!((format!("{mailer:?}").as_str(), mailer.name()), ("SmtpMailer", "smtp"));
    mailer.send(&mail()).await.map(|sent| sent.external_id)
}

#[tokio::test]
async fn req_k29_a_server_takes_mail_by_smtp() {
    let (address, heard) = server("", "").await;
    let id = smtp(&address).await.unwrap();
    assert_eq!(id, format!("<{ID}@mail.rx.example.com>"));
    let heard = heard.lock().unwrap().clone();
    assert!(heard.contains("MAIL FROM:<hello@mail.rx.example.com>"), "{heard}");
    assert!(heard.contains("RCPT TO:<marie@example.com>"), "{heard}");
    assert!(heard.contains(&format!("Message-ID: {id}")), "{heard}");
    assert!(heard.contains("Auto-Submitted: auto-generated"), "{heard}");
    assert!(heard.contains("multipart/alternative") && heard.contains("text/html"), "{heard}");
    // AGVz…: NUL, us@er, NUL, pass/word.
    assert!(heard.contains("AUTH PLAIN AHVzQGVyAHBhc3Mvd29yZA=="), "{heard}");
    assert!(heard.lines().all(|line| line.is_ascii()), "what is not ASCII is encoded: {heard}");
}

#[tokio::test]
async fn what_a_server_says_decides_what_is_done() {
    for (to, says, want) in [
        ("AUTH", "535 5.7.8 no", (Unauthorized, "password_refused")),
        ("MAIL", "530 5.7.0 sign in first", (Unauthorized, "password_refused")),
        ("MAIL", "451 4.3.0 later", (Unavailable, "not_now")),
        ("RCPT", "550 5.1.1 user unknown", (Rejected, "rejected")),
        ("RCPT", "450 4.2.1 greylisted", (Unavailable, "not_now")),
        ("DATA", "554 5.7.1 no", (Rejected, "rejected")),
        (".", "452 4.3.1 full", (Unavailable, "not_now")),
        (".", "550 5.7.1 spam", (Rejected, "rejected")),
        ("EHLO", "nonsense", (Unavailable, "unreadable")),
    ] {
        let (address, _) = server(to, says).await;
        let fault = smtp(&address).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), want, "{to} {says}: {fault:?}");
    }
    let (address, _) = server("RCPT", "550 5.1.1 user unknown").await;
    assert!(smtp(&address).await.unwrap_err().said.unwrap().contains("user unknown"));
    assert_eq!(short(&smtp("127.0.0.1:9").await.unwrap_err()), (Unavailable, "unreachable", None));
}

#[test]
fn a_password_goes_in_the_clear_to_this_machine_alone() {
    let at = |url: &str| SmtpMailer::new(&SecretString::from(url), Duration::from_secs(1)).map(|_| ());
    for good in [
        "smtps://u:p@mail.example",
        "smtp://u:p@mail.example:587?tls=required",
        "smtp://127.0.0.1:2525",
        "smtp://localhost",
        "smtp://[::1]:25",
    ] {
        assert_eq!(at(good), Ok(()), "{good}");
    }
    for (bad, why) in [
        ("smtp://u:p@mail.example", SmtpUrlFault::Clear),
        ("smtp://10.0.0.1", SmtpUrlFault::Clear),
        ("smtp://u:p@mail.example?tls=opportunistic", SmtpUrlFault::Clear),
        ("smtp://mail.example?tls=none", SmtpUrlFault::Form),
        ("https://mail.example", SmtpUrlFault::Form),
        ("mail.example", SmtpUrlFault::Form),
        ("", SmtpUrlFault::Form),
    ] {
        assert_eq!(at(bad), Err(why), "{bad}");
    }
}

#[tokio::test]
async fn req_k29_a_directory_takes_mail_and_nothing_leaves() {
    use std::os::unix::fs::PermissionsExt;
    let dir = std::env::temp_dir().join(format!("vestibule-mail-{}", std::process::id()));
    let mailer = FileMailer::new(dir.join("mail"));
    for _ in 0..2 {
        assert_eq!(mailer.send(&mail()).await.unwrap().external_id, format!("{ID}.eml"));
    }
    let path = dir.join("mail").join(format!("{ID}.eml"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("To: marie@example.com") && text.contains("text/plain") && text.contains("text/html"),
        "{text}"
    );
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&dir.join("mail"))), (0o600, 0o700));
    assert_eq!(std::fs::read_dir(dir.join("mail")).unwrap().count(), 1, "the same mail is the same file");
    for (to, key, want) in
        [("nobody", ID, "bad_address"), ("a@b.example", "../x", "bad_key"), ("a@b.example", "", "bad_key")]
    {
        let odd = Mail { to: to.into(), idempotency_key: key.into(), ..mail() };
        assert_eq!(short(&mailer.send(&odd).await.unwrap_err()), (Rejected, want, None));
    }
    std::fs::write(dir.join("file"), "").unwrap();
    let nowhere = FileMailer::new(dir.join("file")).send(&mail()).await.unwrap_err();
    assert_eq!(short(&nowhere), (Unavailable, "not_written", None));
    std::fs::remove_dir_all(&dir).unwrap();
}
