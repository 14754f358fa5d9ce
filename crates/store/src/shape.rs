//! Whole tables of a tenant, row by row, for what is done with all of them alike: archives and the end of a tenant.
//!
//! A [`Shape`] names a table, what binds its rows to their owner, and its columns. The statements are made from it here
//! and nowhere else: each begins with `WHERE <owner> = $1` or inserts `$1` as the owner, and the owner is bound by the
//! transaction, as for [`tsql!`](crate::tsql). Names come from the program, never from outside.

use crate::{Result, Row, StoreError, TenantSql, TenantTx, Tx, Val};
use serde_json::value::RawValue;
use vestibule_model::TenantId;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// An id.
    Id,
    /// An integer.
    Int,
    /// An instant at which work is due: [`NEVER`](crate::queue::NEVER), or [`HELD`](crate::queue::HELD) in a row that was
    /// carried along.
    Due,
    /// A truth value.
    Bool,
    /// Text.
    Text,
    /// JSON.
    Json,
    /// Bytes.
    Bytes,
    /// A credential, sealed under the owner's data key; every row has one.
    Secret,
    /// A credential, sealed under the owner's data key, where there is one.
    OptSecret,
    /// Bytes that are not a credential, sealed under the owner's data key.
    SealedBytes,
    /// Text that is not a credential, sealed under the owner's data key.
    SealedText,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What a column that is not carried along holds in a new row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// This number.
    Int(i64),
    /// This truth value.
    Bool(bool),
    /// This word.
    Text(&'static str),
}

/// A table of rows that belong to an owner.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The table's name.
    pub table: &'static str,
    /// The column that says whose a row is.
    pub owner: &'static str,
    /// A further condition, ` AND …`, or nothing.
    pub and: &'static str,
    /// The columns that name a row of the owner's, those with a fixed length first.
    pub order: &'static [&'static str],
    /// The columns that are carried along, the owner's apart.
    pub columns: &'static [Column],
    /// The columns that are not, and what a new row has in them.
    pub fixed: &'static [(&'static str, Fixed)],
    /// The function by which PostgreSQL deletes rows that nobody may delete otherwise.
    pub guard: Option<&'static str>,
}

/// A row: the values of the shape's columns, in their order.
pub type Cells = Vec<Val>;

impl Shape {
    /// A table of tenants: its name, the columns that name a row of a tenant's, all its columns.
    #[must_use]
    pub const fn of_tenant(
        table: &'static str,
        order: &'static [&'static str],
        columns: &'static [Column],
    ) -> Self {
        Self { table, owner: "tenant_id", and: "", order, columns, fixed: &[], guard: None }
    }

    /// The place of a column among the cells.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    fn marks(&self, first: usize) -> String {
        (0..self.order.len()).map(|i| format!("${}", first + i)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn page_sql(&self, is_first: bool) -> String {
        let (names, table, owner, and, keys) =
            (self.names(), self.table, self.owner, self.and, self.order.join(", "));
        let mut sql = format!("SELECT {names} FROM {table} WHERE {owner} = $1{and}");
        if keys.is_empty() {
            return sql;
        }
        if !is_first {
            sql.push_str(&format!(" AND ({keys}) > ({})", self.marks(3)));
        }
        sql.push_str(&format!(" ORDER BY {keys} LIMIT $2"));
        sql
    }

    pub(crate) fn insert_sql(&self) -> String {
        let mut names = vec![self.owner];
        names.extend(self.columns.iter().map(|column| column.name));
        names.extend(self.fixed.iter().map(|(name, _)| *name));
        let marks: Vec<String> = (1..=names.len()).map(|i| format!("${i}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.table, names.join(", "), marks.join(", "))
    }

    pub(crate) fn delete_sql(&self) -> String {
        let (table, owner, and, keys) = (self.table, self.owner, self.and, self.order.join(", "));
        if keys.is_empty() {
            return format!("DELETE FROM {table} WHERE {owner} = $1{and}");
        }
        format!(
            "DELETE FROM {table} WHERE {owner} = $1 AND ({keys}) IN (
               SELECT {keys} FROM {table} WHERE {owner} = $1{and} ORDER BY {keys} LIMIT $2)"
        )
    }

    pub(crate) fn insert_values(&self, cells: &[Val]) -> Result<Vec<Val>> {
        if cells.len() != self.columns.len() {
            return Err(StoreError::Broken(format!("a row of {} has another length", self.table)));
        }
        let mut values = cells.to_vec();
        values.extend(self.fixed.iter().map(|(_, fixed)| match fixed {
            Fixed::Int(number) => Val::Int(Some(*number)),
            Fixed::Bool(is_so) => Val::Bool(Some(*is_so)),
            Fixed::Text(word) => Val::from(*word),
        }));
        Ok(values)
    }

    pub(crate) fn read(&self, row: &Row) -> Result<Cells> {
        let cell = |column: &Column| {
            let name = column.name;
            Ok(match column.holds {
                Holds::Id => Val::Id(row.opt_uuid(name)?),
                Holds::Int | Holds::Due => Val::Int(row.opt_int(name)?),
                Holds::Bool => Val::Bool(row.opt_bool(name)?),
                Holds::Text => Val::Text(row.opt_text(name)?),
                Holds::Json => {
                    let raw: Option<Box<RawValue>> = row.opt_json(name)?;
                    Val::Json(raw.map(|raw| raw.get().to_owned()))
                }
                Holds::Bytes | Holds::Secret | Holds::OptSecret | Holds::SealedBytes | Holds::SealedText => {
                    Val::Bytes(row.opt_bytes(name)?)
                }
            })
        };
        self.columns.iter().map(cell).collect()
    }

    pub(crate) fn page_values(&self, after: Option<&Cells>, limit: i64) -> Result<Vec<Val>> {
        if self.order.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = vec![Val::from(limit)];
        if let Some(cells) = after {
            for name in self.order {
                let cell = self.place(name).and_then(|place| cells.get(place));
                let cell = cell.ok_or_else(|| StoreError::Broken(format!("{name} is not carried along")))?;
                values.push(cell.clone());
            }
        }
        Ok(values)
    }
}

impl TenantTx<'_> {
    /// A page of the tenant's rows of a table, after a row; empty at the end.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn page_of(&mut self, shape: &Shape, after: Option<&Cells>, limit: i64) -> Result<Vec<Cells>> {
        if shape.order.is_empty() && after.is_some() {
            return Ok(Vec::new());
        }
        let sql = TenantSql::of_shape(shape.page_sql(after.is_none()))?;
        let rows = self.rows(sql, &shape.page_values(after, limit)?).await?;
        rows.iter().map(|row| shape.read(row)).collect()
    }

    /// Inserts a row of the tenant's. Not idempotent: a row that exists is a conflict.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it exists or points at what does not.
    pub async fn insert_into(&mut self, shape: &Shape, cells: &[Val]) -> Result<()> {
        let sql = TenantSql::of_shape(shape.insert_sql())?;
        self.exec(sql, &shape.insert_values(cells)?).await.map(drop)
    }

    /// Deletes up to `limit` of the tenant's rows of a table; how many. Idempotent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when rows of another table point at them.
    pub async fn delete_from(&mut self, shape: &Shape, limit: i64) -> Result<u64> {
        if let Some(guard) = shape.guard
            && self.prefers_one_statement()
        {
            let (sql, tenant) = (format!("SELECT {guard}($1, $2) AS gone"), self.tenant().into());
            let rows = self.outer().rows(&sql, Some(&tenant), &[Val::from(limit)]).await?;
            let gone = rows.first().map_or(Ok(0), |row| row.int("gone"))?;
            return Ok(u64::try_from(gone).unwrap_or(0));
        }
        let sql = TenantSql::of_shape(shape.delete_sql())?;
        let values: &[Val] = if shape.order.is_empty() { &[] } else { &[Val::from(limit)] };
        self.exec(sql, values).await
    }
}

/// A page of an owner's rows of a table of the directory, after a row.
pub(crate) async fn owned_page(
    tx: &mut Tx,
    owner: TenantId,
    shape: &Shape,
    after: Option<&Cells>,
    limit: i64,
) -> Result<Vec<Cells>> {
    let values = shape.page_values(after, limit)?;
    let rows = tx.rows(&shape.page_sql(after.is_none()), Some(&owner.into()), &values).await?;
    rows.iter().map(|row| shape.read(row)).collect()
}

/// Inserts a row of an owner's into a table of the directory.
pub(crate) async fn owned_insert(tx: &mut Tx, owner: TenantId, shape: &Shape, cells: &[Val]) -> Result<()> {
    tx.exec(&shape.insert_sql(), Some(&owner.into()), &shape.insert_values(cells)?).await.map(drop)
}

/// Writes a shape's columns: `columns![id: Id, name: Text]`.
#[macro_export]
macro_rules! columns {
    ($($name:ident: $holds:ident),* $(,)?) => {
        &[$($crate::Column { name: stringify!($name), holds: $crate::Holds::$holds }),*]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTES: Shape = Shape {
        table: "notes",
        owner: "tenant_id",
        and: "",
        order: &["id", "word"],
        columns: columns![id: Id, word: Text, text: Text],
        fixed: &[("due_at", Fixed::Int(7))],
        guard: None,
    };

    #[test]
    fn every_statement_is_bound_to_its_owner() {
        assert_eq!(
            NOTES.page_sql(false),
            "SELECT id, word, text FROM notes WHERE tenant_id = $1 AND (id, word) > ($3, $4) ORDER BY id, word LIMIT $2"
        );
        assert_eq!(
            NOTES.insert_sql(),
            "INSERT INTO notes (tenant_id, id, word, text, due_at) VALUES ($1, $2, $3, $4, $5)"
        );
        for sql in [NOTES.page_sql(true), NOTES.page_sql(false), NOTES.insert_sql(), NOTES.delete_sql()] {
            assert!(TenantSql::of_shape(sql.clone()).is_ok(), "{sql}");
        }
        let by_another = Shape { owner: "owner_id", ..NOTES };
        assert!(
            TenantSql::of_shape(by_another.delete_sql()).is_err(),
            "a tenant's rows are bound by tenant_id"
        );
    }
}
