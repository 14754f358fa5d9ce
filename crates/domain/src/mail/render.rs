//! A notice in words: subject, text and HTML in the reader's language. Pure; every value that comes from outside is
//! escaped.

use crate::mail::{Language, Notice, SwitchedOff, words};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use vestibule_model::UnixMs;

/// To whom, and in what light.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// In which language.
    pub language: Language,
    /// The tenant's name; empty where there is none.
    pub company: &'a str,
    /// Its IANA time zone.
    pub zone: &'a str,
    /// How this server is reached, without a slash at the end.
    pub public_url: &'a str,
}

/// A mail's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What it is about.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// What is said, before it has a form.
pub(super) struct Words {
    pub(super) subject: String,
    /// The line that a list of mails shows beside the subject.
    pub(super) preheader: String,
    pub(super) paragraphs: Vec<String>,
    /// What is on the button, and where it leads.
    pub(super) button: Option<(&'static str, String)>,
    pub(super) foot: &'static str,
}

/// Puts a notice into words.
#[must_use]
pub fn render(notice: &Notice, to: &Reader<'_>) -> Rendered {
    let words = match notice {
        Notice::EndpointOff { name, host, why, since } => {
            endpoint_off(&line(name), &line(host), *why, *since, to)
        }
        Notice::Test => test(to),
        other => words::about_people(other, to),
    };
    Rendered { text: text(&words, to.language), html: html(&words, to.language), subject: words.subject }
}

fn endpoint_off(name: &str, host: &str, why: SwitchedOff, since: UnixMs, to: &Reader<'_>) -> Words {
    let (company, since) = (line(to.company), instant(since, to));
    let link = format!("{}/endpoints", to.public_url);
    match to.language {
        Language::En => {
            let what = if name.is_empty() { host.to_owned() } else { format!("{name} ({host})") };
            let why = match why {
                SwitchedOff::Gone => format!(
                    "It answered on {since} that it no longer exists (HTTP 410), so we stopped sending to it."
                ),
                SwitchedOff::Failing => {
                    format!("Nothing has arrived there since {since}: every attempt failed, for days.")
                }
            };
            Words {
                subject: format!("Deliveries to {host} are switched off"),
                preheader: format!("{company}: what it is owed waits until you switch it on again."),
                paragraphs: vec![
                    format!("We switched off an endpoint of {company}: {what}."),
                    why,
                    "From now on nothing is sent there. What it is owed waits and is not lost. Calls are answered and kept as before.".into(),
                    "When the receiver is ready, switch the endpoint on again: what waits is sent then.".into(),
                ],
                button: Some(("Look at the endpoint", link)),
                foot: "You receive this because you own or manage this business in Vestibule.",
            }
        }
        Language::Fr => {
            let what = if name.is_empty() { host.to_owned() } else { format!("{name} ({host})") };
            let why = match why {
                SwitchedOff::Gone => format!(
                    "Elle a répondu le {since} qu’elle n’existe plus (HTTP 410) : nous avons cessé de lui envoyer quoi que ce soit."
                ),
                SwitchedOff::Failing => format!(
                    "Rien n’y est arrivé depuis le {since} : chaque tentative a échoué, pendant des jours."
                ),
            };
            Words {
                subject: format!("Les envois vers {host} sont désactivés"),
                preheader: format!(
                    "{company} : ce qui lui est dû attend que vous réactiviez cette destination."
                ),
                paragraphs: vec![
                    format!("Nous avons désactivé une destination de {company} : {what}."),
                    why,
                    "Désormais, rien n’y est envoyé. Ce qui lui est dû attend et n’est pas perdu. Les appels sont pris et conservés comme avant.".into(),
                    "Quand le destinataire est prêt, réactivez la destination : ce qui attend partira alors.".into(),
                ],
                button: Some(("Voir la destination", link)),
                foot: "Vous recevez ce message parce que vous êtes propriétaire ou gestionnaire de cette entreprise dans Vestibule.",
            }
        }
    }
}

fn test(to: &Reader<'_>) -> Words {
    match to.language {
        Language::En => Words {
            subject: "Mail from Vestibule arrives".into(),
            preheader: "This is a test: nothing else happened.".into(),
            paragraphs: vec!["This is a test. You read it, so mail from this server arrives.".into()],
            button: None,
            foot: "Somebody ran `vestibule mail test` with your address.",
        },
        Language::Fr => Words {
            subject: "Le courrier de Vestibule arrive".into(),
            preheader: "Ceci est un essai : rien d’autre ne s’est passé.".into(),
            paragraphs: vec![
                "Ceci est un essai. Vous le lisez : le courrier de ce serveur arrive donc.".into(),
            ],
            button: None,
            foot: "Quelqu’un a exécuté `vestibule mail test` avec votre adresse.",
        },
    }
}

/// The instant as people of the tenant say it.
pub(super) fn instant(at: UnixMs, to: &Reader<'_>) -> String {
    const MONTHS_EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const MONTHS_FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let zone = TimeZone::get(to.zone).unwrap_or(TimeZone::UTC);
    let at: Zoned = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone);
    let month = usize::from(at.month().unsigned_abs()).saturating_sub(1);
    let (day, year, hour, minute, zone) =
        (at.day(), at.year(), at.hour(), at.minute(), at.strftime("%Z").to_string());
    match to.language {
        Language::En => {
            let month = MONTHS_EN.get(month).unwrap_or(&"");
            format!("{month} {day}, {year} at {hour}:{minute:02} ({zone})")
        }
        Language::Fr => {
            let month = MONTHS_FR.get(month).unwrap_or(&"");
            let day = if day == 1 { "1er".to_owned() } else { day.to_string() };
            format!("{day} {month} {year} à {hour} h {minute:02} ({zone})")
        }
    }
}

/// A value on one line: what people typed must not begin another header or paragraph.
pub(super) fn line(value: &str) -> String {
    let words = value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn text(words: &Words, language: Language) -> String {
    let colon = match language {
        Language::En => ":",
        Language::Fr => " :",
    };
    let mut text = words.paragraphs.join("\n\n");
    if let Some((label, link)) = &words.button {
        text.push_str(&format!("\n\n{label}{colon} {link}"));
    }
    text.push_str(&format!("\n\n-- \n{}\n", words.foot));
    text
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

// Mail programs know tables and styles on elements; little else is understood by all of them.
const TEXT: &str = "margin:0 0 16px;font-size:16px;line-height:24px;color:#1f2933";

fn html(words: &Words, language: Language) -> String {
    let paragraphs: String =
        words.paragraphs.iter().map(|one| format!("<p style=\"{TEXT}\">{}</p>\n", escape(one))).collect();
    let button = words.button.as_ref().map_or_else(String::new, |(label, link)| {
        format!(
            "<p style=\"margin:24px 0 0\"><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;\
             background:#0b6e6e;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none\">{}</a></p>\n",
            escape(link),
            escape(label)
        )
    });
    let (subject, preheader, foot) = (escape(&words.subject), escape(&words.preheader), escape(words.foot));
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:0;background:#f3f5f7;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n\
         <div style=\"display:none;max-height:0;overflow:hidden\">{preheader}</div>\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\" style=\"padding:32px 16px\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:560px\">\n\
         <tr><td style=\"padding:0 8px 16px;font-size:14px;font-weight:600;color:#0b6e6e\">Vestibule</td></tr>\n\
         <tr><td style=\"padding:32px;background:#ffffff;border-radius:12px\">\n\
         <h1 style=\"margin:0 0 20px;font-size:20px;line-height:28px;color:#111820\">{subject}</h1>\n\
         {paragraphs}{button}</td></tr>\n\
         <tr><td style=\"padding:16px 8px 0;font-size:13px;line-height:20px;color:#616e7c\">{foot}</td></tr>\n\
         </table>\n</td></tr></table>\n</body>\n</html>\n",
        lang = language.as_str(),
    )
}
