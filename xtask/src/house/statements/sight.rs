//! What a scope of a statement sees: its relations, those around it, and which of them are bound to the tenant.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    BinaryOperator, Expr, FromTable, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor, TableObject, TableWithJoins, UpdateTableFromKind,
};

use super::expressions::{conjuncts, is_first_placeholder, last_name, lower, peel, tenant_column};

/// A table, subquery or function that a scope reads, by the name under which it is known there.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) alias: String,
    /// The tenant's table it stands for, if it does.
    pub(super) table: Option<String>,
    pub(super) is_bound: bool,
}

/// A condition, and the only relation that it restrains (that of a LEFT JOIN), if not all.
type Condition<'a> = (&'a Expr, Option<String>);

pub(super) type Scope = Vec<Relation>;

/// What is in sight at one place of a statement.
pub(super) struct Sight<'a> {
    /// The tenants' tables.
    pub(super) tables: &'a BTreeSet<String>,
    /// The common table expressions in sight, and whether they give out a bound `tenant_id`.
    pub(super) ctes: Vec<BTreeMap<String, bool>>,
    /// The scopes around.
    pub(super) scopes: Vec<Scope>,
}

impl Sight<'_> {
    /// The relations of a SELECT, each bound or not.
    pub(super) fn select_scope(&self, select: &Select) -> (Scope, bool) {
        self.scope(&select.from.iter().collect::<Vec<_>>(), select.selection.as_ref())
    }

    /// The relations of a list of tables under a condition; false when a join is of a kind that is not understood.
    fn scope(&self, from: &[&TableWithJoins], selection: Option<&Expr>) -> (Scope, bool) {
        let mut relations = Vec::new();
        let mut conditions: Vec<Condition<'_>> =
            selection.iter().map(|expression| (*expression, None)).collect();
        let mut understood = true;
        for table in from {
            understood &= self.flatten(table, &mut relations, &mut conditions);
        }
        self.bind(&mut relations, &conditions);
        (relations, understood)
    }

    fn flatten<'e>(
        &self,
        from: &'e TableWithJoins,
        relations: &mut Scope,
        conditions: &mut Vec<Condition<'e>>,
    ) -> bool {
        let mut understood = self.add(&from.relation, relations, conditions);
        for join in &from.joins {
            let before = relations.len();
            understood &= self.add(&join.relation, relations, conditions);
            let own = relations.get(before).map(|relation| relation.alias.clone());
            let (constraint, only) = match &join.join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => (on, None),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, own),
                _ => {
                    understood = false;
                    continue;
                }
            };
            match constraint {
                JoinConstraint::On(expression) => conditions.push((expression, only)),
                JoinConstraint::None => {}
                JoinConstraint::Using(_) | JoinConstraint::Natural => understood = false,
            }
        }
        understood
    }

    fn add<'e>(
        &self,
        factor: &'e TableFactor,
        relations: &mut Scope,
        conditions: &mut Vec<Condition<'e>>,
    ) -> bool {
        let relation = match factor {
            TableFactor::Table { name, alias, .. } => {
                let table = last_name(name);
                let is_bound =
                    self.ctes.iter().rev().find_map(|frame| frame.get(&table)).copied().unwrap_or(false);
                let alias = alias.as_ref().map_or_else(|| table.clone(), |alias| lower(&alias.name));
                Relation { alias, table: self.tables.get(&table).cloned(), is_bound }
            }
            TableFactor::Derived { subquery, alias: Some(alias), .. } => {
                Relation { alias: lower(&alias.name), table: None, is_bound: self.gives_tenant(subquery) }
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                return self.flatten(table_with_joins, relations, conditions);
            }
            TableFactor::Function { alias: Some(alias), .. }
            | TableFactor::TableFunction { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => {
                Relation { alias: lower(&alias.name), table: None, is_bound: false }
            }
            _ => return false,
        };
        relations.push(relation);
        true
    }

    /// Marks what the conditions bind, until nothing changes.
    fn bind(&self, relations: &mut Scope, conditions: &[Condition<'_>]) {
        let conjuncts: Vec<(&Expr, &Option<String>)> = conditions
            .iter()
            .flat_map(|(expression, only)| conjuncts(expression).into_iter().map(move |one| (one, only)))
            .collect();
        loop {
            let bound: BTreeSet<String> = conjuncts
                .iter()
                .filter_map(|(expression, only)| {
                    let alias = self.bound_by(expression, relations)?;
                    (only.is_none() || only.as_ref() == Some(&alias)).then_some(alias)
                })
                .collect();
            let mut changed = false;
            for relation in relations.iter_mut().filter(|relation| bound.contains(&relation.alias)) {
                changed |= !relation.is_bound;
                relation.is_bound = true;
            }
            if !changed {
                return;
            }
        }
    }

    /// The alias that this equality newly binds.
    fn bound_by(&self, expression: &Expr, relations: &Scope) -> Option<String> {
        let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = peel(expression) else {
            return None;
        };
        for (one, other) in [(left, right), (right, left)] {
            let Some(alias) = tenant_column(one, relations) else { continue };
            let is_here = relations.iter().any(|relation| relation.alias == alias && !relation.is_bound);
            if is_here && self.is_tenant(other, relations) {
                return Some(alias);
            }
        }
        None
    }

    /// True for `$1` and for the `tenant_id` of a bound relation, here or around.
    pub(super) fn is_tenant(&self, expression: &Expr, relations: &Scope) -> bool {
        if is_first_placeholder(expression) {
            return true;
        }
        let Some(alias) = tenant_column(expression, relations) else { return false };
        std::iter::once(relations)
            .chain(self.scopes.iter().rev())
            .find_map(|scope| scope.iter().find(|relation| relation.alias == alias))
            .is_some_and(|relation| relation.is_bound)
    }

    /// Whether the `tenant_id` that a query gives out is the tenant.
    pub(super) fn gives_tenant(&self, query: &Query) -> bool {
        // Its own common table expressions are not looked into: such a query must be bound from outside.
        query.with.is_none() && self.body_gives_tenant(&query.body)
    }

    fn body_gives_tenant(&self, body: &SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => {
                let (scope, understood) = self.select_scope(select);
                understood && self.items_give_tenant(&select.projection, &scope)
            }
            SetExpr::Query(query) => self.gives_tenant(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.body_gives_tenant(left) && self.body_gives_tenant(right)
            }
            SetExpr::Update(statement) | SetExpr::Delete(statement) | SetExpr::Insert(statement) => {
                let (scope, understood) = self.statement_scope(statement);
                let returning = match statement {
                    Statement::Update(update) => &update.returning,
                    Statement::Delete(delete) => &delete.returning,
                    Statement::Insert(insert) => &insert.returning,
                    _ => &None,
                };
                understood && returning.as_ref().is_some_and(|items| self.items_give_tenant(items, &scope))
            }
            _ => false,
        }
    }

    fn items_give_tenant(&self, items: &[SelectItem], scope: &Scope) -> bool {
        items.iter().any(|item| match item {
            SelectItem::UnnamedExpr(expression) => {
                !is_first_placeholder(expression) && self.is_tenant(expression, scope)
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                lower(alias) == "tenant_id" && self.is_tenant(expr, scope)
            }
            SelectItem::Wildcard(_) => matches!(&scope[..], [only] if only.is_bound),
            _ => false,
        })
    }

    pub(super) fn statement_scope(&self, statement: &Statement) -> (Scope, bool) {
        match statement {
            Statement::Update(update) => {
                let mut from = vec![&update.table];
                if let Some(UpdateTableFromKind::AfterSet(tables) | UpdateTableFromKind::BeforeSet(tables)) =
                    &update.from
                {
                    from.extend(tables);
                }
                self.scope(&from, update.selection.as_ref())
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
                let from: Vec<_> = tables.iter().chain(delete.using.iter().flatten()).collect();
                self.scope(&from, delete.selection.as_ref())
            }
            // What an insert writes is judged apart; what it returns is bound when that is in order.
            Statement::Insert(insert) => {
                let TableObject::TableName(name) = &insert.table else { return (Vec::new(), false) };
                let table = last_name(name);
                let alias =
                    insert.table_alias.as_ref().map_or_else(|| table.clone(), |alias| lower(&alias.alias));
                let own = Relation { alias, table: self.tables.get(&table).cloned(), is_bound: true };
                (vec![own], true)
            }
            _ => (Vec::new(), true),
        }
    }
}
