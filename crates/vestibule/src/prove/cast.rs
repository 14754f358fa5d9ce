//! A throw-away tenant: made through the operator's door, furnished through everybody's doors, and removed.

use super::PATIENCE;
use super::asker::{Asker, Heard, Who};
use super::bodies;
use super::operations::{Operation, Wall};
use super::things::Things;
use crate::say::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use vestibule_model::World;
use vestibule_ports::Filling;
use vestibule_providers::call_webhooks_named;
use vestibule_vault::Credentials;

/// What the samples say, and what takes its place.
const SAID: &[&str] =
    &["A test from the lab", "A+test+from+the+lab", "Test Caller", "This is a test call from the lab"];

/// Who calls in the samples.
const CALLER: &str = "+15005550006";

/// Whose texts are the lab's.
const LAB_ACCOUNT: &str = "AC1ab01ab01ab01ab01ab01ab01ab01ab0";

/// How scopes begin that a key is not given lightly, or not at all.
const WEIGHTY: &[&str] = &["people.", "keys.", "privacy.", "data.", "audit."];

/// An API key.
pub struct Key {
    /// Whoever shows it.
    pub who: Who,
    id: String,
    /// What it may do.
    pub scopes: BTreeSet<String>,
}

/// A tenant of the proof.
pub struct Cast {
    /// Its name in addresses.
    pub slug: String,
    /// A word that stands in its rows and nowhere else.
    pub canary: String,
    /// Its id, once it is made.
    pub id: Option<String>,
    /// Its owner's session.
    pub owner: Who,
    /// A second session of the owner's, which is ended.
    pub ended: Who,
    /// A key with every scope that a key may have.
    pub key: Key,
    /// What it has.
    pub things: Things,
    /// Everything by which its rows are known.
    pub marks: BTreeSet<String>,
    email: String,
    password: String,
    secret: String,
    number: String,
    hooks: BTreeMap<String, String>,
    world: World,
}

impl Cast {
    /// A tenant that is not made yet.
    pub fn named(world: &World, part: &str) -> Self {
        let mark = hex::encode(world.random::<6>());
        let digits: String = world.random::<7>().iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        Self {
            slug: format!("prove-{part}-{mark}"),
            canary: format!("canary{mark}"),
            id: None,
            owner: Who::nobody(),
            ended: Who::nobody(),
            key: Key { who: Who::nobody(), id: String::new(), scopes: BTreeSet::new() },
            things: Things { agent: format!("agent_{mark}"), ..Things::default() },
            marks: BTreeSet::new(),
            email: format!("owner@prove-{mark}.invalid"),
            password: hex::encode(world.random::<16>()),
            secret: hex::encode(world.random::<16>()),
            number: format!("+1500{digits}"),
            hooks: BTreeMap::new(),
            world: world.clone(),
        }
    }

    /// Makes the tenant, and lets its owner in. A name that is taken is a fault: nothing that was there is touched.
    pub async fn enter(&mut self, asker: &Asker, operator: &Who) -> Result<(), Fault> {
        let new = json!({ "company_name": format!("Prove {}", self.canary), "slug": self.slug, "owner_email": self.email });
        let made = asker.ask(operator, &Method::POST, "/api/admin/tenants", Some(&new)).await?;
        let made = made.good("making a throw-away tenant (is the token an operator's?)")?;
        let id = text(&made, "/tenant/id")?;
        self.id = Some(id.clone());
        self.things.tenant = id;
        let link = text(&made, "/owner_link")?;
        let token = link.rsplit('#').next().unwrap_or_default();
        let body = json!({ "token": token, "password": self.password });
        let entered = asker.ask(&Who::nobody(), &Method::POST, "/auth/links/redeem", Some(&body)).await?;
        self.owner = Who::bearer("owner", &text(&entered.good("the owner's link")?, "/token")?);
        let ended = self.sign_in(asker).await?;
        asker.ask(&ended, &Method::POST, "/auth/logout", None).await?.good("signing out")?;
        self.ended = ended.called("revoked session");
        Ok(())
    }

    /// Another session of the owner's.
    pub async fn sign_in(&self, asker: &Asker) -> Result<Who, Fault> {
        let body = json!({ "email": self.email, "password": self.password });
        let answer = asker.ask(&Who::nobody(), &Method::POST, "/auth/login", Some(&body)).await?;
        Ok(Who::bearer("owner", &text(&answer.good("signing in")?, "/token")?))
    }

    /// Connects providers and an endpoint, and lets calls and texts come in, signed with the tenant's own keys.
    pub async fn plant(&mut self, asker: &Asker) -> Result<(), Fault> {
        let vapi = json!({ "webhook_secret": self.secret, "assistant_id": self.things.agent });
        let account = format!("AC{}", self.secret);
        let twilio =
            json!({ "account_sid": account, "auth_token": self.secret, "phone_number": self.number });
        for (provider, fields) in [("vapi", vapi), ("twilio", twilio)] {
            let path = format!("/api/v1/connections/{provider}?tenant={}", self.slug);
            let body = json!({ "fields": fields });
            asker
                .ask(&self.owner, &Method::PUT, &path, Some(&body))
                .await?
                .good(&format!("connecting {provider}"))?;
        }
        let there = asker
            .ask(&self.owner, &Method::GET, &format!("/api/v1/connections?tenant={}", self.slug), None)
            .await?;
        for item in there.good("the connections")?["items"].as_array().into_iter().flatten() {
            let (Some(provider), Some(hook)) = (item["provider"].as_str(), item["hook_url"].as_str()) else {
                continue;
            };
            self.hooks.insert(provider.to_owned(), hook.to_owned());
        }
        let endpoint =
            json!({ "url": format!("https://{}.invalid/hook", self.canary), "description": self.canary });
        let path = format!("/api/v1/endpoints?tenant={}", self.slug);
        asker.ask(&self.owner, &Method::POST, &path, Some(&endpoint)).await?.good("making an endpoint")?;
        // The oldest call is somebody's whom the proof may erase.
        self.send(asker, "vapi", "end_of_call_report", bodies::NOBODY).await?;
        for _ in 0..2 {
            self.call(asker).await?;
            self.send(asker, "twilio", "message_incoming", CALLER).await?;
        }
        Ok(())
    }

    /// Lets one more call come in.
    pub async fn call(&self, asker: &Asker) -> Result<(), Fault> {
        self.send(asker, "vapi", "end_of_call_report", CALLER).await
    }

    async fn send(&self, asker: &Asker, provider: &str, sample: &str, caller: &str) -> Result<(), Fault> {
        let hook = self.hooks.get(provider).ok_or_else(|| Fault::words(format!("{provider} has no hook")))?;
        let by = call_webhooks_named(provider);
        let gallery = by.as_ref().and_then(|by| by.gallery()).ok_or_else(|| Fault::words("no gallery"))?;
        let sample =
            gallery.named(sample).ok_or_else(|| Fault::words(format!("{provider} has no {sample}")))?;
        let (mark, at) = (hex::encode(self.world.random::<16>()), self.world.now());
        let filling = Filling { mark, agent: self.things.agent.clone(), number: self.number.clone(), at };
        let body = String::from_utf8_lossy(&gallery.fill(sample, &filling)).into_owned();
        let body = body.replace(CALLER, caller);
        let body = SAID.iter().fold(body, |body, said| body.replace(said, &self.canary));
        // What is the lab's is a test, which lists leave out.
        let body = body.replace("\"lab-", "\"prove-").replace(LAB_ACCOUNT, &format!("AC{}", self.secret));
        let keys = Credentials::of(gallery.signing_field(), &self.secret);
        let signed = gallery
            .sign(&keys, hook, body.into_bytes(), at)
            .map_err(|_| Fault::words("the sample is not signed"))?;
        let path =
            hook.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
        let mut request = asker.request(&Who::nobody(), &Method::POST, path);
        for header in &signed.headers {
            request = request.header(&header.name, &header.value);
        }
        let answer = request.body(signed.body).send().await.map_err(|e| Fault::words(e.to_string()))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        Err(Fault::words(format!(
            "the {provider} sample was answered {status}: {text}; is the server's public address right?"
        )))
    }

    /// Waits until what came in is there, makes what lists still lack, and notes every id. Makes nothing twice.
    pub async fn settle(
        &mut self,
        asker: &Asker,
        operator: &Who,
        document: &Value,
        operations: &[Operation],
    ) -> Result<(), Fault> {
        let began = std::time::Instant::now();
        for list in ["calls", "texts", "deliveries"] {
            let path = format!("/api/v1/{list}?tenant={}", self.slug);
            while asker.ask(&self.owner, &Method::GET, &path, None).await?.good(list)?["items"][0].is_null() {
                if began.elapsed() > PATIENCE {
                    return Err(Fault::words(format!("the planted data does not appear in {list}")));
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
        let scopes: BTreeSet<&str> = operations.iter().filter_map(|operation| scope(operation)).collect();
        self.key = self.new_key(asker, operator, &scopes.into_iter().collect::<Vec<_>>()).await?;
        for operation in operations {
            let path = &operation.path;
            let is_needed = operations.iter().any(|other| other.path.starts_with(&format!("{path}/{{")));
            let makes = operations.iter().find(|other| other.path == *path && other.method == Method::POST);
            let page = self.harvest(asker, operator, operation).await?;
            let is_empty = page.is_some_and(|page| page["items"].as_array().is_some_and(Vec::is_empty));
            if let (true, true, Some(makes)) = (is_needed, is_empty, makes)
                && makes.wall != Wall::Platform
            {
                let body = makes.body.as_ref().map(|schema| bodies::making(path, schema, document));
                let address = self.in_tenant(makes);
                asker.ask(&self.owner, &Method::POST, &address.unwrap_or_default(), body.as_ref()).await?;
                self.harvest(asker, operator, operation).await?;
            }
        }
        let hooks = self.hooks.values().filter_map(|hook| hook.rsplit('/').next().map(str::to_owned));
        self.marks
            .extend(hooks.chain(self.things.all().cloned()).chain([self.slug.clone(), self.canary.clone()]));
        Ok(())
    }

    /// Reads a list and notes its first id, its next page, and every id in it.
    async fn harvest(
        &mut self,
        asker: &Asker,
        operator: &Who,
        operation: &Operation,
    ) -> Result<Option<Value>, Fault> {
        if operation.method != Method::GET || operation.is_stream || operation.wall == Wall::Public {
            return Ok(None);
        }
        let is_of_tenant =
            operation.wall != Wall::Platform || operation.path.starts_with("/api/admin/tenants/{");
        let Some(address) = self.in_tenant(operation).filter(|_| is_of_tenant) else { return Ok(None) };
        let who = if operation.wall == Wall::Platform { operator } else { &self.owner };
        let limit = if operation.query.iter().any(|name| name == "limit") { 1 } else { 0 };
        let first = match limit {
            1 => {
                asker.ask(who, &operation.method, &format!("{address}{}limit=1", and(&address)), None).await?
            }
            _ => asker.ask(who, &operation.method, &address, None).await?,
        };
        let page = first.json();
        if let Some(id) = page["items"][0]["id"].as_str() {
            self.things.ids.insert(operation.path.clone(), id.to_owned());
        }
        if let Some(cursor) = page["next_cursor"].as_str() {
            self.things.cursors.insert(operation.path.clone(), cursor.to_owned());
        }
        if operation.wall != Wall::Platform {
            ids(&page, &mut self.marks);
        }
        Ok(Some(page))
    }

    /// An operation's address, with the tenant named in its query where its path does not.
    pub fn in_tenant(&self, operation: &Operation) -> Option<String> {
        self.things.address(operation).map(|address| self.naming(operation, address))
    }

    /// The same with made-up ids where the tenant has none.
    pub fn somewhere(&self, operation: &Operation) -> String {
        self.naming(operation, self.things.somewhere(operation))
    }

    fn naming(&self, operation: &Operation, address: String) -> String {
        let is_named = operation.query.iter().any(|name| name == "tenant") && !operation.tenant_in_path();
        if is_named { format!("{address}?tenant={}", self.slug) } else { address }
    }

    /// A new key with these scopes, or with those of them that a key may have.
    pub async fn new_key(&self, asker: &Asker, operator: &Who, scopes: &[&str]) -> Result<Key, Fault> {
        let modest = scopes.iter().filter(|scope| !WEIGHTY.iter().any(|begins| scope.starts_with(begins)));
        let choices = [json!(scopes), json!(modest.collect::<Vec<_>>()), Value::Null];
        let mut made = Heard::default();
        for scopes in choices {
            made = self.order_key(asker, operator, json!({ "name": self.canary, "scopes": scopes })).await?;
            if !matches!(made.status, 403 | 422) {
                break;
            }
        }
        let made = made.good("making a key")?;
        let scopes = made["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let scopes = scopes.map(str::to_owned).collect();
        Ok(Key { who: Who::bearer("key", &text(&made, "/key")?), id: text(&made, "/id")?, scopes })
    }

    /// A key that ends in a moment, where keys have an end.
    pub async fn passing_key(&self, asker: &Asker, operator: &Who) -> Result<Option<Who>, Fault> {
        let ends = self.world.now().plus_ms(1_500).rfc3339();
        let made =
            self.order_key(asker, operator, json!({ "name": self.canary, "expires_at": ends })).await?;
        let made = made.json();
        let has_end = made["expires_at"].is_string();
        Ok(made["key"].as_str().filter(|_| has_end).map(|key| Who::bearer("expired key", key)))
    }

    async fn order_key(&self, asker: &Asker, operator: &Who, body: Value) -> Result<Heard, Fault> {
        let path = format!("/api/admin/tenants/{}/api-keys", self.things.tenant);
        asker.ask(operator, &Method::POST, &path, Some(&body)).await
    }

    /// Revokes a key. Idempotent.
    pub async fn revoke(&self, asker: &Asker, operator: &Who, key: &Key) -> Result<(), Fault> {
        let path = format!("/api/admin/tenants/{}/api-keys/{}", self.things.tenant, key.id);
        asker.ask(operator, &Method::DELETE, &path, None).await?.good("revoking a key").map(drop)
    }

    /// Removes the tenant. One that was never made is removed already.
    pub async fn remove(&self, asker: &Asker, operator: &Who) -> Result<(), Fault> {
        let Some(id) = &self.id else { return Ok(()) };
        let path = format!("/api/admin/tenants/{id}");
        let gone: Heard = asker.ask(operator, &Method::DELETE, &path, None).await?;
        if gone.status == 404 { Ok(()) } else { gone.good("removing it").map(drop) }
    }
}

/// The scope that an operation wants.
pub fn scope(operation: &Operation) -> Option<&str> {
    match &operation.wall {
        Wall::Tenant(scope) => Some(scope),
        _ => None,
    }
}

/// What joins one more parameter to an address.
pub fn and(address: &str) -> char {
    if address.contains('?') { '&' } else { '?' }
}

fn text(value: &Value, pointer: &str) -> Result<String, Fault> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Fault::words(format!("the answer has no {pointer}")))
}

/// Every id in a value.
fn ids(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| ids(value, into)),
        Value::Array(items) => items.iter().for_each(|value| ids(value, into)),
        Value::String(text) if text.len() == 36 && text.parse::<uuid::Uuid>().is_ok() => {
            into.insert(text.clone());
        }
        _ => {}
    }
}
