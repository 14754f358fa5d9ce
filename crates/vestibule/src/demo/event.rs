//! Retell's events about a call, as Retell sends them (protocols/providers.md §1.2, 2026-11), and its signature.

use super::analysis;
use super::cast::Business;
use super::scene::{Beat, Scene, Who};
use serde_json::{Map, Value, json};
use vestibule_model::UnixMs;

/// Which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The call was connected.
    Started,
    /// The call is over.
    Ended,
    /// The call was analysed.
    Analyzed,
}

/// What Retell knows a call by.
#[derive(Debug, Clone)]
pub struct Ids {
    /// Retell's id of the call.
    pub call: String,
    /// Twilio's id of the call.
    pub twilio: String,
    /// Retell's id of the agent.
    pub agent: String,
}

impl Ids {
    /// New ids for a call of an agent.
    pub fn draw(agent: &str, rng: &mut fastrand::Rng) -> Self {
        let mut hex =
            |n: usize| (0..n).map(|_| char::from_digit(rng.u32(..16), 16).unwrap_or('0')).collect::<String>();
        Self { call: format!("call_{}", hex(27)), twilio: format!("CA{}", hex(32)), agent: agent.to_owned() }
    }
}

/// Retell's header `x-retell-signature` for a body that is sent at an instant.
pub fn signature(api_key: &str, body: &[u8], at: UnixMs) -> String {
    vestibule_providers::retell::signature(api_key, body, at)
}

/// The body of an event. `every_word` gives each word its time, as Retell does; else only the first and the
/// last of each turn have theirs, which says the same in a third of the size.
pub fn body(
    business: &Business,
    scene: &Scene,
    ids: &Ids,
    event: Event,
    sent_at: UnixMs,
    every_word: bool,
) -> Vec<u8> {
    let is_over = event != Event::Started;
    let mut call = basics(business, scene, ids, is_over);
    if is_over {
        if scene.is_connected() {
            ended(&mut call, business, scene, ids);
        } else {
            never_connected(&mut call);
        }
        call.insert("disconnection_reason".into(), json!(scene.ended_by));
        let is_told = scene.is_connected() && !scene.script.is_basic;
        if is_told {
            words(&mut call, scene, every_word);
        }
        let storage = if scene.script.is_basic { "basic_attributes_only" } else { "everything" };
        call.insert("data_storage_setting".into(), json!(storage));
    }
    if event == Event::Analyzed {
        call.insert(
            "call_analysis".into(),
            json!({
                "call_summary": scene.summary,
                "in_voicemail": scene.ended_by == "voicemail_reached",
                "user_sentiment": scene.mood,
                "call_successful": matches!(scene.mood, "Positive" | "Neutral") && scene.script.intent.is_some(),
                "custom_analysis_data": analysis::data(scene, business.keys),
            }),
        );
    }
    let name = match event {
        Event::Started => "call_started",
        Event::Ended => "call_ended",
        Event::Analyzed => "call_analyzed",
    };
    json!({ "event": name, "call": call, "event_timestamp": sent_at.0 }).to_string().into_bytes()
}

fn basics(business: &Business, scene: &Scene, ids: &Ids, is_over: bool) -> Map<String, Value> {
    let is_outbound = scene.script.is_outbound;
    let status = match (is_over, scene.ended_by) {
        (false, _) => "ongoing",
        (true, by) if by.starts_with("error_") => "error",
        (true, _) if scene.is_connected() => "ended",
        (true, _) => "not_connected",
    };
    let mut call = Map::new();
    let mut put = |key: &str, value: Value| {
        call.insert(key.to_owned(), value);
    };
    put("call_id", json!(ids.call));
    put("call_type", json!(if scene.is_web { "web_call" } else { "phone_call" }));
    put("agent_id", json!(ids.agent));
    put("agent_version", json!(3));
    put("agent_name", json!(format!("{} ({})", business.agent, business.company)));
    put(
        "retell_llm_dynamic_variables",
        json!({ "business_name": business.company, "caller_known": scene.is_known.to_string() }),
    );
    put("call_status", json!(status));
    if scene.is_connected() {
        put("start_timestamp", json!(scene.at.0));
    }
    if !scene.is_web {
        let theirs = if scene.is_anonymous { "anonymous" } else { &scene.caller.number };
        let (from, to) = if is_outbound { (business.line, theirs) } else { (theirs, business.line) };
        put("from_number", json!(from));
        put("to_number", json!(to));
        put("direction", json!(if is_outbound { "outbound" } else { "inbound" }));
    }
    call
}

fn ended(call: &mut Map<String, Value>, business: &Business, scene: &Scene, ids: &Ids) {
    let mut put = |key: &str, value: Value| {
        call.insert(key.to_owned(), value);
    };
    put("end_timestamp", json!(scene.at.0 + scene.duration_ms));
    put("duration_ms", json!(scene.duration_ms));
    if !scene.is_web {
        put("telephony_identifier", json!({ "twilio_call_sid": ids.twilio }));
    }
    if scene.ended_by == "call_transfer" {
        put("transfer_destination", json!(business.forward_to));
    }
    let mut sorted = scene.latencies.clone();
    sorted.sort_unstable();
    let at = |percent: usize| {
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
    };
    if let (Some(p50), Some(p90), Some(p95)) = (at(50), at(90), at(95)) {
        let (min, max, num) = (sorted.first(), sorted.last(), sorted.len());
        let e2e = json!({ "p50": p50, "p90": p90, "p95": p95, "p99": max, "max": max, "min": min, "num": num, "values": scene.latencies });
        put("latency", json!({ "e2e": e2e }));
    }
    // Prices in US cents a second, as of 2026-11.
    let seconds = (scene.duration_ms + 999) / 1000;
    let (voice, model, line) = (0.116_666_7, 0.075, 0.025);
    #[expect(clippy::cast_precision_loss, reason = "a call has few seconds")]
    let cost = |price: f64| price * seconds as f64;
    let mut products = vec![
        json!({ "product": "elevenlabs_tts", "unit_price": voice, "cost": cost(voice) }),
        json!({ "product": "gpt_4_1", "unit_price": model, "cost": cost(model) }),
    ];
    let mut price = voice + model;
    if !scene.is_web {
        products.push(json!({ "product": "us_telephony", "unit_price": line, "cost": cost(line) }));
        price += line;
    }
    put(
        "call_cost",
        json!({ "product_costs": products, "total_duration_seconds": seconds,
            "total_duration_unit_price": price, "combined_cost": cost(price) }),
    );
}

/// What Retell says of a call that never connected: little.
fn never_connected(call: &mut Map<String, Value>) {
    call.insert("duration_ms".into(), json!(0));
    call.insert("transcript".into(), json!(""));
    call.insert("transcript_with_tool_calls".into(), json!([]));
    call.insert("call_cost".into(), json!({ "product_costs": [], "combined_cost": 0 }));
}

fn words(call: &mut Map<String, Value>, scene: &Scene, every_word: bool) {
    let (mut plain, mut turns) = (String::new(), Vec::new());
    for (number, beat) in scene.beats.iter().enumerate() {
        match beat {
            Beat::Said { who, text, start_ms, end_ms } => {
                let (role, label) = match who {
                    Who::Agent => ("agent", "Agent"),
                    Who::Caller => ("user", "User"),
                };
                plain.push_str(&format!("{label}: {text}\n"));
                turns.push(json!({ "role": role, "content": text, "words": timed(text, *start_ms, *end_ms, every_word) }));
            }
            Beat::Used { tool, arguments, result } => {
                let id = format!("tool_call_{}{number:02}", &call_tail(call));
                turns.push(json!({ "role": "tool_call_invocation", "tool_call_id": id, "name": tool, "arguments": arguments.to_string() }));
                turns.push(json!({ "role": "tool_call_result", "tool_call_id": id, "content": result.to_string(), "successful": true }));
            }
        }
    }
    call.insert("transcript".into(), json!(plain));
    call.insert("transcript_with_tool_calls".into(), json!(turns));
}

fn call_tail(call: &Map<String, Value>) -> String {
    let id = call.get("call_id").and_then(Value::as_str).unwrap_or_default();
    id.chars().rev().take(4).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a call has few milliseconds")]
fn timed(text: &str, start_ms: i64, end_ms: i64, every_word: bool) -> Vec<Value> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let count = i64::try_from(words.len()).unwrap_or(1).max(1);
    let seconds = |ms: i64| ms as f64 / 1000.0;
    words
        .iter()
        .zip(0_i64..)
        .filter(|(_, n)| every_word || *n == 0 || *n == count - 1)
        .map(|(word, n)| {
            let (from, to) = (
                start_ms + (end_ms - start_ms) * n / count,
                start_ms + (end_ms - start_ms) * (n + 1) / count,
            );
            json!({ "word": format!("{word} "), "start": seconds(from), "end": seconds(to) })
        })
        .collect()
}
