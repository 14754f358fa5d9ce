//! Answering a provider while the caller waits: look-ups by index only, no queue. Changes nothing, but for
//! tools, which say for themselves how they are idempotent.

use crate::agents::{tools, words};
use crate::{House, Result, connections, contacts};
use std::collections::BTreeMap;
use vestibule_access::TenantScope;
use vestibule_model::{Phone, UnixMs};
use vestibule_ports::{Answer, Ask, Incoming, ResourceKind, ToolResult};
use vestibule_store::directory::tenants::{self, TenantRecord};

/// Answers what a provider asks about a tenant's call.
///
/// # Errors
/// The database's; [`fallback`] is what the caller is served with then.
pub async fn answer(
    house: &House,
    scope: &TenantScope,
    provider: &str,
    ask: &Ask,
    now: UnixMs,
) -> Result<Answer> {
    let record = {
        let mut tx = house.db.read_in(scope).await?;
        tenants::find_even_deleted(&mut tx, scope.tenant()).await?
    };
    let Some(tenant) = record else { return Ok(fallback(ask)) };
    match ask {
        Ask::Call(incoming) => call(house, scope, &tenant, provider, incoming).await,
        Ask::Person { .. } => Ok(person(&tenant).unwrap_or_else(|| Answer::Sorry {
            say: words::NO_PERSON.say(&tenant.locale, &tenant.company_name),
            locale: tenant.locale.clone(),
        })),
        Ask::Tools { external_call_id, uses } => {
            let call = external_call_id.as_deref();
            tools::serve(house, scope, &tenant, provider, call, uses, now).await.map(Answer::Tools)
        }
    }
}

/// What is answered when there is no time or no database: the call goes on as it is set up at the provider, and
/// a tool says that it did not work.
#[must_use]
pub fn fallback(ask: &Ask) -> Answer {
    match ask {
        Ask::Call(incoming) => Answer::Agent {
            id: incoming.agent.clone(),
            variables: BTreeMap::new(),
            metadata: BTreeMap::new(),
        },
        Ask::Person { .. } => Answer::Sorry { say: words::NO_PERSON.say("en", ""), locale: "en".to_owned() },
        Ask::Tools { uses, .. } => {
            let sorry = |u: &vestibule_ports::ToolUse| ToolResult {
                id: u.id.clone(),
                name: u.name.clone(),
                said: Err(words::NOT_NOW.say("en", "")),
            };
            Answer::Tools(uses.iter().map(sorry).collect())
        }
    }
}

async fn call(
    house: &House,
    scope: &TenantScope,
    tenant: &TenantRecord,
    provider: &str,
    incoming: &Incoming,
) -> Result<Answer> {
    if !may_answer(tenant) {
        // Whoever may not have the receptionist still has their telephone.
        return Ok(person(tenant).unwrap_or(Answer::Reject));
    }
    let mut tx = house.db.read_in(scope).await?;
    let bound =
        connections::bound(&mut tx, scope.tenant(), provider, ResourceKind::Agent).await?.into_iter().next();
    let Some(agent) = incoming.agent.clone().or(bound) else {
        return Ok(person(tenant).unwrap_or_else(|| Answer::Sorry {
            say: words::NOBODY.say(&tenant.locale, &tenant.company_name),
            locale: tenant.locale.clone(),
        }));
    };
    let caller = incoming.from.as_deref().and_then(Phone::parse);
    let known = match &caller {
        Some(phone) => {
            let mut inside = tx.tenant(scope).await?;
            contacts::list(&mut inside, Some(phone), None, 1).await?.items.into_iter().next()
        }
        None => None,
    };
    let mut variables = BTreeMap::from([
        ("business_name".to_owned(), tenant.company_name.clone()),
        ("business_timezone".to_owned(), tenant.timezone.clone()),
        ("language".to_owned(), tenant.locale.clone()),
        ("caller_known".to_owned(), known.is_some().to_string()),
    ]);
    if let Some(known) = known {
        variables.insert("caller_calls".to_owned(), known.calls_count.to_string());
        variables.extend(known.name.map(|name| ("caller_name".to_owned(), name)));
    }
    let metadata = BTreeMap::from([("tenant_id".to_owned(), tenant.id.to_string())]);
    Ok(Answer::Agent { id: Some(agent), variables, metadata })
}

/// Whether a tenant's receptionist may take calls.
fn may_answer(tenant: &TenantRecord) -> bool {
    tenant.deleted_at.is_none() && matches!(tenant.subscription_status.as_str(), "trial" | "active")
}

/// The person who takes calls that the receptionist does not.
pub(super) fn person(tenant: &TenantRecord) -> Option<Answer> {
    let number = tenant.forward_to_number.as_deref().and_then(Phone::parse)?;
    Some(Answer::Person {
        number: number.to_string(),
        say: words::CONNECTING.say(&tenant.locale, &tenant.company_name),
        locale: tenant.locale.clone(),
    })
}
