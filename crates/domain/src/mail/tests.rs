//! What mails say, and when they are tried again.

use super::render::Reader;
use super::rules::{WAITS_MS, next_try};
use super::{Language, Notice, SecretLink, SwitchedOff, render};
use vestibule_model::{Role, UnixMs};
use vestibule_ports::{MailFault, MailFaultKind};

const AT: UnixMs = UnixMs(1_795_219_200_000);

fn reader(language: Language) -> Reader<'static> {
    Reader {
        language,
        company: "Rive-Nord & fils",
        zone: "America/Toronto",
        public_url: "https://vestibule.example",
    }
}

fn off(name: &str, host: &str, why: SwitchedOff) -> Notice {
    Notice::EndpointOff { name: name.into(), host: host.into(), why, since: AT }
}

#[test]
fn req_4_19_an_endpoint_switched_off_reads_as_agreed_in_both_languages() {
    let notice = off("n8n <live>", "n8n.example", SwitchedOff::Gone);
    let english = render(&notice, &reader(Language::En));
    assert_eq!(english.subject, "Deliveries to n8n.example are switched off");
    assert_eq!(english.text, include_str!("golden/endpoint_off.en.txt"));
    assert_eq!(english.html, include_str!("golden/endpoint_off.en.html"));
    let french = render(&notice, &reader(Language::Fr));
    assert_eq!(french.subject, "Les envois vers n8n.example sont désactivés");
    assert_eq!(french.text, include_str!("golden/endpoint_off.fr.txt"));
    assert_eq!(french.html, include_str!("golden/endpoint_off.fr.html"));
}

#[test]
fn days_of_failure_say_since_when() {
    let notice = off("", "n8n.example", SwitchedOff::Failing);
    let english = render(&notice, &reader(Language::En)).text;
    assert!(english.contains("since November 20, 2026 at 19:00 (EST): every attempt failed"), "{english}");
    assert!(english.contains("an endpoint of Rive-Nord & fils: n8n.example."), "{english}");
    let french = render(&notice, &reader(Language::Fr)).text;
    assert!(french.contains("depuis le 20 novembre 2026 à 19 h 00 (EST)"), "{french}");
    // The first of a month, and a zone that is none.
    let first = Notice::EndpointOff {
        name: String::new(),
        host: "h".into(),
        why: SwitchedOff::Failing,
        since: UnixMs::parse_rfc3339("2026-12-01T05:07:00Z").unwrap(),
    };
    let nowhere = Reader { zone: "Nowhere/Else", ..reader(Language::Fr) };
    assert!(render(&first, &nowhere).text.contains("1er décembre 2026 à 5 h 07 (UTC)"));
}

#[test]
fn what_people_typed_changes_no_form() {
    let bad = "x\r\nBcc: all@example.com <script>alert('1')</script> \"&\"";
    for language in [Language::En, Language::Fr] {
        let reader = Reader { company: bad, public_url: "https://v.example/\"><script>", ..reader(language) };
        let found = render(&off(bad, bad, SwitchedOff::Failing), &reader);
        assert!(!found.subject.contains(['\r', '\n']), "{}", found.subject);
        assert!(!found.text.contains("\nBcc"), "{}", found.text);
        assert!(!found.html.contains("<script") && !found.html.contains("alert('"), "{}", found.html);
        assert!(found.html.contains("&lt;script&gt;"));
    }
}

#[test]
fn a_language_is_the_persons_else_the_tenants() {
    assert_eq!(Language::of(&["fr", "en"]), Language::Fr);
    assert_eq!(Language::of(&["", "fr"]), Language::Fr);
    assert_eq!(Language::of(&["de", "it"]), Language::En);
    for language in [Language::En, Language::Fr] {
        assert_eq!(Language::of(&[language.as_str()]), language);
        assert!(!render(&Notice::Test, &reader(language)).html.contains("<a "));
    }
}

#[test]
fn a_mail_is_tried_six_times_unless_that_is_of_no_use() {
    let fault = |kind, wish| MailFault { retry_after_ms: wish, ..MailFault::new(kind, "x") };
    let wait = |kind, before, wish| next_try(&fault(kind, wish), before, AT).map(|at| at.since(AT));
    for kind in [MailFaultKind::Unavailable, MailFaultKind::Unauthorized] {
        let waits: Vec<_> = (0..6).map(|before| wait(kind, before, None)).collect();
        assert_eq!(waits[..5], WAITS_MS.map(Some));
        assert_eq!((waits[5], wait(kind, -1, None)), (None, None));
    }
    assert_eq!(wait(MailFaultKind::Rejected, 0, Some(1)), None);
    assert_eq!(wait(MailFaultKind::Unavailable, 0, Some(31_000)), Some(31_000), "a longer wish counts");
    assert_eq!(wait(MailFaultKind::Unavailable, 0, Some(1)), Some(30_000));
}

/// Every notice about people and their accounts, with what its link leads to.
fn about_people() -> Vec<Notice> {
    let link = |page: &str| SecretLink::new(format!("https://vestibule.example/{page}#vsl_example").into());
    vec![
        Notice::Invite {
            by: "Odile Gagné".into(),
            role: Role::Manager,
            link: link("invited"),
            until: AT.plus_ms(7 * 86_400_000),
        },
        Notice::Reset { link: link("reset") },
        Notice::ConfirmEmail { link: link("confirm-email") },
        Notice::EmailChanging { new_email: "odile@new.example".into() },
        Notice::Unlock { link: link("unlock"), until: AT },
        Notice::PasswordChanged { at: AT },
        Notice::FactorOff { at: AT },
    ]
}

#[test]
fn mails_about_people_read_as_agreed_in_both_languages() {
    let said = |language| -> String {
        let reader = reader(language);
        let all = about_people().into_iter().map(|notice| {
            let found = render(&notice, &reader);
            format!("=== {} · {}\n{}", notice.kind(), found.subject, found.text)
        });
        all.collect()
    };
    assert_eq!(said(Language::En), include_str!("golden/people.en.txt"));
    assert_eq!(said(Language::Fr), include_str!("golden/people.fr.txt"));
    let invite = &about_people()[0];
    assert_eq!(render(invite, &reader(Language::En)).html, include_str!("golden/invite.en.html"));
    assert_eq!(render(invite, &reader(Language::Fr)).html, include_str!("golden/invite.fr.html"));
}

#[test]
fn a_link_that_lets_in_is_never_printed_and_makes_its_mail_secret() {
    for notice in about_people() {
        let text = render(&notice, &reader(Language::En)).text;
        assert_eq!(notice.is_secret(), text.contains("vsl_example"), "{notice:?}");
        assert!(!format!("{notice:?}").contains("vsl_example"), "{notice:?}");
    }
    assert!(!Notice::Test.is_secret() && !off("", "h", SwitchedOff::Gone).is_secret());
}

#[test]
fn each_role_has_a_name_in_an_invitation() {
    let mut said = std::collections::BTreeSet::new();
    for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
        for language in [Language::En, Language::Fr] {
            let link = SecretLink::new("https://vestibule.example/invited#x".into());
            let notice = Notice::Invite { by: String::new(), role, link, until: AT };
            said.insert(render(&notice, &reader(language)).text);
        }
    }
    assert_eq!(said.len(), 8);
}
