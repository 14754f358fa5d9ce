//! Two tenants whose calls, events, endpoints and deliveries have the same ids: whatever asks for a row by its id
//! alone meets the double's.

use crate::look::{change, new_endpoint};
use serde_json::json;
use uuid::Uuid;
use vestibule_domain::archive::exports;
use vestibule_domain::outbox::EndpointChange;
use vestibule_domain::{calls, inbox, mail, outbox, privacy, texts, workflows};
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::queue::{self, NEVER};
use vestibule_store::{Row, TenantSql, TenantTx, tsql};
use vestibule_testkit::{Kit, Sample, TestTenant, inside};

const ALL: [&str; 5] =
    ["call.call-started", "call.call-ended", "call.call-updated", "text.text-received", "text.text-updated"];
const QUEUES: [&str; 9] = [
    inbox::QUEUE,
    outbox::QUEUE,
    calls::SETTLE_QUEUE,
    outbox::REDELIVER_QUEUE,
    workflows::QUEUE,
    texts::QUEUE,
    mail::QUEUE,
    privacy::QUEUE,
    exports::QUEUE,
];

/// Two tenants with one endpoint each, which have the same id.
pub struct Doubles {
    pub both: [TestTenant; 2],
    pub endpoint: EndpointId,
    pub beginning: UnixMs,
}

/// Where a tenant's endpoint is.
pub fn url(tenant: &TestTenant) -> String {
    format!("https://n8n.test/{}/double", tenant.record.slug)
}

/// A tenant's sample that tells of itself, and of its call by one name alone.
pub fn sample(tenant: &TestTenant, name: &str, call: &str) -> Sample {
    tenant
        .sample(name)
        .without("/call/telephony_identifier")
        .call(call)
        .from("+14505550188")
        .with("/call/agent_name", json!(tenant.record.slug))
}

pub async fn doubles(kit: &Kit) -> Doubles {
    let own = kit.tenant("north-shore").await;
    let both = [own.twin().clone(), own];
    let beginning = kit.house.world.now();
    let mut endpoints = Vec::new();
    for tenant in &both {
        let off = EndpointChange { is_active: Some(false), ..EndpointChange::default() };
        change(kit, tenant, off).await;
        kit.clock.set(beginning);
        kit.entropy.begin_again(41);
        endpoints.push(new_endpoint(kit, tenant, &url(tenant), &ALL).await.0.id);
    }
    assert_eq!(endpoints[0], endpoints[1]);
    kit.entropy.begin_again(42);
    Doubles { both, endpoint: endpoints[0], beginning }
}

impl Doubles {
    /// Sends both the same events of a call, so that all that comes of them has the same ids. `first` says who is
    /// served first, whose rows are found first.
    pub async fn hear(&self, kit: &Kit, seed: u64, first: usize, call: &str, names: &[&str]) {
        let mut ids = Vec::new();
        for tenant in [&self.both[first], &self.both[1 - first]] {
            kit.clock.set(self.beginning.plus_ms(i64::try_from(seed).unwrap()));
            kit.entropy.begin_again(seed);
            for name in names {
                kit.clock.advance_ms(1);
                kit.send(tenant, &sample(tenant, name, call).body()).await;
                kit.fold_all().await;
            }
            let of_call = self.call(kit, tenant, call).await;
            let owed: Vec<Uuid> = inside!(kit, tenant, |tx| {
                let sql = tsql!(
                    "SELECT id AS owed FROM deliveries WHERE tenant_id = $1 AND call_id = $2 ORDER BY id"
                );
                let rows = tx.rows(sql, &[of_call.call.id.into()]).await.unwrap();
                rows.iter().map(|row| row.uuid("owed").unwrap()).collect()
            });
            ids.push((owed, of_call.call.id, of_call.facts.len(), of_call.call.agent_name));
        }
        let slugs = [first, 1 - first].map(|n| Some(self.both[n].record.slug.clone()));
        assert_eq!((&ids[0].3, &ids[1].3), (&slugs[0], &slugs[1]), "a call tells of its double");
        assert_eq!((&ids[0].0, ids[0].1, ids[0].2), (&ids[1].0, ids[1].1, ids[1].2), "these are no doubles");
        assert_eq!(ids[0].2, names.len(), "a call has its double's facts");
        kit.entropy.begin_again(seed + 100_000);
    }

    /// A call of a tenant.
    pub async fn call(&self, kit: &Kit, tenant: &TestTenant, external: &str) -> calls::CallDetail {
        let mut all = crate::look::calls(kit, tenant).await;
        all.retain(|one| one.call.external_id == external);
        assert_eq!(all.len(), 1, "there should be one such call");
        all.remove(0)
    }

    /// Does the same in one tenant and in the other, in turns; whenever it is done in one, the other sleeps, and has
    /// to stay as it is.
    pub async fn each(&self, kit: &Kit, turns: &[usize], act: impl AsyncFn(&TestTenant)) {
        for turn in turns {
            let (me, other) = (&self.both[*turn], &self.both[1 - turn]);
            let jobs = move_all(kit, other, &[]).await;
            let before = picture(kit, other).await;
            act(me).await;
            let after = picture(kit, other).await;
            let changed = before.lines().zip(after.lines()).find(|(before, after)| before != after);
            assert!(before == after, "the double was changed: {changed:?}");
            // One's name begins like the other's.
            let ours = picture(kit, me).await.replace(&me.record.slug, "");
            let told = ours.lines().find(|line| line.contains(&other.record.slug));
            assert_eq!(told, None, "it tells of its double");
            move_all(kit, other, &jobs).await;
        }
    }

    /// Both were changed on purpose.
    pub async fn end(&self, kit: &Kit) {
        kit.twin_changed(&self.both[0]).await;
    }
}

/// Moves every job of a tenant to the instant that it had, or to never; the instants that they had.
async fn move_all(
    kit: &Kit,
    tenant: &TestTenant,
    back: &[(String, Uuid, UnixMs)],
) -> Vec<(String, Uuid, UnixMs)> {
    inside!(kit, tenant, |tx| {
        let sql = tsql!("SELECT queue, id, next_at AS had FROM jobs WHERE tenant_id = $1");
        let rows = tx.rows(sql, &[]).await.unwrap();
        let read = |row: &Row| (row.text("queue").unwrap(), row.uuid("id").unwrap(), row.at("had").unwrap());
        let found: Vec<_> = rows.iter().map(read).collect();
        for (queue, id, _) in &found {
            let known = back.iter().find(|(name, job, _)| name == queue && job == id);
            let queue = QUEUES.iter().find(|name| *name == queue).unwrap();
            queue::later(tx, queue, *id, known.map_or(NEVER, |(_, _, at)| *at)).await.unwrap();
        }
        found
    })
}

/// Everything that a tenant's acts change, as it is in the tables.
pub async fn picture(kit: &Kit, tenant: &TestTenant) -> String {
    inside!(kit, tenant, |tx| {
        let mut text = String::new();
        for (sql, columns) in tables() {
            show(tx, sql, columns, &mut text).await;
        }
        text
    })
}

/// Each table's rows, and its columns with the letters of their kinds.
fn tables() -> [(TenantSql, &'static str); 27] {
    [
        (
            tsql!("SELECT b.* FROM delivery_bodies b WHERE b.tenant_id = $1 ORDER BY b.delivery_id"),
            "u:delivery_id x:body",
        ),
        (
            tsql!("SELECT n.* FROM call_aliases n WHERE n.tenant_id = $1 ORDER BY n.provider, n.external_id"),
            "t:provider t:external_id u:call_id",
        ),
        (
            tsql!("SELECT x.* FROM exports x WHERE x.tenant_id = $1 ORDER BY x.id"),
            "u:id t:state i:asked_at i:finished_at i:fetched_at i:expires_at i:rows_count i:size_bytes t:digest",
        ),
        (
            tsql!("SELECT p.* FROM export_parts p WHERE p.tenant_id = $1 ORDER BY p.export_id, p.number"),
            "u:export_id i:number x:bytes",
        ),
        (tsql!("SELECT t.* FROM call_texts t WHERE t.tenant_id = $1 ORDER BY t.call_id"), "u:call_id"),
        (
            tsql!("SELECT e.* FROM erasures e WHERE e.tenant_id = $1 ORDER BY e.id"),
            "u:id t:kind x:subject_hash t:reason i:before_at i:reapplied_at",
        ),
        (
            tsql!("SELECT n.* FROM erased_names n WHERE n.tenant_id = $1 ORDER BY n.name_hash"),
            "x:name_hash t:kind u:erasure_id i:before_at",
        ),
        (
            tsql!("SELECT p.* FROM provider_erasures p WHERE p.tenant_id = $1 ORDER BY p.id"),
            "u:id u:erasure_id t:what t:external_id t:state i:attempts_count i:settled_at",
        ),
        (
            tsql!("SELECT m.* FROM retention_marks m WHERE m.tenant_id = $1 ORDER BY m.kind"),
            "t:kind u:done_until i:ran_at",
        ),
        (
            tsql!("SELECT j.* FROM jobs j WHERE j.tenant_id = $1 ORDER BY j.queue, j.id"),
            "t:queue u:id u:group_id i:next_at i:lease_no i:attempts i:lost b:leased t:last_error",
        ),
        (
            tsql!("SELECT i.* FROM inbox i WHERE i.tenant_id = $1 ORDER BY i.id"),
            "u:id t:event_name t:state t:reason i:attempts i:revision u:call_id i:folded_at",
        ),
        (tsql!("SELECT b.* FROM inbox_bodies b WHERE b.tenant_id = $1 ORDER BY b.id"), "u:id x:sealed"),
        (
            tsql!("SELECT c.* FROM calls c WHERE c.tenant_id = $1 ORDER BY c.id"),
            "u:id t:status t:outcome t:intent t:caller_number i:started_at t:summary t:agent_name t:customer_name i:final_at \
             i:revision u:contact_id x:fold_hash",
        ),
        (
            tsql!(
                "SELECT f.*, CAST(f.doc AS TEXT) AS said FROM call_facts f WHERE f.tenant_id = $1 ORDER BY f.call_id, f.fact_key"
            ),
            "u:call_id t:fact_key t:kind i:received_at u:inbox_id t:said",
        ),
        (
            tsql!("SELECT p.* FROM contacts p WHERE p.tenant_id = $1 ORDER BY p.id"),
            "u:id t:phone t:name t:email i:calls_count i:last_call_at",
        ),
        (
            tsql!("SELECT e.* FROM endpoints e WHERE e.tenant_id = $1 ORDER BY e.id"),
            "u:id t:url t:description x:config_sealed x:secret_sealed x:previous_secret_sealed i:previous_until b:is_active \
             t:disabled_reason i:failures_in_row i:circuit_open_since i:probe_at i:updated_at i:deleted_at i:max_in_flight \
             i:rate_milli i:paced_until_us t:header_name x:header_value_sealed i:failing_since i:last_failure_at",
        ),
        (
            tsql!("SELECT d.* FROM deliveries d WHERE d.tenant_id = $1 ORDER BY d.id"),
            "u:id u:endpoint_id t:event_type t:state i:attempts_count i:next_attempt_at i:delivered_at i:last_status \
             t:last_error",
        ),
        (
            tsql!("SELECT a.* FROM attempts a WHERE a.tenant_id = $1 ORDER BY a.id"),
            "u:id u:delivery_id i:number t:result i:http_status t:error t:response_excerpt",
        ),
        (
            tsql!("SELECT r.* FROM redeliveries r WHERE r.tenant_id = $1 ORDER BY r.id"),
            "u:id u:endpoint_id t:kind t:state u:cursor_id i:owed_count i:finished_at",
        ),
        (
            tsql!(
                "SELECT s.* FROM delivery_days s WHERE s.tenant_id = $1 ORDER BY s.settled_on, s.endpoint_id, s.bucket, s.shard"
            ),
            "t:settled_on u:endpoint_id i:bucket i:shard i:attempts i:delivered i:dead i:duration_ms",
        ),
        (
            tsql!("SELECT w.* FROM workflow_executions w WHERE w.tenant_id = $1 ORDER BY w.id"),
            "u:id u:endpoint_id t:external_id t:workflow_id u:delivery_id t:status t:mode i:started_at i:stopped_at \
             b:is_settled i:checked_at",
        ),
        (
            tsql!("SELECT t.* FROM texts t WHERE t.tenant_id = $1 ORDER BY t.id"),
            "u:id u:thread_id t:direction t:status t:keyword x:body_sealed i:segments i:price_micros t:problem t:external_id \
             t:request_key i:at i:tried_at i:revision i:updated_at",
        ),
        (
            tsql!("SELECT h.* FROM text_threads h WHERE h.tenant_id = $1 ORDER BY h.id"),
            "u:id t:our_number t:their_number u:contact_id i:last_at u:last_text_id t:opt_word i:opt_at",
        ),
        (
            tsql!("SELECT l.* FROM text_numbers l WHERE l.tenant_id = $1 ORDER BY l.id"),
            "u:id t:number i:paced_until",
        ),
        (
            tsql!("SELECT k.* FROM workflow_watches k WHERE k.tenant_id = $1 ORDER BY k.endpoint_id"),
            "u:endpoint_id i:seen_until t:cursor i:sweep_until i:checked_at i:failures_in_row t:last_error i:error_since",
        ),
        (
            tsql!("SELECT u.* FROM usage_settings u WHERE u.tenant_id = $1"),
            "i:hourly_micros t:currency i:after_call_ms i:updated_at",
        ),
        (
            tsql!(
                "SELECT m.*, CAST(m.doc AS TEXT) AS said FROM mails m WHERE m.tenant_id = $1 ORDER BY m.id"
            ),
            "u:id t:kind t:to_address t:locale t:subject t:state i:attempts_count t:last_error t:external_id t:dedupe_key \
             i:created_at i:sent_at t:said",
        ),
    ]
}

async fn show(tx: &mut TenantTx<'_>, sql: TenantSql, columns: &str, text: &mut String) {
    for row in tx.rows(sql, &[]).await.unwrap() {
        for column in columns.split_whitespace() {
            let (kind, name) = column.split_once(':').unwrap();
            let value = match kind {
                "i" => format!("{:?}", row.opt_int(name).unwrap()),
                "b" => format!("{:?}", row.opt_bool(name).unwrap()),
                "u" => format!("{:?}", row.opt_uuid(name).unwrap()),
                "x" => format!("{:?}", row.opt_bytes(name).unwrap()),
                _ => format!("{:?}", row.opt_text(name).unwrap()),
            };
            text.push_str(&format!("{name} {value} "));
        }
        text.push('\n');
    }
}
