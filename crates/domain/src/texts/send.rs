//! Sending a text: it is kept, and the job that sends it owed, in one commit. Idempotent by (tenant, the sender's key): a
//! request that is repeated sends once.

use crate::texts::keep::{self, Pair};
use crate::texts::list::{self, TextRow};
use crate::texts::{QUEUE, rules};
use crate::{Error, FieldFault, House, Kind, Refusal, Result, audit, connections};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::{Keyword, Phone, TextId, TextStatus, UnixMs};
use vestibule_ports::ResourceKind;
use vestibule_store::{TenantTx, Tx, Val, queue, tsql, vals};

/// The longest key, in bytes.
const LONGEST_KEY: usize = 200;

/// A text to send.
#[derive(Clone)]
pub struct NewText {
    /// To whom.
    pub to: String,
    /// From which of the tenant's numbers; the only one when nothing is said.
    pub from: Option<String>,
    /// What it says.
    pub body: String,
    /// The sender's own name for this request: the same again sends nothing.
    pub key: String,
}

impl std::fmt::Debug for NewText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewText")
    }
}

/// A number that texts can be sent from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextNumber {
    /// By which provider.
    pub provider: &'static str,
    /// The number.
    pub number: String,
}

const OPTED_OUT: Refusal = Refusal::new(
    Kind::Conflict,
    "opted_out",
    "This person asked for no more texts from this number. They can write START to receive them again.",
    "Cette personne ne veut plus de textos de ce numéro. Elle peut écrire REPRENDRE pour en recevoir de nouveau.",
);
const NO_NUMBER: Refusal = Refusal::new(
    Kind::Conflict,
    "no_number",
    "No number that can send texts is connected.",
    "Aucun numéro qui peut envoyer des textos n’est connecté.",
);
const TOO_MANY: Refusal = Refusal::new(
    Kind::TooMany,
    "too_many_texts",
    "This person was sent five texts within ten minutes: wait a little.",
    "Cette personne a reçu cinq textos en dix minutes : attendez un peu.",
);
const KEY_REUSED: Refusal = Refusal::new(
    Kind::Conflict,
    "idempotency_key_reused",
    "This key was used for another text.",
    "Cette clé a servi à un autre texto.",
);

/// The numbers that a tenant can send texts from, the longest bound first.
///
/// # Errors
/// The database's.
pub async fn numbers(house: &House, scope: &TenantScope) -> Result<Vec<TextNumber>> {
    let mut tx = house.db.read_in(scope).await?;
    bound(house, &mut tx, scope).await
}

async fn bound(house: &House, tx: &mut Tx, scope: &TenantScope) -> Result<Vec<TextNumber>> {
    let mut found = Vec::new();
    for sender in &house.texts {
        let provider = sender.name();
        let numbers = connections::bound(tx, scope.tenant(), provider, ResourceKind::Number).await?;
        found.extend(numbers.into_iter().map(|number| TextNumber { provider, number }));
    }
    Ok(found)
}

/// Owes a text.
///
/// # Errors
/// Refusals about the fields, `no_number`, `opted_out`, `too_many_texts`, `idempotency_key_reused`; or the database's.
pub async fn send(house: &House, scope: &TenantScope, new: &NewText) -> Result<TextRow> {
    let (to, from) = check(new)?;
    let hash: [u8; 32] =
        Sha256::digest(format!("{to}\n{}\n{}", new.from.as_deref().unwrap_or(""), new.body)).into();
    let mut tx = house.db.write_in(scope).await?;
    let numbers = bound(house, &mut tx, scope).await?;
    let mut inside = tx.tenant(scope).await?;
    if let Some((known, its_hash)) = asked(&mut inside, &new.key).await? {
        if its_hash != hash {
            return Err(KEY_REUSED.into());
        }
        return list::find(house, &mut inside, known).await?.ok_or_else(|| Refusal::not_found().into());
    }
    let own = choose(&numbers, from.as_ref())?;
    if own.number == to.as_str() {
        return Err(bad("to", "own_number", "This is our own number.", "C’est notre propre numéro."));
    }
    let now = house.world.now();
    may(&mut inside, &own.number, to.as_str(), now).await?;
    let id: TextId = house.world.new_id();
    let pair = Pair { ours: &own.number, theirs: to.as_str() };
    let thread = keep::thread(house, &mut inside, pair, id, now, now).await?;
    let sealed = keep::seal(house, &mut inside, id, new.body.trim()).await?;
    let sql = tsql!(
        "INSERT INTO texts (tenant_id, id, thread_id, direction, status, body_sealed, segments, media_count, provider,
           request_key, request_hash, at, revision, created_at, updated_at)
         VALUES ($1, $2, $3, 'OUTBOUND', $4, $5, $6, 0, $7, $8, $9, $10, 0, $10, $10)"
    );
    let values: [Val; 9] = [
        id.into(),
        thread.into(),
        TextStatus::Queued.as_str().into(),
        sealed.into(),
        rules::parts(new.body.trim()).into(),
        own.provider.into(),
        new.key.as_str().into(),
        hash.to_vec().into(),
        now.into(),
    ];
    inside.exec(sql, &values).await?;
    let group = number_id(house, &mut inside, &own.number).await?;
    let due = house.db.lease_now();
    queue::owe(&mut inside, QUEUE, group, id.0, due, due).await?;
    let doc = json!({ "thread": thread });
    audit::note(&mut inside, &house.world, "text.sent", "text", &id.to_string(), doc).await?;
    inside.changed("texts", Some(id.0));
    let kept = list::find(house, &mut inside, id).await?;
    tx.commit().await?;
    kept.ok_or_else(|| Error::fault("a text that was not kept"))
}

fn bad(field: &'static str, code: &'static str, en: &'static str, fr: &'static str) -> Error {
    Refusal::invalid(vec![FieldFault { field, code, en, fr }]).into()
}

fn check(new: &NewText) -> Result<(Phone, Option<Phone>)> {
    let mut faults = Vec::new();
    let number = |field, faults: &mut Vec<FieldFault>| {
        faults.push(FieldFault {
            field,
            code: "bad_number",
            en: "Give a telephone number.",
            fr: "Donnez un numéro de téléphone.",
        });
    };
    let to = Phone::parse(&new.to);
    if to.is_none() {
        number("to", &mut faults);
    }
    let from = new.from.as_deref().map(str::trim).filter(|from| !from.is_empty());
    let from = from.map(|from| Phone::parse(from).ok_or(()));
    if from == Some(Err(())) {
        number("from", &mut faults);
    }
    if !(1..=rules::LONGEST).contains(&new.body.trim().chars().count()) {
        faults.push(FieldFault {
            field: "body",
            code: "bad_length",
            en: "Write between 1 and 1,600 characters.",
            fr: "Écrivez entre 1 et 1 600 caractères.",
        });
    }
    let is_plain = new.key.bytes().all(|byte| byte.is_ascii_graphic());
    if new.key.is_empty() || new.key.len() > LONGEST_KEY || !is_plain {
        faults.push(FieldFault {
            field: "idempotency_key",
            code: "required",
            en: "Name this request, in at most 200 letters and digits: the same name again sends nothing.",
            fr: "Nommez cette requête, en au plus 200 lettres et chiffres : le même nom n’envoie rien de plus.",
        });
    }
    match (to, from.transpose()) {
        (Some(to), Ok(from)) if faults.is_empty() => Ok((to, from)),
        _ => Err(Refusal::invalid(faults).into()),
    }
}

fn choose(numbers: &[TextNumber], from: Option<&Phone>) -> Result<TextNumber> {
    match (from, numbers) {
        (_, []) => Err(NO_NUMBER.into()),
        (Some(from), numbers) => {
            numbers.iter().find(|own| own.number == from.as_str()).cloned().ok_or_else(|| {
                bad(
                    "from",
                    "not_yours",
                    "This number is not connected here.",
                    "Ce numéro n’est pas connecté ici.",
                )
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(bad("from", "required", "Choose from which number.", "Choisissez de quel numéro.")),
    }
}

/// The text of a request that was made before, and what was asked for then.
async fn asked(tx: &mut TenantTx<'_>, key: &str) -> Result<Option<(TextId, Vec<u8>)>> {
    let sql = tsql!("SELECT id, request_hash FROM texts WHERE tenant_id = $1 AND request_key = $2");
    let Some(row) = tx.row(sql, vals![key]).await? else { return Ok(None) };
    Ok(Some((row.id("id")?, row.opt_bytes("request_hash")?.unwrap_or_default())))
}

/// Whether this person may be sent a text now. The thread's row is locked, where there is one.
async fn may(tx: &mut TenantTx<'_>, ours: &str, theirs: &str, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        sqlite: "SELECT opt_word FROM text_threads WHERE tenant_id = $1 AND their_number = $2 AND our_number = $3",
        pg: "SELECT opt_word FROM text_threads WHERE tenant_id = $1 AND their_number = $2 AND our_number = $3
             FOR NO KEY UPDATE"
    );
    let row = tx.row(sql, vals![theirs, ours]).await?;
    let word = row.map(|row| row.opt_text("opt_word")).transpose()?.flatten();
    if word.as_deref().and_then(Keyword::parse) == Some(Keyword::Stop) {
        return Err(OPTED_OUT.into());
    }
    let sql = tsql!(
        "SELECT count(*) AS sent, min(t.at) AS first_at
         FROM text_threads h JOIN texts t ON t.tenant_id = h.tenant_id AND t.thread_id = h.id
         WHERE h.tenant_id = $1 AND h.their_number = $2 AND t.direction = 'OUTBOUND' AND t.at > $3"
    );
    let row = tx.row(sql, vals![theirs, now.plus_ms(-rules::CAP_MS)]).await?;
    let Some(row) = row.filter(|row| row.int("sent").is_ok_and(|sent| sent >= rules::CAP)) else {
        return Ok(());
    };
    let first = row.opt_at("first_at")?.unwrap_or(now);
    let wait_ms = first.plus_ms(rules::CAP_MS).since(now).clamp(1_000, rules::CAP_MS);
    Err(TOO_MANY.after(u32::try_from(wait_ms / 1000).unwrap_or(1)).into())
}

/// The row of a number: the group of its jobs, and its pace.
async fn number_id(house: &House, tx: &mut TenantTx<'_>, number: &str) -> Result<Uuid> {
    let sql = tsql!(
        "INSERT INTO text_numbers (tenant_id, id, number, paced_until) VALUES ($1, $2, $3, 0)
         ON CONFLICT (tenant_id, number) DO UPDATE SET number = excluded.number
         WHERE text_numbers.tenant_id = $1
         RETURNING id"
    );
    let id: Uuid = house.world.new_id();
    let row = tx.row(sql, vals![id, number]).await?;
    Ok(row.map_or(Ok(id), |row| row.uuid("id"))?)
}
