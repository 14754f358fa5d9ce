//! What was said, from whichever of Retell's three forms has it.

use super::wire::{Call, Utterance, Word};
use crate::{
    lenient::{List, Loose, rounded},
    mend::without_nul,
    plain,
};
use serde_json::Value;
use std::collections::HashMap;
use vestibule_model::{Speaker, Turn};

/// The turns: with tool calls if possible, else without, else from the plain text. `None` when the event has
/// no transcript at all, an empty list when nothing was said.
pub(super) fn turns(call: &mut Call<'_>) -> Option<Vec<Turn>> {
    let mentioned = call.transcript_with_tool_calls.0.is_some()
        || call.transcript_object.0.is_some()
        || matches!(call.transcript, Loose::Text(_));
    [&mut call.transcript_with_tool_calls, &mut call.transcript_object]
        .into_iter()
        .map(|List(list)| from_list(list.take().unwrap_or_default()))
        .find(|turns| !turns.is_empty())
        .or_else(|| call.transcript.text().map(|text| plain::turns(&text, "Agent:", "User:")))
        .or_else(|| mentioned.then(Vec::new))
}

fn from_list(list: Vec<Utterance<'_>>) -> Vec<Turn> {
    // Results name their tool only by the id of the call.
    let mut tools: HashMap<String, String> = HashMap::new();
    list.into_iter().filter_map(|utterance| turn(utterance, &mut tools)).collect()
}

fn turn(utterance: Utterance<'_>, tools: &mut HashMap<String, String>) -> Option<Turn> {
    let content = || utterance.content.text();
    let role = utterance.role.text();
    let (role, text, tool_name) = match role.as_deref() {
        Some("agent") => (Speaker::Agent, content()?, None),
        Some("user") => (Speaker::Caller, content()?, None),
        Some("tool_call_invocation") => {
            let name = utterance.name.text();
            if let (Some(id), Some(name)) = (utterance.tool_call_id.id(), &name) {
                tools.insert(id, name.clone());
            }
            (Speaker::Tool, arguments(utterance.arguments), name)
        }
        Some(other) if other.starts_with("tool_call") => {
            let known = utterance.tool_call_id.id().and_then(|id| tools.get(&id).cloned());
            (Speaker::Tool, content().unwrap_or_default(), utterance.name.text().or(known))
        }
        Some("dtmf") => (Speaker::System, format!("DTMF {}", utterance.digit.text()?), None),
        Some("node_transition") => {
            let former = utterance.former_node_name.text().unwrap_or_default();
            let new = utterance.new_node_name.text()?;
            (Speaker::System, format!("{former} → {new}"), None)
        }
        _ => (Speaker::System, content()?, None),
    };
    let words = utterance.words.0.unwrap_or_default();
    let at = |seconds: &Loose<'_>| seconds.number().and_then(|s| rounded(s * 1000.0)).filter(|ms| *ms >= 0);
    let noted = at(&utterance.time_sec);
    let start_ms = words.first().and_then(|Word { start, .. }| at(start)).or(noted);
    let end_ms = words.last().and_then(|Word { end, .. }| at(end)).or(noted);
    Some(Turn { role, text, start_ms, end_ms, tool_name })
}

fn arguments(arguments: Option<Value>) -> String {
    match arguments {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.replace('\0', ""),
        Some(mut value) => {
            without_nul(&mut value);
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = (Speaker, String, Option<i64>, Option<String>);

    fn read(json: &str) -> Option<Vec<Told>> {
        let mut call: Call<'_> = serde_json::from_str(json).unwrap();
        Some(turns(&mut call)?.into_iter().map(|t| (t.role, t.text, t.start_ms, t.tool_name)).collect())
    }

    #[test]
    fn every_role_has_a_place() {
        let found = read(
            r#"{"transcript_with_tool_calls":[
            {"role":"agent","content":"Hi","words":[{"word":"Hi","start":"0.42","end":0.7}]},
            {"role":"tool_call_invocation","tool_call_id":"t","name":"book","arguments":{"day":1}},
            {"role":"tool_call_result","tool_call_id":"t","content":"{}"},
            {"role":"node_transition","former_node_name":"a","new_node_name":"b"},
            {"role":"dtmf","digit":"5"},
            {"role":"sms","content":"photo","time_sec":12.5},
            {"role":"transfer_target","content":"Hello?"},
            {"role":"user","content":""}, 7, null]}"#,
        );
        let want = [
            (Speaker::Agent, "Hi", Some(420), None),
            (Speaker::Tool, "{\"day\":1}", None, Some("book")),
            (Speaker::Tool, "{}", None, Some("book")),
            (Speaker::System, "a → b", None, None),
            (Speaker::System, "DTMF 5", None, None),
            (Speaker::System, "photo", Some(12_500), None),
            (Speaker::System, "Hello?", None, None),
        ];
        let want = want.map(|(role, text, at, tool)| (role, text.to_owned(), at, tool.map(str::to_owned)));
        assert_eq!(found.unwrap(), want);
    }

    #[test]
    fn plain_text_is_the_last_resort() {
        let text = r#"{"transcript_with_tool_calls":[],"transcript":"(music)\nAgent: Bonjour\nà vous\nUser: Oui\n"}"#;
        let want =
            [(Speaker::System, "(music)"), (Speaker::Agent, "Bonjour\nà vous"), (Speaker::Caller, "Oui")];
        let want = want.map(|(role, text)| (role, text.to_owned(), None, None));
        assert_eq!(read(text).unwrap(), want);
        assert_eq!(read(r#"{"transcript":""}"#), Some(vec![]));
        assert_eq!(read(r#"{"transcript":null}"#), None);
        assert_eq!(read("{}"), None);
    }
}
