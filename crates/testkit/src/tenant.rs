//! Tenants to test with, each with a twin.

use crate::{Sample, retell_sample};
use secrecy::SecretString;
use vestibule_access::{Permission, PlatformScope, TenantScope};
use vestibule_domain::connections::{self, ConnectionView, Filled};
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_domain::outbox::{self, Endpoint, NewEndpoint};
use vestibule_domain::tenants::{self, NewTenant, TenantRecord};
use vestibule_domain::{House, people};
use vestibule_model::{TenantId, UserId};
use vestibule_vault::EndpointSecret;

/// The password of every owner.
pub const PASSWORD: &str = "correct horse battery";

/// A tenant with everything that a walk needs.
#[derive(Clone)]
pub struct TestTenant {
    /// Its row, as it was when it was made.
    pub record: TenantRecord,
    /// A scope inside it, held by the owner.
    pub scope: TenantScope,
    /// Its owner.
    pub owner: UserId,
    /// The owner's address; the password is [`PASSWORD`].
    pub owner_email: String,
    /// The owner's session.
    pub session: SecretString,
    /// What the owner's browser must show besides its cookie.
    pub csrf: SecretString,
    /// A key that may do everything in its tenant.
    pub api_key: SecretString,
    /// Its connection to Retell.
    pub connection: ConnectionView,
    /// The unguessable end of its hook's address.
    pub hook_token: String,
    /// The key with which Retell signs for it.
    pub retell_key: String,
    /// Its agent at Retell.
    pub agent: String,
    /// Where its deliveries go: the ends of calls.
    pub endpoint: Endpoint,
    /// The endpoint's secret.
    pub endpoint_secret: EndpointSecret,
    /// The tenant with the same callers and the same call ids; the twin itself has none.
    pub twin: Option<Box<TestTenant>>,
}

impl TestTenant {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> TenantId {
        self.scope.tenant()
    }

    /// Its twin.
    ///
    /// # Panics
    /// When it is a twin itself.
    #[must_use]
    pub fn twin(&self) -> &Self {
        self.twin.as_deref().expect("a tenant with a twin")
    }

    /// A sample of Retell's that names this tenant's agent.
    #[must_use]
    pub fn sample(&self, name: &str) -> Sample {
        retell_sample(name).agent(&self.agent)
    }
}

/// Makes a tenant without its twin, through the same acts that the program uses.
pub(crate) async fn make(
    house: &House,
    mint: &vestibule_access::Mint,
    operator: &PlatformScope,
    slug: &str,
) -> TestTenant {
    let new = NewTenant {
        company_name: format!("{slug} company"),
        slug: Some(slug.to_owned()),
        owner_name: Some("Odile Owner".into()),
        owner_email: format!("owner@{slug}.test"),
        ..NewTenant::default()
    };
    let added = tenants::add(house, mint, operator, &new).await.unwrap();
    let link = added.link.expect("a new owner has a link");
    let password = SecretString::from(PASSWORD);
    let link = secrecy::ExposeSecret::expose_secret(&link).to_owned();
    let visit = people::Visit::from_here(*operator);
    let entered = people::redeem(house, &visit, &link, &password).await.unwrap();
    let signed_in = entered.signed_in().expect("nobody new has a second factor");
    let scope = mint.tenant(added.tenant.id, vestibule_access::Actor::Person(added.owner));
    let everything = KeyOrder::named("everything").with_scopes(Permission::ALL.iter().map(|p| p.as_str()));
    let api_key = keys::create(house, &scope, Permission::ALL, &everything).await.unwrap().key;
    let (agent, retell_key) = (format!("agent_{slug}"), format!("key_{slug}_0123456789"));
    let filled = Filled::from([
        ("agent_id".to_owned(), SecretString::from(agent.clone())),
        ("api_key".to_owned(), SecretString::from(retell_key.clone())),
    ]);
    let connection = connections::connect(house, &scope, "retell", &filled).await.unwrap().view;
    let hook_token = connection.hook_url.rsplit('/').next().unwrap().to_owned();
    let mut tx = house.db.write_in(&scope).await.unwrap();
    let mut inside = tx.tenant(&scope).await.unwrap();
    let new = NewEndpoint { url: format!("https://n8n.test/{slug}"), ..NewEndpoint::default() };
    let (endpoint, secret) = outbox::create(house, &mut inside, new).await.unwrap();
    tx.commit().await.unwrap();
    TestTenant {
        record: added.tenant,
        scope,
        owner: added.owner,
        owner_email: format!("owner@{slug}.test"),
        session: signed_in.token,
        csrf: signed_in.csrf,
        api_key,
        connection,
        hook_token,
        retell_key,
        agent,
        endpoint,
        endpoint_secret: EndpointSecret::from_ascii(secret.ascii).unwrap(),
        twin: None,
    }
}
