//! Migrations: each once, none edited, two at once wait.

use sqlx::{Connection, Executor, PgConnection};
use vestibule_store::{Db, StoreError, migrate_postgres};
use vestibule_testkit::{BEGINNING, Engine, TestDb, postgres_is_available, runtime, world};

#[test]
fn sqlite_is_migrated_when_it_is_opened_and_refuses_an_edited_text() {
    runtime().block_on(async {
        let test = TestDb::new(Engine::Sqlite).await;
        drop(test.open(world().0).await);
        drop(test.open(world().0).await);
        let file = rusqlite::Connection::open(test.sqlite_path()).unwrap();
        let vacuum: i64 = file.query_row("PRAGMA auto_vacuum", [], |r| r.get(0)).unwrap();
        assert_eq!(vacuum, 2, "auto_vacuum must be incremental before the first table");
        file.execute("UPDATE schema_migrations SET checksum = checksum + 1", []).unwrap();
        let opened = Db::open(&test.config(), world().0).await;
        assert!(
            matches!(&opened, Err(StoreError::Broken(text)) if text.contains("another text")),
            "{opened:?}"
        );
    });
}

#[test]
fn postgres_is_migrated_once_and_refuses_an_edited_text() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let test = TestDb::empty_postgres().await;
        let opened = Db::open(&test.config(), world().0).await;
        assert!(
            matches!(&opened, Err(StoreError::Broken(text)) if text.contains("vestibule migrate")),
            "{opened:?}"
        );
        let migrate = || async { migrate_postgres(&test.owner_url(), test.login(), BEGINNING.0).await };
        assert_eq!(migrate().await.unwrap().first(), Some(&"0001_spine"));
        assert!(migrate().await.unwrap().is_empty(), "a migration was applied twice");
        test.open(world().0).await.ping().await.unwrap();
        let mut owner = PgConnection::connect(&test.owner_url()).await.unwrap();
        owner.execute("UPDATE schema_migrations SET checksum = checksum + 1").await.unwrap();
        let again = migrate().await;
        assert!(
            matches!(&again, Err(StoreError::Broken(text)) if text.contains("another text")),
            "{again:?}"
        );
        drop(owner.close().await);
        test.drop_database().await;
    });
}

#[test]
fn two_migrations_at_once_wait_for_each_other() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let test = TestDb::empty_postgres().await;
        let url = test.owner_url();
        let all = (0..4).map(|_| migrate_postgres(&url, test.login(), BEGINNING.0));
        let all = futures::future::join_all(all).await;
        let applied: usize = all.into_iter().map(|done| done.unwrap().len()).sum();
        assert_eq!(applied, vestibule_store::MIGRATIONS.len());
        test.drop_database().await;
    });
}
