//! Statements on tenant rows, checked when they are compiled.

/// SQL text that was checked to filter by its tenant: made by [`tsql!`](crate::tsql).
#[derive(Debug, Clone)]
pub struct TenantSql {
    pub(crate) sqlite: std::borrow::Cow<'static, str>,
    pub(crate) pg: std::borrow::Cow<'static, str>,
}

/// An optional condition that may be added to a [`TenantSql`]: made by [`fragment!`](crate::fragment).
#[derive(Debug, Clone, Copy)]
pub struct Fragment(&'static str);

const fn holds(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let mut at = 0;
    while at + needle.len() <= text.len() {
        let mut i = 0;
        while i < needle.len() && text[at + i] == needle[i] {
            i += 1;
        }
        if i == needle.len() {
            return true;
        }
        at += 1;
    }
    false
}

const fn binds_tenant(text: &str) -> bool {
    holds(text, "tenant_id = $1")
        || (holds(text, "(tenant_id,") && (holds(text, "VALUES ($1,") || holds(text, "SELECT $1,")))
}

impl TenantSql {
    /// Checks the text: it must compare `tenant_id = $1`, or insert `$1` as its first column `tenant_id`.
    /// The house check parses every statement and looks at each table it names.
    ///
    /// # Panics
    /// When the text does not bind the tenant; in a constant this is a compile error.
    #[must_use]
    pub const fn new(sqlite: &'static str, pg: &'static str) -> Self {
        assert!(binds_tenant(sqlite), "a tenant statement must filter by `tenant_id = $1`");
        assert!(binds_tenant(pg), "a tenant statement must filter by `tenant_id = $1`");
        Self { sqlite: std::borrow::Cow::Borrowed(sqlite), pg: std::borrow::Cow::Borrowed(pg) }
    }

    /// Checks the text of a statement that only PostgreSQL is given; SQLite refuses it.
    ///
    /// # Panics
    /// When the text does not bind the tenant; in a constant this is a compile error.
    #[must_use]
    pub const fn new_for_pg(pg: &'static str) -> Self {
        assert!(binds_tenant(pg), "a tenant statement must filter by `tenant_id = $1`");
        let sqlite = std::borrow::Cow::Borrowed("a statement for PostgreSQL alone");
        Self { sqlite, pg: std::borrow::Cow::Borrowed(pg) }
    }

    /// Checks the text of a statement that was made from a [`Shape`](crate::Shape): as strictly as the macros do, but when
    /// it runs. Only the store's own `shape` calls this.
    pub(crate) fn of_shape(text: String) -> crate::Result<Self> {
        if !binds_tenant(&text) {
            return Err(crate::StoreError::Broken(
                "a tenant statement must filter by `tenant_id = $1`".into(),
            ));
        }
        Ok(Self { sqlite: std::borrow::Cow::Owned(text.clone()), pg: std::borrow::Cow::Owned(text) })
    }

    /// Appends a condition; its `?`s become the placeholders `$number`, `$number + 1`, ….
    #[must_use]
    pub fn and(mut self, fragment: Fragment, number: usize) -> Self {
        let mut text = fragment.0.to_owned();
        let mut next = number;
        while text.contains('?') {
            text = text.replacen('?', &format!("${next}"), 1);
            next += 1;
        }
        self.sqlite.to_mut().push_str(&text);
        self.pg.to_mut().push_str(&text);
        self
    }

    /// Appends the tail of a keyset page, ` ORDER BY … LIMIT ?`, whose `?` becomes the placeholder `$number`.
    #[must_use]
    pub fn tail(mut self, tail: &'static str, number: usize) -> Self {
        let text = tail.replacen('?', &format!("${number}"), 1);
        self.sqlite.to_mut().push_str(&text);
        self.pg.to_mut().push_str(&text);
        self
    }
}

impl Fragment {
    /// Checks the text: one comparison, begun by ` AND `, of a column with `?` or of a row with `(?, ?)`.
    ///
    /// # Panics
    /// When it is anything else; in a constant this is a compile error.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        assert!(holds(text, " AND ") && holds(text, "?"), "a fragment is ` AND column <op> ?`");
        assert!(
            !holds(text, " OR ") && !holds(text, ";") && !holds(text, "--"),
            "a fragment is one comparison"
        );
        Self(text)
    }
}

/// A statement on tenant rows. The tenant is `$1` and is bound by the transaction; further values begin at `$2`.
#[macro_export]
macro_rules! tsql {
    (sqlite: $lite:expr, pg: $pg:expr $(,)?) => {{
        const SQL: $crate::TenantSql = $crate::TenantSql::new($lite, $pg);
        SQL
    }};
    (pg: $pg:expr $(,)?) => {{
        const SQL: $crate::TenantSql = $crate::TenantSql::new_for_pg($pg);
        SQL
    }};
    ($text:expr) => {{
        const SQL: $crate::TenantSql = $crate::TenantSql::new($text, $text);
        SQL
    }};
}

/// An optional condition for [`TenantSql::and`].
#[macro_export]
macro_rules! fragment {
    ($text:expr) => {{
        const FRAGMENT: $crate::Fragment = $crate::Fragment::new($text);
        FRAGMENT
    }};
}

/// Builds the values of a statement: `vals![a, b, c]`.
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { &[$($crate::Val::from($value)),*] };
}
