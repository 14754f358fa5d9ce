//! What tests stand on: a clock and an entropy that obey, databases of their own on every engine, a courier
//! that writes down what it was given, tenants with a twin that has the same callers and call ids, and a simulator of
//! the providers.
//!
//! Tests only: it panics where a program would answer.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must fail at once"
)]

mod courier;
mod database;
mod engine;
mod fake_texts;
mod ghosts;
mod kit;
mod mailer;
mod pool;
mod postgres;
mod retell;
pub mod simulator;
mod tape;
mod tenant;
mod texts;
mod twilio;
mod work;
mod world;

pub use courier::{RecordingCourier, delivered, down, failed, gone, real_courier};
pub use database::{Engine, TestDb};
pub use engine::{ENGINE_PAGE, ScriptedEngine, execution};
pub use fake_texts::FakeTexts;
pub use kit::{Kit, KitOptions, SendFault, kek, quick_settings, run, run_bare, run_with, runtime};
pub use mailer::RecordingMailer;
pub use postgres::{
    is_available as postgres_is_available, program as postgres_program, stop as stop_postgres,
};
pub use retell::{Sample, retell_sample, sign_retell};
pub use tape::{Tape, fetcher};
pub use tenant::{PASSWORD, TestTenant};
pub use texts::{ScriptedTexts, TOOK, taken};
pub use twilio::{connect_twilio, sign_twilio};
pub use vestibule_providers::call_webhooks;
pub use world::{BEGINNING, TestClock, TestEntropy, world};

/// Makes, for each function, a module of its name with the tests `sqlite`, `postgres_rls` and `postgres_plain`.
/// A function takes a [`Kit`], and after it the twins of its tenants must be as they were; or a bare [`TestDb`].
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($kit:ident: Kit) $body:block)+) => {$(
        $crate::both_databases! { @ $(#[$meta])* $name, $kit, $crate::Kit, $crate::run, $body }
    )+};
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $crate::both_databases! { @ $(#[$meta])* $name, $db, $crate::TestDb, $crate::run_bare, $body }
    )+};
    (@ $(#[$meta:meta])* $name:ident, $kit:ident, $ty:ty, $run:path, $body:block) => {
        $(#[$meta])*
        #[cfg(test)]
        mod $name {
            use super::*;

            async fn body($kit: $ty) $body

            #[test]
            fn sqlite() {
                $run($crate::Engine::Sqlite, body);
            }

            #[test]
            fn postgres_rls() {
                $run($crate::Engine::PostgresRls, body);
            }

            #[test]
            fn postgres_plain() {
                $run($crate::Engine::PostgresPlain, body);
            }
        }
    };
}

/// Acts inside a tenant in a transaction of its own and commits: `inside!(kit, tenant, |tx| act(tx).await)`.
#[macro_export]
macro_rules! inside {
    ($kit:expr, $tenant:expr, |$tx:ident| $body:expr) => {{
        let mut outer = $kit.house.db.write_in(&$tenant.scope).await.unwrap();
        let out = {
            let mut inner = outer.tenant(&$tenant.scope).await.unwrap();
            let $tx = &mut inner;
            $body
        };
        outer.commit().await.unwrap();
        out
    }};
}
