//! What Vapi waits for an answer to, in our words.

use super::wire::{Call, Party, ToolCall};
use crate::{
    lenient::{List, Loose, Object},
    mend::{mended, without_nul},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use vestibule_model::Phone;
use vestibule_ports::{Ask, Incoming, ToolUse};
use vestibule_vault::sha256;

// More uses in one request are not looked at.
const MOST_USES: usize = 32;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    message: Object<Question<'a>>,
}

/// The part of a message that asks.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Question<'a> {
    #[serde(borrow, rename = "type")]
    pub event: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    call: Object<Call<'a>>,
    #[serde(borrow)]
    customer: Object<Party<'a>>,
    #[serde(borrow)]
    phone_number: Object<Party<'a>>,
    #[serde(borrow)]
    assistant: Object<Party<'a>>,
    #[serde(borrow)]
    tool_call_list: List<ToolCall<'a>>,
    #[serde(borrow)]
    tool_calls: List<ToolCall<'a>>,
    #[serde(borrow)]
    tool_with_tool_call_list: List<WithCall<'a>>,
    #[serde(borrow)]
    function_call: Object<ToolCall<'a>>,
}

/// A tool with its use.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WithCall<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    function: Object<Party<'a>>,
    #[serde(borrow)]
    tool_call: Object<ToolCall<'a>>,
}

/// Reads the question and hands it on; the answer is judged by it.
pub(super) fn with<T>(body: &[u8], then: impl FnOnce(Question<'_>) -> T) -> T {
    if let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<'_>>>(body) {
        return then(envelope.and_then(|e| e.message.0).unwrap_or_default());
    }
    let value = mended(body).unwrap_or_default();
    let read = Object::<Envelope<'_>>::deserialize(&value).ok().and_then(|object| object.0);
    then(read.and_then(|e| e.message.0).unwrap_or_default())
}

pub(super) fn read(body: &[u8]) -> Option<Ask> {
    with(body, |question| {
        let call_id = question.call.0.as_ref().and_then(|call| call.id.id());
        match question.event.id().as_deref()? {
            "assistant-request" => Some(Ask::Call(incoming(&question, call_id))),
            "tool-calls" | "function-call" => {
                let uses = uses(question);
                Some(Ask::Tools { external_call_id: call_id, uses })
            }
            "transfer-destination-request" => Some(Ask::Person { external_call_id: call_id }),
            _ => None,
        }
    })
}

fn incoming(question: &Question<'_>, external_call_id: Option<String>) -> Incoming {
    let call = question.call.0.as_ref();
    let customer = [question.customer.0.as_ref(), call.and_then(|call| call.customer.0.as_ref())];
    let ours = [question.phone_number.0.as_ref(), call.and_then(|call| call.phone_number.0.as_ref())];
    let number = |parties: [Option<&Party<'_>>; 2]| {
        let text = parties.into_iter().flatten().find_map(|party| party.number.id())?;
        Some(Phone::parse(&text).map_or(text, |phone| phone.as_str().to_owned()))
    };
    Incoming {
        external_call_id,
        from: number(customer).filter(|from| Phone::parse(from).is_some()),
        to: number(ours),
        agent: agent(question),
    }
}

/// The assistant that would take the call.
pub(super) fn agent(question: &Question<'_>) -> Option<String> {
    let named = question.assistant.0.as_ref().and_then(|assistant| assistant.id.id());
    named.or_else(|| question.call.0.as_ref()?.assistant_id.id())
}

/// The uses, from the first list that has any.
pub(super) fn uses(question: Question<'_>) -> Vec<ToolUse> {
    let call_id = question.call.0.as_ref().and_then(|call| call.id.id()).unwrap_or_default();
    let asked_at = question.timestamp.text().unwrap_or_default();
    let with_tools = question.tool_with_tool_call_list.0.unwrap_or_default().into_iter().filter_map(|with| {
        let outer = with.function.0.and_then(|f| f.name.text()).or_else(|| with.name.text());
        Some((with.tool_call.0?, outer))
    });
    let lists: [Vec<(ToolCall<'_>, Option<String>)>; 4] = [
        bare(question.tool_call_list),
        bare(question.tool_calls),
        with_tools.collect(),
        question.function_call.0.into_iter().map(|call| (call, None)).collect(),
    ];
    let read = |(call, outer): (ToolCall<'_>, Option<String>)| {
        let (id, name) = (call.id.id(), call.named().or(outer)?);
        let arguments = object(call.given());
        // The older form has no id: what stands for one is the same when the same request comes again.
        let id = id.unwrap_or_else(|| {
            let digest = sha256(format!("{call_id}\n{asked_at}\n{name}\n{arguments}").as_bytes());
            format!("use_{}", hex::encode(&digest[..12]))
        });
        Some(ToolUse { id, name, arguments })
    };
    let found =
        lists.into_iter().map(|list| list.into_iter().filter_map(read).take(MOST_USES).collect::<Vec<_>>());
    found.into_iter().find(|uses| !uses.is_empty()).unwrap_or_default()
}

fn bare(list: List<ToolCall<'_>>) -> Vec<(ToolCall<'_>, Option<String>)> {
    list.0.unwrap_or_default().into_iter().map(|call| (call, None)).collect()
}

/// What a tool is given is an object, or JSON in a text; anything else is taken for nothing.
fn object(given: Option<Value>) -> Value {
    let mut value = match given {
        Some(Value::String(text)) => mended(text.as_bytes()).unwrap_or_default(),
        given => given.unwrap_or_default(),
    };
    without_nul(&mut value);
    if value.is_object() { value } else { Value::Object(Map::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(message: &Value) -> Vec<(String, String, Value)> {
        let body = json!({"message": message}).to_string();
        let Some(Ask::Tools { uses, .. }) = read(body.as_bytes()) else { panic!("no tools: {body}") };
        uses.into_iter().map(|u| (u.id, u.name, u.arguments)).collect()
    }

    #[test]
    fn every_shape_of_a_tools_use() {
        let want = vec![(String::from("t1"), String::from("book"), json!({"day": 1}))];
        for list in [
            json!({"toolCallList": [{"id": "t1", "function": {"name": "book", "arguments": {"day": 1}}}]}),
            json!({"toolCallList": [{"id": "t1", "function": {"name": "book", "arguments": "{\"day\": 1}"}}]}),
            json!({"toolCallList": [{"id": "t1", "name": "book", "arguments": {"day": 1}}]}),
            json!({"toolCallList": [{"id": "t1", "name": "book", "parameters": {"day": 1}}]}),
            json!({"toolCallList": [], "toolCalls": [{"id": "t1", "function": {"name": "book", "arguments": {"day": 1}}}]}),
            json!({"toolWithToolCallList": [{"name": "book", "toolCall": {"id": "t1", "function": {"parameters": {"day": 1}}}}]}),
            json!({"toolWithToolCallList": [{"function": {"name": "book", "parameters": {"type": "object"}},
                "toolCall": {"id": "t1", "function": {"parameters": {"day": 1}}}}]}),
        ] {
            let mut message = list.clone();
            message["type"] = json!("tool-calls");
            assert_eq!(told(&message), want, "{list}");
        }
        let odd = json!({"type": "tool-calls", "toolCallList": [7, {"id": "t1"}, {"id": "t2", "name": "x", "arguments": "[1]"}]});
        assert_eq!(told(&odd), vec![("t2".into(), "x".into(), json!({}))]);
        assert_eq!(told(&json!({"type": "tool-calls"})), vec![]);
    }

    #[test]
    fn the_older_form_has_an_id_of_ours_that_repeats_with_the_request() {
        let ask = |day: i64| {
            told(
                &json!({"type": "function-call", "timestamp": "2026-11-21T00:00:00.000Z", "call": {"id": "c"},
                "functionCall": {"name": "book", "parameters": {"day": day}}}),
            )
        };
        assert_eq!(ask(1), ask(1));
        assert_ne!(ask(1)[0].0, ask(2)[0].0);
        assert_eq!(ask(1)[0].2, json!({"day": 1}));
    }
}
