//! What the endpoints were told of a day.

use super::business::Business;
use super::seen::Seen;
use serde_json::Value;
use std::collections::BTreeMap;
use vestibule_testkit::simulator::Day;

/// What the endpoints were told: each end once, and in the end what is true. `in_time` says that nothing was later than
/// its call's end waits for it, so that the end itself tells the truth.
pub(super) fn is_told(day: &Day, tenant: usize, business: &Business, seen: &Seen, in_time: bool) -> usize {
    let mut wrong = Vec::new();
    let calls = seen.by_number(day, tenant, &mut wrong);
    let numbers: BTreeMap<&str, usize> =
        calls.iter().map(|(n, call)| (call["id"].as_str().unwrap(), *n)).collect();
    let mut told = 0;
    for (desk, (endpoint, secret, ascii)) in business.desks.iter().zip(&business.endpoints) {
        let rows: BTreeMap<&str, &Value> = seen
            .deliveries
            .iter()
            .filter(|d| d["endpoint"]["id"] == endpoint.as_str())
            .map(|d| (d["id"].as_str().unwrap(), d))
            .collect();
        let (mut known, mut ends, mut last) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for one in desk.received() {
            let id = one.header("webhook-id").to_owned();
            // Every attempt is signed anew; the clock of the test is the program's.
            let body = one.verified(secret, ascii, one.header("webhook-timestamp").parse().unwrap());
            let first = known.entry(id.clone()).or_insert_with(|| one.body.clone());
            assert_eq!(*first, one.body, "{id}: the body changed between attempts");
            let Some(row) = rows.get(id.as_str()) else { panic!("{id} is not owed to this endpoint") };
            let n = numbers[row["call_id"].as_str().unwrap()];
            if row["event_type"] == "call.call-ended" {
                ends.entry(n).or_insert_with(BTreeMap::new).insert(id, body.clone());
            }
            last.insert(n, body);
        }
        assert_eq!(known.len(), rows.len(), "what was owed is not what arrived");
        told += known.len();
        for n in calls.keys() {
            let call = &day.calls[*n];
            let of_it = ends.get(n).map_or(0, BTreeMap::len);
            if of_it != 1 {
                wrong.push(format!("{:?} ended {of_it} times", call.names()));
                continue;
            }
            let is = |body: &Value| {
                let data = &body["data"];
                (data["outcome"] == call.outcome()) && (data["status"] == call.status())
            };
            // Whoever asks for changes hears the truth in the end. The end itself tells it, unless what was
            // analysed was lost and found again only after the call had become final without it.
            let (end, last) = (ends[n].values().next().unwrap(), &last[n]);
            let hears_changes = std::ptr::eq(desk, &business.desks[1]);
            if (hears_changes && !is(last)) || (in_time && !day.has_gap(*n) && !is(end)) {
                let data = (&end["data"]["outcome"], &end["data"]["status"], &last["data"]["outcome"]);
                wrong.push(format!("{:?} was told as {data:?}, not {}", call.names(), call.outcome()));
            }
        }
    }
    assert!(wrong.is_empty(), "day-{tenant}: {wrong:#?}");
    told
}
