//! Every table of tenants: what an archive carries and the end of a tenant deletes. Parents stand before what points at
//! them. A test compares this list with the schema: a new table, or a new column, fails it until somebody has decided.

use vestibule_store::directory::archive;
use vestibule_store::{Fixed, Shape, columns};

/// The tables that an archive carries, in the order in which they are written.
pub const TABLES: &[Shape] = &[
    Shape::of_tenant(
        "contacts",
        &["id"],
        columns![
            id: Id, phone: Text, name: Text, name_rank: Int, email: Text, calls_count: Int,
            first_call_at: Int, last_call_at: Int, created_at: Int, updated_at: Int
        ],
    ),
    Shape::of_tenant(
        "calls",
        &["id"],
        columns![
            id: Id, provider: Text, external_id: Text, channel: Text, direction: Text, status: Text,
            outcome: Text, intent: Text, from_number: Text, to_number: Text, caller_number: Text,
            contact_id: Id, agent_ref: Text, agent_name: Text, started_at: Int, start_is_known:
            Bool, ended_at: Int, duration_ms: Int, cost_micros: Int, summary: Text, sentiment: Text,
            customer_name: Text, appointment_at: Text, disconnection_reason: Text, recording_url:
            Text, latency: Json, structured: Json, is_test: Bool, is_analyzed: Bool, final_at: Int,
            revision: Int, fold_hash: Bytes, local_day: Text, text_gone_at: Int, recording_gone_at: Int, created_at: Int, updated_at: Int
        ],
    ),
    Shape::of_tenant(
        "call_texts",
        &["call_id"],
        columns![
            call_id: Id, transcript: Json
        ],
    ),
    Shape::of_tenant(
        "call_aliases",
        &["call_id", "provider", "external_id"],
        columns![
            provider: Text, external_id: Text, call_id: Id
        ],
    ),
    Shape::of_tenant(
        "call_facts",
        &["call_id", "fact_key"],
        columns![
            call_id: Id, fact_key: Text, source: Text, kind: Text, rank: Int, occurred_at: Int,
            received_at: Int, inbox_id: Id, doc: Json
        ],
    ),
    Shape::of_tenant(
        "inbox",
        &["id"],
        columns![
            id: Id, connection_id: Id, provider: Text, event_name: Text, event_key: Text, version:
            Int, revision: Int, external_call_id: Text, state: Text, reason: Text, attempts: Int,
            call_id: Id, size_bytes: Int, received_at: Int, folded_at: Int
        ],
    ),
    Shape::of_tenant(
        "inbox_keys",
        &["key_hash", "body_hash"],
        columns![
            key_hash: Bytes, body_hash: Bytes, inbox_id: Id
        ],
    ),
    Shape::of_tenant(
        "inbox_bodies",
        &["id"],
        columns![
            id: Id, sealed: SealedBytes
        ],
    ),
    Shape::of_tenant(
        "endpoints",
        &["id"],
        columns![
            id: Id, kind: Text, url: Text, description: Text, event_types: Json, schedule_ms: Json,
            config: Json, config_sealed: OptSecret, secret_sealed: Secret, secret_last4: Text,
            previous_secret_sealed: OptSecret, previous_until: Int, is_active: Bool, disabled_reason:
            Text, failures_in_row: Int, circuit_open_since: Int, probe_at: Int, created_at: Int,
            updated_at: Int, deleted_at: Int, max_in_flight: Int, rate_milli: Int, paced_until_us:
            Int, header_name: Text, header_value_sealed: OptSecret, failing_since: Int,
            last_failure_at: Int
        ],
    ),
    Shape::of_tenant(
        "deliveries",
        &["id"],
        columns![
            id: Id, endpoint_id: Id, call_id: Id, subject_id: Id, event_type: Text, revision: Int,
            state: Text, attempts_count: Int, next_attempt_at: Int, created_at: Int, delivered_at:
            Int, last_status: Int, last_error: Text
        ],
    ),
    Shape::of_tenant(
        "delivery_bodies",
        &["delivery_id"],
        columns![
            delivery_id: Id, body: Bytes
        ],
    ),
    Shape::of_tenant(
        "attempts",
        &["id"],
        columns![
            id: Id, delivery_id: Id, number: Int, started_at: Int, duration_ms: Int, result: Text,
            http_status: Int, error: Text, response_excerpt: Text, execution_id: Text, request: Json
        ],
    ),
    Shape::of_tenant(
        "redeliveries",
        &["id"],
        columns![
            id: Id, endpoint_id: Id, kind: Text, event_types: Json, since_at: Int, until_at: Int,
            state: Text, cursor_id: Id, owed_count: Int, created_at: Int, finished_at: Int
        ],
    ),
    Shape::of_tenant(
        "delivery_days",
        &["endpoint_id", "bucket", "shard", "settled_on"],
        columns![
            settled_on: Text, endpoint_id: Id, bucket: Int, shard: Int, attempts: Int, delivered:
            Int, dead: Int, duration_ms: Int
        ],
    ),
    Shape::of_tenant(
        "workflow_executions",
        &["id"],
        columns![
            id: Id, endpoint_id: Id, external_id: Text, workflow_id: Text, delivery_id: Id, status:
            Text, mode: Text, started_at: Int, stopped_at: Int, is_settled: Bool, checked_at: Int,
            created_at: Int
        ],
    ),
    Shape::of_tenant(
        "workflow_watches",
        &["endpoint_id"],
        columns![
            endpoint_id: Id, seen_until: Int, cursor: Text, sweep_until: Int, checked_at: Int,
            failures_in_row: Int, last_error: Text, error_since: Int
        ],
    ),
    Shape::of_tenant(
        "text_threads",
        &["id"],
        columns![
            id: Id, our_number: Text, their_number: Text, contact_id: Id, last_at: Int,
            last_text_id: Id, opt_word: Text, opt_at: Int, created_at: Int
        ],
    ),
    Shape::of_tenant(
        "texts",
        &["id"],
        columns![
            id: Id, thread_id: Id, direction: Text, status: Text, keyword: Text, body_sealed:
            SealedText, segments: Int, media_count: Int, price_micros: Int, currency: Text, problem:
            Text, provider_code: Text, provider: Text, external_id: Text, request_key: Text,
            request_hash: Bytes, at: Int, tried_at: Int, revision: Int, created_at: Int, updated_at:
            Int
        ],
    ),
    Shape::of_tenant(
        "text_numbers",
        &["id"],
        columns![
            id: Id, number: Text, paced_until: Int
        ],
    ),
    Shape::of_tenant(
        "usage_settings",
        &[],
        columns![
            hourly_micros: Int, currency: Text, after_call_ms: Int, updated_at: Int
        ],
    ),
    Shape::of_tenant(
        "mails",
        &["id"],
        columns![
            id: Id, kind: Text, to_address: Text, locale: Text, subject: Text, doc: Json, state:
            Text, attempts_count: Int, last_error: Text, external_id: Text, dedupe_key: Text,
            created_at: Int, sent_at: Int
        ],
    ),
    Shape::of_tenant(
        "erasures",
        &["id"],
        columns![
            id: Id, kind: Text, subject_hash: Bytes, reason: Text, actor: Text, counts: Json,
            before_at: Int, created_at: Int, reapplied_at: Int
        ],
    ),
    Shape::of_tenant(
        "erased_names",
        &["name_hash"],
        columns![
            name_hash: Bytes, kind: Text, erasure_id: Id, before_at: Int
        ],
    ),
    Shape::of_tenant(
        "provider_erasures",
        &["id"],
        columns![
            id: Id, erasure_id: Id, provider: Text, what: Text, external_id: Text, state: Text,
            attempts_count: Int, last_error: Text, created_at: Int, settled_at: Int
        ],
    ),
    Shape::of_tenant(
        "retention_marks",
        &["kind"],
        columns![
            kind: Text, done_until: Id, ran_at: Int
        ],
    ),
    Shape {
        guard: Some("erase_audit"),
        ..Shape::of_tenant(
            "audit",
            &["id"],
            columns![
                id: Id, at: Int, actor: Text, action: Text, object_kind: Text, object_id: Text, doc:
                Json, seq: Int, prev_hash: Bytes, hash: Bytes
            ],
        )
    },
    Shape::of_tenant(
        "audit_heads",
        &[],
        columns![
            seq: Int, hash: Bytes
        ],
    ),
    Shape {
        fixed: &[
            ("lease_no", Fixed::Int(0)),
            ("attempts", Fixed::Int(0)),
            ("lost", Fixed::Int(0)),
            ("leased", Fixed::Bool(false)),
        ],
        // The making of archives is this server's affair.
        and: " AND queue <> 'export'",
        ..Shape::of_tenant(
            "jobs",
            &["id", "queue"],
            columns![queue: Text, id: Id, group_id: Id, next_at: Due, created_at: Int],
        )
    },
];

/// Tables of tenants that no archive carries, and why not. They are deleted with the tenant all the same.
pub const NOT_CARRIED: &[(Shape, &str)] = &[
    (
        Shape::of_tenant("export_parts", &["export_id", "number"], columns![export_id: Id, number: Int]),
        "archives are not put into archives",
    ),
    (
        Shape::of_tenant("exports", &["id"], columns![id: Id]),
        "archives that were made are files of this server",
    ),
];

/// Columns that no archive carries, by table, and why not.
pub const NOT_CARRIED_COLUMNS: &[(&str, &[&str], &str)] = &[(
    "jobs",
    &["lease_no", "attempts", "lost", "leased", "last_error"],
    "what is owed waits on the other side until it is released, and nobody there has tried it",
)];

/// The members as an archive knows them: by address, for the same person has another id on another server. Name and locale
/// do not count in the digest: whoever has an account on the other server keeps it as it is.
pub(super) const MEMBERS: Shape = Shape {
    table: "people",
    owner: "tenant_id",
    and: "",
    order: &["email"],
    columns: columns![email: Text, name: Text, locale: Text, role: Text, since: Int],
    fixed: &[],
    guard: None,
};

/// Everything that may be in an archive, in its order: the tenant, its people, its tables, and what the directory has of it.
pub(super) fn known() -> impl Iterator<Item = &'static Shape> {
    [&archive::TENANT, &MEMBERS].into_iter().chain(TABLES).chain(archive::TABLES)
}

/// Whether a table is one of the directory's.
pub(super) fn is_directory(shape: &Shape) -> bool {
    archive::TABLES.iter().any(|other| other.table == shape.table)
}
