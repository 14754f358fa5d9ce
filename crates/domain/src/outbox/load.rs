//! What is read with the claim of deliveries: where each goes, what it says and with which secrets it is signed.

use crate::Result;
use crate::outbox::QUEUE;
use crate::outbox::deliver::{Deliverer, Due};
use crate::outbox::endpoints::{open_header, open_secret};
use crate::outbox::pace::Pace;
use serde_json::json;
use std::collections::HashMap;
use vestibule_model::{DeliveryId, EndpointId, UnixMs};
use vestibule_ports::Parcel;
use vestibule_store::queue::LeasedJob;
use vestibule_store::{Row, TenantTx, Val, tsql, vals};
use vestibule_vault::DataKey;

/// Uses up the pace of an endpoint by so many deliveries.
async fn use_up(
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    pace: Pace,
    count: i64,
    now: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET paced_until_us = CASE WHEN paced_until_us > $3 THEN paced_until_us ELSE $3 END + $4
         WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![endpoint, now.0.saturating_mul(1000), pace.interval_us.saturating_mul(count)]).await?;
    Ok(())
}

impl Deliverer {
    /// What the jobs of one endpoint deliver, in their order. Found by keys, in one statement where each is a round trip.
    pub(super) async fn read(
        &self,
        tx: &mut TenantTx<'_>,
        jobs: &[LeasedJob],
    ) -> Result<Vec<Result<Option<Due>>>> {
        let house = &self.house;
        let tenant = tx.tenant();
        let key = house.seals.key(tx.outer(), tenant).await?;
        let sql = tsql!(
            sqlite: "SELECT d.id, d.endpoint_id, d.subject_id, j.created_at AS owed_at, d.attempts_count, b.body, e.url,
                       e.schedule_ms, e.secret_sealed, e.previous_secret_sealed, e.previous_until, e.header_name,
                       e.header_value_sealed, e.rate_milli
                     FROM deliveries d
                     JOIN jobs j ON j.tenant_id = d.tenant_id AND j.queue = $3 AND j.id = d.id
                     JOIN delivery_bodies b ON b.tenant_id = d.tenant_id AND b.delivery_id = d.id
                     JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
                     WHERE d.tenant_id = $1 AND d.id = $2 AND d.state IN ('pending', 'retrying')
                       AND e.deleted_at IS NULL",
            pg: "SELECT d.id, d.endpoint_id, d.subject_id, j.created_at AS owed_at, d.attempts_count, b.body, e.url,
                   e.schedule_ms, e.secret_sealed, e.previous_secret_sealed, e.previous_until, e.header_name,
                   e.header_value_sealed, e.rate_milli
                 FROM deliveries d
                 JOIN jobs j ON j.tenant_id = d.tenant_id AND j.queue = $3 AND j.id = d.id
                 JOIN delivery_bodies b ON b.tenant_id = d.tenant_id AND b.delivery_id = d.id
                 JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
                 WHERE d.tenant_id = $1 AND d.state IN ('pending', 'retrying') AND e.deleted_at IS NULL
                   AND d.id = ANY (ARRAY(SELECT x.id FROM jsonb_to_recordset($2) AS x(id UUID)))"
        );
        let mut rows = Vec::with_capacity(jobs.len());
        if tx.prefers_one_statement() {
            let ids: Vec<_> = jobs.iter().map(|job| json!({ "id": job.key.id })).collect();
            rows = tx.rows(sql, vals![Val::json(&ids)?, QUEUE]).await?;
        } else {
            for job in jobs {
                rows.extend(tx.row(sql.clone(), vals![job.key.id, QUEUE]).await?);
            }
        }
        if let Some(row) = rows.first()
            && let Some(rate) = row.opt_int("rate_milli")?
        {
            let count = i64::try_from(rows.len()).unwrap_or(1);
            use_up(tx, row.id("endpoint_id")?, Pace::of(rate), count, house.db.lease_now()).await?;
        }
        let mut found: HashMap<uuid::Uuid, Result<Option<Due>>> = HashMap::with_capacity(rows.len());
        for row in &rows {
            found.insert(row.uuid("id")?, self.due(&key, row).map(Some));
        }
        Ok(jobs.iter().map(|job| found.remove(&job.key.id).unwrap_or(Ok(None))).collect())
    }

    fn due(&self, key: &DataKey, row: &Row) -> Result<Due> {
        let house = &self.house;
        let (delivery, endpoint): (DeliveryId, EndpointId) = (row.id("id")?, row.id("endpoint_id")?);
        let mut secrets = vec![open_secret(key, endpoint, "secret_sealed", &row.bytes("secret_sealed")?)?];
        let still_good = row.opt_at("previous_until")?.is_some_and(|until| until > house.world.now());
        if let (true, Some(previous)) = (still_good, row.opt_bytes("previous_secret_sealed")?) {
            secrets.push(open_secret(key, endpoint, "previous_secret_sealed", &previous)?);
        }
        let header = match (row.opt_text("header_name")?, row.opt_bytes("header_value_sealed")?) {
            (Some(name), Some(sealed)) => Some((name, open_header(key, endpoint, &sealed)?)),
            _ => None,
        };
        Ok(Due {
            delivery,
            endpoint,
            subject: row.uuid("subject_id")?,
            owed_at: row.at("owed_at")?,
            attempts_count: row.int("attempts_count")?,
            schedule_ms: row.json("schedule_ms")?,
            parcel: Parcel {
                delivery,
                url: row.text("url")?,
                secrets,
                header,
                body: row.bytes("body")?.into(),
                at: house.world.now(),
                timeout_ms: house.settings.attempt_timeout_ms,
            },
        })
    }
}
