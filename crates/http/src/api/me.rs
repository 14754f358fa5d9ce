//! Who am I, and where may I go.

use crate::App;
use crate::api::agencies::{AgencyBrief, brief as agency_brief};
use crate::api::auth::{UserView, user_view};
use crate::api::viewing::{ViewingView, view as viewing_view};
use crate::enter::{Params, Who, default_tenant};
use crate::problem::{Answer, Problem, unauthorized};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::Principal;
use vestibule_domain::tenants::{self, TenantRecord};
use vestibule_domain::{Refusal, people, viewings};

/// A tenant in few words.
#[derive(Serialize, ToSchema)]
pub struct TenantBrief {
    /// Its id.
    id: String,
    /// Its name in addresses.
    slug: String,
    /// The business's name.
    company_name: String,
    /// `pending` until it is live, then the subscription's status.
    status: String,
    /// IANA time zone.
    timezone: String,
    /// `en` or `fr`.
    locale: String,
}

/// A membership.
#[derive(Serialize, ToSchema)]
pub struct MembershipView {
    /// Where.
    pub(crate) tenant: TenantBrief,
    /// As what: owner, manager, staff or viewer.
    pub(crate) role: String,
}

/// A person, where they may go, and what they may do in the tenant that the request names.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// Who; `null` for an API key.
    user: Option<UserView>,
    /// `operator`, `agency_admin`, or `null`.
    platform_role: Option<String>,
    /// The agency that they administer.
    agency: Option<AgencyBrief>,
    /// Where they look in from outside, within this session.
    viewing: Option<ViewingView>,
    /// Where they are members.
    memberships: Vec<MembershipView>,
    /// What they may do in `tenant`.
    permissions: Vec<String>,
    /// The tenant that the request names, or the only one.
    tenant: Option<TenantBrief>,
}

/// Which tenant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeQuery {
    /// A tenant's id, slug or `ref:…`.
    tenant: Option<String>,
}

pub(crate) fn status(tenant: &TenantRecord) -> String {
    // K6: pending until live; a tenant that is suspended or cancelled says so even then.
    match (tenant.provisioning_status.as_str(), tenant.subscription_status.as_str()) {
        (_, status @ ("suspended" | "cancelled")) | ("live", status) => status.to_owned(),
        _ => "pending".to_owned(),
    }
}

pub(crate) fn brief(tenant: &TenantRecord) -> TenantBrief {
    TenantBrief {
        id: tenant.id.to_string(),
        slug: tenant.slug.clone(),
        company_name: tenant.company_name.clone(),
        status: status(tenant),
        timezone: tenant.timezone.clone(),
        locale: tenant.locale.clone(),
    }
}

/// Who am I.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", params(MeQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = MeView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn me(
    State(app): State<App>,
    who: Who,
    Params(query): Params<MeQuery>,
) -> Answer<Json<MeView>> {
    let name = match query.tenant {
        Some(name) => Some(name),
        None => default_tenant(&who.principal).ok(),
    };
    let tenant = match name {
        Some(name) => {
            let tenant = tenants::find(&app.house, &name).await?.ok_or_else(Refusal::not_found)?;
            // A tenant in which one may do nothing does not exist.
            if who.principal.permissions_in(tenant.holding()).is_empty() {
                return Err(Refusal::not_found().into());
            }
            Some(tenant)
        }
        None => None,
    };
    let permissions = tenant.as_ref().map_or_else(Vec::new, |t| who.principal.permissions_in(t.holding()));
    let (user, platform_role, memberships) = match &who.principal {
        Principal::Person { user, platform_role, .. } => {
            let me = people::me(&app.house, *user).await.map_err(|_| unauthorized())?;
            let memberships = me
                .memberships
                .iter()
                .map(|(t, role)| MembershipView { tenant: brief(t), role: role.as_str().into() });
            (Some(user_view(&me.user)), platform_role.map(|r| r.as_str().to_owned()), memberships.collect())
        }
        Principal::Key { .. } => (None, None, Vec::new()),
    };
    let (agency, viewing) = match &who.principal {
        Principal::Person { agency, viewing, .. } => (*agency, *viewing),
        Principal::Key { .. } => (None, None),
    };
    let viewing = match viewing {
        Some(viewing) => viewings::current(&app.house, viewing)
            .await?
            // Handed over meanwhile, it gives nothing any more.
            .filter(|(t, _)| who.principal.viewing_of(t.holding()).is_some())
            .map(|(t, reason)| viewing_view(&t, viewing, reason)),
        None => None,
    };
    Ok(Json(MeView {
        user,
        platform_role,
        agency: agency_brief(&app, agency).await?,
        viewing,
        memberships,
        permissions: permissions.iter().map(|p| p.as_str().to_owned()).collect(),
        tenant: tenant.as_ref().map(brief),
    }))
}
