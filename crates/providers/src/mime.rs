//! A mail in the form in which it travels between servers, and what is kept of the other side's words.

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use vestibule_ports::{Mail, MailFault, MailFaultKind};

/// The longest excerpt of the other side's words, in characters.
const MOST_SAID: usize = 300;

/// Text and HTML as alternatives, under a Message-ID that is the same on every try.
pub(crate) fn message(mail: &Mail) -> Result<Message, MailFault> {
    let to: Mailbox = mail.to.parse().map_err(|_| fault(MailFaultKind::Rejected, "bad_address"))?;
    let from: Mailbox = mail.from.parse().map_err(|_| fault(MailFaultKind::Unauthorized, "bad_sender"))?;
    let id = message_id(mail, from.email.domain());
    Message::builder()
        .from(from)
        .to(to)
        .subject(mail.subject.as_str())
        .message_id(Some(id))
        // Whoever is on holiday need not tell us (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|_| fault(MailFaultKind::Rejected, "bad_mail"))
}

/// The id under which a mail can be found again, with its angle brackets.
fn message_id(mail: &Mail, domain: &str) -> String {
    format!("<{}@{domain}>", mail.idempotency_key)
}

pub(crate) const fn fault(kind: MailFaultKind, code: &'static str) -> MailFault {
    MailFault::new(kind, code)
}

/// The other side's words: one line, capped, without the secret.
pub(crate) fn said(text: &str, secret: &str) -> Option<String> {
    let text = if secret.is_empty() { text.to_owned() } else { text.replace(secret, "…") };
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(MOST_SAID).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line_capped_and_without_the_secret() {
        assert_eq!(said(" no\r\n such\tkey re_secret \u{7} ", "re_secret").as_deref(), Some("no such key …"));
        assert_eq!(said(" \n ", ""), None);
        assert_eq!(said(&"é".repeat(999), "").unwrap().chars().count(), MOST_SAID);
    }
}
