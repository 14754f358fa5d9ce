//! Whether somebody outside can be reached at all. Asked for people who look at the server's health; nothing waits for it.

use futures::future::BoxFuture;

/// Somebody outside whom we depend on.
pub trait Reach: Send + Sync {
    /// Their stable name.
    fn name(&self) -> &'static str;

    /// Whether they answer anything at all, within a bounded time. Shows them no credentials.
    fn is_reached(&self) -> BoxFuture<'_, bool>;
}
