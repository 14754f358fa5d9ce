//! Values go in and come out alike on every engine.

use crate::tables::{note, notes, scope};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_store::{StoreError, Val, tsql, vals};
use vestibule_testkit::{both_databases, world};

both_databases! {
    async fn nul_characters_become_replacement_characters(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        let mut tx = db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        let sql = tsql!(
            "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc) VALUES ($1, $2, 0, $3, '', '', '', $4)"
        );
        // A NUL, and a backslash before "u0000", which is none.
        let doc = json!({ "a\0b": "c\0\0d", "path": "C:\\u0000", "mixed": "\\\0" });
        let values = [Uuid::from_u128(1).into(), "a\0b".into(), Val::json(&doc).unwrap()];
        inside.exec(sql, &values).await.unwrap();
        let row = inside.row(tsql!("SELECT actor, doc FROM audit WHERE tenant_id = $1"), &[]).await.unwrap().unwrap();
        assert_eq!(row.text("actor").unwrap(), "a\u{fffd}b");
        let want = json!({ "a\u{fffd}b": "c\u{fffd}\u{fffd}d", "path": "C:\\u0000", "mixed": "\\\u{fffd}" });
        assert_eq!(row.json::<Value>("doc").unwrap(), want);
    }

    async fn json_reads_back(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        let mut tx = db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        let doc = json!({
            "text": "Éloïse \u{1f600} \"quoted\" \\ / \n\t\u{1}", "empty": "", "null": null, "yes": true,
            "whole": 9_007_199_254_740_993_i64, "least": i64::MIN, "half": 0.5, "list": [1, [], {}],
            "object": { "b": 1, "a": { "": 2 } },
        });
        let sql = tsql!(
            "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc) VALUES ($1, $2, 0, '', '', '', '', $3)"
        );
        inside.exec(sql, &[Uuid::from_u128(1).into(), Val::json(&doc).unwrap()]).await.unwrap();
        let row = inside.row(tsql!("SELECT doc FROM audit WHERE tenant_id = $1"), &[]).await.unwrap().unwrap();
        assert_eq!(row.json::<Value>("doc").unwrap(), doc);
    }

    async fn ids_are_in_the_order_of_their_bytes(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        let ids: Vec<Uuid> = [0_u128, 1, 0x7f << 120, 0x80 << 120, 0xff << 120, u128::MAX, 1 << 64, 1 << 63]
            .into_iter().map(Uuid::from_u128).collect();
        let mut tx = db.write_in(&scope).await.unwrap();
        for id in &ids {
            note(&mut tx.tenant(&scope).await.unwrap(), *id, &id.to_string()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut want: Vec<Uuid> = ids;
        want.sort_by_key(|id| *id.as_bytes());
        let want: Vec<String> = want.iter().map(Uuid::to_string).collect();
        assert_eq!(notes(&db, &scope).await, want);
    }

    async fn nulls_bytes_and_truths_read_back(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        let mut tx = db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        let sql = tsql!(
            "INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, last_error, created_at)
             VALUES ($1, $2, $3, $3, $4, 0, 0, 0, $5, $6, 0)"
        );
        inside.exec(sql, vals!["q", Uuid::from_u128(5), i64::MAX, true, None::<&str>]).await.unwrap();
        let row = inside.row(tsql!("SELECT queue, id, next_at, leased, last_error FROM jobs WHERE tenant_id = $1"), &[]).await.unwrap().unwrap();
        assert_eq!(row.opt_text("last_error").unwrap(), None);
        assert_eq!((row.int("next_at").unwrap(), row.bool("leased").unwrap()), (i64::MAX, true));
        assert_eq!(row.uuid("id").unwrap(), Uuid::from_u128(5));
        assert!(matches!(row.text("last_error"), Err(StoreError::Broken(_))));
        assert!(row.int("queue").is_err(), "text was read as a number");
        assert!(row.int("nothing").is_err());
        let sql = tsql!("INSERT INTO inbox_keys (tenant_id, key_hash, body_hash, inbox_id) VALUES ($1, $2, $3, $4)");
        inside.exec(sql, vals![vec![0_u8, 255, 0], [7_u8; 32], Uuid::nil()]).await.unwrap();
        let row = inside.row(tsql!("SELECT key_hash, body_hash FROM inbox_keys WHERE tenant_id = $1"), &[]).await.unwrap().unwrap();
        assert_eq!((row.bytes("key_hash").unwrap(), row.bytes("body_hash").unwrap()), (vec![0, 255, 0], vec![7; 32]));
    }

    async fn a_second_row_under_a_key_is_a_conflict(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        let mut tx = db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        note(&mut inside, Uuid::nil(), "first").await.unwrap();
        let second = note(&mut inside, Uuid::nil(), "second").await;
        assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
        drop(tx);
        assert_eq!(notes(&db, &scope).await, [""; 0], "a dropped transaction left something");
    }

    async fn a_tenant_sees_only_its_own_rows(db: TestDb) {
        let db = db.open(world().0).await;
        let (one, two) = (scope(1), scope(2));
        let mut tx = db.write().await.unwrap();
        // Two tenants in one transaction, with the same id.
        note(&mut tx.tenant(&one).await.unwrap(), Uuid::nil(), "one").await.unwrap();
        note(&mut tx.tenant(&two).await.unwrap(), Uuid::nil(), "two").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(notes(&db, &one).await, ["one"]);
        assert_eq!(notes(&db, &two).await, ["two"]);
    }
}
