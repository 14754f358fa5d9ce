//! The API for people and keys: every operation is registered with its OpenAPI description.

mod accounts;
mod admin_erasures;
mod admin_keys;
mod admin_people;
mod admin_tenants;
mod agencies;
mod answers;
mod audit;
mod auth;
mod call_aliases;
mod calls;
mod calls_file;
mod calls_out;
mod connections;
mod contacts;
mod dashboard;
mod deliveries;
mod delivery_stats;
mod endpoint_acts;
mod endpoints;
mod erasures;
mod events;
mod examples;
mod exports;
mod hand_over;
mod held;
mod inbox;
mod inbox_acts;
mod instance;
mod invitations;
mod joining;
mod jwks;
mod keys;
mod lab;
mod mails;
mod me;
mod metric_aliases;
mod metrics;
mod metrics_out;
mod organizations;
mod password_strength;
mod passwords;
mod people;
mod profile;
mod recordings;
mod refusals;
mod retention;
mod roles;
mod second_factor;
mod sessions;
mod texts;
mod usage;
mod viewing;
mod workflows;

use crate::App;
use axum::Router;
use axum::routing::get;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Info, License, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::redeem))
        .routes(routes!(auth::second_factor))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::unlock))
        .routes(routes!(password_strength::judge))
        .routes(routes!(second_factor::state, second_factor::begin))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::renew_codes))
        .routes(routes!(second_factor::turn_off))
        .routes(routes!(jwks::keys))
        .routes(routes!(passwords::ask_reset))
        .routes(routes!(passwords::reset))
        .routes(routes!(profile::confirm_email))
        .routes(routes!(joining::look))
        .routes(routes!(joining::accept_new))
        .routes(routes!(me::me, profile::change))
        .routes(routes!(passwords::change))
        .routes(routes!(profile::ask_email))
        .routes(routes!(joining::accept))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(roles::list))
        .routes(routes!(people::list))
        .routes(routes!(people::change, people::remove))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::withdraw))
        .routes(routes!(invitations::again))
        .routes(routes!(calls::list))
        .routes(routes!(calls::one))
        .routes(routes!(calls_file::lines))
        .routes(routes!(recordings::one))
        .routes(routes!(audit::looks))
        .routes(routes!(audit::list))
        .routes(routes!(audit::lines))
        .routes(routes!(contacts::list))
        .routes(routes!(inbox::list))
        .routes(routes!(texts::list, texts::send))
        .routes(routes!(texts::one))
        .routes(routes!(texts::threads))
        .routes(routes!(texts::thread))
        .routes(routes!(texts::numbers))
        .routes(routes!(inbox_acts::retention, inbox_acts::keep_for))
        .routes(routes!(inbox_acts::again))
        .routes(routes!(inbox_acts::send))
        .routes(routes!(lab::samples))
        .routes(routes!(lab::preview, lab::send))
        .routes(routes!(deliveries::list))
        .routes(routes!(delivery_stats::stats))
        .routes(routes!(deliveries::one))
        .routes(routes!(deliveries::retry))
        .routes(routes!(endpoints::list, endpoints::create))
        .routes(routes!(endpoints::one, endpoints::change, endpoints::delete))
        .routes(routes!(endpoints::rotate))
        .routes(routes!(endpoint_acts::test))
        .routes(routes!(endpoint_acts::replay))
        .routes(routes!(endpoint_acts::retry_dead))
        .routes(routes!(endpoint_acts::redeliveries))
        .routes(routes!(call_aliases::of_organization))
        .routes(routes!(call_aliases::list))
        .routes(routes!(call_aliases::one))
        .routes(routes!(metrics::of_calls))
        .routes(routes!(metrics::by_day))
        .routes(routes!(metrics::aggregated))
        .routes(routes!(usage::usage))
        .routes(routes!(usage::settings, usage::set_settings))
        .routes(routes!(metric_aliases::of_calls))
        .routes(routes!(metric_aliases::by_day))
        .routes(routes!(metric_aliases::aggregated))
        .routes(routes!(metric_aliases::of_organization))
        .routes(routes!(dashboard::list_deliveries))
        .routes(routes!(dashboard::stats))
        .routes(routes!(dashboard::retry))
        .routes(routes!(dashboard::settings))
        .routes(routes!(dashboard::set_webhook))
        .routes(routes!(events::stream))
        .routes(routes!(connections::providers))
        .routes(routes!(held::list))
        .routes(routes!(connections::list))
        .routes(routes!(connections::connect, connections::disconnect))
        .routes(routes!(accounts::test))
        .routes(routes!(connections::connect_agent))
        .routes(routes!(connections::disconnect_agent))
        .routes(routes!(connections::agent_status))
        .routes(routes!(
            organizations::retell,
            organizations::connect_retell,
            organizations::disconnect_retell
        ))
        .routes(routes!(organizations::n8n, organizations::connect_n8n, organizations::disconnect_n8n))
        .routes(routes!(organizations::test_n8n))
        .routes(routes!(organizations::activate_n8n))
        .routes(routes!(organizations::test_endpoint))
        .routes(routes!(organizations::activate_endpoint))
        .routes(routes!(workflows::list))
        .routes(routes!(mails::list))
        .routes(routes!(exports::list, exports::ask))
        .routes(routes!(exports::file))
        .routes(routes!(retention::kept, retention::keep_for))
        .routes(routes!(retention::dry_run))
        .routes(routes!(erasures::list, erasures::erase))
        .routes(routes!(erasures::preview))
        .routes(routes!(erasures::receipt))
        .routes(routes!(instance::one))
        .routes(routes!(instance::unmute))
        .routes(routes!(examples::one))
        .routes(routes!(admin_tenants::list, admin_tenants::create))
        .routes(routes!(admin_tenants::one, admin_tenants::change, admin_tenants::delete))
        .routes(routes!(admin_tenants::figures))
        .routes(routes!(hand_over::hand_over))
        .routes(routes!(viewing::begin))
        .routes(routes!(viewing::end))
        .routes(routes!(agencies::list, agencies::create))
        .routes(routes!(agencies::one, agencies::change, agencies::close))
        .routes(routes!(agencies::appoint))
        .routes(routes!(agencies::dismiss))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(keys::rotate))
        .routes(routes!(admin_keys::list, admin_keys::create))
        .routes(routes!(admin_keys::revoke))
        .routes(routes!(admin_people::find))
        .routes(routes!(admin_people::sessions, admin_people::end_sessions))
        .routes(routes!(admin_erasures::erase))
        .routes(routes!(admin_erasures::list))
        .routes(routes!(refusals::list))
        .routes(routes!(audit::of_platform))
        .routes(routes!(audit::lines_of_platform))
}

/// The same operations under further spellings: requirement 4.25 writes the collection with a slash.
pub(crate) fn aliases() -> Router<App> {
    Router::new().route("/api/admin/tenants/", get(admin_tenants::list).post(admin_tenants::create))
}

/// Operations that anybody may ask for.
const PUBLIC: &[&str] = &[
    "/.well-known/jwks.json",
    "/auth/login",
    "/auth/second-factor",
    "/auth/refresh",
    "/auth/unlock",
    "/auth/password-strength",
    "/auth/links/redeem",
    "/auth/reset",
    "/auth/reset/confirm",
    "/auth/email/confirm",
    "/auth/invitations/look",
    "/auth/invitations/accept",
    "/api/v1/examples/{kind}/{name}",
];

/// Adds what belongs to the whole document.
pub(crate) fn finish(mut doc: OpenApi) -> OpenApi {
    let mut info = Info::new("Vestibule", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "A receptionist that answers the telephone of many businesses. Tenant operations take `?tenant=` \
         (an id, a slug, or `ref:` and an external reference); a key has its tenant, a person with one \
         membership need not name it, an operator must. An operator or an agency's administrator reads what callers said \
         only while looking in: `POST /api/admin/tenants/{id}/viewing`."
            .into(),
    );
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".into());
    info.license = Some(license);
    doc.info = info;
    let components = doc.components.get_or_insert_default();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A session's token, opaque or signed (JWT, checked with `/.well-known/jwks.json`), or an API key (`vst_…`) with the scope that the operation names.",
        ))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        crate::enter::SESSION_COOKIE,
        "A session; changes also want the header x-csrf-token with the value of the cookie vestibule_csrf.",
    ));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    // The macro names operations by their functions, which are called alike in many rooms.
    for (path, item) in &mut doc.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("put", &mut item.put),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
                let name: Vec<&str> = std::iter::once(method).chain(words).collect();
                operation.operation_id = Some(name.join("_"));
                answers::complete(operation);
            }
        }
    }
    // Public operations say `security: []`, which the macro cannot write.
    for path in PUBLIC {
        let item = doc.paths.paths.get_mut(*path);
        if let Some(operation) = item.and_then(|item| item.post.as_mut().or(item.get.as_mut())) {
            operation.security = Some(Vec::<SecurityRequirement>::new());
        }
    }
    doc
}

/// A list's page: `limit` as asked, within bounds.
pub(crate) fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(50).clamp(1, 200)
}

/// A list's cursor, when there is one.
pub(crate) fn cursor(
    text: Option<&str>,
) -> Result<Option<vestibule_domain::Cursor>, crate::problem::Refused> {
    Ok(text.filter(|t| !t.is_empty()).map(vestibule_domain::Cursor::decode).transpose()?)
}

/// A refusal about one parameter of a query.
pub(crate) fn bad_parameter(
    field: &'static str,
    en: &'static str,
    fr: &'static str,
) -> crate::problem::Refused {
    let fault = vestibule_domain::FieldFault { field, code: "bad_parameter", en, fr };
    vestibule_domain::Refusal::invalid(vec![fault]).into()
}

/// Reads a filter that is one of a closed set of words; nothing is no filter.
pub(crate) fn word<T>(
    text: Option<&str>,
    field: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, crate::problem::Refused> {
    match text.filter(|t| !t.is_empty()) {
        None => Ok(None),
        Some(text) => match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(bad_parameter(
                field,
                "Choose a value from the list.",
                "Choisissez une valeur de la liste.",
            )),
        },
    }
}
