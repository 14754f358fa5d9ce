//! What Retell asks while the caller waits: who takes a call (inbound webhook, §1.3), and what a custom function
//! gives (§1.4).

use super::wire::Call;
use crate::lenient::{Loose, Object};
use crate::mend::{mended, without_nul};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_model::Phone;
use vestibule_ports::{Answer, Ask, Inbound, Incoming, Reply, ToolUse};
use vestibule_vault::sha256;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Question<'a> {
    #[serde(borrow)]
    event: Loose<'a>,
    #[serde(borrow)]
    call_inbound: Object<Call<'a>>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    call: Object<Call<'a>>,
    args: Option<Value>,
}

pub(super) fn read(request: &Inbound<'_>) -> Option<Ask> {
    if let Ok(Object(question)) = serde_json::from_slice::<Object<Question<'_>>>(request.body) {
        return ask(question?, request);
    }
    let value = mended(request.body)?;
    ask(Object::<Question<'_>>::deserialize(&value).ok()?.0?, request)
}

fn ask(question: Question<'_>, request: &Inbound<'_>) -> Option<Ask> {
    match question.event.id().as_deref() {
        Some("call_inbound") => {
            let call = question.call_inbound.0.unwrap_or_default();
            Some(Ask::Call(Incoming {
                external_call_id: call.call_id.id(),
                from: number(&call.from_number),
                to: number(&call.to_number),
                agent: call.agent_id.id(),
            }))
        }
        Some(_) => None,
        None => tool(question, request),
    }
}

/// A custom function's request. With `args_at_root` the body is the arguments alone: then the function's address
/// names the tool and the call (`?tool=take_message&call_id={{call_id}}`).
fn tool(question: Question<'_>, request: &Inbound<'_>) -> Option<Ask> {
    let query = |wanted: &str| {
        let (_, query) = request.url.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).filter(|v| !v.is_empty())
    };
    let (name, external_call_id, mut arguments) = match (query("tool"), question.call.0) {
        (None, Some(call)) => (question.name.id()?, call.call_id.id(), question.args.unwrap_or_default()),
        (None, None) => return None,
        (Some(tool), call) => {
            let external_call_id = call.and_then(|call| call.call_id.id()).or_else(|| query("call_id"));
            let whole = || serde_json::from_slice(request.body).unwrap_or_default();
            (tool, external_call_id, question.args.unwrap_or_else(whole))
        }
    };
    if !arguments.is_object() {
        arguments = Value::Object(Map::new());
    }
    without_nul(&mut arguments);
    // Retell gives a use no id and tries again up to five times: the same use has the same words (§1.4).
    let digest = sha256(format!("{name}\0{arguments}").as_bytes());
    let id =
        format!("{}:{name}:{}", external_call_id.as_deref().unwrap_or_default(), hex::encode(&digest[..8]));
    Some(Ask::Tools { external_call_id, uses: vec![ToolUse { id, name, arguments }] })
}

fn number(text: &Loose<'_>) -> Option<String> {
    Some(Phone::parse(&text.id()?)?.to_string())
}

pub(super) fn reply(answer: &Answer) -> Reply {
    match answer {
        Answer::Nothing | Answer::Text { .. } => Reply::EMPTY,
        Answer::Agent { id, variables, metadata } => {
            let mut inbound = Map::new();
            inbound.extend(id.as_ref().map(|id| ("override_agent_id".to_owned(), json!(id))));
            if !variables.is_empty() {
                inbound.insert("dynamic_variables".to_owned(), json!(variables));
            }
            if !metadata.is_empty() {
                inbound.insert("metadata".to_owned(), json!(metadata));
            }
            Reply::json(&json!({ "call_inbound": inbound }))
        }
        // Retell cannot put the caller through from here, and a declined call rings on at the carrier's fallback.
        Answer::Person { .. } | Answer::Reject => Reply::json(&json!({ "call_inbound": { "reject": true } })),
        // Without an agent of ours the number's own one answers.
        Answer::Sorry { .. } => Reply::json(&json!({ "call_inbound": {} })),
        Answer::Tools(results) => match results.first().map(|one| &one.said) {
            Some(Ok(said)) => Reply::json(&json!({ "result": said })),
            Some(Err(why)) => Reply::json(&json!({ "error": why })),
            None => Reply::json(&json!({})),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use vestibule_model::UnixMs;
    use vestibule_ports::ToolResult;

    fn asked(url: &str, body: &str) -> Option<Ask> {
        let request =
            Inbound { method: "POST", url, header: &|_| None, body: body.as_bytes(), now: UnixMs(0) };
        read(&request)
    }

    #[test]
    fn an_inbound_call_is_asked_about() {
        let body = r#"{"event":"call_inbound","call_inbound":{"call_id":"c","agent_id":"a",
            "from_number":"+18195550142","to_number":"+1 819 555-0100"}}"#;
        let Some(Ask::Call(call)) = asked("", body) else { panic!("no call") };
        assert_eq!((call.external_call_id.as_deref(), call.agent.as_deref()), (Some("c"), Some("a")));
        assert_eq!((call.from.as_deref(), call.to.as_deref()), (Some("+18195550142"), Some("+18195550100")));
        let hidden = r#"{"event":"call_inbound","call_inbound":{"from_number":"anonymous"}}"#;
        assert_eq!(asked("", hidden), Some(Ask::Call(Incoming::default())));
        assert_eq!(asked("", r#"{"event":"call_ended","call":{"call_id":"c"}}"#), None);
        assert_eq!(asked("", "nonsense"), None);
        assert_eq!(asked("", "{}"), None);
    }

    #[test]
    fn a_function_is_a_tool_and_the_same_words_are_the_same_use() {
        let body = r#"{"name":"take_message","call":{"call_id":"c"},"args":{"message":"Rappelez \ud83d"}}"#;
        let Some(Ask::Tools { external_call_id, uses }) = asked("", body) else { panic!("no tool") };
        assert_eq!(external_call_id.as_deref(), Some("c"));
        assert_eq!(uses[0].arguments["message"], "Rappelez \u{fffd}");
        assert_eq!(asked("", body), Some(Ask::Tools { external_call_id, uses: uses.clone() }));
        let other = asked("", &body.replace("Rappelez", "Appelez"));
        assert!(matches!(other, Some(Ask::Tools { uses: other, .. }) if other[0].id != uses[0].id));
        let at_root = asked("https://x.test/h?tool=take_message&call_id=c%201", r#"{"message":"m"}"#);
        let Some(Ask::Tools { external_call_id, uses }) = at_root else { panic!("no tool") };
        assert_eq!((external_call_id.as_deref(), &*uses[0].name), (Some("c 1"), "take_message"));
        assert_eq!(uses[0].arguments, json!({"message": "m"}));
    }

    #[test]
    fn answers_are_in_retells_words() {
        let body = |answer: &Answer| serde_json::from_slice::<Value>(&reply(answer).body).unwrap();
        let variables = BTreeMap::from([("caller_known".to_owned(), "true".to_owned())]);
        let agent = Answer::Agent { id: Some("a".into()), variables, metadata: BTreeMap::new() };
        assert_eq!(
            body(&agent),
            json!({"call_inbound": {"override_agent_id": "a", "dynamic_variables": {"caller_known": "true"}}})
        );
        assert_eq!(body(&Answer::Reject), json!({"call_inbound": {"reject": true}}));
        assert_eq!(reply(&Answer::Nothing), Reply::EMPTY);
        let tool = |said| ToolResult { id: "i".into(), name: "n".into(), said };
        assert_eq!(body(&Answer::Tools(vec![tool(Ok("noted".into()))])), json!({"result": "noted"}));
        assert_eq!(body(&Answer::Tools(vec![tool(Err("no".into()))])), json!({"error": "no"}));
    }
}
