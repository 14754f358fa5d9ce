//! SMTP: mail through any server that takes it. The connection is encrypted, but for a server on this machine.

use crate::mime::{fault, message, said};
use futures::future::BoxFuture;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};
use vestibule_ports::MailFaultKind::{Rejected, Unauthorized, Unavailable};
use vestibule_ports::{Mail, MailFault, Mailer, SentMail};

const NAME: &str = "smtp";

/// Why an address of a server cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlFault {
    /// It is none.
    #[error("write smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST:587?tls=required")]
    Form,
    /// It would carry mail and password in the clear over a network.
    #[error("only a server on this machine may be reached without TLS: write smtps://… or add ?tls=required")]
    Clear,
}

/// Sends mail through an SMTP server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    password: SecretString,
    patience: Duration,
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpMailer")
    }
}

impl SmtpMailer {
    /// A mailer for the server at `url`; `patience` bounds the whole exchange.
    ///
    /// # Errors
    /// [`SmtpUrlFault`].
    pub fn new(url: &SecretString, patience: Duration) -> Result<Self, SmtpUrlFault> {
        let text = url.expose_secret().trim();
        let parsed = Url::parse(text).map_err(|_| SmtpUrlFault::Form)?;
        let tls = parsed.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        match (parsed.scheme(), tls.as_deref()) {
            ("smtps", _) | ("smtp", Some("required")) => {}
            ("smtp", None) if is_here(&parsed) => {}
            // "opportunistic" is in the clear as soon as somebody in between wants it so.
            ("smtp", None | Some("opportunistic")) => return Err(SmtpUrlFault::Clear),
            _ => return Err(SmtpUrlFault::Form),
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(text).map_err(|_| SmtpUrlFault::Form)?;
        let password = parsed.password().unwrap_or_default().to_owned().into();
        Ok(Self { transport: builder.timeout(Some(patience)).build(), password, patience })
    }

    async fn hand_over(&self, mail: &Mail) -> Result<SentMail, MailFault> {
        let message = message(mail)?;
        let id = message.headers().get_raw("Message-ID").unwrap_or_default().to_owned();
        match timeout(self.patience, self.transport.send(message)).await {
            Err(_) => Err(fault(Unavailable, "timeout")),
            Ok(Ok(_)) => Ok(SentMail { external_id: id }),
            Ok(Err(error)) => Err(self.judge(&error)),
        }
    }

    fn judge(&self, error: &SmtpError) -> MailFault {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let (kind, what) = match code.as_str() {
            // RFC 4954: the password, or that there is none.
            "454" | "530" | "534" | "535" | "538" => (Unauthorized, "password_refused"),
            _ if error.is_permanent() => (Rejected, "rejected"),
            _ if error.is_transient() => (Unavailable, "not_now"),
            _ if error.is_timeout() => (Unavailable, "timeout"),
            _ if error.is_tls() => (Unauthorized, "tls"),
            // It offers neither what we ask of it nor a way to sign in.
            _ if error.is_client() => (Unauthorized, "unsuitable"),
            _ if error.is_response() => (Unavailable, "unreadable"),
            _ => (Unavailable, "unreachable"),
        };
        let said = said(&error.to_string(), self.password.expose_secret());
        MailFault { kind, code: what, retry_after_ms: None, said }
    }
}

impl Mailer for SmtpMailer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>> {
        Box::pin(self.hand_over(mail))
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // Of a scheme that is not the web's, an address of numbers is read as a name.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}
