//! An answer in Vapi's words. Whatever is answered to whatever was asked, the caller hears something: what Vapi
//! cannot use becomes an apology, never silence.

use super::asks::{self, Question};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use vestibule_ports::{Answer, Reply, ToolResult};

// Spoken to a caller of whose language nothing is known.
const SORRY: &str = "Désolé, nous ne pouvons pas prendre votre appel pour le moment. Sorry, we cannot take your call right now.";
const NOBODY: &str = "Personne n’est disponible pour le moment. Nobody is available right now.";
// Read by the model, not spoken as it is.
const NO_RESULT: &str = "The tool gave no result. Apologise, and offer to take a message.";

/// Tools' results are only read from a 200; so is everything else.
pub(super) fn reply(body: &[u8], answer: &Answer) -> Reply {
    asks::with(body, |question| {
        let words = match question.event.id().as_deref() {
            Some("assistant-request") => call(&question, answer),
            Some("tool-calls") => {
                let ids = asks::uses(question).into_iter().map(|used| (used.id, used.name)).collect();
                json!({ "results": results(ids, answer) })
            }
            Some("function-call") => legacy(answer),
            Some("transfer-destination-request") => person(answer),
            Some("handoff-destination-request") => handoff(answer),
            Some("knowledge-base-request") => json!({ "documents": [] }),
            Some("campaign.predial") => json!({ "eligible": true }),
            _ => json!({}),
        };
        Reply::json(&words)
    })
}

fn call(question: &Question<'_>, answer: &Answer) -> Value {
    match answer {
        Answer::Agent { id, variables, metadata } => {
            let Some(id) = id.clone().or_else(|| asks::agent(question)) else {
                return json!({ "error": SORRY });
            };
            let mut overrides = Map::new();
            let mut put = |name: &str, given: &BTreeMap<String, String>| {
                if !given.is_empty() {
                    overrides.insert(name.to_owned(), json!(given));
                }
            };
            put("variableValues", variables);
            put("metadata", metadata);
            if overrides.is_empty() {
                json!({ "assistantId": id })
            } else {
                json!({ "assistantId": id, "assistantOverrides": overrides })
            }
        }
        Answer::Person { number, say, .. } => json!({ "destination": destination(number, say) }),
        other => json!({ "error": spoken(other).unwrap_or_else(|| SORRY.to_owned()) }),
    }
}

fn person(answer: &Answer) -> Value {
    match answer {
        Answer::Person { number, say, .. } => json!({ "destination": destination(number, say) }),
        other => json!({ "error": spoken(other).unwrap_or_else(|| NOBODY.to_owned()) }),
    }
}

fn handoff(answer: &Answer) -> Value {
    match answer {
        Answer::Agent { id: Some(id), .. } => {
            json!({ "destination": { "type": "assistant", "assistantId": id } })
        }
        other => json!({ "error": spoken(other).unwrap_or_else(|| NOBODY.to_owned()) }),
    }
}

fn destination(number: &str, say: &str) -> Value {
    json!({ "type": "number", "number": number, "message": one_line(say) })
}

/// What a refusal says.
fn spoken(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Sorry { say, .. } | Answer::Person { say, .. } => {
            Some(one_line(say)).filter(|say| !say.is_empty())
        }
        _ => None,
    }
}

/// One result for each use, in the order of the uses: one that is missing is said to be.
fn results(uses: Vec<(String, String)>, answer: &Answer) -> Vec<Value> {
    let given: &[ToolResult] = if let Answer::Tools(results) = answer { results } else { &[] };
    let said = |result: &ToolResult| match &result.said {
        Ok(said) => json!({ "toolCallId": result.id, "name": result.name, "result": one_line(said) }),
        Err(why) => json!({ "toolCallId": result.id, "name": result.name, "error": one_line(why) }),
    };
    if uses.is_empty() {
        return given.iter().map(said).collect();
    }
    let fallback = spoken(answer).unwrap_or_else(|| NO_RESULT.to_owned());
    let of_use = |(id, name): (String, String)| {
        let missing = || json!({ "toolCallId": id, "name": name, "error": fallback });
        given.iter().find(|result| result.id == id).map_or_else(missing, said)
    };
    uses.into_iter().map(of_use).collect()
}

/// The older form has one result and no errors.
fn legacy(answer: &Answer) -> Value {
    let said = match answer {
        Answer::Tools(results) => results.first().map(|result| match &result.said {
            Ok(said) | Err(said) => one_line(said),
        }),
        other => spoken(other),
    };
    json!({ "result": said.unwrap_or_else(|| NO_RESULT.to_owned()) })
}

/// Vapi reads only single-line texts.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(message: &Value, answer: &Answer) -> Value {
        let reply = reply(json!({ "message": message }).to_string().as_bytes(), answer);
        assert_eq!((reply.status, reply.content_type), (200, Some("application/json")));
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn agent(id: Option<&str>) -> Answer {
        let variables = BTreeMap::from([(String::from("caller_name"), String::from("Marie"))]);
        Answer::Agent { id: id.map(str::to_owned), variables, metadata: BTreeMap::new() }
    }

    fn sorry() -> Answer {
        Answer::Sorry { say: "Nous sommes\nfermés.".into(), locale: "fr".into() }
    }

    fn owner() -> Answer {
        Answer::Person { number: "+18195550177".into(), say: "Un instant.".into(), locale: "fr".into() }
    }

    #[test]
    fn a_call_goes_to_an_assistant_a_person_or_a_sentence() {
        let ask = json!({"type": "assistant-request", "call": {"id": "c"}});
        let want =
            json!({"assistantId": "a", "assistantOverrides": {"variableValues": {"caller_name": "Marie"}}});
        assert_eq!(answered(&ask, &agent(Some("a"))), want);
        let bare = Answer::Agent {
            id: Some("a".into()),
            variables: BTreeMap::new(),
            metadata: BTreeMap::from([("k".into(), "v".into())]),
        };
        assert_eq!(
            answered(&ask, &bare),
            json!({"assistantId": "a", "assistantOverrides": {"metadata": {"k": "v"}}})
        );
        let person =
            json!({"destination": {"type": "number", "number": "+18195550177", "message": "Un instant."}});
        assert_eq!(answered(&ask, &owner()), person);
        assert_eq!(answered(&ask, &sorry()), json!({"error": "Nous sommes fermés."}));
        for other in [agent(None), Answer::Reject, Answer::Nothing, Answer::Tools(vec![])] {
            assert_eq!(answered(&ask, &other), json!({"error": SORRY}), "{other:?}");
        }
        let set = json!({"type": "assistant-request", "call": {"id": "c", "assistantId": "b"}});
        assert_eq!(answered(&set, &agent(None))["assistantId"], "b");
    }

    #[test]
    fn every_use_of_a_tool_gets_one_line() {
        let ask = json!({"type": "tool-calls", "toolCallList": [
            {"id": "1", "name": "a"}, {"id": "2", "name": "b"}, {"id": "3", "name": "c"}]});
        let given = |id: &str, said| ToolResult { id: id.into(), name: "x".into(), said };
        let answer = Answer::Tools(vec![
            given("2", Err("taken\r\nsorry".into())),
            given("1", Ok("Booked\nat  10".into())),
        ]);
        let want = json!({"results": [
            {"toolCallId": "1", "name": "x", "result": "Booked at 10"},
            {"toolCallId": "2", "name": "x", "error": "taken sorry"},
            {"toolCallId": "3", "name": "c", "error": NO_RESULT}]});
        assert_eq!(answered(&ask, &answer), want);
        for other in [Answer::Nothing, Answer::Reject, sorry(), owner(), agent(Some("a"))] {
            let results = answered(&ask, &other);
            assert_eq!(results["results"].as_array().unwrap().len(), 3);
            assert!(results["results"][0]["error"].as_str().is_some_and(|e| !e.is_empty()), "{results}");
        }
        let legacy = json!({"type": "function-call", "functionCall": {"name": "a"}});
        assert_eq!(answered(&legacy, &answer), json!({"result": "taken sorry"}));
        assert_eq!(answered(&legacy, &Answer::Nothing), json!({"result": NO_RESULT}));
    }

    #[test]
    fn whoever_else_waits_hears_something() {
        let transfer = json!({"type": "transfer-destination-request"});
        assert_eq!(answered(&transfer, &owner())["destination"]["number"], "+18195550177");
        assert_eq!(answered(&transfer, &sorry()), json!({"error": "Nous sommes fermés."}));
        assert_eq!(answered(&transfer, &Answer::Nothing), json!({"error": NOBODY}));
        let handoff = json!({"type": "handoff-destination-request"});
        assert_eq!(answered(&handoff, &agent(Some("a")))["destination"]["assistantId"], "a");
        assert_eq!(answered(&handoff, &Answer::Nothing), json!({"error": NOBODY}));
        assert_eq!(
            answered(&json!({"type": "campaign.predial"}), &Answer::Nothing),
            json!({"eligible": true})
        );
        assert_eq!(answered(&json!({"type": "status-update"}), &Answer::Nothing), json!({}));
        assert_eq!(
            serde_json::from_slice::<Value>(&reply(b"nothing", &Answer::Nothing).body).unwrap(),
            json!({})
        );
    }
}
