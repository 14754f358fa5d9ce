//! Puts the five businesses in place. Idempotent: what is there, and noted in `demo.json`, is used again; what
//! is there but not noted gets new secrets.

use super::cast::{BUSINESSES, Business};
use super::exchange::FRESH_MS;
use super::note::{Endpoint, Login, Note, Retell, Tenant};
use super::{DemoError, Seeder, password};
use secrecy::{ExposeSecret, SecretString};
use vestibule_access::{Actor, Permission, TenantScope};
use vestibule_domain::connections::{self, ConnectionView, Filled};
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_domain::tenants::{self, NewTenant, TenantChange, TenantRecord};
use vestibule_domain::{Error, Kind, people};
use vestibule_model::UserId;
use vestibule_store::directory::people as persons;
use vestibule_vault::Token;

const OPERATOR: &str = "operator@demo.vestibule.example";

/// A business in its place.
pub struct Placed {
    /// Which.
    pub business: &'static Business,
    /// What is noted of it.
    pub tenant: Tenant,
    /// The right to act in it.
    pub scope: TenantScope,
    /// Its connection to Retell.
    pub connection: ConnectionView,
}

impl Seeder<'_> {
    /// Puts everything in place; also says whether any history was made.
    ///
    /// # Errors
    /// The rooms', or `demo.json`'s.
    pub async fn place(&self) -> Result<(Vec<Placed>, bool), DemoError> {
        let mut note = Note::read(self.dir)?;
        self.url.clone_into(&mut note.url);
        note.operator = self.operator(&note.operator).await?;
        let mut placed = Vec::new();
        for business in BUSINESSES {
            let Some(one) = self.tenant(business, note.tenant(business.slug)).await? else { continue };
            note.put(one.tenant.clone());
            note.write(self.dir)?;
            placed.push(one);
        }
        let is_new = self.history(&mut placed).await?;
        for one in &mut placed {
            self.endpoint(one).await?;
            note.put(one.tenant.clone());
        }
        note.write(self.dir)?;
        Ok((placed, is_new))
    }

    async fn person(&self, email: &str) -> Result<Option<UserId>, DemoError> {
        let mut tx = self.house.db.read().await?;
        Ok(persons::find_by_email(&mut tx, email).await?.map(|user| user.id))
    }

    async fn operator(&self, noted: &Login) -> Result<Login, DemoError> {
        let known = self.person(OPERATOR).await?;
        if known.is_some() && noted.email == OPERATOR {
            return Ok(noted.clone());
        }
        let user = people::add_operator(self.house, OPERATOR).await?;
        self.login(user, OPERATOR).await
    }

    async fn login(&self, user: UserId, email: &str) -> Result<Login, DemoError> {
        let visit = people::Visit::from_here(self.mint.platform(Actor::System("demo")));
        loop {
            let password = password::generate(&self.house.world);
            match people::set_password(self.house, &visit, user, &SecretString::from(password.clone())).await
            {
                // Three times the same word, or the name of the business itself.
                Err(Error::Refused(no)) if no.code == "password_weak" => {}
                done => {
                    return done
                        .map(|()| Login { email: email.to_owned(), password })
                        .map_err(DemoError::from);
                }
            }
        }
    }

    /// A tenant with its owner, key and connection; none when somebody has taken its name.
    async fn tenant(
        &self,
        business: &'static Business,
        noted: Option<&Tenant>,
    ) -> Result<Option<Placed>, DemoError> {
        let record = match tenants::find(self.house, business.slug).await? {
            Some(record) => record,
            None => match self.add(business).await {
                Ok(record) => record,
                Err(DemoError::Room(Error::Refused(no))) if no.kind == Kind::Conflict => {
                    tracing::warn!(
                        tenant.slug = business.slug,
                        reason = no.code,
                        "a demo tenant was deleted and is not made again"
                    );
                    return Ok(None);
                }
                Err(error) => return Err(error),
            },
        };
        let scope = self.mint.tenant(record.id, Actor::System("demo"));
        let tenant = match noted.filter(|t| t.id == record.id.to_string()) {
            Some(tenant) => tenant.clone(),
            None => self.secrets(business, &record, &scope).await?,
        };
        let connection = self.connection(&tenant, &scope).await?;
        let door = connection.hook_url.trim_start_matches(&self.house.settings.public_url);
        let hook_url = format!("{}{door}", self.url);
        let tenant = Tenant { retell: Retell { hook_url, ..tenant.retell }, ..tenant };
        Ok(Some(Placed { business, tenant, scope, connection }))
    }

    async fn add(&self, business: &Business) -> Result<TenantRecord, DemoError> {
        let platform = self.mint.platform(Actor::System("demo"));
        let text = |text: &str| Some(text.to_owned());
        let new = NewTenant {
            company_name: business.company.to_owned(),
            slug: text(business.slug),
            owner_name: text(business.owner.0),
            owner_email: business.owner.1.to_owned(),
            owner_phone: text(business.forward_to),
            industry: text(business.industry),
            plan_tier: text(business.plan),
            twilio_phone_number: text(business.line),
            forward_to_number: text(business.forward_to),
            locale: text(business.locale),
            timezone: text(super::calendar::ZONE),
            skip_trial: !business.is_on_trial,
            external_ref: business.external_ref.map(str::to_owned),
        };
        tenants::add(self.house, self.mint, &platform, &new).await?;
        let live = TenantChange { provisioning_status: Some("live".into()), ..TenantChange::default() };
        Ok(tenants::update(self.house, self.mint, &platform, business.slug, live).await?)
    }

    async fn secrets(
        &self,
        business: &Business,
        record: &TenantRecord,
        scope: &TenantScope,
    ) -> Result<Tenant, DemoError> {
        let email = business.owner.1;
        let owner = self
            .person(email)
            .await?
            .ok_or_else(|| DemoError::Words(format!("{} has no owner", business.slug)))?;
        let [a, b] = self.house.world.random::<2>();
        let agent_id =
            format!("agent_{}{}", hex::encode([a, b]), hex::encode(self.house.world.random::<11>()));
        Ok(Tenant {
            id: record.id.to_string(),
            slug: record.slug.clone(),
            company: record.company_name.clone(),
            owner: self.login(owner, email).await?,
            api_key: keys::create(self.house, scope, Permission::ALL, &KeyOrder::named("Demo"))
                .await?
                .key
                .expose_secret()
                .to_owned(),
            retell: Retell {
                hook_url: String::new(),
                api_key: Token::generate("key_", &*self.house.world.entropy).expose_secret().to_owned(),
                agent_id,
            },
            endpoint: Endpoint::default(),
            history_until_ms: self.house.world.now().plus_ms(-FRESH_MS).0,
            has_history: false,
        })
    }

    async fn connection(&self, tenant: &Tenant, scope: &TenantScope) -> Result<ConnectionView, DemoError> {
        if let Some(view) = connections::view(self.house, scope, "retell").await?
            && view.agents.contains(&tenant.retell.agent_id)
        {
            return Ok(view);
        }
        let filled = Filled::from([
            ("agent_id".to_owned(), SecretString::from(tenant.retell.agent_id.clone())),
            ("api_key".to_owned(), SecretString::from(tenant.retell.api_key.clone())),
        ]);
        Ok(connections::connect(self.house, scope, "retell", &filled).await?.view)
    }
}
