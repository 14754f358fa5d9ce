//! The tools of every engine: the model proposes, this code decides. A use is idempotent by (call, use): the same
//! one asked again answers the same and changes nothing.

use crate::agents::answer::person;
use crate::agents::words;
use crate::{Error, House, Result, calls, contacts};
use serde_json::Value;
use vestibule_access::TenantScope;
use vestibule_model::{CallEvent, FactDoc, FactKind, Phone, UnixMs};
use vestibule_ports::{Answer, ToolResult, ToolUse};
use vestibule_store::directory::tenants::TenantRecord;

/// Every tool there is.
pub const NAMES: &[&str] = &["recall_caller", "take_message", "transfer", "end_call"];
/// The longest message that is kept, in characters.
const LONGEST: usize = 4_000;

/// Serves uses of tools, in their order; one that fails does not keep the others.
pub(super) async fn serve(
    house: &House,
    scope: &TenantScope,
    tenant: &TenantRecord,
    provider: &str,
    call: Option<&str>,
    uses: &[ToolUse],
    now: UnixMs,
) -> Result<Vec<ToolResult>> {
    let mut results = Vec::with_capacity(uses.len());
    for one in uses {
        let served = match plain(&one.name).as_str() {
            "recallcaller" | "lookupcaller" => recall(house, scope, tenant, provider, call, one).await,
            "takemessage" | "leavemessage" => take(house, scope, tenant, provider, call, one, now).await,
            "transfer" | "transfercall" => Ok(whom(tenant)),
            "endcall" => Ok(Ok(say(tenant, &words::GOODBYE))),
            _ => Ok(Err(say(tenant, &words::NO_TOOL))),
        };
        let said = match served {
            Ok(said) => said,
            Err(Error::Store(error)) if error.is_passing() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(error = %error, tool.name = %one.name, "a tool failed");
                Err(say(tenant, &words::NOT_NOW))
            }
        };
        results.push(ToolResult { id: one.id.clone(), name: one.name.clone(), said });
    }
    Ok(results)
}

/// What a tool tells the receptionist, or why it did not work.
type Said = std::result::Result<String, String>;

fn say(tenant: &TenantRecord, words: &words::Spoken) -> String {
    words.say(&tenant.locale, &tenant.company_name)
}

/// `take_message`, `takeMessage` and `Take message` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The first of several arguments that is a text.
fn text(one: &ToolUse, names: &[&str]) -> Option<String> {
    let given = names.iter().find_map(|name| one.arguments.get(*name).and_then(Value::as_str))?.trim();
    (!given.is_empty()).then(|| given.chars().take(LONGEST).collect())
}

fn whom(tenant: &TenantRecord) -> Said {
    match person(tenant) {
        Some(Answer::Person { number, .. }) => Ok(number),
        _ => Err(say(tenant, &words::NO_PERSON)),
    }
}

/// Who the caller is, as far as we know. Reads only.
async fn recall(
    house: &House,
    scope: &TenantScope,
    tenant: &TenantRecord,
    provider: &str,
    call: Option<&str>,
    one: &ToolUse,
) -> Result<Said> {
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let named = text(one, &["phone", "phone_number", "telephone", "caller_number"]);
    let number = match (named, call) {
        (Some(named), _) => Phone::parse(&named),
        (None, Some(call)) => calls::caller_of(&mut inside, provider, call).await?,
        (None, None) => None,
    };
    let Some(number) = number else { return Ok(Err(say(tenant, &words::NO_NUMBER))) };
    let found = contacts::list(&mut inside, Some(&number), None, 1).await?.items.into_iter().next();
    let Some(found) = found else { return Ok(Ok(say(tenant, &words::NEW_CALLER))) };
    let name = found.name.unwrap_or_default();
    let day = found.last_call_at.local_day(&tenant.timezone);
    Ok(Ok(if tenant.locale.starts_with("fr") {
        format!("Nom : {name}. Appels : {}. Dernier appel : {day}.", found.calls_count)
    } else {
        format!("Name: {name}. Calls: {}. Last call: {day}.", found.calls_count)
    }))
}

/// Keeps a message as a fact of its call, under the use's id: the same use again is the same fact.
async fn take(
    house: &House,
    scope: &TenantScope,
    tenant: &TenantRecord,
    provider: &str,
    call: Option<&str>,
    one: &ToolUse,
    now: UnixMs,
) -> Result<Said> {
    let Some(call) = call else { return Ok(Err(say(tenant, &words::NOT_NOW))) };
    let Some(message) = text(one, &["message", "text", "body", "content", "texte"]) else {
        return Ok(Err(say(tenant, &words::NO_MESSAGE)));
    };
    let fact = calls::NewFact {
        fact_key: format!("{provider}:tool:{}", one.id),
        replaces: false,
        source: "tool",
        inbox: None,
        received_at: now,
        event: CallEvent {
            provider: provider.to_owned(),
            external_call_id: call.to_owned(),
            aliases: Vec::new(),
            kind: FactKind::Progress,
            occurred_at: now,
            doc: FactDoc {
                message: Some(message),
                caller_name: text(one, &["name", "caller_name", "customer_name", "nom"]),
                ..FactDoc::default()
            },
        },
    };
    let mut tx = house.db.write_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    calls::ingest(house, &mut inside, fact, now).await?;
    tx.commit().await?;
    Ok(Ok(say(tenant, &words::NOTED)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_one_name_however_it_is_spelt() {
        for name in ["take_message", "takeMessage", "Take message", "TAKE-MESSAGE"] {
            assert_eq!(super::plain(name), "takemessage");
        }
        assert!(super::NAMES.iter().all(|name| super::plain(name) == name.replace('_', "")));
    }
}
