//! What is true of a call, and what a server that misses nothing says of it.

use super::Person;
use vestibule_model::UnixMs;

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Retell AI.
    Retell,
    /// Vapi.
    Vapi,
    /// Twilio.
    Twilio,
}

impl Provider {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Retell, Self::Vapi, Self::Twilio];

    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retell => "retell",
            Self::Vapi => "vapi",
            Self::Twilio => "twilio",
        }
    }
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// An appointment was made.
    Booked,
    /// Somebody spoke with the agent.
    Answered,
    /// A message was left.
    Message,
    /// A person took over.
    Transferred,
    /// A machine answered.
    Voicemail,
    /// The line was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// Something broke.
    Failed,
}

impl End {
    /// Whether only a call that goes out ends so.
    pub(super) const fn goes_out(self) -> bool {
        matches!(self, Self::Voicemail | Self::Busy | Self::NoAnswer)
    }
}

/// One call between people, whoever tells of it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose it is, by number.
    pub tenant: usize,
    /// Who answered and tells how it went.
    pub teller: Provider,
    /// Its id there.
    pub id: String,
    /// Its id at Twilio, where Twilio carried it to another teller; both tell of it.
    pub carried: Option<String>,
    /// Who called or was called; nothing when the number is withheld.
    pub person: Option<Person>,
    /// Whether their name was said and written down.
    pub is_named: bool,
    /// Whether the tenant called.
    pub is_outbound: bool,
    /// How it went.
    pub end: End,
    /// When it began.
    pub started_at: UnixMs,
    /// When it ended.
    pub ended_at: UnixMs,
    /// What the teller charges in the end, in micro-USD; nothing where it charges nothing.
    pub cost_micros: Option<i64>,
}

impl Call {
    /// Whether anybody was ever connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match self.end {
            End::Busy | End::NoAnswer => false,
            End::Failed => self.teller != Provider::Twilio,
            _ => true,
        }
    }

    /// Its status at the API.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self.end {
            End::Busy => "BUSY",
            End::NoAnswer => "NO_ANSWER",
            End::Failed => "FAILED",
            _ => "COMPLETED",
        }
    }

    /// Its outcome at the API. Twilio hears nothing of what is said, and what it calls failed is out of reach.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match (self.end, self.teller) {
            (End::Booked, _) => "BOOKED",
            (End::Answered, Provider::Twilio) => "OTHER",
            (End::Answered, _) => "ANSWERED",
            (End::Message, _) => "MESSAGE_TAKEN",
            (End::Transferred, _) => "TRANSFERRED",
            (End::Voicemail, _) => "VOICEMAIL",
            (End::Failed, Provider::Retell | Provider::Vapi) => "FAILED",
            (End::Busy | End::NoAnswer | End::Failed, _) => "MISSED",
        }
    }

    /// Its length at the API, in milliseconds. Vapi says nothing of calls that were never connected.
    #[must_use]
    pub fn duration_ms(&self) -> Option<i64> {
        match (self.is_connected(), self.teller) {
            (true, _) => Some(self.ended_at.since(self.started_at)),
            (false, Provider::Vapi) => None,
            (false, _) => Some(0),
        }
    }

    /// The names under which the API may show it.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = format!("{}_{}", self.teller.name(), self.id);
        let carried = self.carried.as_ref().map(|sid| format!("twilio_{sid}"));
        std::iter::once(own).chain(carried).collect()
    }

    /// The two parties of a call of a tenant with that number: who calls, who is called.
    pub(super) fn parties(&self, number: &str) -> (String, String) {
        let person = self.person.as_ref().map_or("anonymous", |person| &person.number).to_owned();
        if self.is_outbound { (number.to_owned(), person) } else { (person, number.to_owned()) }
    }

    /// What was said, by whom: `true` for the caller.
    pub(super) fn words(&self) -> Vec<(bool, String)> {
        let name = self.person.as_ref().filter(|_| self.is_named).map(|person| person.name.clone());
        let answer = name.unwrap_or_else(|| "Je préfère ne pas le dire.".into());
        match self.end {
            End::Busy | End::NoAnswer => vec![],
            End::Voicemail => vec![(false, "Bonjour, ici Chauffage Rive-Nord.".into())],
            _ => vec![
                (false, "Bonjour, Chauffage Rive-Nord. Who is calling?".into()),
                (true, answer),
                (false, "Merci, thank you.".into()),
            ],
        }
    }

    /// What the analysis extracts.
    pub(super) fn extracted(&self) -> serde_json::Value {
        let mut found = serde_json::Map::new();
        if let Some(person) = self.person.as_ref().filter(|_| self.is_named) {
            let key = if self.teller == Provider::Vapi { "nom_client" } else { "caller_name" };
            found.insert(key.into(), person.name.clone().into());
        }
        match self.end {
            End::Booked => drop(found.insert("appointment_booked".into(), true.into())),
            End::Message => drop(found.insert("intent".into(), "message".into())),
            _ => {}
        }
        found.into()
    }
}
