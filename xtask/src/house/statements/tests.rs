//! Statements that pass and statements that do not.

use std::collections::BTreeSet;

use super::complaints;

fn tables() -> BTreeSet<String> {
    ["calls", "contacts", "call_facts", "jobs", "deliveries"].map(str::to_owned).into()
}

#[test]
fn bound_statements_pass() {
    for sql in [
        "SELECT id FROM calls WHERE tenant_id = $1 AND id = $2",
        "SELECT c.id FROM calls AS c WHERE (c.tenant_id = $1) AND (c.a = $2 OR c.b = $3)",
        "SELECT c.id FROM calls c JOIN contacts k ON k.tenant_id = c.tenant_id AND k.id = c.contact_id WHERE c.tenant_id = $1",
        "SELECT c.id FROM calls c LEFT JOIN contacts k ON k.tenant_id = $1 AND k.id = c.contact_id WHERE c.tenant_id = $1",
        "SELECT c.id FROM calls c, contacts k WHERE k.tenant_id = c.tenant_id AND $1 = c.tenant_id",
        "SELECT c.id, (SELECT count(*) FROM call_facts f WHERE f.tenant_id = c.tenant_id AND f.call_id = c.id) FROM calls c WHERE c.tenant_id = $1",
        "SELECT id FROM calls c WHERE c.tenant_id = $1 AND EXISTS (SELECT 1 FROM call_facts f WHERE f.tenant_id = $1 AND f.call_id = c.id)",
        "WITH due AS (SELECT tenant_id, id FROM jobs WHERE tenant_id = $1 LIMIT 1) UPDATE jobs SET lease_no = 1 FROM due WHERE jobs.tenant_id = due.tenant_id AND jobs.id = due.id RETURNING jobs.id",
        "WITH due AS (SELECT $1 AS tenant_id, id FROM jobs WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED) SELECT c.id FROM due d JOIN calls c ON c.tenant_id = d.tenant_id AND c.id = d.id",
        "WITH gone AS (DELETE FROM jobs WHERE tenant_id = $1 RETURNING tenant_id, id) SELECT c.id FROM calls c JOIN gone g ON g.tenant_id = c.tenant_id",
        "SELECT x.id FROM (SELECT * FROM calls WHERE tenant_id = $1) x JOIN contacts k ON k.tenant_id = x.tenant_id",
        "INSERT INTO calls (tenant_id, id) VALUES ($1, $2), ($1, $3) ON CONFLICT (tenant_id, id) DO UPDATE SET a = excluded.a RETURNING id",
        "INSERT INTO calls (id, tenant_id) SELECT c.id, c.tenant_id FROM contacts c WHERE c.tenant_id = $1 ON CONFLICT DO NOTHING",
        "INSERT INTO call_facts (tenant_id, id) SELECT $1, x.id FROM unnest($2) AS x(id)",
        "DELETE FROM calls WHERE tenant_id = $1::uuid AND id IN (SELECT id FROM contacts WHERE tenant_id = $1)",
        "SELECT id FROM calls WHERE tenant_id = $1 AND (started_at, id) < ($2, $3) ORDER BY started_at DESC LIMIT 5",
        "SELECT count(*) FILTER (WHERE a = 1), row_number() OVER (PARTITION BY b ORDER BY id) FROM calls WHERE tenant_id = $1 GROUP BY b",
        "SELECT 1 FROM tenants WHERE id = $1",
    ] {
        assert_eq!(complaints(sql, &tables()), Vec::<String>::new(), "{sql}");
    }
}

#[test]
fn unbound_statements_do_not() {
    for sql in [
        "SELECT id FROM calls",
        "SELECT id FROM calls WHERE $1 = $1 AND id = $2",
        "SELECT id FROM calls WHERE tenant_id = $2",
        "SELECT id FROM calls WHERE tenant_id = $1 OR id = $2",
        "SELECT id FROM calls WHERE NOT (tenant_id = $1)",
        "SELECT id FROM calls WHERE tenant_id <> $1",
        "SELECT c.id FROM calls c JOIN contacts k ON k.id = c.contact_id WHERE c.tenant_id = $1",
        "SELECT c.id FROM calls c JOIN contacts k ON k.tenant_id = c.tenant_id",
        "SELECT id FROM calls, contacts WHERE tenant_id = $1",
        "SELECT c.id FROM calls c LEFT JOIN contacts k ON c.tenant_id = $1 AND k.tenant_id = $1",
        "SELECT c.id FROM contacts k RIGHT JOIN calls c ON k.tenant_id = $1 AND c.tenant_id = $1",
        "SELECT c.id FROM calls c NATURAL JOIN contacts k WHERE c.tenant_id = $1",
        "SELECT id FROM calls WHERE tenant_id = $1 UNION SELECT id FROM contacts",
        "SELECT id FROM calls WHERE tenant_id = $1 AND id IN (SELECT call_id FROM call_facts)",
        "SELECT (SELECT count(*) FROM call_facts) FROM calls WHERE tenant_id = $1",
        "WITH x AS (SELECT id FROM calls) SELECT * FROM x",
        "WITH due AS (SELECT id AS tenant_id FROM jobs WHERE tenant_id = $1) SELECT c.id FROM calls c JOIN due ON due.tenant_id = c.tenant_id",
        "WITH due(tenant_id) AS (SELECT id FROM jobs WHERE tenant_id = $1) SELECT c.id FROM calls c JOIN due ON due.tenant_id = c.tenant_id",
        "WITH calls AS (SELECT 1) SELECT * FROM calls",
        "UPDATE calls SET a = 1 WHERE id = $2",
        "UPDATE calls SET tenant_id = $2 WHERE tenant_id = $1",
        "UPDATE calls SET a = (SELECT max(a) FROM contacts) WHERE tenant_id = $1",
        "UPDATE calls SET a = k.a FROM contacts k WHERE calls.tenant_id = $1",
        "DELETE FROM calls USING contacts k WHERE k.tenant_id = $1 AND k.id = calls.id",
        "INSERT INTO calls (id) VALUES ($1)",
        "INSERT INTO calls VALUES ($1, $2)",
        "INSERT INTO calls (tenant_id, id) VALUES ($1, $2), ($3, $4)",
        "INSERT INTO calls (tenant_id, id) SELECT tenant_id, id FROM contacts",
        "INSERT INTO calls (tenant_id, id) SELECT k.id, k.id FROM contacts k WHERE k.tenant_id = $1",
        "INSERT INTO calls (tenant_id, id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET a = 1",
        "INSERT INTO calls (tenant_id, id) VALUES ($1, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = $3",
        "INSERT OR REPLACE INTO calls (tenant_id, id) VALUES ($1, $2)",
        "SELECT id FROM calls WHERE tenant_id = $1; DELETE FROM calls",
        "DROP TABLE calls",
        "SELEC id FROM calls WHERE tenant_id = $1",
    ] {
        assert_ne!(complaints(sql, &tables()), Vec::<String>::new(), "{sql}");
    }
}
