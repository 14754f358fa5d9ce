//! What may be added to a statement: an optional condition, and the tail of a page.

use sqlparser::ast::{BinaryOperator, Expr, SetExpr, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// A fragment is one comparison: ` AND column <op> ?`, or of a row, ` AND (a, b) < (?, ?)`.
pub fn fragment(text: &str) -> Result<(), String> {
    let refusal = |why: &str| {
        Err(format!("a fragment is one comparison, ` AND column <op> ?` or ` AND (a, b) < (?, ?)`: {why}"))
    };
    if !text.starts_with(" AND ") {
        return refusal("it begins with ` AND `");
    }
    let values = text.matches('?').count();
    if values == 0 || text.contains('$') {
        return refusal("it has a `?` and no numbered placeholder");
    }
    if text.contains(';') || text.contains("--") || text.contains("/*") {
        return refusal("no `;` and no comment");
    }
    let whole = format!("SELECT 1 FROM t WHERE TRUE{}", text.replace('?', "$2"));
    let Some(condition) = condition(&whole) else { return refusal("it does not parse") };
    let Expr::BinaryOp { left, op: BinaryOperator::And, right } = condition else {
        return refusal("no OR beside it");
    };
    if !matches!(*left, Expr::Value(_)) {
        return refusal("one condition only");
    }
    if is_comparison(&right, values) { Ok(()) } else { refusal("columns compared with as many values") }
}

fn condition(text: &str) -> Option<Expr> {
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, text).ok()?;
    let Statement::Query(query) = statements.pop()? else { return None };
    let SetExpr::Select(select) = *query.body else { return None };
    if query.order_by.is_some() || query.limit_clause.is_some() || !statements.is_empty() {
        return None;
    }
    select.selection
}

fn is_comparison(expression: &Expr, values: usize) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    match expression {
        Expr::BinaryOp { left, op: Lt | LtEq | Gt | GtEq, right } if values > 1 => {
            match (&**left, &**right) {
                (Expr::Tuple(columns), Expr::Tuple(given)) => {
                    columns.len() == values
                        && given.len() == values
                        && columns.iter().chain(given).all(is_plain)
                }
                _ => false,
            }
        }
        _ if values > 1 => false,
        Expr::BinaryOp { left, op: Eq | NotEq | Lt | LtEq | Gt | GtEq, right } => {
            is_plain(left) && is_plain(right)
        }
        Expr::Like { expr, pattern, .. } => is_plain(expr) && is_plain(pattern),
        _ => false,
    }
}

/// A column, the value, or a plain function of one of them: nothing that reads another table.
fn is_plain(expression: &Expr) -> bool {
    match expression {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => true,
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_plain(inner),
        Expr::Function(function) => !function.to_string().to_uppercase().contains("SELECT"),
        _ => false,
    }
}

/// A tail orders and limits; it adds no condition.
pub fn tail(text: &str) -> Result<(), String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect();
    let first = words.first().map(String::as_str).unwrap_or_default();
    let forbidden = ["WHERE", "UNION", "OR", "SELECT", "FROM", "EXCEPT", "INTERSECT"];
    if !text.starts_with(' ')
        || !["ORDER", "LIMIT", "GROUP", "FOR"].contains(&first)
        || text.contains(';')
        || text.contains("--")
        || words.iter().any(|word| forbidden.contains(&word.as_str()))
    {
        return Err("a tail is ` ORDER BY … LIMIT …` and nothing else".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{fragment, tail};

    #[test]
    fn fragments_are_one_comparison() {
        for good in
            [" AND c.status = ?", " AND started_at >= ?", " AND lower(c.name) LIKE ?", " AND c.id < ?"]
        {
            assert_eq!(fragment(good), Ok(()), "{good}");
        }
        for bad in [
            "AND c.status = ?",
            " AND c.status = ? OR 1 = 1",
            " AND c.status = $2",
            " AND a = ? AND b = 2",
            " AND a = ?; DELETE FROM calls",
            " AND a = ? -- rest",
            " AND a IN (SELECT id FROM calls WHERE x = ?)",
            " AND a = (SELECT id FROM calls WHERE x = ?)",
            " AND ?",
            " OR a = ?",
            " AND a = ? ORDER BY b",
            " AND (a, b) < (?,",
            " AND (a, ?) < (?, b)) OR (1, ?) = (1, 1",
            " AND TRUE ORDER BY i.id DESC LIMIT ?",
        ] {
            assert!(fragment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tails_order_and_limit() {
        assert_eq!(tail(" ORDER BY c.started_at DESC, c.id DESC LIMIT ?"), Ok(()));
        assert!(tail(" OR 1 = 1").is_err());
        assert!(tail(" ORDER BY id UNION SELECT 1").is_err());
        assert!(tail("ORDER BY id").is_err(), "it would run into the word before");
    }
}
