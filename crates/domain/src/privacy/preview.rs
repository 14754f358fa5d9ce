//! What an erasure would remove, before it does: counted by the same look-ups.

use crate::privacy::caller::{self, Caller, Named};
use crate::privacy::remove::{Counts, Loose};
use crate::privacy::{Mention, providers};
use crate::{House, Result, connections, inbox};
use vestibule_access::TenantScope;
use vestibule_model::{ContactId, InboxId, Phone, UnixMs};
use vestibule_store::{TenantTx, tsql, vals};

/// What would be removed.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The number.
    pub phone: Phone,
    /// The contact, where there is one.
    pub contact: Option<ContactId>,
    /// Their name.
    pub name: Option<String>,
    /// How much of each.
    pub counts: Counts,
    /// When they were first heard of.
    pub first_at: Option<UnixMs>,
    /// When they were last heard of.
    pub last_at: Option<UnixMs>,
    /// Providers that would be asked to erase.
    pub providers: Vec<String>,
    /// How many endpoints were sent something of them: what they keep is theirs to erase.
    pub endpoints: u64,
}

/// Counts what erasing a caller would remove. Changes nothing.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn preview(house: &House, scope: &TenantScope, named: &Named) -> Result<Preview> {
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let caller = caller::resolve(&mut inside, named).await?;
    let now = house.world.now();
    let names = names(&mut inside, &caller, now.plus_ms(1)).await?;
    let mut found = count(&mut inside, &caller, now.plus_ms(1)).await?;
    drop(tx);
    let (loose, _) = look_for(house, scope, &caller, &names, InboxId(uuid::Uuid::nil())).await?;
    found.counts.events += u64::try_from(loose.events.len()).unwrap_or(0);
    found.counts.held = u64::try_from(loose.held.len()).unwrap_or(0);
    found.counts.mails = u64::try_from(loose.mails.len()).unwrap_or(0);
    let mut providers: Vec<String> = names.into_iter().map(|(provider, _)| provider).collect();
    providers.sort();
    providers.dedup();
    Ok(Preview { providers, ..found })
}

/// The names of a caller's calls and texts at their providers.
pub(super) async fn names(
    tx: &mut TenantTx<'_>,
    caller: &Caller,
    before: UnixMs,
) -> Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    for call in caller::calls(tx, caller, before).await? {
        let sql =
            tsql!("SELECT provider, external_id FROM call_aliases WHERE tenant_id = $1 AND call_id = $2");
        for row in tx.rows(sql, vals![call]).await? {
            names.push((row.text("provider")?, row.text("external_id")?));
        }
    }
    for (thread, ..) in caller::threads(tx, caller).await? {
        let sql = tsql!(
            "SELECT provider, external_id FROM texts WHERE tenant_id = $1 AND thread_id = $2 AND external_id IS NOT NULL"
        );
        for row in tx.rows(sql, vals![thread]).await? {
            names.push((row.text("provider")?, row.text("external_id")?));
        }
    }
    Ok(names)
}

/// Looks for what is found only by opening it, received after an event; and the last event that was looked at.
pub(super) async fn look_for(
    house: &House,
    scope: &TenantScope,
    caller: &Caller,
    names: &[(String, String)],
    after: InboxId,
) -> Result<(Loose, InboxId)> {
    let mention = Mention::of(caller.phone.as_str(), names);
    let is_in = |bytes: &[u8]| mention.is_in(bytes);
    let (events, last) = inbox::mentioning(house, scope, after, &is_in).await?;
    let held = connections::held_mentioning(house, scope, &is_in).await?;
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let mails = providers::mails(&mut inside, &caller.words, caller.phone.as_str()).await?;
    Ok((Loose { events, held, mails }, last))
}

async fn count(tx: &mut TenantTx<'_>, caller: &Caller, before: UnixMs) -> Result<Preview> {
    let mut counts = Counts { contacts: u64::from(caller.contact.is_some()), ..Counts::default() };
    let (mut first_at, mut last_at) = (None::<UnixMs>, None::<UnixMs>);
    let mut endpoints = std::collections::BTreeSet::new();
    for call in caller::calls(tx, caller, before).await? {
        let sql = tsql!(
            "SELECT c.started_at, c.recording_url IS NOT NULL AS has_recording,
               (SELECT count(*) FROM call_texts t WHERE t.tenant_id = $1 AND t.call_id = $2) AS transcripts,
               (SELECT count(*) FROM call_facts f WHERE f.tenant_id = $1 AND f.call_id = $2) AS facts,
               (SELECT count(*) FROM inbox i WHERE i.tenant_id = $1 AND i.call_id = $2) AS events,
               (SELECT count(*) FROM deliveries d JOIN attempts a ON a.tenant_id = d.tenant_id AND a.delivery_id = d.id
                WHERE d.tenant_id = $1 AND d.call_id = $2) AS attempts
             FROM calls c WHERE c.tenant_id = $1 AND c.id = $2"
        );
        let Some(row) = tx.row(sql, vals![call]).await? else { continue };
        let at = row.at("started_at")?;
        first_at = Some(first_at.map_or(at, |first| first.min(at)));
        last_at = Some(last_at.map_or(at, |last| last.max(at)));
        let many = |column: &str| row.int(column).map(|count| u64::try_from(count).unwrap_or(0));
        counts.add(&Counts {
            calls: 1,
            recordings: u64::from(row.bool("has_recording")?),
            transcripts: many("transcripts")?,
            facts: many("facts")?,
            events: many("events")?,
            attempts: many("attempts")?,
            ..Counts::default()
        });
        let sql = tsql!("SELECT endpoint_id FROM deliveries WHERE tenant_id = $1 AND call_id = $2");
        for row in tx.rows(sql, vals![call]).await? {
            counts.deliveries += 1;
            endpoints.insert(row.uuid("endpoint_id")?);
        }
    }
    for (thread, ..) in caller::threads(tx, caller).await? {
        counts.threads += 1;
        let sql = tsql!("SELECT id, at FROM texts WHERE tenant_id = $1 AND thread_id = $2");
        for row in tx.rows(sql, vals![thread]).await? {
            let at = row.at("at")?;
            counts.texts += 1;
            first_at = Some(first_at.map_or(at, |first| first.min(at)));
            last_at = Some(last_at.map_or(at, |last| last.max(at)));
            let sql = tsql!(
                "SELECT d.endpoint_id, d.attempts_count FROM endpoints e
                 JOIN deliveries d ON d.tenant_id = e.tenant_id AND d.endpoint_id = e.id
                 WHERE e.tenant_id = $1 AND d.subject_id = $2"
            );
            for row in tx.rows(sql, vals![row.uuid("id")?]).await? {
                counts.deliveries += 1;
                counts.attempts += u64::try_from(row.int("attempts_count")?).unwrap_or(0);
                endpoints.insert(row.uuid("endpoint_id")?);
            }
        }
    }
    let name = match caller.contact {
        Some(id) => {
            let sql = tsql!("SELECT name FROM contacts WHERE tenant_id = $1 AND id = $2");
            tx.row(sql, vals![id]).await?.map(|row| row.opt_text("name")).transpose()?.flatten()
        }
        None => None,
    };
    Ok(Preview {
        phone: caller.phone.clone(),
        contact: caller.contact,
        name,
        counts,
        first_at,
        last_at,
        providers: Vec::new(),
        endpoints: u64::try_from(endpoints.len()).unwrap_or(0),
    })
}
