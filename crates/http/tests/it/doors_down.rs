//! A database that cannot be written to: the provider is told to come back, and what it brings then is kept.

use crate::street::{Answer, Street, anon, owner};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::{Duration, Instant};
use vestibule_testkit::{Engine, Kit, both_databases};

/// Runs statements as PostgreSQL's superuser, from another database.
async fn as_superuser(kit: &Kit, sql: String) {
    let url = kit.database.super_url();
    let (server, _) = url.rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

fn database_name(kit: &Kit) -> String {
    kit.database.super_url().rsplit('/').next().unwrap().to_owned()
}

fn is_come_back(answer: &Answer) {
    answer.is_problem(503, "unavailable");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{answer:?}");
}

both_databases! {
    async fn an_event_that_cannot_be_kept_is_not_acknowledged(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = own.sample("call_ended").body();
        assert_eq!(street.get(&anon(), "/ready").await.status, 200);
        if kit.engine == Engine::Sqlite {
            // Another process holds the file for longer than anybody waits.
            let other = kit.database.open(kit.house.world.clone()).await;
            let held = other.write().await.unwrap();
            is_come_back(&street.hook(&own, &body).await);
            drop(held);
        } else {
            let name = database_name(&kit);
            as_superuser(&kit, format!("ALTER DATABASE {name} CONNECTION LIMIT 0")).await;
            as_superuser(&kit, format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
            for _ in 0..3 {
                is_come_back(&street.hook(&own, &body).await);
            }
            let answer = street.get(&anon(), "/ready").await;
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"), "{answer:?}");
            assert_eq!(street.get(&anon(), "/health").await.status, 200, "the program itself is well");
            is_come_back(&street.get(&owner(&own), "/api/v1/calls").await);
            as_superuser(&kit, format!("ALTER DATABASE {name} CONNECTION LIMIT -1")).await;
        }
        // The provider comes back: nothing was lost, nothing is there twice.
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = street.hook(&own, &body).await;
            if answer.status.is_success() {
                break;
            }
            assert!(Instant::now() < deadline, "it never recovered: {answer:?}");
        }
        assert_eq!(street.hook(&own, &body).await.status, 200);
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/inbox").await.items().len(), 1);
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items().len(), 1);
    }
}
