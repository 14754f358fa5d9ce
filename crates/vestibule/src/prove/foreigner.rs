//! The other tenant, looked for: by its name, by its things, by its cursors, and in whatever lists show.

use super::asker::{Heard, Who};
use super::bodies;
use super::cast::{and, scope};
use super::matrix::{Findings, Scene};
use super::operations::{Operation, Wall};
use crate::say::Fault;
use reqwest::Method;

impl Scene<'_> {
    /// The other tenant: its name, its things, its cursors, and whatever lists show.
    pub async fn foreigner(&self, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
        for operation in operations {
            match operation.wall {
                Wall::Public => continue,
                Wall::Platform => {
                    for who in [&self.own.owner, &self.own.key.who] {
                        for cast in [self.own, self.victim] {
                            let address = cast.somewhere(operation);
                            self.check(findings, (operation, "no operator"), who, &address, |s| s == 403)
                                .await?;
                        }
                    }
                    continue;
                }
                Wall::Personal | Wall::Tenant(_) => {}
            }
            let is_keys = scope(operation).is_some_and(|needed| self.own.key.scopes.contains(needed));
            for who in
                [Some(&self.own.owner), Some(&self.own.key.who).filter(|_| is_keys)].into_iter().flatten()
            {
                self.foreign_tenant(operation, who, findings).await?;
                self.foreign_thing(operation, who, findings).await?;
                self.lists(operation, who, findings).await?;
            }
        }
        Ok(())
    }

    async fn foreign_tenant(
        &self,
        operation: &Operation,
        who: &Who,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let takes_it = operation.tenant_in_path() || operation.query.iter().any(|name| name == "tenant");
        if !takes_it || (operation.wall == Wall::Personal && operation.method != Method::GET) {
            return Ok(());
        }
        let mut answers = Vec::new();
        for name in [&self.victim.things.tenant, &self.victim.slug, &"prove-nobody-of-that-name".to_owned()] {
            let mut things = self.own.things.clone();
            let path = &operation.path;
            let address = if operation.tenant_in_path() {
                things.tenant.clone_from(name);
                things.address(operation)
            } else {
                things.filled(path).map(|address| format!("{address}?tenant={name}"))
            };
            let Some(address) = address else { return Ok(()) };
            let heard = self
                .check(findings, (operation, "names a foreign tenant"), who, &address, |s| s == 404)
                .await?;
            answers.push(heard);
        }
        self.alike(operation, "a foreign tenant and none look alike", &answers, findings);
        Ok(())
    }

    async fn foreign_thing(
        &self,
        operation: &Operation,
        who: &Who,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let (Some(own), Some(foreign)) =
            (self.own.things.address(operation), self.victim.things.address(operation))
        else {
            if operation.path.contains('{') {
                findings.unasked.push(format!("{}: nothing to put into its address", operation.name()));
            }
            return Ok(());
        };
        if own == foreign || operation.tenant_in_path() {
            return Ok(());
        }
        let mut nothing = self.own.things.clone();
        let id = uuid::Uuid::from_bytes([0x01; 16]).to_string();
        nothing.ids.values_mut().for_each(|known| known.clone_from(&id));
        let is_read = operation.body.is_some();
        let mut answers = Vec::new();
        for address in [Some(foreign), nothing.address(operation)].into_iter().flatten() {
            let address = format!("{address}?tenant={}", self.own.slug);
            // A body that was made up may be refused before anything is looked for.
            let right = |status| status == 404 || (is_read && (400..500).contains(&status));
            answers.push(
                self.check(findings, (operation, "names a foreign thing"), who, &address, right).await?,
            );
        }
        self.alike(operation, "a foreign thing and none look alike", &answers, findings);
        Ok(())
    }

    /// Refusals must not tell what exists.
    fn alike(&self, operation: &Operation, what: &'static str, answers: &[Heard], findings: &mut Findings) {
        let Some(first) = answers.first() else { return };
        let differs =
            answers.iter().any(|other| other.status != first.status || other.same() != first.same());
        findings.note(operation, what, first, differs.then(|| "the refusals differ".to_owned()));
    }

    async fn lists(&self, operation: &Operation, who: &Who, findings: &mut Findings) -> Result<(), Fault> {
        if operation.method != Method::GET || operation.is_stream {
            return Ok(());
        }
        let Some(address) = self.own.in_tenant(operation) else { return Ok(()) };
        let mut queries = vec![("shows a foreign row", String::new())];
        for name in &operation.query {
            if name == "cursor" {
                let cursor = self.victim.things.cursors.get(&operation.path);
                queries.extend(
                    cursor.map(|cursor| ("takes a foreign cursor", format!("cursor={cursor}&limit=200"))),
                );
            } else if name == "limit" {
                queries.push(("shows a foreign row", "limit=200".to_owned()));
            } else if let Some(foreign) = bodies::foreign(name, &self.victim.things) {
                queries.push(("filters by a foreign thing", format!("{name}={foreign}")));
            }
        }
        for (what, query) in queries {
            let address =
                if query.is_empty() { address.clone() } else { format!("{address}{}{query}", and(&address)) };
            self.check(findings, (operation, what), who, &address, |status| status < 500).await?;
        }
        Ok(())
    }
}
