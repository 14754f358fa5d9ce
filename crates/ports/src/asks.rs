//! What a provider asks while the caller waits, and what is answered. Each provider reads its own requests
//! into an [`Ask`] and puts an [`Answer`] into its own words; the rooms decide without knowing whom they
//! talk to.

use serde_json::Value;
use std::collections::BTreeMap;

/// A question that a provider waits for an answer to.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A call comes in: who takes it?
    Call(Incoming),
    /// The receptionist uses tools.
    Tools {
        /// The provider's id of the call.
        external_call_id: Option<String>,
        /// What it wants done, in order.
        uses: Vec<ToolUse>,
    },
    /// The caller wants a person: where are they?
    Person {
        /// The provider's id of the call.
        external_call_id: Option<String>,
    },
}

/// A call that comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The provider's id of the call, when it has one already.
    pub external_call_id: Option<String>,
    /// The calling number: E.164 where it is a number, nothing when it is withheld.
    pub from: Option<String>,
    /// The called number.
    pub to: Option<String>,
    /// The agent that would take it if nothing else were said.
    pub agent: Option<String>,
}

/// One use of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolUse {
    /// The provider's id of this use, or what stands for one: the same use asked again has the same.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What it was given: an object.
    pub arguments: Value,
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The use's id.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What the receptionist is told, or why it did not work; one line each.
    pub said: Result<String, String>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An event was kept: nothing more is to be said.
    Nothing,
    /// A text that came in was kept, and is answered with a text.
    Text {
        /// What it says.
        say: String,
    },
    /// The receptionist takes the call.
    Agent {
        /// The provider's id of the agent; `None` leaves it at the one that is set there.
        id: Option<String>,
        /// What it knows beforehand.
        variables: BTreeMap<String, String>,
        /// What comes back with every later event.
        metadata: BTreeMap<String, String>,
    },
    /// A person takes the call, or the rest of it.
    Person {
        /// Their number, in E.164.
        number: String,
        /// What the caller hears first.
        say: String,
        /// `fr` or `en`.
        locale: String,
    },
    /// Nobody can: the caller hears why, and may leave a message where the provider records one.
    Sorry {
        /// What the caller hears.
        say: String,
        /// `fr` or `en`.
        locale: String,
    },
    /// The call is not taken at all.
    Reject,
    /// What the tools gave, in the order of the uses.
    Tools(Vec<ToolResult>),
}

/// An answer in a provider's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body's type; none when there is no body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// 204, no body.
    pub const EMPTY: Self = Self { status: 204, content_type: None, body: Vec::new() };

    /// 200 with JSON.
    #[must_use]
    pub fn json(body: &Value) -> Self {
        Self { status: 200, content_type: Some("application/json"), body: body.to_string().into_bytes() }
    }

    /// 200 with XML.
    #[must_use]
    pub fn xml(body: String) -> Self {
        Self { status: 200, content_type: Some("text/xml; charset=utf-8"), body: body.into_bytes() }
    }
}
