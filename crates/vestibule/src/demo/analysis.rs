//! What the analysis of a call extracts, in the words each business has chosen for its fields.

use super::calendar;
use super::cast::KeyStyle;
use super::cast::Language;
use super::scene::Scene;
use serde_json::{Map, Value, json};
use vestibule_model::{Intent, Outcome};

/// The names of the fields: name, intent, booked, appointment, address, topic, urgency, call-back number,
/// e-mail, outcome.
const fn names(style: KeyStyle) -> [&'static str; 10] {
    match style {
        KeyStyle::SnakeEnglish => [
            "customer_name",
            "intent",
            "appointment_booked",
            "appointment_date",
            "service_address",
            "service_needed",
            "urgency",
            "callback_number",
            "customer_email",
            "call_outcome",
        ],
        KeyStyle::CamelEnglish => [
            "customerName",
            "callReason",
            "appointmentBooked",
            "appointmentDate",
            "location",
            "workRequested",
            "urgency",
            "callbackNumber",
            "customerEmail",
            "callOutcome",
        ],
        KeyStyle::SnakeFrench => [
            "nom_client",
            "motif",
            "rendez_vous_pris",
            "rendez_vous",
            "adresse_service",
            "probleme",
            "urgence",
            "numero_rappel",
            "courriel",
            "issue_appel",
        ],
        KeyStyle::CamelFrench => [
            "nomClient",
            "intention",
            "rendezVousPris",
            "dateRendezVous",
            "adresse",
            "besoin",
            "urgence",
            "numeroRappel",
            "adresseCourriel",
            "resultat",
        ],
    }
}

fn intent_word(intent: Intent, style: KeyStyle) -> &'static str {
    match style {
        KeyStyle::SnakeEnglish => intent.as_str(),
        KeyStyle::CamelEnglish => match intent {
            Intent::Booking => "appointment request",
            Intent::Reschedule => "rescheduling",
            Intent::Cancel => "cancellation",
            Intent::Quote => "price quote",
            Intent::Emergency => "emergency",
            Intent::Message => "leave a message",
            Intent::Complaint => "complaint",
            Intent::Sales => "solicitation",
            Intent::Question => "information",
            Intent::Other => "other",
        },
        KeyStyle::SnakeFrench | KeyStyle::CamelFrench => match intent {
            Intent::Booking => "prise de rendez-vous",
            Intent::Reschedule => "déplacement de rendez-vous",
            Intent::Cancel => "annulation",
            Intent::Quote => "soumission",
            Intent::Emergency => "urgence",
            Intent::Message => "message",
            Intent::Complaint => "plainte",
            Intent::Sales => "démarchage",
            Intent::Question => "renseignement",
            Intent::Other => "autre",
        },
    }
}

/// The analysis data of a call; empty when nothing was said.
pub fn data(scene: &Scene, style: KeyStyle) -> Value {
    let script = &scene.script;
    let Some(intent) = script.intent.filter(|_| scene.is_connected()) else { return json!({}) };
    let [name, why, booked, appointment, address, topic, urgency, number, email, outcome] = names(style);
    let mut data = Map::new();
    let mut put = |key: &str, value: Value| {
        data.insert(key.to_owned(), value);
    };
    if script.says("name") {
        put(name, json!(scene.caller.name));
    }
    put(why, json!(intent_word(intent, style)));
    put(booked, json!(scene.appointment.is_some()));
    if let Some(at) = scene.appointment {
        put(appointment, json!(calendar::rfc3339(at)));
    }
    if script.says("address") {
        put(address, json!(scene.caller.address));
    }
    if let Some(text) = &scene.topic {
        put(topic, json!(text));
    }
    let word = match (style, script.is_urgent) {
        (KeyStyle::SnakeEnglish | KeyStyle::CamelEnglish, true) => "high",
        (KeyStyle::SnakeEnglish | KeyStyle::CamelEnglish, false) => "normal",
        (KeyStyle::SnakeFrench | KeyStyle::CamelFrench, true) => "élevée",
        (KeyStyle::SnakeFrench | KeyStyle::CamelFrench, false) => "normale",
    };
    put(urgency, json!(word));
    if script.says("email") {
        put(email, json!(scene.caller.email));
    }
    if script.outcome == Outcome::MessageTaken {
        put(number, json!(scene.caller.number));
        put(
            outcome,
            json!(if scene.language == Language::French { "message pris" } else { "message_taken" }),
        );
    }
    put(
        if scene.language == Language::French { "langue" } else { "language" },
        json!(match scene.language {
            Language::English => "en",
            Language::French => "fr",
        }),
    );
    Value::Object(data)
}
