//! The audit log's chain: whatever is done to it behind the program's back is found, and the first row is named.

use futures::{StreamExt, future::join_all};
use serde_json::json;
use uuid::Uuid;
use vestibule_access::{Actor, TenantScope};
use vestibule_domain::audit::{self, AuditFilter, FaultKind, Look, Verdict};
use vestibule_model::{CallId, TenantId, UserId};
use vestibule_testkit::{Kit, both_databases, inside};

/// A tenant that exists nowhere but here, and has a log of `rows`.
async fn logged(kit: &Kit, rows: usize) -> TenantScope {
    let scope = kit.mint.tenant(kit.house.world.new_id::<TenantId>(), Actor::System("test"));
    for _ in 0..rows {
        note(kit, &scope).await;
        kit.clock.advance_ms(1);
    }
    scope
}

async fn note(kit: &Kit, scope: &TenantScope) {
    let mut tx = kit.house.db.write_in(scope).await.unwrap();
    let mut tenant = tx.tenant(scope).await.unwrap();
    let doc = json!({ "url": "https://n8n.test/é", "n": 1.5, "list": [1, null, "a\u{0}b"] });
    audit::note(&mut tenant, &kit.house.world, "endpoint.changed", "endpoint", "one", doc).await.unwrap();
    tx.commit().await.unwrap();
}

async fn checked(kit: &Kit, scope: &TenantScope) -> Verdict {
    audit::verify(&kit.house, scope, &[]).await.unwrap()
}

async fn fault(kit: &Kit, scope: &TenantScope) -> Option<(FaultKind, Option<i64>)> {
    checked(kit, scope).await.fault.map(|fault| (fault.kind, fault.seq))
}

/// Where a statement of [`TestDb::tamper`](vestibule_testkit::TestDb::tamper) ends: a row of the chain.
fn row(kit: &Kit, scope: &TenantScope, seq: i64) -> String {
    format!("WHERE tenant_id = {} AND seq = {seq}", kit.database.id_literal(scope.tenant().0))
}

async fn tamper(kit: &Kit, sql: &str) {
    assert_eq!(kit.database.tamper(sql).await, 1, "{sql}");
}

both_databases! {
    async fn req_3_27_a_change_of_any_column_of_any_row_is_found(kit: Kit) {
        let other = Uuid::from_u128(77);
        let changes = [
            ("tenant_id", kit.database.id_literal(other)),
            ("id", kit.database.id_literal(other)),
            ("at", "at + 1".to_owned()),
            ("actor", "'person:somebody'".to_owned()),
            ("action", "'endpoint.change'".to_owned()),
            ("object_kind", "'endpoints'".to_owned()),
            ("object_id", "'onf'".to_owned()),
            ("doc", r#"'{"url":"https://n8n.test/e","n":1.5,"list":[1,null,"a"]}'"#.to_owned()),
            ("seq", "seq + 100".to_owned()),
            ("seq", "NULL".to_owned()),
            ("prev_hash", kit.database.bytes_literal(&[7; 32])),
            ("prev_hash", kit.database.bytes_literal(&[7; 3])),
            ("hash", kit.database.bytes_literal(&[7; 32])),
            ("hash", "NULL".to_owned()),
        ];
        for (number, (column, value)) in changes.iter().enumerate() {
            for seq in 1..=3 {
                let scope = logged(&kit, 3).await;
                assert_eq!(checked(&kit, &scope).await.rows, 3);
                let value = value.replace(&kit.database.id_literal(other), &kit.database.id_literal(
                    Uuid::from_u128(1_000 * (number as u128 + 1) + u128::try_from(seq).unwrap()),
                ));
                tamper(&kit, &format!("UPDATE audit SET {column} = {value} {}", row(&kit, &scope, seq))).await;
                let found = fault(&kit, &scope).await;
                // Where a row is gone from its place, the next one says so; of the last one, the head.
                let gone = *column == "tenant_id" || *column == "seq";
                let at = if gone && seq < 3 && value != "seq + 100" { seq + 1 } else { seq };
                let at = if value == "seq + 100" && seq == 3 { 103 } else if value == "seq + 100" { seq + 1 } else { at };
                assert_eq!(found.map(|(_, seq)| seq), Some(Some(at)), "{column} = {value}, row {seq}: {found:?}");
                if !gone {
                    assert_eq!(found.map(|(kind, _)| kind), Some(FaultKind::Altered), "{column} = {value}");
                }
            }
        }
        for (column, value) in [("seq", "seq - 1".to_owned()), ("hash", kit.database.bytes_literal(&[7; 32]))] {
            let scope = logged(&kit, 3).await;
            let id = kit.database.id_literal(scope.tenant().0);
            tamper(&kit, &format!("UPDATE audit_heads SET {column} = {value} WHERE tenant_id = {id}")).await;
            assert_eq!(fault(&kit, &scope).await.map(|(kind, _)| kind), Some(FaultKind::Head), "{column}");
        }
    }

    async fn req_3_27_rows_that_are_removed_added_or_moved_are_found(kit: Kit) {
        let mine = logged(&kit, 5).await;
        tamper(&kit, &format!("DELETE FROM audit {}", row(&kit, &mine, 3))).await;
        assert_eq!(fault(&kit, &mine).await, Some((FaultKind::Missing, Some(4))));
        // The end is gone: the head still tells of it.
        let mine = logged(&kit, 5).await;
        tamper(&kit, &format!("DELETE FROM audit {}", row(&kit, &mine, 5))).await;
        assert_eq!(fault(&kit, &mine).await, Some((FaultKind::Head, Some(5))));
        // All of it is gone.
        let mine = logged(&kit, 2).await;
        let id = kit.database.id_literal(mine.tenant().0);
        kit.database.tamper(&format!("DELETE FROM audit WHERE tenant_id = {id}")).await;
        assert_eq!(fault(&kit, &mine).await, Some((FaultKind::Head, Some(1))));
        // Two rows changed places.
        let mine = logged(&kit, 5).await;
        for (from, to) in [(2, 90), (3, 2), (90, 3)] {
            tamper(&kit, &format!("UPDATE audit SET seq = {to} {}", row(&kit, &mine, from))).await;
        }
        assert_eq!(fault(&kit, &mine).await, Some((FaultKind::Altered, Some(2))));
        // Rows that somebody wrote by hand: outside, and behind the end.
        let (new, bytes) = (kit.database.id_literal(Uuid::from_u128(5)), kit.database.bytes_literal(&[1; 32]));
        let values = "7, 'person:somebody', 'x', 'x', 'x', '{}'";
        let columns = "tenant_id, id, at, actor, action, object_kind, object_id, doc";
        let mine = logged(&kit, 2).await;
        let id = kit.database.id_literal(mine.tenant().0);
        tamper(&kit, &format!("INSERT INTO audit ({columns}) VALUES ({id}, {new}, {values})")).await;
        // Another tenant's such row, of an earlier id, is not the one that is named.
        let other = kit.database.id_literal(kit.house.world.new_id::<TenantId>().0);
        let earlier = kit.database.id_literal(Uuid::from_u128(4));
        tamper(&kit, &format!("INSERT INTO audit ({columns}) VALUES ({other}, {earlier}, {values})")).await;
        let found = checked(&kit, &mine).await.fault.unwrap();
        assert_eq!((found.kind, found.seq, found.id.map(|id| id.0)), (FaultKind::Outside, None, Some(Uuid::from_u128(5))));
        let mine = logged(&kit, 2).await;
        let id = kit.database.id_literal(mine.tenant().0);
        tamper(&kit, &format!("INSERT INTO audit ({columns}, seq, prev_hash, hash) VALUES ({id}, {new}, {values}, 3, {bytes}, {bytes})")).await;
        assert_eq!(fault(&kit, &mine).await, Some((FaultKind::Altered, Some(3))));
    }

    async fn a_tail_that_is_cut_with_its_head_does_not_fit_its_anchors(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let scope = tenant.scope;
        for _ in 0..4 {
            note(&kit, &scope).await;
        }
        let dir = tempfile::tempdir().unwrap();
        let anchor = async || audit::anchor_all(&kit.house, &kit.mint, dir.path()).await.unwrap();
        assert!(anchor().await >= 2, "the twin's too");
        assert_eq!(anchor().await, 0, "nothing grew");
        note(&kit, &scope).await;
        assert_eq!(anchor().await, 1);
        let text = std::fs::read_to_string(dir.path().join("audit-anchors-2026-11.jsonl")).unwrap();
        let (anchors, strange) = audit::read_anchors(&kit.house, &text).await.unwrap();
        assert_eq!(strange, 0);
        let verdict = audit::verify(&kit.house, &scope, &anchors).await.unwrap();
        assert!(verdict.fault.is_none() && verdict.anchors == 2, "{verdict:?}");
        assert!(audit::verify_all(&kit.house, &kit.mint, &anchors).await.unwrap().iter().all(|v| v.fault.is_none()));
        // A tenant that is gone without a word in the platform's log.
        let mut stranger = anchors[0].clone();
        stranger.tenant = kit.house.world.new_id();
        let all = [anchors.clone(), vec![stranger.clone()]].concat();
        let gone = audit::verify_all(&kit.house, &kit.mint, &all).await.unwrap();
        assert!(gone.iter().any(|v| v.tenant == stranger.tenant && v.fault.is_some()), "{gone:?}");
        // A tenant's own word for it is none.
        let another = logged(&kit, 1).await;
        audit::note_alone(&kit.house, &another, "tenant.erased", "tenant", &stranger.tenant.to_string()).await.unwrap();
        let said = audit::verify_all(&kit.house, &kit.mint, &all).await.unwrap();
        assert!(said.iter().any(|v| v.tenant == stranger.tenant && v.fault.is_some()), "{said:?}");
        let platform = kit.operator.own_rows();
        audit::note_alone(&kit.house, &platform, "tenant.erased", "tenant", &stranger.tenant.to_string()).await.unwrap();
        let gone = audit::verify_all(&kit.house, &kit.mint, &all).await.unwrap();
        assert!(gone.iter().all(|v| v.fault.is_none()), "{gone:?}");
        // The last row is cut off and the head set back, as only the database's owner can.
        let id = kit.database.id_literal(scope.tenant().0);
        let last = verdict.rows;
        tamper(&kit, &format!("DELETE FROM audit {}", row(&kit, &scope, last))).await;
        let hash = format!("(SELECT hash FROM audit WHERE tenant_id = {id} AND seq = {})", last - 1);
        tamper(&kit, &format!("UPDATE audit_heads SET seq = {}, hash = {hash} WHERE tenant_id = {id}", last - 1)).await;
        assert_eq!(fault(&kit, &scope).await, None, "without the anchors it looks whole");
        let cut = audit::verify(&kit.house, &scope, &anchors).await.unwrap().fault.unwrap();
        assert_eq!((cut.kind, cut.seq), (FaultKind::Anchor, Some(last)));
        // And goes on from there: the place is filled, with another row.
        note(&kit, &scope).await;
        let forked = audit::verify(&kit.house, &scope, &anchors).await.unwrap().fault.unwrap();
        assert_eq!((forked.kind, forked.seq), (FaultKind::Anchor, Some(last)));
        // A new month begins a new file, with every chain in it.
        kit.clock.advance_ms(30 * 24 * 3_600_000);
        assert!(anchor().await >= 2);
        assert!(std::fs::read_to_string(dir.path().join("audit-anchors-2026-12.jsonl")).unwrap().contains(&scope.tenant().to_string()));
        // Anchors that nobody signed are none.
        let forged = text.replacen("\"seq\":", "\"seq\":1", 1);
        let (_, strange) = audit::read_anchors(&kit.house, &format!("{forged}\nnonsense\n")).await.unwrap();
        assert_eq!(strange, 2);
    }

    async fn rows_from_before_the_chain_are_covered_by_its_first(kit: Kit) {
        let scope = logged(&kit, 0).await;
        let id = kit.database.id_literal(scope.tenant().0);
        for n in 1..=3 {
            let row = kit.database.id_literal(Uuid::from_u128(n));
            let sql = "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc)";
            tamper(&kit, &format!("{sql} VALUES ({id}, {row}, {n}, 'system:old', 'old.act', 'x', 'y', '{{\"n\":{n}}}')")).await;
        }
        // Another tenant's, of the same time.
        let (other, row) = (kit.house.world.new_id::<TenantId>(), kit.database.id_literal(Uuid::from_u128(7)));
        let sql = "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc)";
        let other = kit.database.id_literal(other.0);
        tamper(&kit, &format!("{sql} VALUES ({other}, {row}, 2, 'system:old', 'old.act', 'x', 'y', '{{}}')")).await;
        assert_eq!(checked(&kit, &scope).await.before, 3);
        note(&kit, &scope).await;
        note(&kit, &scope).await;
        let verdict = checked(&kit, &scope).await;
        assert_eq!((verdict.rows, verdict.before, verdict.fault), (3, 3, None));
        let (lines, found) = exported(&kit, &scope, 0).await;
        assert!(found.fault.is_none() && found.head.is_some(), "{found:?}\n{lines}");
        assert_eq!((lines.lines().count(), found.rows), (3 + 3 + 1 + 1, 4), "the export is in it");
        let second = kit.database.id_literal(Uuid::from_u128(2));
        tamper(&kit, &format!("UPDATE audit SET actor = 'system:new' WHERE tenant_id = {id} AND id = {second}")).await;
        assert_eq!(fault(&kit, &scope).await, Some((FaultKind::Before, None)));
    }

    async fn whoever_appends_at_once_comes_one_after_the_other(kit: Kit) {
        let scope = logged(&kit, 0).await;
        join_all((0..12).map(|_| note(&kit, &scope))).await;
        let verdict = checked(&kit, &scope).await;
        assert_eq!((verdict.rows, verdict.fault), (12, None));
        // What is taken back leaves no gap.
        let mut tx = kit.house.db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        audit::note(&mut inside, &kit.house.world, "never.happened", "x", "y", json!({})).await.unwrap();
        tx.rollback().await.unwrap();
        note(&kit, &scope).await;
        let verdict = checked(&kit, &scope).await;
        assert_eq!((verdict.rows, verdict.fault), (13, None));
    }

    async fn somebody_who_looks_is_noted_once_an_hour(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let call: CallId = kit.house.world.new_id();
        let person = |n| kit.mint.tenant(tenant.id(), Actor::Person(UserId(Uuid::from_u128(n))));
        let looked = async || {
            let filter = AuditFilter { object: Some(("call".into(), Some(call.to_string()))), limit: 50, ..AuditFilter::default() };
            audit::list(&kit.house, &tenant.scope, &filter).await.unwrap().items.len()
        };
        // The same person elsewhere, at a call of the same id.
        let elsewhere = kit.mint.tenant(tenant.twin().id(), Actor::Person(UserId(Uuid::from_u128(1))));
        audit::look(&kit.house, &elsewhere, call, Look::Transcript).await.unwrap();
        assert_eq!(looked().await, 0);
        let again = kit.restarted().await;
        // Two nodes, at the same moment, several times.
        let looks = (0..6).map(|n| {
            let (house, scope) = (if n % 2 == 0 { &kit.house } else { &again.house }, person(1));
            async move { audit::look(house, &scope, call, Look::Transcript).await.unwrap() }
        });
        join_all(looks).await;
        assert_eq!(looked().await, 1);
        audit::look(&kit.house, &person(1), call, Look::Recording).await.unwrap();
        audit::look(&kit.house, &person(2), call, Look::Transcript).await.unwrap();
        assert_eq!(looked().await, 3, "another person, another thing");
        kit.clock.advance_ms(3_600_000);
        for house in [&kit.house, &again.house] {
            audit::look(house, &person(1), call, Look::Transcript).await.unwrap();
        }
        assert_eq!(looked().await, 4, "another hour");
        assert_eq!(audit::looks_at(&kit.house, &tenant.twin().scope, call).await.unwrap().len(), 1);
        assert_eq!(audit::looks_at(&kit.house, &tenant.scope, call).await.unwrap().len(), 4);
    }

    async fn what_carries_traffic_writes_no_audit_row(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let before = checked(&kit, &tenant.scope).await.rows;
        for name in ["call_started", "call_ended", "call_analyzed"] {
            kit.send(&tenant, &tenant.sample(name).body()).await;
        }
        assert!(kit.fold_all().await > 0 && kit.deliver_all().await > 0, "nothing happened");
        let after = checked(&kit, &tenant.scope).await;
        assert_eq!((after.rows, after.fault), (before, None));
    }

    async fn a_page_is_narrowed_and_goes_on_where_it_ended(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let began = kit.house.world.now();
        kit.clock.advance_ms(10);
        let person = kit.mint.tenant(tenant.id(), Actor::Person(UserId(Uuid::from_u128(9))));
        for _ in 0..5 {
            note(&kit, &person).await;
            kit.clock.advance_ms(10);
        }
        let list = async |filter: AuditFilter| audit::list(&kit.house, &tenant.scope, &filter).await.unwrap();
        let all = list(AuditFilter { limit: 200, ..AuditFilter::default() }).await.items;
        let base = AuditFilter { limit: 2, actor: Some(format!("person:{}", Uuid::from_u128(9))), ..AuditFilter::default() };
        let (mut filter, mut seen) = (base.clone(), Vec::new());
        loop {
            let page = list(filter.clone()).await;
            seen.extend(page.items.into_iter().map(|row| row.seq.unwrap()));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        let newest: Vec<i64> = all.iter().take(5).map(|row| row.seq.unwrap()).collect();
        assert_eq!(seen, newest);
        let count = async |filter: AuditFilter| list(AuditFilter { limit: 200, ..filter }).await.items.len();
        assert_eq!(count(AuditFilter { action: Some("endpoint.changed".into()), ..AuditFilter::default() }).await, 5);
        assert_eq!(count(AuditFilter { object: Some(("endpoint".into(), Some("one".into()))), ..AuditFilter::default() }).await, 5);
        assert_eq!(count(AuditFilter { from: Some(began.plus_ms(10)), until: Some(began.plus_ms(30)), ..AuditFilter::default() }).await, 2);
        assert_eq!(count(AuditFilter { actor: Some("person:nobody".into()), ..AuditFilter::default() }).await, 0);
        let theirs = inside!(kit, tenant.twin(), |tx| audit::newest(tx, 200).await.unwrap());
        assert!(theirs.iter().all(|row| all.iter().all(|mine| mine.id != row.id)), "the twin's rows are its own");
    }

    async fn an_export_is_whole_in_parts_too(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for _ in 0..3 {
            note(&kit, &tenant.scope).await;
        }
        let (text, found) = exported(&kit, &tenant.scope, 0).await;
        assert!(found.fault.is_none(), "{found:?}");
        let head = found.head.unwrap();
        assert_eq!((found.tenant, head.seq), (Some(tenant.id()), found.rows));
        assert!(!text.contains(&tenant.twin().id().to_string()));
        let (_, strange) = audit::read_anchors(&kit.house, &head.line()).await.unwrap();
        assert_eq!(strange, 0, "the end is signed");
        note(&kit, &tenant.scope).await;
        let (_, part) = exported(&kit, &tenant.scope, head.seq).await;
        assert_eq!((part.begins_at, part.rows, part.fault), (Some(head.seq + 1), 1, None));
    }
}

async fn exported(kit: &Kit, scope: &TenantScope, after: i64) -> (String, audit::FileVerdict) {
    let pages: Vec<_> = audit::export(&kit.house, scope, after).await.unwrap().collect().await;
    let text: String = pages.into_iter().map(Result::unwrap).collect();
    let found = audit::verify_lines(text.lines());
    (text, found)
}
