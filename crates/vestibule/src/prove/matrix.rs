//! The matrix: who asks, for what of whose, and what must come back.

use super::asker::{Asker, Heard, Who};
use super::bodies;
use super::cast::{Cast, scope};
use super::operations::{Operation, Wall};
use crate::say::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// One check.
#[derive(Debug, Clone)]
pub struct Check {
    /// The operation.
    pub operation: String,
    /// Who asked, or for what.
    pub what: &'static str,
    /// The answer's status.
    pub status: u16,
    /// What is wrong with it, when something is.
    pub leak: Option<String>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// The checks that were made.
    pub checks: Vec<Check>,
    /// What could not be asked.
    pub unasked: Vec<String>,
    /// What is not asked on purpose, and why, in English and French.
    pub excepted: Vec<(String, &'static str, &'static str)>,
}

impl Findings {
    /// Notes a check of an operation.
    pub fn note(&mut self, operation: &Operation, what: &'static str, heard: &Heard, leak: Option<String>) {
        self.checks.push(Check { operation: operation.name(), what, status: heard.status, leak });
    }

    /// Notes a check that is none of one operation.
    pub fn add(&mut self, operation: String, what: &'static str, status: u16, leak: Option<String>) {
        self.checks.push(Check { operation, what, status, leak });
    }
}

/// The two tenants, and who asks.
pub struct Scene<'a> {
    /// The way to the server.
    pub asker: &'a Asker,
    /// Who runs it.
    pub operator: &'a Who,
    document: &'a Value,
    /// The tenant that looks.
    pub own: &'a Cast,
    /// The tenant that must not be seen.
    pub victim: &'a Cast,
    /// What only the victim has.
    pub marks: Vec<String>,
    gone: Vec<Who>,
}

impl<'a> Scene<'a> {
    /// The scene, once both tenants are furnished.
    pub async fn of(
        asker: &'a Asker,
        operator: &'a Who,
        document: &'a Value,
        own: &'a Cast,
        victim: &'a Cast,
    ) -> Result<Self, Fault> {
        let passing = own.passing_key(asker, operator).await?;
        let revoked = own.new_key(asker, operator, &["calls.read"]).await?;
        own.revoke(asker, operator, &revoked).await?;
        // The passing key has passed by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let gone = passing.into_iter().chain([revoked.who.called("revoked key")]).collect();
        let marks = victim.marks.difference(&own.marks).cloned().collect();
        Ok(Self { asker, operator, document, own, victim, marks, gone })
    }

    /// The first mark of the victim's in an answer.
    pub fn seen<'m>(&'m self, text: &str, sent: &[String]) -> Option<&'m String> {
        self.marks.iter().find(|mark| text.contains(mark.as_str()) && !sent.contains(mark))
    }

    fn body(&self, operation: &Operation) -> Option<Value> {
        operation.body.as_ref().map(|schema| bodies::example(schema, self.document))
    }

    /// Asks, and judges: a foreign mark is a leak, and so is a status that is none of the expected.
    pub async fn check(
        &self,
        findings: &mut Findings,
        (operation, what): (&Operation, &'static str),
        who: &Who,
        address: &str,
        right: impl Fn(u16) -> bool,
    ) -> Result<Heard, Fault> {
        let body = self.body(operation);
        let heard = self.asker.ask(who, &operation.method, address, body.as_ref()).await?;
        let leak = match self.seen(&heard.all, &[]) {
            Some(mark) => Some(format!("shows {mark}")),
            None if !right(heard.status) => Some(format!("answers {} to {}", heard.status, who.name)),
            None => None,
        };
        findings.note(operation, what, &heard, leak);
        Ok(heard)
    }

    /// Whoever is nobody: without credentials, with made-up ones, with revoked ones.
    pub async fn nobody(&self, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
        let mut nobodies = vec![
            Who::nobody(),
            Who::bearer("made-up session", "vss_made_up"),
            Who::bearer("made-up key", "vst_made_up"),
            Who::cookie("made-up cookie", "vss_made_up"),
            self.own.ended.clone(),
        ];
        nobodies.extend(self.gone.iter().cloned());
        for operation in operations {
            for who in &nobodies {
                for cast in [self.own, self.victim] {
                    let address = cast.somewhere(operation);
                    let is_public = operation.wall == Wall::Public;
                    let right = |status| if is_public { status < 500 } else { status == 401 };
                    self.check(findings, (operation, who.name), who, &address, right).await?;
                }
            }
        }
        Ok(())
    }

    /// Lesser roles, by views that an operator may take, and keys without the scope.
    pub async fn lesser(&self, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
        let scopes: BTreeSet<&str> = operations.iter().filter_map(scope).collect();
        for needed in &scopes {
            let others: Vec<&str> = scopes.iter().filter(|other| *other != needed).copied().collect();
            let key = self.own.new_key(self.asker, self.operator, &others).await?;
            for operation in operations.iter().filter(|operation| scope(operation) == Some(needed)) {
                if key.scopes.contains(*needed) {
                    findings.unasked.push(format!("{}: by a key without the scope", operation.name()));
                    continue;
                }
                let address = self.own.somewhere(operation);
                self.check(findings, (operation, "key without the scope"), &key.who, &address, |s| s == 403)
                    .await?;
            }
            self.own.revoke(self.asker, self.operator, &key).await?;
        }
        let viewing = "/api/admin/tenants/{id}/viewing";
        if !operations.iter().any(|operation| operation.path == viewing) {
            return Ok(());
        }
        for role in ["viewer", "staff", "manager"] {
            let path = viewing.replace("{id}", &self.own.things.tenant);
            let body = json!({ "role": role, "reason": "vestibule prove isolation" });
            self.asker
                .ask(self.operator, &Method::POST, &path, Some(&body))
                .await?
                .good("viewing as a role")?;
            let me = format!("/api/v1/me?tenant={}", self.own.slug);
            let me = self.asker.ask(self.operator, &Method::GET, &me, None).await?.json();
            let may: Vec<&str> =
                me["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let who = self.operator.called(role);
            for operation in operations {
                if scope(operation).is_none_or(|needed| may.contains(&needed)) {
                    continue;
                }
                let address = self.own.somewhere(operation);
                self.check(findings, (operation, role), &who, &address, |s| s == 403).await?;
            }
        }
        self.asker.ask(self.operator, &Method::DELETE, "/api/admin/viewing", None).await?;
        Ok(())
    }

    /// Foreign ids inside bodies: what is written with them shows nothing of the other tenant's.
    pub async fn bodies(&self, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
        for operation in operations.iter().filter(|operation| scope(operation).is_some()) {
            let Some(schema) = &operation.body else { continue };
            for name in bodies::naming(schema, self.document) {
                let (Some(foreign), Some(address)) =
                    (bodies::foreign(&name, &self.victim.things), self.own.in_tenant(operation))
                else {
                    continue;
                };
                // An agent of one provider's is nobody's at another.
                if foreign == self.victim.things.agent && !operation.path.contains("{provider}") {
                    continue;
                }
                let mut body = self.body(operation).unwrap_or_default();
                body[&name] = json!(foreign);
                let heard = self.asker.ask(&self.own.owner, &operation.method, &address, Some(&body)).await?;
                let is_taken = (200..300).contains(&heard.status);
                let leak = match self.seen(&heard.all, std::slice::from_ref(&foreign)) {
                    Some(mark) => Some(format!("shows {mark}")),
                    None => is_taken.then(|| format!("takes a foreign {name}")),
                };
                findings.note(operation, "names a foreign thing in its body", &heard, leak);
            }
        }
        Ok(())
    }

    /// The figures for machines name no tenant.
    pub async fn metrics(&self, findings: &mut Findings) -> Result<(), Fault> {
        let heard = self.asker.ask(self.operator, &Method::GET, "/metrics", None).await?;
        let marks = self.own.marks.iter().chain(&self.marks);
        let leak = marks
            .into_iter()
            .find(|mark| heard.all.contains(mark.as_str()))
            .map(|mark| format!("names {mark}"));
        findings.add("GET /metrics".into(), "labels name no tenant", heard.status, leak);
        let heard = self.asker.ask(&self.own.owner, &Method::GET, "/metrics", None).await?;
        let leak = self.seen(&heard.all, &[]).map(|mark| format!("names {mark}"));
        findings.add("GET /metrics".into(), "labels name no tenant", heard.status, leak);
        Ok(())
    }

    /// Whoever may gets in: else the rest would have looked at closed houses.
    pub async fn control(&self, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
        for operation in operations {
            let is_read = operation.method == Method::GET && !operation.is_stream;
            let is_owners = matches!(operation.wall, Wall::Personal | Wall::Tenant(_));
            let Some(address) = self.own.in_tenant(operation).filter(|_| is_read && is_owners) else {
                continue;
            };
            let heard = self.asker.ask(&self.own.owner, &operation.method, &address, None).await?;
            // What a thing does not have (a recording) is a 404 of its own; a wall is a 401 or a 403.
            let leak = match self.seen(&heard.all, &[]) {
                Some(mark) => Some(format!("shows {mark}")),
                None if matches!(heard.status, 401 | 403) || heard.status >= 500 => {
                    Some("keeps the owner out".to_owned())
                }
                None => None,
            };
            findings.note(operation, "the owner gets in", &heard, leak);
        }
        Ok(())
    }
}
