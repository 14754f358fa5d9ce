//! What an INSERT writes belongs to the tenant, and what it meets on a conflict does too.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Insert, OnConflictAction, OnInsert, SelectItem, SetExpr,
    TableObject,
};

use super::bound::Walker;
use super::expressions::{is_first_placeholder, last_name, lower};

/// Judges an INSERT into a tenant's table.
pub(super) fn judge(walker: &mut Walker<'_>, insert: &Insert) {
    let TableObject::TableName(name) = &insert.table else {
        walker.complaints.push("inserts into something that is not a table".to_owned());
        return;
    };
    let table = last_name(name);
    if !walker.sight.tables.contains(&table) {
        return;
    }
    if insert.or.is_some() || insert.replace_into {
        walker.complaints.push("no INSERT OR … and no REPLACE: say ON CONFLICT with its columns".to_owned());
    }
    let Some(place) = insert.columns.iter().position(|column| last_name(column) == "tenant_id") else {
        walker
            .complaints
            .push(format!("the INSERT into `{table}` names no tenant_id: name it, with `$1` as its value"));
        return;
    };
    let writes_tenant = insert.source.as_ref().is_some_and(|source| body_writes(walker, &source.body, place));
    if !writes_tenant {
        walker.complaints.push(format!("the INSERT into `{table}` does not write `$1` as its tenant_id"));
    }
    conflict(walker, insert, &table);
}

fn body_writes(walker: &Walker<'_>, body: &SetExpr, place: usize) -> bool {
    match body {
        SetExpr::Values(values) => {
            values.rows.iter().all(|row| row.content.get(place).is_some_and(is_first_placeholder))
        }
        SetExpr::Select(select) => {
            let (scope, _) = walker.sight.select_scope(select);
            let has_wildcard = select
                .projection
                .iter()
                .take(place)
                .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
            match select.projection.get(place) {
                Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => {
                    !has_wildcard && walker.sight.is_tenant(expr, &scope)
                }
                _ => false,
            }
        }
        SetExpr::Query(query) => body_writes(walker, &query.body, place),
        SetExpr::SetOperation { left, right, .. } => {
            body_writes(walker, left, place) && body_writes(walker, right, place)
        }
        _ => false,
    }
}

/// An update on conflict changes the row it met: the conflict must be within the tenant.
fn conflict(walker: &mut Walker<'_>, insert: &Insert, table: &str) {
    let conflict = match &insert.on {
        None => return,
        Some(OnInsert::OnConflict(conflict)) => conflict,
        Some(_) => {
            walker.complaints.push("no ON DUPLICATE KEY: say ON CONFLICT with its columns".to_owned());
            return;
        }
    };
    let OnConflictAction::DoUpdate(update) = &conflict.action else { return };
    if moves_tenant(&update.assignments) {
        walker.complaints.push("a row never moves to another tenant: do not set tenant_id".to_owned());
    }
    let within = match &conflict.conflict_target {
        Some(ConflictTarget::Columns(columns)) => columns.iter().any(|column| lower(column) == "tenant_id"),
        _ => false,
    };
    if !within {
        walker.complaints.push(format!(
            "the conflict of the INSERT into `{table}` may be with another tenant's row: name tenant_id among its columns"
        ));
    }
}

/// True when an assignment sets `tenant_id`.
pub(super) fn moves_tenant(assignments: &[Assignment]) -> bool {
    assignments.iter().any(|assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => last_name(name) == "tenant_id",
        AssignmentTarget::Tuple(names) => names.iter().any(|name| last_name(name) == "tenant_id"),
    })
}
