//! Is every tenant's table in a statement bound to `$1`? Each SELECT, UPDATE and DELETE is a scope of its own: a table
//! in it is bound by `alias.tenant_id = $1` as a conjunct of WHERE or ON, or by equality with the `tenant_id` of a
//! relation that is bound, in this scope or around it. Common table expressions and subqueries are bound when the
//! `tenant_id` that they give out is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{ObjectName, Query, Select, Statement, Visit, Visitor};
use sqlparser::dialect::{PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::expressions::{last_name, lower};
use super::inserts;
use super::sight::{Relation, Scope, Sight};

/// What is wrong with a statement.
pub fn complaints(sql: &str, tables: &BTreeSet<String>) -> Vec<String> {
    // The parser knows only the stronger of the two row locks; which one it is changes no rows.
    let sql = sql.replace("FOR NO KEY UPDATE", "FOR UPDATE");
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &sql)
        .or_else(|_| Parser::parse_sql(&SQLiteDialect {}, &sql));
    let statement = match parsed {
        Ok(mut statements) if statements.len() == 1 => statements.remove(0),
        Ok(_) => return vec!["one statement at a time".to_owned()],
        Err(error) => return vec![format!("the SQL does not parse: {error}")],
    };
    let mut walker = Walker::new(tables);
    let _ = statement.visit(&mut walker);
    if walker.judged < walker.named {
        walker
            .complaints
            .push("names a tenant's table where this check does not look: write it more plainly".to_owned());
    }
    walker.complaints
}

/// Goes through a statement, scope by scope.
pub(super) struct Walker<'a> {
    pub(super) sight: Sight<'a>,
    /// References to tenants' tables that the statement holds, and those that were judged.
    named: usize,
    judged: usize,
    pub(super) complaints: Vec<String>,
}

impl<'a> Walker<'a> {
    fn new(tables: &'a BTreeSet<String>) -> Self {
        let sight = Sight { tables, ctes: Vec::new(), scopes: Vec::new() };
        Self { sight, named: 0, judged: 0, complaints: Vec::new() }
    }

    /// Judges a scope and keeps it in sight for what is inside it.
    fn enter(&mut self, scope: Scope, understood: bool) {
        let tenants: Vec<&Relation> = scope.iter().filter(|relation| relation.table.is_some()).collect();
        self.judged += tenants.len();
        if !understood && !tenants.is_empty() {
            let message =
                "joins a tenant's table in a way this check does not understand: use JOIN or LEFT JOIN … ON";
            self.complaints.push(message.to_owned());
        }
        for relation in tenants.iter().filter(|relation| !relation.is_bound) {
            let table = relation.table.as_deref().unwrap_or_default();
            let shown = if table == relation.alias {
                table.to_owned()
            } else {
                format!("{table} {}", relation.alias)
            };
            self.complaints.push(format!(
                "`{shown}` is not bound to its tenant: add `{}.tenant_id = $1`",
                relation.alias
            ));
        }
        self.sight.scopes.push(scope);
    }
}

impl Visitor for Walker<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Query(_) => {}
            Statement::Update(update) => {
                if inserts::moves_tenant(&update.assignments) {
                    self.complaints
                        .push("a row never moves to another tenant: do not set tenant_id".to_owned());
                }
            }
            Statement::Delete(_) => {}
            Statement::Insert(insert) => inserts::judge(self, insert),
            _ => self.complaints.push("only SELECT, INSERT, UPDATE and DELETE".to_owned()),
        }
        if !matches!(statement, Statement::Query(_)) {
            let (scope, understood) = self.sight.statement_scope(statement);
            self.enter(scope, understood);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        if !matches!(statement, Statement::Query(_)) {
            self.sight.scopes.pop();
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.sight.ctes.push(BTreeMap::new());
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = lower(&cte.alias.name);
            if self.sight.tables.contains(&name) {
                self.complaints
                    .push(format!("the common table expression `{name}` has the name of a table: rename it"));
            }
            // Renamed columns could call anything `tenant_id`.
            let is_bound = cte.alias.columns.is_empty() && self.sight.gives_tenant(&cte.query);
            if let Some(frame) = self.sight.ctes.last_mut() {
                frame.insert(name, is_bound);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.sight.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let (scope, understood) = self.sight.select_scope(select);
        self.enter(scope, understood);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &Select) -> ControlFlow<()> {
        self.sight.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.named += usize::from(self.sight.tables.contains(&last_name(relation)));
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
