//! What a mail says, as it is kept: plain, or sealed where it holds a link that lets in whoever reads it.

use crate::mail::Rendered;
use crate::{Error, House, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use vestibule_model::MailId;
use vestibule_store::{Row, TenantTx, Val};
use vestibule_vault::Place;

/// A mail's text in both forms.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) html: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Sealed { sealed: String },
    Plain(Content),
}

const fn place(id: MailId) -> Place<'static> {
    Place { table: "mails", row: id.0, column: "doc" }
}

/// Packs what a mail says.
pub(super) async fn pack(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: MailId,
    rendered: &Rendered,
    is_secret: bool,
) -> Result<Val> {
    let content = Content { text: rendered.text.clone(), html: rendered.html.clone() };
    if !is_secret {
        return Ok(Val::json(&Kept::Plain(content))?);
    }
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let plain = serde_json::to_vec(&content).map_err(Error::fault)?;
    let sealed = STANDARD.encode(key.seal(place(id), &plain, &*house.world.entropy));
    Ok(Val::json(&Kept::Sealed { sealed })?)
}

/// Reads what a mail says, and whether it was sealed.
pub(super) async fn unpack(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: MailId,
    row: &Row,
) -> Result<(Content, bool)> {
    let sealed = match row.json("doc")? {
        Kept::Plain(content) => return Ok((content, false)),
        Kept::Sealed { sealed } => STANDARD.decode(sealed).map_err(Error::fault)?,
    };
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let plain = key.open(place(id), &sealed).map_err(|_| Error::fault("a mail does not open"))?;
    Ok((serde_json::from_slice(&plain).map_err(Error::fault)?, true))
}
