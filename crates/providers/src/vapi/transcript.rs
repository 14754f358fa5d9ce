//! What was said, from whichever of Vapi's forms has it.

use super::wire::{Artifact, Message, Utterance};
use crate::{
    lenient::{Loose, rounded},
    mend::without_nul,
    plain,
};
use serde_json::Value;
use std::collections::HashMap;
use vestibule_model::{Speaker, Turn};

/// The turns: with tool calls if possible, else from the plain text. `None` when the event has no transcript at
/// all, an empty list when nothing was said. In an event `transcript` the field of that name is one utterance.
pub(super) fn turns<'a>(
    message: &mut Message<'a>,
    artifact: &mut Artifact<'a>,
    is_utterance: bool,
) -> Option<Vec<Turn>> {
    let texts = [&artifact.transcript, &message.transcript];
    let texts = if is_utterance { &[] } else { &texts[..] };
    let mentioned = artifact.messages.0.is_some()
        || message.messages.0.is_some()
        || texts.iter().any(|text| matches!(text, Loose::Text(_)));
    [&mut artifact.messages, &mut message.messages]
        .into_iter()
        .map(|list| from_list(list.0.take().unwrap_or_default()))
        .find(|turns| !turns.is_empty())
        .or_else(|| {
            let text = texts.iter().find_map(|text| text.text())?;
            Some(plain::turns(&text, "AI:", "User:"))
        })
        .or_else(|| mentioned.then(Vec::new))
}

fn from_list(list: Vec<Utterance<'_>>) -> Vec<Turn> {
    // Results sometimes name their tool only by the id of the call.
    let mut tools: HashMap<String, String> = HashMap::new();
    list.into_iter().flat_map(|utterance| read(utterance, &mut tools)).collect()
}

fn read(utterance: Utterance<'_>, tools: &mut HashMap<String, String>) -> Vec<Turn> {
    let at = |seconds: &Loose<'_>| seconds.number().and_then(|s| rounded(s * 1000.0)).filter(|ms| *ms >= 0);
    let start_ms = at(&utterance.seconds_from_start);
    // `duration` is milliseconds or seconds, by age; the two instants are always milliseconds.
    let length = utterance.end_time.number().zip(utterance.time.number()).map(|(end, time)| end - time);
    let length = length.and_then(rounded).filter(|ms| (0..86_400_000).contains(ms));
    let end_ms = start_ms.zip(length).map(|(start, length)| start + length);
    let turn = |role, text, tool_name| Turn { role, text, start_ms, end_ms, tool_name };
    let said = utterance.message.text().or_else(|| utterance.content.text());
    match utterance.role.text().as_deref() {
        // The prompt is not said.
        Some("system") => Vec::new(),
        Some("bot" | "assistant") => said.map(|text| turn(Speaker::Agent, text, None)).into_iter().collect(),
        Some("user") => said.map(|text| turn(Speaker::Caller, text, None)).into_iter().collect(),
        Some("tool_calls" | "tool-calls") => {
            let uses = utterance.tool_calls.0.unwrap_or_default().into_iter().map(|call| {
                let (id, name) = (call.id.id(), call.named());
                if let (Some(id), Some(name)) = (id, &name) {
                    tools.insert(id, name.clone());
                }
                turn(Speaker::Tool, written(call.given()), name)
            });
            uses.collect()
        }
        Some("tool_call_result" | "tool-call-result" | "tool") => {
            let known = utterance.tool_call_id.id().and_then(|id| tools.get(&id).cloned());
            let text = match utterance.result {
                None | Some(Value::Null) => said.unwrap_or_default(),
                given => written(given),
            };
            vec![turn(Speaker::Tool, text, utterance.name.text().or(known))]
        }
        _ => said.map(|text| turn(Speaker::System, text, None)).into_iter().collect(),
    }
}

fn written(given: Option<Value>) -> String {
    match given {
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

    type Told = (Speaker, String, Option<i64>, Option<i64>, Option<String>);

    fn told(json: &str) -> Option<Vec<Told>> {
        let mut message: Message<'_> = serde_json::from_str(json).unwrap();
        let mut artifact = message.artifact.0.take().unwrap_or_default();
        let turns = turns(&mut message, &mut artifact, json.contains("transcriptType"))?;
        Some(turns.into_iter().map(|t| (t.role, t.text, t.start_ms, t.end_ms, t.tool_name)).collect())
    }

    #[test]
    fn every_role_has_a_place_but_the_prompt() {
        let found = told(
            r#"{"artifact":{"messages":[
            {"role":"system","message":"You are the receptionist.","secondsFromStart":0},
            {"role":"bot","message":"Hi","secondsFromStart":1.04,"time":1795219202310.5,"endTime":1795219205630.5,"duration":3.32},
            {"role":"user","message":"","secondsFromStart":2},
            {"role":"user","content":"Bonjour","time":"soon"},
            {"role":"tool_calls","toolCalls":[{"id":"a","function":{"name":"book","arguments":"{}"}},{"id":"b","name":"look","parameters":{"day":1}}]},
            {"role":"tool_call_result","toolCallId":"a","result":"Booked"},
            {"role":"tool","tool_call_id":"b","name":"look","content":"nothing"},
            {"role":"dtmf","message":"5"}, 7, null]},"transcript":"AI: no"}"#,
        );
        let want = [
            (Speaker::Agent, "Hi", Some(1040), Some(4360), None),
            (Speaker::Caller, "Bonjour", None, None, None),
            (Speaker::Tool, "{}", None, None, Some("book")),
            (Speaker::Tool, "{\"day\":1}", None, None, Some("look")),
            (Speaker::Tool, "Booked", None, None, Some("book")),
            (Speaker::Tool, "nothing", None, None, Some("look")),
            (Speaker::System, "5", None, None, None),
        ];
        let want =
            want.map(|(role, text, a, b, tool)| (role, text.to_owned(), a, b, tool.map(str::to_owned)));
        assert_eq!(found.unwrap(), want);
    }

    #[test]
    fn the_plain_text_is_the_last_resort_and_an_utterance_is_none() {
        let plain = r#"{"artifact":{"messages":[{"role":"system","message":"x"}],"transcript":"AI: Bonjour\nUser: Oui\n"}}"#;
        let found: Vec<_> = told(plain).unwrap().into_iter().map(|t| (t.0, t.1)).collect();
        assert_eq!(found, [(Speaker::Agent, "Bonjour".into()), (Speaker::Caller, "Oui".into())]);
        assert_eq!(told(r#"{"transcript":"AI: a"}"#).unwrap().len(), 1);
        assert_eq!(told(r#"{"transcriptType":"final","transcript":"AI: a"}"#), None);
        assert_eq!(told(r#"{"artifact":{"messages":[]}}"#), Some(vec![]));
        assert_eq!(told("{}"), None);
    }
}
