//! The report: what was asked, what came of it, what was left out and why. An agency gives it to its client, so it says
//! what it means in English or French, and carries its own digest.

use super::Format;
use super::matrix::{Check, Findings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_model::UnixMs;
use vestibule_vault::{canonical_json, sha256};

/// The language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

/// A finished proof.
pub struct Report {
    url: String,
    version: String,
    at: UnixMs,
    operations: usize,
    findings: Findings,
    digest: String,
}

/// What each kind of check means: its name, English, French.
const MEANINGS: &[(&str, &str, &str)] = &[
    ("anonymous", "Without credentials", "Sans identification"),
    ("made-up session", "With a made-up session", "Avec une session inventée"),
    ("made-up key", "With a made-up API key", "Avec une clé d’API inventée"),
    ("made-up cookie", "With a made-up cookie", "Avec un témoin inventé"),
    ("revoked session", "With a session that was ended", "Avec une session terminée"),
    ("revoked key", "With an API key that was revoked", "Avec une clé d’API révoquée"),
    ("expired key", "With an API key that has expired", "Avec une clé d’API expirée"),
    (
        "key without the scope",
        "With an API key that lacks the scope",
        "Avec une clé d’API sans la portée voulue",
    ),
    (
        "no operator",
        "The operator’s operations, by a business",
        "Les opérations de l’exploitant, par une entreprise",
    ),
    ("viewer", "Beyond the rights of a viewer", "Au-delà des droits d’un observateur"),
    ("staff", "Beyond the rights of staff", "Au-delà des droits du personnel"),
    ("manager", "Beyond the rights of a manager", "Au-delà des droits d’un gestionnaire"),
    (
        "names a foreign tenant",
        "Another business named in the address",
        "Une autre entreprise nommée dans l’adresse",
    ),
    (
        "names a foreign thing",
        "Another business’s things named by their ids",
        "Les objets d’une autre entreprise nommés par leurs identifiants",
    ),
    (
        "a foreign tenant and none look alike",
        "Refusals do not tell whether a business exists",
        "Les refus ne disent pas si une entreprise existe",
    ),
    (
        "a foreign thing and none look alike",
        "Refusals do not tell whether a thing exists",
        "Les refus ne disent pas si un objet existe",
    ),
    ("shows a foreign row", "Lists, figures and exports", "Listes, statistiques et exportations"),
    (
        "takes a foreign cursor",
        "Lists, continued from another business’s page",
        "Listes, poursuivies depuis la page d’une autre entreprise",
    ),
    (
        "filters by a foreign thing",
        "Lists, filtered by another business’s things",
        "Listes, filtrées par les objets d’une autre entreprise",
    ),
    (
        "names a foreign thing in its body",
        "Another business’s things named in what is written",
        "Les objets d’une autre entreprise nommés dans ce qui est écrit",
    ),
    ("labels name no tenant", "Metrics name no business", "Les métriques ne nomment aucune entreprise"),
    (
        "a foreign change arrives",
        "Live changes of another business",
        "Les changements en direct d’une autre entreprise",
    ),
    (
        "ends with its session",
        "Live changes end with the session",
        "Les changements en direct cessent avec la session",
    ),
    ("ends with its key", "Live changes end with the key", "Les changements en direct cessent avec la clé"),
    ("the owner gets in", "Control: the owner does get in", "Contrôle : le propriétaire, lui, entre"),
];

/// What is left out of every proof, and why.
const EXCEPTED: &[(&str, &str, &str)] = &[
    (
        "log files",
        "They cannot be read from outside; the product’s own tests read them for planted words.",
        "On ne peut pas les lire de l’extérieur; les essais du produit y cherchent des mots plantés.",
    ),
    (
        "good writes",
        "Nothing of the server’s own is changed: writes are asked only by those who must be refused.",
        "Rien du serveur n’est modifié : les écritures ne sont demandées que par qui doit être refusé.",
    ),
];

impl Report {
    /// The report of what was found.
    pub fn of(url: &str, version: &str, at: UnixMs, operations: usize, mut findings: Findings) -> Self {
        findings.unasked.sort();
        findings.unasked.dedup();
        findings.excepted.extend(EXCEPTED.iter().map(|(what, en, fr)| ((*what).to_owned(), *en, *fr)));
        let mut report = Self {
            url: url.to_owned(),
            version: version.to_owned(),
            at,
            operations,
            findings,
            digest: String::new(),
        };
        report.digest = hex::encode(sha256(&canonical_json(&report.json())));
        report
    }

    /// How many checks were made.
    pub fn checks(&self) -> usize {
        self.findings.checks.len()
    }

    /// The checks that found something.
    pub fn leaks(&self) -> impl Iterator<Item = &Check> {
        self.findings.checks.iter().filter(|check| check.leak.is_some())
    }

    /// What could not be asked.
    pub fn unasked(&self) -> &[String] {
        &self.findings.unasked
    }

    /// For each kind of check, how many were made and how many found something; in the order of [`MEANINGS`].
    fn kinds(&self) -> Vec<(&'static str, &'static str, usize, usize)> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for check in &self.findings.checks {
            let count = counts.entry(check.what).or_default();
            count.0 += 1;
            count.1 += usize::from(check.leak.is_some());
        }
        let known = MEANINGS.iter();
        known
            .filter_map(|(what, en, fr)| counts.get(what).map(|(made, found)| (*en, *fr, *made, *found)))
            .collect()
    }

    fn json(&self) -> Value {
        let check = |check: &Check| json!({ "operation": check.operation, "check": check.what, "status": check.status, "leak": check.leak });
        let excepted = self.findings.excepted.iter();
        json!({
            "product": "Vestibule",
            "version": self.version,
            "server": self.url,
            "at": self.at.rfc3339(),
            "operations": self.operations,
            "checks_made": self.checks(),
            "leaks": self.leaks().count(),
            "not_asked": self.findings.unasked,
            "excepted": excepted.map(|(what, en, fr)| json!({ "what": what, "en": en, "fr": fr })).collect::<Vec<_>>(),
            "checks": self.findings.checks.iter().map(check).collect::<Vec<_>>(),
        })
    }

    /// The report as text.
    pub fn written(&self, format: Format, language: Language) -> String {
        match format {
            Format::Json => {
                let mut value = self.json();
                value["digest"] = json!(self.digest);
                serde_json::to_string_pretty(&value).unwrap_or_default()
            }
            Format::Markdown => {
                self.lines(language).iter().map(Line::markdown).collect::<Vec<_>>().join("\n")
            }
            Format::Html => page(&self.lines(language), language),
        }
    }

    fn lines(&self, language: Language) -> Vec<Line> {
        let say = |en: &str, fr: &str| if language == Language::En { en.to_owned() } else { fr.to_owned() };
        let leaks = self.leaks().count();
        let mut lines = vec![
            Line::Title(say("Isolation of tenants: report", "Isolation des entreprises : rapport")),
            Line::Text(say(
                "Two throw-away businesses were made on this server, with calls, texts, contacts and deliveries. Every operation that the server offers was then asked by people and programs that must not get in, and every answer was searched for the other business’s data.",
                "Deux entreprises jetables ont été créées sur ce serveur, avec des appels, des textos, des contacts et des livraisons. Chaque opération offerte par le serveur a ensuite été demandée par des personnes et des programmes qui ne doivent pas entrer, et chaque réponse a été fouillée à la recherche des données de l’autre entreprise.",
            )),
            Line::Verdict(
                leaks == 0,
                match leaks {
                    0 => say("No leak was found.", "Aucune fuite n’a été trouvée."),
                    _ => say(
                        &format!("{} found.", many(leaks, "leak")),
                        &format!("{} : voir plus bas.", many(leaks, "fuite")),
                    ),
                },
            ),
            Line::Pair(say("Server", "Serveur"), self.url.clone()),
            Line::Pair("Version".into(), self.version.clone()),
            Line::Pair(say("When", "Quand"), self.at.rfc3339()),
            Line::Pair(say("Operations", "Opérations"), self.operations.to_string()),
            Line::Pair(say("Checks", "Vérifications"), self.checks().to_string()),
            Line::Pair(say("Leaks", "Fuites"), leaks.to_string()),
            Line::Pair(say("Digest (SHA-256)", "Empreinte (SHA-256)"), self.digest.clone()),
            Line::Title(say("What was asked", "Ce qui a été demandé")),
        ];
        for (en, fr, made, found) in self.kinds() {
            let count = match found {
                0 => say(&format!("{made} checks, no leak"), &format!("{made} vérifications, aucune fuite")),
                _ => say(
                    &format!("{made} checks, {found} leaks"),
                    &format!("{made} vérifications, {found} fuites"),
                ),
            };
            lines.push(Line::Pair(say(en, fr), count));
        }
        if leaks > 0 {
            lines.push(Line::Title(say("Leaks", "Fuites")));
            lines.extend(self.leaks().map(|check| {
                let leak = check.leak.as_deref().unwrap_or_default();
                Line::Pair(check.operation.clone(), format!("{}: {leak}", check.what))
            }));
        }
        lines.push(Line::Title(say("What could not be asked", "Ce qui n’a pas pu être demandé")));
        if self.findings.unasked.is_empty() {
            lines.push(Line::Text(say("Nothing.", "Rien.")));
        }
        lines.extend(self.findings.unasked.iter().cloned().map(Line::Text));
        lines.push(Line::Title(say("What is left out, and why", "Ce qui est laissé de côté, et pourquoi")));
        lines.extend(
            self.findings.excepted.iter().map(|(what, en, fr)| Line::Pair(what.clone(), say(en, fr))),
        );
        lines
    }
}

fn many(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// A line of the report.
enum Line {
    /// What came of it all; good or not.
    Verdict(bool, String),
    Title(String),
    Text(String),
    Pair(String, String),
}

impl Line {
    fn markdown(&self) -> String {
        match self {
            Self::Verdict(_, text) => format!("**{text}**\n"),
            Self::Title(text) => format!("\n## {text}\n"),
            Self::Text(text) => format!("{text}\n"),
            Self::Pair(name, value) => format!("- **{name}**: {value}"),
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Verdict(good, text) => {
                format!("<p class=\"{}\">{}</p>", if *good { "good" } else { "bad" }, escaped(text))
            }
            Self::Title(text) => format!("<h2>{}</h2>", escaped(text)),
            Self::Text(text) => format!("<p>{}</p>", escaped(text)),
            Self::Pair(name, value) => {
                format!("<dl><dt>{}</dt><dd>{}</dd></dl>", escaped(name), escaped(value))
            }
        }
    }
}

fn page(lines: &[Line], language: Language) -> String {
    let lang = if language == Language::En { "en" } else { "fr" };
    let style = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}\
        h2{margin:2rem 0 .5rem;font-size:1.25rem}dl{display:flex;gap:1rem;margin:0;padding:.35rem 0;border-bottom:1px solid #ddd}\
        .good,.bad{padding:.75rem 1rem;border-radius:.5rem;font-weight:600;background:#e6f4ea;color:#0b5321}.bad{background:#fce8e6;color:#8c1d18}\
        dt{flex:1}dd{margin:0;flex:1;overflow-wrap:anywhere;font-weight:600}";
    let body: String = lines.iter().map(Line::html).collect();
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Vestibule</title><style>{style}</style></head><body>{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(leak: Option<&str>) -> Report {
        let mut findings = Findings::default();
        findings.add("GET /a".into(), "anonymous", 200, leak.map(str::to_owned));
        findings.unasked.push("GET /b/{id}: nothing".into());
        Report::of("https://x.test", "1", UnixMs(0), 1, findings)
    }

    #[test]
    fn a_report_says_the_same_in_each_form_and_language() {
        let report = report(Some("shows <canary>"));
        let english = report.written(Format::Markdown, Language::En);
        assert!(
            english.contains("- **Leaks**: 1") && english.contains("**GET /a**: anonymous: shows <canary>"),
            "{english}"
        );
        assert!(english.contains("GET /b/{id}: nothing") && english.contains(&report.digest));
        let french = report.written(Format::Html, Language::Fr);
        assert!(
            french.contains("<dt>Fuites</dt><dd>1</dd>") && french.contains("shows &lt;canary&gt;"),
            "{french}"
        );
        let value: Value = serde_json::from_str(&report.written(Format::Json, Language::En)).unwrap();
        assert_eq!((&value["leaks"], &value["checks"][0]["status"]), (&json!(1), &json!(200)));
    }

    #[test]
    fn the_digest_is_of_everything_that_is_said() {
        let mut value: Value =
            serde_json::from_str(&report(None).written(Format::Json, Language::En)).unwrap();
        let digest = value.as_object_mut().unwrap().remove("digest").unwrap();
        assert_eq!(digest, hex::encode(sha256(&canonical_json(&value))));
        assert_ne!(report(None).digest, report(Some("x")).digest);
    }

    #[test]
    fn every_kind_has_its_meaning() {
        let sources =
            [include_str!("matrix.rs"), include_str!("foreigner.rs"), include_str!("streams.rs")].concat();
        for (what, _, _) in MEANINGS.iter().filter(|(what, _, _)| *what != "expired key") {
            assert!(
                sources.contains(&format!("\"{what}\""))
                    || include_str!("cast.rs").contains(&format!("\"{what}\""))
                    || *what == "anonymous",
                "{what}"
            );
        }
    }
}
