//! What a call amounted to: its cost, what the analysis found, how quickly the assistant answered.

use super::wire::{Artifact, Message};
use crate::{
    lenient::{Loose, rounded},
    mend::without_nul,
};
use serde_json::{Map, Value};
use vestibule_model::Latency;

/// US dollars with fractions to micro-dollars.
pub(super) fn cost(message: &Message<'_>) -> Option<i64> {
    let total = || message.cost_breakdown.0.as_ref().and_then(|breakdown| breakdown.total.number());
    let dollars = message.cost.number().or_else(total)?;
    rounded(dollars * 1_000_000.0).filter(|micros| *micros >= 0)
}

/// The evaluation is a text after the rubric that the assistant uses. Numbers say nothing here: nobody has said
/// from which one on a call is a success.
pub(super) fn success(evaluation: &Loose<'_>) -> Option<bool> {
    if let Some(flag) = evaluation.flag() {
        return Some(flag);
    }
    match evaluation.text()?.trim().to_ascii_lowercase().as_str() {
        "pass" | "success" | "yes" | "excellent" | "good" => Some(true),
        "fail" | "failure" | "no" | "poor" => Some(false),
        _ => None,
    }
}

/// What the analysis extracted, and what the structured outputs hold beside it: fields of an output that is an
/// object stand beside those of the analysis, any other output stands under its name.
pub(super) fn structured(analysis: Option<Value>, outputs: Option<Value>) -> Option<Value> {
    let mut found = match analysis {
        Some(Value::Object(map)) => map,
        None | Some(Value::Null) => Map::new(),
        // Not an object: it cannot be joined with anything.
        Some(mut other) => {
            without_nul(&mut other);
            return Some(other);
        }
    };
    let outputs = match outputs {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    for (id, output) in outputs {
        let Value::Object(mut output) = output else { continue };
        let name = output.get("name").and_then(Value::as_str).map_or(id, str::to_owned);
        match output.remove("result") {
            Some(Value::Object(fields)) => {
                for (field, value) in fields {
                    found.entry(field).or_insert(value);
                }
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                found.entry(name).or_insert(value);
            }
        }
    }
    let mut found = Value::Object(found);
    without_nul(&mut found);
    found.as_object().is_some_and(|map| !map.is_empty()).then_some(found)
}

/// Median and 95th percentile over the turns, by the nearest rank.
pub(super) fn latency(artifact: &Artifact<'_>) -> Option<Latency> {
    let turns = artifact.performance_metrics.0.as_ref()?.turn_latencies.0.as_ref()?;
    let mut spans: Vec<i64> = turns.iter().filter_map(|turn| turn.turn_latency.span()).collect();
    spans.sort_unstable();
    let rank = |percent: usize| spans.get((spans.len() * percent).div_ceil(100).max(1) - 1).copied();
    let latency = Latency { e2e_p50_ms: rank(50), e2e_p95_ms: rank(95) };
    (latency != Latency::default()).then_some(latency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evaluations_by_their_rubric() {
        let read = |json: &str| success(&serde_json::from_str(json).unwrap());
        assert_eq!((read("\"true\""), read("true"), read("\"Pass\"")), (Some(true), Some(true), Some(true)));
        assert_eq!((read("\"false\""), read("\"Poor\"")), (Some(false), Some(false)));
        assert_eq!((read("\"8\""), read("8"), read("\"Fair\""), read("null")), (None, None, None, None));
    }

    #[test]
    fn outputs_stand_beside_the_analysis() {
        let outputs = json!({
            "id1": {"name": "Booking", "result": {"date": "2026-11-22", "caller_name": "other"}},
            "id2": {"name": "score", "result": 7}, "id3": {"result": "x\u{0}"}, "id4": {"name": "none"}, "id5": 1});
        let found = structured(Some(json!({"caller_name": "Marie"})), Some(outputs)).unwrap();
        assert_eq!(found, json!({"caller_name": "Marie", "date": "2026-11-22", "score": 7, "id3": "x"}));
        assert_eq!(structured(Some(json!({})), Some(json!({}))), None);
        assert_eq!(structured(Some(json!("a\u{0}")), None), Some(json!("a")));
        assert_eq!(structured(None, Some(json!([]))), None);
    }

    #[test]
    fn percentiles_by_the_nearest_rank() {
        let read = |json: Value| {
            let json = json!({"performanceMetrics": {"turnLatencies": json}}).to_string();
            latency(&serde_json::from_str::<Artifact<'_>>(&json).unwrap())
                .map(|l| (l.e2e_p50_ms, l.e2e_p95_ms))
        };
        let turns: Vec<Value> = (1..=20).map(|n| json!({"turnLatency": n * 100})).collect();
        assert_eq!(read(json!(turns)), Some((Some(1000), Some(1900))));
        assert_eq!(
            read(json!([{"turnLatency": "1267"}, {"turnLatency": -1}, 7])),
            Some((Some(1267), Some(1267)))
        );
        assert_eq!(read(json!([])), None);
    }
}
