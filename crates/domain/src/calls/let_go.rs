//! Letting go of what was said, and of where recordings are, when it was kept long enough. The call stays: who rang, when, how
//! long, what came of it, what it cost. Its facts stay without words, so that folding them again brings nothing back; what comes
//! late is kept without words too. Idempotent: a call is let go of once.

use crate::calls::ingest;
use crate::{House, Result};
use vestibule_model::{CallId, FactDoc, UnixMs};
use vestibule_store::{TenantTx, Val, tsql, vals};

/// What goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goes {
    /// What was said: transcript, summary and what the analysis put into words; frozen bodies of what was delivered of it.
    Words,
    /// Where the recording is; the provider is asked to erase it by whoever calls.
    Recording,
}

/// Calls that are old enough, oldest first, after one: id, whether something is owed of it still, provider and name where it
/// has a recording.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn old_calls(
    tx: &mut TenantTx<'_>,
    after: CallId,
    before: UnixMs,
    most: i64,
) -> Result<Vec<OldCall>> {
    // Ids grow with time: the instant in them bounds what is looked at.
    let until = CallId(vestibule_model::uuid_v7(before, &[0; 10]));
    let sql = tsql!(
        "SELECT c.id, c.provider, c.external_id, c.recording_url IS NOT NULL AS has_recording, c.text_gone_at,
           c.started_at, c.final_at,
           EXISTS (SELECT 1 FROM deliveries d WHERE d.tenant_id = $1 AND d.call_id = c.id
             AND d.state IN ('pending', 'retrying')) AS is_owed,
           (c.summary IS NOT NULL OR c.structured IS NOT NULL
             OR EXISTS (SELECT 1 FROM call_texts t WHERE t.tenant_id = $1 AND t.call_id = c.id)) AS has_words
         FROM calls c WHERE c.tenant_id = $1 AND c.id > $2 AND c.id < $3 ORDER BY c.id LIMIT $4"
    );
    let rows = tx.rows(sql, vals![after, until, most]).await?;
    rows.iter()
        .map(|row| {
            Ok(OldCall {
                id: row.id("id")?,
                provider: row.text("provider")?,
                external_id: row.text("external_id")?,
                has_recording: row.bool("has_recording")?,
                has_words: row.bool("has_words")? && row.opt_at("text_gone_at")?.is_none(),
                started_at: row.at("started_at")?,
                // Whoever is owed something of it gets it whole; a call that goes on is not old.
                is_settled: !row.bool("is_owed")? && row.opt_at("final_at")?.is_some(),
            })
        })
        .collect()
}

/// A call that is old enough.
#[derive(Debug, Clone)]
pub struct OldCall {
    /// Its id.
    pub id: CallId,
    /// The provider that tells of it.
    pub provider: String,
    /// That provider's id of it.
    pub external_id: String,
    /// Whether a recording of it is known.
    pub has_recording: bool,
    /// Whether anything that was said is kept.
    pub has_words: bool,
    /// When it began.
    pub started_at: UnixMs,
    /// Whether nothing more is owed of it.
    pub is_settled: bool,
}

/// Lets go of the words or the recording of one call.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn let_go(
    house: &House,
    tx: &mut TenantTx<'_>,
    call: CallId,
    goes: Goes,
    now: UnixMs,
) -> Result<()> {
    let words = tsql!(
        "UPDATE calls SET summary = NULL, structured = NULL, text_gone_at = $3, updated_at = $3
         WHERE tenant_id = $1 AND id = $2 AND text_gone_at IS NULL"
    );
    let recording = tsql!(
        "UPDATE calls SET recording_url = NULL, recording_gone_at = $3, updated_at = $3
         WHERE tenant_id = $1 AND id = $2 AND recording_gone_at IS NULL"
    );
    // Its row first: whoever folds an event of this call waits for us.
    if tx.exec(if goes == Goes::Words { words } else { recording }, vals![call, now]).await? == 0 {
        return Ok(());
    }
    let sql = tsql!("SELECT fact_key, doc FROM call_facts WHERE tenant_id = $1 AND call_id = $2");
    for row in tx.rows(sql, vals![call]).await? {
        let doc: FactDoc = row.json("doc")?;
        let less = match goes {
            Goes::Words => doc.without_words(),
            Goes::Recording => FactDoc { recording_url: None, ..doc.clone() },
        };
        if less != doc {
            let sql = tsql!(
                "UPDATE call_facts SET doc = $4 WHERE tenant_id = $1 AND call_id = $2 AND fact_key = $3"
            );
            tx.exec(sql, &[call.into(), row.text("fact_key")?.into(), Val::json(&less)?]).await?;
        }
    }
    if goes == Goes::Words {
        let sql = tsql!("DELETE FROM call_texts WHERE tenant_id = $1 AND call_id = $2");
        tx.exec(sql, vals![call]).await?;
    }
    let sql = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND call_id = $2 AND state IN ('delivered', 'dead')"
    );
    for row in tx.rows(sql, vals![call]).await? {
        let id = row.uuid("id")?;
        let sql = tsql!("DELETE FROM delivery_bodies WHERE tenant_id = $1 AND delivery_id = $2");
        tx.exec(sql, vals![id]).await?;
        let sql = tsql!(
            "UPDATE attempts SET response_excerpt = NULL WHERE tenant_id = $1 AND delivery_id = $2 AND response_excerpt IS NOT NULL"
        );
        tx.exec(sql, vals![id]).await?;
    }
    ingest::quieten(house, tx, call).await?;
    tx.changed("calls", Some(call.0));
    Ok(())
}
