//! Reading expressions: conjuncts, the tenant's column, the tenant's placeholder.

use sqlparser::ast::{BinaryOperator, Expr, Ident, ObjectName, Value};

use super::sight::Scope;

pub(super) fn conjuncts(expression: &Expr) -> Vec<&Expr> {
    match peel(expression) {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        other => vec![other],
    }
}

pub(super) fn peel(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => peel(inner),
        other => other,
    }
}

/// The alias whose `tenant_id` this is; without an alias, the only relation's.
pub(super) fn tenant_column(expression: &Expr, relations: &Scope) -> Option<String> {
    match peel(expression) {
        Expr::CompoundIdentifier(names) => match &names[..] {
            [.., alias, column] if lower(column) == "tenant_id" => Some(lower(alias)),
            _ => None,
        },
        Expr::Identifier(column) if lower(column) == "tenant_id" => match &relations[..] {
            [only] => Some(only.alias.clone()),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn is_first_placeholder(expression: &Expr) -> bool {
    match peel(expression) {
        Expr::Cast { expr, .. } => is_first_placeholder(expr),
        Expr::Value(value) => matches!(&value.value, Value::Placeholder(name) if name == "$1"),
        _ => false,
    }
}

pub(super) fn last_name(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(lower).unwrap_or_default()
}

pub(super) fn lower(name: &Ident) -> String {
    name.value.to_lowercase()
}
