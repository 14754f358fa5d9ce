//! A day as the API shows it, beside what the simulator knows.

use super::PATIENCE;
use super::business::Business;
use crate::program::{Server, until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;
use vestibule_model::UnixMs;
use vestibule_testkit::simulator::{Books, Call, Day, Provider};

/// A tenant as the API shows it.
pub(super) struct Seen {
    pub(super) calls: Vec<Value>,
    contacts: Vec<Value>,
    pub(super) deliveries: Vec<Value>,
    connections: Vec<Value>,
    inbox: Vec<Value>,
}

impl Seen {
    async fn of(server: &Server, business: &Business) -> Self {
        let api = format!("{}/api/v1", server.url);
        let all = async |what: &str| business.owner.all(&format!("{api}/{what}")).await;
        // First what is late, so that what was waiting then is not missing in what comes after.
        let inbox = [
            all("inbox?state=pending").await,
            all("inbox?state=failed").await,
            all("inbox?state=unprocessable").await,
        ]
        .concat();
        let (status, connections) = business.owner.get(&format!("{api}/connections")).await;
        assert_eq!(status, 200, "{connections}");
        Self {
            calls: all("calls").await,
            contacts: all("contacts").await,
            deliveries: all("deliveries").await,
            connections: connections["items"].as_array().unwrap().clone(),
            inbox,
        }
    }

    /// How often each call has changed.
    pub(super) fn revisions(&self) -> BTreeMap<String, Value> {
        self.calls.iter().map(|c| (c["id"].to_string(), c["revision"].clone())).collect()
    }

    /// The calls by the number that the simulator gives them; and what is wrong with them.
    pub(super) fn by_number<'a>(
        &'a self,
        day: &Day,
        tenant: usize,
        wrong: &mut Vec<String>,
    ) -> BTreeMap<usize, &'a Value> {
        let own = || day.calls.iter().enumerate().filter(|(_, call)| call.tenant == tenant);
        let names: BTreeMap<String, usize> =
            own().flat_map(|(n, call)| call.names().into_iter().map(move |name| (name, n))).collect();
        let mut found = BTreeMap::new();
        for shown in &self.calls {
            let name = shown["external_id"].as_str().unwrap();
            match names.get(name) {
                None => wrong.push(format!("{name} is no call of this tenant")),
                Some(n) => {
                    if found.insert(*n, shown).is_some() {
                        wrong.push(format!("{name} is there twice"));
                    }
                }
            }
        }
        wrong.extend(
            own().filter(|(n, _)| !found.contains_key(n)).map(|(_, c)| format!("{:?} is missing", c.names())),
        );
        found
    }

    /// In what it differs from the simulator's truth; nothing once everything has been taken in.
    fn differences(&self, day: &Day, tenant: usize, since: UnixMs) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.inbox.iter().map(|event| format!("in the inbox: {event}")));
        for (n, shown) in self.by_number(day, tenant, &mut wrong) {
            wrong.extend(differs(&day.calls[n], shown));
        }
        let mut people: BTreeMap<&str, (i64, Option<&str>)> = BTreeMap::new();
        for call in day.calls.iter().filter(|call| call.tenant == tenant) {
            let Some(person) = &call.person else { continue };
            let known = people.entry(&person.number).or_default();
            *known = (known.0 + 1, known.1.or(call.is_named.then_some(person.name.as_str())));
        }
        let shown: BTreeMap<&str, (i64, Option<&str>)> = self
            .contacts
            .iter()
            .map(|c| {
                (c["phone"].as_str().unwrap_or(""), (c["calls_count"].as_i64().unwrap(), c["name"].as_str()))
            })
            .collect();
        if shown.len() != self.contacts.len() {
            wrong.push("a contact is there twice".into());
        }
        for number in people.keys().chain(shown.keys()).collect::<BTreeSet<_>>() {
            let (known, shown) = (people.get(number), shown.get(number));
            if known != shown {
                wrong.push(format!("contact {number} is {shown:?}, not {known:?}"));
            }
        }
        wrong.extend(
            self.deliveries
                .iter()
                .filter(|d| d["state"] != "delivered")
                .map(|d| format!("not delivered: {d}")),
        );
        for connection in &self.connections {
            wrong.extend(gap(day, tenant, connection, since));
        }
        wrong
    }
}

/// In what a call differs.
fn differs(call: &Call, shown: &Value) -> Option<String> {
    let number = call.person.as_ref().map(|person| person.number.as_str());
    let other = if call.is_outbound { "to_number" } else { "from_number" };
    let expected = json!([
        call.status(),
        call.outcome(),
        call.cost_micros,
        call.duration_ms(),
        if call.is_outbound { "OUTBOUND" } else { "INBOUND" },
        true,
    ]);
    let found = json!([
        shown["status"],
        shown["outcome"],
        shown["cost_micros"],
        shown["duration_ms"],
        shown["direction"],
        shown["is_final"]
    ]);
    // A withheld number shows as nothing, or as the provider's word for it.
    let has_number = shown[other].as_str().filter(|text| text.starts_with('+')) == number;
    (found != expected || !has_number).then(|| {
        format!(
            "{:?} {:?} is {found} of {}, not {expected} of {number:?}",
            call.names(),
            call.end,
            shown[other]
        )
    })
}

/// In what a connection's gaps differ. Where the list was shown all day, what was late counts as found again too.
fn gap(day: &Day, tenant: usize, connection: &Value, since: UnixMs) -> Option<String> {
    let name = connection["provider"].as_str().unwrap();
    let provider = Provider::ALL.into_iter().find(|provider| provider.name() == name).unwrap();
    let lost = i64::try_from(day.gaps(tenant, provider)).unwrap();
    let standing = &connection["reconciliation"];
    let filled = standing["filled"].as_i64().unwrap_or(-1);
    let is_compared =
        standing["done_until"].as_str().and_then(UnixMs::parse_rfc3339).is_some_and(|at| at > since);
    let is_right = if Books::is_live(tenant) { filled >= lost } else { filled == lost };
    (!is_right || !is_compared || !standing["fault"].is_null())
        .then(|| format!("{name} lost {lost} and stands at {standing}"))
}

/// Waits until every tenant is as the simulator knows it, and was compared after `since`.
pub(super) async fn is_true(server: &Server, businesses: &[Business], day: &Day, since: UnixMs) -> Vec<Seen> {
    let last = Mutex::new(Vec::new());
    let ask = || async {
        let mut all = Vec::new();
        for (n, business) in businesses.iter().enumerate() {
            let seen = Seen::of(server, business).await;
            let wrong = seen.differences(day, n, since);
            let is_right = wrong.is_empty();
            *last.lock().unwrap() =
                wrong.into_iter().map(|what| format!("day-{n}: {what}")).collect::<Vec<_>>();
            if !is_right {
                tokio::time::sleep(Duration::from_millis(250)).await;
                return None;
            }
            all.push(seen);
        }
        Some(all)
    };
    match tokio::time::timeout(PATIENCE, until("the day is taken in", PATIENCE * 2, ask)).await {
        Ok(all) => all,
        Err(_) => {
            let wrong = last.into_inner().unwrap();
            panic!("{} differences: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
        }
    }
}
