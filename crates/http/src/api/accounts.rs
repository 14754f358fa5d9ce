//! A provider's account, asked with a connection's keys: "test the connection", with what to do when it does not open.

use crate::App;
use crate::enter::Tenant;
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::connections::{self, Tested};
use vestibule_ports::ProviderFaultKind;

/// What the provider says to a connection's keys.
#[derive(Serialize, ToSchema)]
pub struct AccountTest {
    /// Whether the keys open the account.
    ok: bool,
    /// The provider's id of the account, where it tells.
    account_id: Option<String>,
    /// The account's name for people, where it tells.
    account_label: Option<String>,
    /// Why it is not open, as a stable code: `provider_unauthorized`, `provider_rate_limited`, `provider_unavailable`,
    /// `provider_rejected`, `provider_unexpected`, or `account_unreadable` where this provider cannot be asked.
    fault: Option<&'static str>,
    /// How long the provider wants us to wait before the next request, in milliseconds.
    retry_after_ms: Option<i64>,
    /// What to do about it, in English.
    advice_en: Option<&'static str>,
    /// What to do about it, in French.
    advice_fr: Option<&'static str>,
}

const UNREADABLE: (&str, &str) = (
    "This provider’s account cannot be asked from here. Send a test event, or call: it appears here within seconds.",
    "Le compte de ce fournisseur ne peut pas être interrogé d’ici. Envoyez un événement d’essai, ou appelez : il apparaît ici en quelques secondes.",
);

const fn advice(kind: ProviderFaultKind) -> (&'static str, &'static str) {
    match kind {
        ProviderFaultKind::Unauthorized => (
            "The provider does not take this key, or none is entered. Copy the key again from the provider’s dashboard and save it here.",
            "Le fournisseur n’accepte pas cette clé, ou aucune n’est inscrite. Copiez de nouveau la clé du tableau de bord du fournisseur et enregistrez-la ici.",
        ),
        ProviderFaultKind::RateLimited => (
            "The provider wants fewer requests. Wait a few minutes and test again; the key may well be right.",
            "Le fournisseur demande moins de requêtes. Attendez quelques minutes et réessayez ; la clé est peut-être bonne.",
        ),
        ProviderFaultKind::Unavailable => (
            "The provider could not be reached or answered too slowly. Test again later; the key may well be right.",
            "Le fournisseur n’a pas pu être joint ou a répondu trop lentement. Réessayez plus tard ; la clé est peut-être bonne.",
        ),
        ProviderFaultKind::Rejected => (
            "The provider refuses the request: the account may be closed, suspended or unpaid. Look at its dashboard.",
            "Le fournisseur refuse la requête : le compte est peut-être fermé, suspendu ou impayé. Consultez son tableau de bord.",
        ),
        ProviderFaultKind::Unexpected => (
            "The provider’s answer is not of the form that it should have. Test again later; if it stays so, tell us.",
            "La réponse du fournisseur n’a pas la forme attendue. Réessayez plus tard ; si cela persiste, dites-le-nous.",
        ),
    }
}

fn view(tested: Tested) -> AccountTest {
    let failed = |fault, retry_after_ms, (en, fr)| AccountTest {
        ok: false,
        account_id: None,
        account_label: None,
        fault: Some(fault),
        retry_after_ms,
        advice_en: Some(en),
        advice_fr: Some(fr),
    };
    match tested {
        Tested::Open(info) => AccountTest {
            ok: true,
            account_id: info.id,
            account_label: info.label,
            fault: None,
            retry_after_ms: None,
            advice_en: None,
            advice_fr: None,
        },
        Tested::Fault(fault) => failed(fault.code(), fault.retry_after_ms, advice(fault.kind)),
        Tested::Unreadable => failed("account_unreadable", None, UNREADABLE),
    }
}

/// Ask the provider whether the connection's keys open its account. Changes nothing, here or there.
#[utoipa::path(post, path = "/api/v1/connections/{provider}/test", operation_id = "test_connection", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = AccountTest), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn test(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path(provider): Path<String>,
) -> Answer<Json<AccountTest>> {
    Ok(Json(view(connections::test(&app.house, &tenant.scope, &provider).await?)))
}
