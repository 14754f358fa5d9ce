//! The rules of texts, with tables.

use super::rules::{Sent, Word, after_send, keyword_of, meaning, next_look, parts, try_again};
use super::words;
use proptest::prelude::*;
use vestibule_model::Keyword::{Help, Start, Stop};
use vestibule_model::{TextCame, TextProblem, UnixMs};
use vestibule_ports::{ProviderFault, ProviderFaultKind, TextFault};

#[test]
fn a_whole_message_is_one_of_the_words() {
    for (text, keyword, is_french) in [
        ("STOP", Stop, false),
        (" stop. ", Stop, false),
        ("Stop!!! 🛑", Stop, false),
        ("STOP ALL", Stop, false),
        ("opt-out", Stop, false),
        ("Unsubscribe", Stop, false),
        ("CANCEL", Stop, false),
        ("end", Stop, false),
        ("QUIT", Stop, false),
        ("revoke", Stop, false),
        ("ARRET", Stop, true),
        ("ARRÊT", Stop, true),
        ("arrêt\u{a0}!", Stop, true),
        ("Arre\u{302}t", Stop, true),
        ("«\u{202f}Arrêt\u{202f}»", Stop, true),
        ("DÉSABONNER", Stop, true),
        ("desabonner", Stop, true),
        ("Me désabonner", Stop, true),
        ("START", Start, false),
        ("unstop", Start, false),
        ("Yes", Start, false),
        ("Reprendre", Start, true),
        ("démarrer", Start, true),
        ("help?", Help, false),
        ("INFO", Help, false),
        ("Aide", Help, true),
    ] {
        assert_eq!(keyword_of(text), Some(Word { keyword, is_french }), "{text}");
    }
    for text in [
        "",
        " ",
        "!",
        "🛑",
        "please stop",
        "stop by at 5",
        "Can you help me?",
        "Oui",
        "non",
        "arrêt de bus",
        "стоп",
        "stopж",
        "ＳＴＯＰ",
        &"stop ".repeat(80),
    ] {
        assert_eq!(keyword_of(text), None, "{text}");
    }
}

fn came(body: &str, keyword: Option<vestibule_model::Keyword>) -> TextCame {
    TextCame {
        from: "+14155550123".into(),
        to: "+15125550100".into(),
        body: body.into(),
        segments: None,
        media_count: 0,
        keyword,
        is_answered: false,
    }
}

#[test]
fn the_providers_word_wins() {
    assert_eq!(meaning(&came("START", Some(Stop))).map(|word| word.keyword), Some(Stop));
    assert_eq!(meaning(&came("no more", Some(Stop))).map(|word| word.keyword), Some(Stop));
    assert_eq!(meaning(&came("no more", None)), None);
}

#[test]
fn parts_are_counted_as_carriers_do() {
    for (text, count) in [
        (String::new(), 1),
        ("a".repeat(160), 1),
        ("a".repeat(161), 2),
        ("a".repeat(306), 2),
        ("a".repeat(307), 3),
        ("é".repeat(160), 1),
        ("€".repeat(80), 1),
        ("€".repeat(81), 2),
        ("ê".repeat(70), 1),
        ("ê".repeat(71), 2),
        ("ê".repeat(134), 2),
        ("ê".repeat(135), 3),
        ("👍".repeat(35), 1),
        ("👍".repeat(36), 2),
        (format!("{}’", "a".repeat(70)), 2),
    ] {
        assert_eq!(parts(&text), count, "{} characters", text.chars().count());
    }
}

#[test]
fn answers_fit_in_one_part_and_name_the_business() {
    for keyword in vestibule_model::Keyword::ALL {
        for french in [false, true] {
            let text = words::answer(*keyword, french, "Plomberie du Nord et Fils");
            assert!(text.starts_with("Plomberie du Nord et Fils: ") && parts(&text) == 1, "{text}");
        }
    }
}

#[test]
fn what_came_of_sending() {
    let fault = |kind| Err(TextFault::Provider(ProviderFault::of(kind)));
    use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
    let half_an_hour = 30 * 60_000;
    assert_eq!(after_send(Err(TextFault::Unreached), 0), Sent::NotYet);
    assert_eq!(after_send(fault(RateLimited), 0), Sent::NotYet);
    let given_up = Sent::Not(TextProblem::Unreachable, None);
    assert_eq!(after_send(Err(TextFault::Unreached), half_an_hour), given_up);
    assert_eq!(after_send(fault(Unavailable), 0), Sent::Unknown);
    assert_eq!(after_send(fault(Unexpected), half_an_hour), Sent::Unknown);
    assert_eq!(after_send(fault(Unauthorized), 0), Sent::Not(TextProblem::Unauthorized, None));
    assert_eq!(after_send(fault(Rejected), 0), Sent::Not(TextProblem::Rejected, None));
    let refused = TextFault::Refused { problem: TextProblem::OptedOut, code: Some(21_610) };
    assert_eq!(after_send(Err(refused), 0), Sent::Not(TextProblem::OptedOut, Some("21610".into())));
}

#[test]
fn looks_come_later_and_later_and_end() {
    let tried = UnixMs(1_000_000);
    for is_unknown in [true, false] {
        let (mut now, mut looks) = (tried, 0);
        while let Some(at) = next_look(is_unknown, tried, now) {
            assert!(at > now);
            now = at;
            looks += 1;
        }
        assert_eq!(looks, 4);
    }
    assert_eq!(try_again(0, tried), tried.plus_ms(5_000));
}

proptest! {
    #[test]
    fn no_text_breaks_the_rules(text in "\\PC{0,300}") {
        let _ = keyword_of(&text);
        prop_assert!(parts(&text) >= 1);
    }
}
