//! Where a provider's structured data holds a name, an intent, a date: defaults in snake and camel case, in
//! English and French, and overrides per tenant (`settings.fields`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_model::{Intent, Outcome};

/// Which keys hold what; a tenant's own keys come first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldMap {
    /// Keys of the caller's name.
    pub customer_name: Vec<String>,
    /// Keys of the caller's e-mail address.
    pub email: Vec<String>,
    /// Keys of the intent.
    pub intent: Vec<String>,
    /// Keys of the outcome.
    pub outcome: Vec<String>,
    /// Keys of the appointment's date and time.
    pub appointment: Vec<String>,
    /// Keys of "an appointment was made".
    pub booked: Vec<String>,
}

const NAME: &[&str] = &[
    "customer_name",
    "caller_name",
    "client_name",
    "contact_name",
    "patient_name",
    "full_name",
    "name",
    "nom_client",
    "nom_du_client",
    "nom_appelant",
    "nom_complet",
    "nom",
];
const EMAIL: &[&str] =
    &["customer_email", "caller_email", "email", "email_address", "courriel", "adresse_courriel"];
const INTENT: &[&str] = &[
    "intent",
    "caller_intent",
    "call_intent",
    "call_reason",
    "reason_for_call",
    "intention",
    "motif",
    "raison_appel",
    "motif_appel",
];
const OUTCOME: &[&str] = &["outcome", "call_outcome", "outcome_type", "resultat", "issue_appel"];
const APPOINTMENT: &[&str] = &[
    "appointment_at",
    "appointment_datetime",
    "appointment_date_time",
    "appointment_date",
    "appointment_time",
    "booking_date",
    "date_rendez_vous",
    "date_rdv",
    "rendez_vous",
    "rdv",
];
const BOOKED: &[&str] = &[
    "appointment_booked",
    "appointment_scheduled",
    "is_booked",
    "booked",
    "rendez_vous_pris",
    "rdv_pris",
    "rendez_vous_confirme",
];

/// What the structured data says, in our words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapped {
    /// The caller's name.
    pub customer_name: Option<String>,
    /// The caller's e-mail address.
    pub email: Option<String>,
    /// Why they rang.
    pub intent: Option<Intent>,
    /// What it led to.
    pub outcome: Option<Outcome>,
    /// The appointment, as the provider wrote it.
    pub appointment_at: Option<String>,
    /// Whether an appointment was made.
    pub booked: Option<bool>,
}

/// Letters and digits only, in lower case and without accents: `Nom du client`, `nomDuClient` and
/// `nom_du_client` are one key.
fn plain(key: &str) -> String {
    key.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            'à' | 'â' | 'ä' => Some('a'),
            'ç' => Some('c'),
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'î' | 'ï' => Some('i'),
            'ô' | 'ö' => Some('o'),
            'ù' | 'û' | 'ü' => Some('u'),
            c if c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

fn find<'d>(data: &'d Map<String, Value>, own: &[String], defaults: &[&str]) -> Option<&'d Value> {
    let wanted = own.iter().map(String::as_str).chain(defaults.iter().copied());
    for key in wanted {
        let key = plain(key);
        let found = data.iter().find(|(k, v)| plain(k) == key && !v.is_null() && *v != "");
        if let Some((_, value)) = found {
            return Some(value);
        }
    }
    None
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let empty = text.is_empty()
                || ["n/a", "none", "null", "unknown", "inconnu", "aucun"]
                    .contains(&text.to_lowercase().as_str());
            (!empty).then(|| text.to_owned())
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(s) => match plain(s).as_str() {
            "true" | "yes" | "oui" | "vrai" | "booked" | "confirmed" | "confirme" => Some(true),
            "false" | "no" | "non" | "faux" => Some(false),
            _ => None,
        },
        Value::Number(n) => n.as_i64().map(|n| n != 0),
        _ => None,
    }
}

/// Reads an intent as analyses write it, in English or French.
fn intent(text: &str) -> Intent {
    let word = plain(text);
    let has = |parts: &[&str]| parts.iter().any(|p| word.contains(p));
    if let Some(exact) = Intent::ALL.iter().find(|i| plain(i.as_str()) == word) {
        return *exact;
    }
    if has(&["urgen", "emergenc"]) {
        Intent::Emergency
    } else if has(&[
        "resched",
        "reprogram",
        "deplac",
        "reporter",
        "reportderendezvous",
        "reportdurendezvous",
        "changerlerendezvous",
    ]) {
        Intent::Reschedule
    } else if has(&["cancel", "annul"]) {
        Intent::Cancel
    } else if has(&["book", "appointment", "rendezvous", "rdv", "reserv", "schedul"]) {
        Intent::Booking
    } else if has(&["quote", "price", "pricing", "estimat", "soumission", "devis", "prix"]) {
        Intent::Quote
    } else if has(&["complain", "plainte", "reclam"]) {
        Intent::Complaint
    } else if has(&["sales", "solicit", "vente", "demarch"]) {
        Intent::Sales
    } else if has(&["message", "callback", "rappel"]) {
        Intent::Message
    } else if has(&["question", "inform", "inquir", "renseign", "demande"]) {
        Intent::Question
    } else {
        Intent::Other
    }
}

/// Reads an outcome as analyses write it; unknown words say nothing.
fn outcome(text: &str) -> Option<Outcome> {
    let word = plain(text);
    Outcome::ALL.iter().copied().find(|o| plain(o.as_str()) == word).or_else(|| {
        let has = |parts: &[&str]| parts.iter().any(|p| word.contains(p));
        if has(&["booked", "appointmentmade", "scheduled", "rendezvouspris", "reserve"]) {
            Some(Outcome::Booked)
        } else if has(&["transfer"]) {
            Some(Outcome::Transferred)
        } else if has(&["message"]) {
            Some(Outcome::MessageTaken)
        } else if has(&["voicemail", "boitevocale"]) {
            Some(Outcome::Voicemail)
        } else if has(&["spam", "pourriel"]) {
            Some(Outcome::Spam)
        } else {
            None
        }
    })
}

impl FieldMap {
    /// Reads structured data.
    #[must_use]
    pub fn read(&self, data: Option<&Value>) -> Mapped {
        let Some(Value::Object(data)) = data else { return Mapped::default() };
        let get = |own: &[String], defaults: &[&str]| find(data, own, defaults);
        Mapped {
            customer_name: get(&self.customer_name, NAME).and_then(text),
            email: get(&self.email, EMAIL).and_then(text).filter(|e| e.contains('@')),
            intent: get(&self.intent, INTENT).and_then(text).map(|t| intent(&t)),
            outcome: get(&self.outcome, OUTCOME).and_then(text).and_then(|t| outcome(&t)),
            appointment_at: get(&self.appointment, APPOINTMENT).and_then(text),
            booked: get(&self.booked, BOOKED).and_then(truth),
        }
    }
}
