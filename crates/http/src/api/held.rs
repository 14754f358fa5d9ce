//! What is held at a tenant's doors: requests that named one of its connections and were not let in, and why, in words.

use crate::App;
use crate::api::{cursor, limit};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::Cursor;
use vestibule_domain::connections::{self, HOLD_MS, HeldRecord};

/// A held request, without its content.
#[derive(Serialize, ToSchema)]
pub struct HeldView {
    /// Its id.
    id: String,
    /// The provider's name.
    provider: String,
    /// Why it was not let in, as a stable code.
    reason: String,
    /// What was found out about it, as a stable code.
    hint: Option<String>,
    /// What to do about it, in English.
    advice_en: String,
    /// What to do about it, in French.
    advice_fr: String,
    /// The body's size in bytes.
    size_bytes: i64,
    /// When it came.
    received_at: String,
    /// Until when it is held.
    held_until: String,
}

/// A page of held requests.
#[derive(Serialize, ToSchema)]
pub struct HeldPage {
    /// The requests, newest first.
    items: Vec<HeldView>,
    /// Where the next page begins.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Deserialize)]
pub struct HeldQuery {
    cursor: Option<String>,
    limit: Option<i64>,
}

fn advice(held: &HeldRecord) -> (String, String) {
    let minutes = held.age_ms.unwrap_or(0).abs() / 60_000;
    let (en, fr) = match held.hint.as_deref() {
        Some("clock_behind_or_late") => {
            return (
                format!(
                    "The signature was {minutes} minutes old: check this server’s clock, or what held the request up."
                ),
                format!(
                    "La signature datait de {minutes} minutes : vérifiez l’horloge de ce serveur, ou ce qui a retenu la requête."
                ),
            );
        }
        Some("clock_ahead") => {
            return (
                format!("The signature was {minutes} minutes ahead: check this server’s clock."),
                format!(
                    "La signature était en avance de {minutes} minutes : vérifiez l’horloge de ce serveur."
                ),
            );
        }
        Some("public_url_scheme") => (
            "It was signed for the other of http and https: set this server’s public address to the one the provider was given.",
            "Elle a été signée pour l’autre de http et https : réglez l’adresse publique de ce serveur sur celle donnée au fournisseur.",
        ),
        Some("public_url_slash") => (
            "It was signed for the address without the slash at the end: give the provider the address as it is shown here.",
            "Elle a été signée pour l’adresse sans barre oblique finale : donnez au fournisseur l’adresse telle qu’affichée ici.",
        ),
        Some("body_reserialised") => (
            "The body was written anew on its way here: whatever stands between must pass it on byte for byte.",
            "Le corps a été réécrit en chemin : ce qui se trouve entre les deux doit le transmettre octet pour octet.",
        ),
        _ => match held.reason.as_str() {
            "signature_malformed" => (
                "The signature is not of the provider’s form: is it this provider that sends?",
                "La signature n’a pas la forme de celles du fournisseur : est-ce bien lui qui envoie ?",
            ),
            connections::NO_CLIENT_CODE => (
                "Its agent or number is bound to nobody: connect it, and the request is let in.",
                "Son agent ou son numéro n’est relié à personne : reliez-le, et la requête entrera.",
            ),
            _ => (
                "It was signed with another key: enter the provider’s current key, and the request is let in.",
                "Elle a été signée avec une autre clé : inscrivez la clé actuelle du fournisseur, et la requête entrera.",
            ),
        },
    };
    (en.to_owned(), fr.to_owned())
}

fn view(held: &HeldRecord) -> HeldView {
    let (advice_en, advice_fr) = advice(held);
    HeldView {
        id: held.id.to_string(),
        provider: held.provider.clone(),
        reason: held.reason.clone(),
        hint: held.hint.clone(),
        advice_en,
        advice_fr,
        size_bytes: held.size_bytes,
        received_at: held.received_at.rfc3339(),
        held_until: held.received_at.plus_ms(HOLD_MS).rfc3339(),
    }
}

/// What is held at the tenant's doors, newest first.
#[utoipa::path(get, path = "/api/v1/held-requests", tag = "connections",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = HeldPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
    Params(query): Params<HeldQuery>,
) -> Answer<Json<HeldPage>> {
    let (before, limit) = (cursor(query.cursor.as_deref())?.map(|c| c.id), limit(query.limit));
    let mut found = connections::held_of(&app.house, &tenant.scope, before, limit + 1).await?;
    let is_last = i64::try_from(found.len()).unwrap_or(0) <= limit;
    found.truncate(usize::try_from(limit).unwrap_or(0));
    let next = found.last().filter(|_| !is_last).map(|held| Cursor { key: 0, id: held.id }.encode());
    Ok(Json(HeldPage { items: found.iter().map(view).collect(), next_cursor: next }))
}
