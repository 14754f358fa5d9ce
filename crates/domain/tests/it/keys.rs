//! API keys: of one tenant, with scopes, an end and a rate; replaced, revoked, and seen to a minute.

use crate::look::{audited, refused};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use vestibule_access::{Denied, Permission, Principal};
use vestibule_domain::keys::{self, KeyOrder, LONGEST_OVERLAP_MS, NewKey};
use vestibule_model::UnixMs;
use vestibule_store::{tsql, vals};
use vestibule_testkit::{Kit, TestTenant, both_databases};

async fn make(kit: &Kit, tenant: &TestTenant, order: &KeyOrder) -> NewKey {
    keys::create(&kit.house, &tenant.scope, Permission::ALL, order).await.unwrap()
}

async fn show(kit: &Kit, key: &str) -> Option<Principal> {
    keys::show(&kit.house, key, kit.house.world.now()).await.unwrap().map(|shown| shown.principal)
}

async fn opens(kit: &Kit, made: &NewKey) -> bool {
    show(kit, made.key.expose_secret()).await.is_some()
}

both_databases! {
    async fn a_key_opens_its_own_tenant_only(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let principal = show(&kit, tenant.api_key.expose_secret()).await.unwrap();
        let scope = principal.enter(&kit.mint, tenant.id(), Permission::ReadCalls).unwrap();
        assert_eq!(scope.tenant(), tenant.id());
        let theirs = principal.enter(&kit.mint, tenant.twin().id(), Permission::ReadCalls);
        assert_eq!(theirs.err(), Some(Denied::NotHere));
        assert!(show(&kit, "vst_made-up").await.is_none());
    }

    async fn a_key_may_do_what_its_scopes_say(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = make(&kit, &tenant, &KeyOrder::named("reader").with_scopes(["calls.read"])).await;
        let principal = show(&kit, key.key.expose_secret()).await.unwrap();
        assert_eq!(principal.permissions_in(tenant.id()), [Permission::ReadCalls]);
        let now = kit.house.world.now();
        for order in [
            KeyOrder::named(""),
            KeyOrder::named(&"x".repeat(101)),
            KeyOrder::named("none").with_scopes(Vec::<String>::new()),
            KeyOrder::named("odd").with_scopes(["calls.read", "everything"]),
            KeyOrder { expires_at: Some(now), ..KeyOrder::named("over") },
            KeyOrder { rate_per_minute: Some(0), ..KeyOrder::named("slow") },
            KeyOrder { rate_per_minute: Some(10_001), ..KeyOrder::named("fast") },
        ] {
            let answer = keys::create(&kit.house, &tenant.scope, Permission::ALL, &order).await;
            assert_eq!(refused(answer), "invalid", "{order:?}");
        }
    }

    async fn nobody_makes_a_key_that_may_do_more_than_they(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let held = [Permission::ReadCalls, Permission::ManageKeys];
        let more = KeyOrder::named("more").with_scopes(["calls.read", "contacts.read"]);
        assert_eq!(refused(keys::create(&kit.house, &tenant.scope, &held, &more).await), "invalid");
        // Nothing said: of what one holds, what a key has unasked.
        let usual = keys::create(&kit.house, &tenant.scope, &held, &KeyOrder::named("usual")).await.unwrap();
        assert_eq!(usual.record.scopes, ["calls.read"]);
        // Replacing a key is making one.
        let strong = make(&kit, &tenant, &KeyOrder::named("strong").with_scopes(["data.export"])).await;
        let id = strong.record.id;
        assert_eq!(refused(keys::rotate(&kit.house, &tenant.scope, &held, id, 0).await), "invalid");
        assert!(opens(&kit, &strong).await);
        assert_eq!(refused(keys::create(&kit.house, &tenant.scope, &[], &KeyOrder::named("none")).await), "invalid");
    }

    async fn a_key_has_nothing_of_people_keys_log_and_exports_unasked(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = make(&kit, &tenant, &KeyOrder::named("usual")).await;
        let scopes = key.record.scopes;
        for prefix in ["people.", "keys.", "privacy.", "audit.", "data."] {
            assert!(!scopes.iter().any(|s| s.starts_with(prefix)), "{prefix}: {scopes:?}");
        }
        assert!(scopes.contains(&"calls.read".to_owned()) && scopes.contains(&"endpoints.manage".to_owned()));
    }

    async fn a_key_ends_when_it_was_said(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let end = kit.house.world.now().plus_ms(60_000);
        let key = make(&kit, &tenant, &KeyOrder { expires_at: Some(end), ..KeyOrder::named("short") }).await;
        kit.clock.set(end.plus_ms(-1));
        assert!(opens(&kit, &key).await);
        kit.clock.set(end);
        assert!(!opens(&kit, &key).await);
        let listed = keys::list(&kit.house, &tenant.scope).await.unwrap();
        let shown = listed.iter().find(|k| k.id == key.record.id).unwrap();
        assert_eq!(shown.status(end), "expired");
        assert_eq!(refused(keys::rotate(&kit.house, &tenant.scope, Permission::ALL, key.record.id, 0).await), "key_is_over");
        assert_eq!(keys::list(&kit.house, &tenant.scope).await.unwrap().len(), listed.len(), "a key was left over");
    }

    async fn a_replaced_key_lives_on_for_its_overlap(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let begun = kit.house.world.now();
        let order = KeyOrder { expires_at: Some(begun.plus_ms(10_000_000)), rate_per_minute: Some(30), ..KeyOrder::named("n8n").with_scopes(["calls.read"]) };
        let old = make(&kit, &tenant, &order).await;
        for wrong in [-1, LONGEST_OVERLAP_MS + 1] {
            assert_eq!(refused(keys::rotate(&kit.house, &tenant.scope, Permission::ALL, old.record.id, wrong).await), "invalid");
        }
        let theirs = keys::rotate(&kit.house, &tenant.twin().scope, Permission::ALL, old.record.id, 0).await;
        assert_eq!(refused(theirs), "not_found");
        kit.clock.advance_ms(1_000);
        let rotated = kit.house.world.now();
        let new = keys::rotate(&kit.house, &tenant.scope, Permission::ALL, old.record.id, 3_600_000).await.unwrap();
        assert_ne!(new.key.expose_secret(), old.key.expose_secret());
        let same = |key: &keys::KeyRecord| (key.name.clone(), key.scopes.clone(), key.rate_per_minute);
        assert_eq!(same(&new.record), same(&old.record));
        assert_eq!(new.record.expires_at, Some(rotated.plus_ms(10_000_000)), "it lasts as long as the old one did");
        // One successor.
        assert_eq!(refused(keys::rotate(&kit.house, &tenant.scope, Permission::ALL, old.record.id, 0).await), "key_is_over");
        kit.clock.set(rotated.plus_ms(3_600_000 - 1));
        assert!(opens(&kit, &old).await && opens(&kit, &new).await);
        let listed = keys::list(&kit.house, &tenant.scope).await.unwrap();
        let of = |made: &NewKey| listed.iter().find(|k| k.id == made.record.id).unwrap();
        assert_eq!((of(&old).status(kit.house.world.now()), of(&old).replaced_by), ("replaced", Some(new.record.id)));
        kit.clock.advance_ms(1);
        assert!(!opens(&kit, &old).await && opens(&kit, &new).await);
        // An overlap makes nobody live longer.
        let short = make(&kit, &tenant, &KeyOrder { expires_at: Some(kit.house.world.now().plus_ms(5_000)), ..KeyOrder::named("short") }).await;
        keys::rotate(&kit.house, &tenant.scope, Permission::ALL, short.record.id, LONGEST_OVERLAP_MS).await.unwrap();
        kit.clock.advance_ms(5_000);
        assert!(!opens(&kit, &short).await);
        let log: Vec<_> = audited(&kit, &tenant).await.into_iter().map(|(what, _)| what).collect();
        assert!(log.contains(&"key.replaced".into()), "{log:?}");
    }

    async fn many_at_once_replace_a_key_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = make(&kit, &tenant, &KeyOrder::named("n8n")).await;
        let tries = (0..6).map(|_| keys::rotate(&kit.house, &tenant.scope, Permission::ALL, key.record.id, 0));
        let all = futures::future::join_all(tries).await;
        assert_eq!(all.iter().filter(|answer| answer.is_ok()).count(), 1);
        let left = keys::list(&kit.house, &tenant.scope).await.unwrap();
        assert_eq!(left.iter().filter(|k| k.name == "n8n").count(), 2, "the old one and one new one");
    }

    async fn when_a_key_was_last_used_is_written_now_and_then(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = make(&kit, &tenant, &KeyOrder::named("n8n")).await;
        let last = || async {
            let listed = keys::list(&kit.house, &tenant.scope).await.unwrap();
            listed.iter().find(|k| k.id == key.record.id).unwrap().last_used_at
        };
        assert_eq!(keys::write_uses(&kit.house).await.unwrap(), 0, "nobody showed a key");
        let mut latest = UnixMs(0);
        for _ in 0..50 {
            kit.clock.advance_ms(100);
            assert!(opens(&kit, &key).await);
            latest = kit.house.world.now();
        }
        assert_eq!(last().await, None, "a request wrote to the database");
        assert_eq!(keys::write_uses(&kit.house).await.unwrap(), 1);
        assert_eq!(last().await, Some(latest));
        assert_eq!(keys::write_uses(&kit.house).await.unwrap(), 0, "written twice");
        // Another node's clock is behind: the latest stays.
        kit.clock.advance_ms(-60_000);
        assert!(opens(&kit, &key).await);
        keys::write_uses(&kit.house).await.unwrap();
        assert_eq!(last().await, Some(latest));
        // Shown in vain is not used.
        assert!(show(&kit, "vst_made-up").await.is_none());
        assert_eq!(keys::write_uses(&kit.house).await.unwrap(), 0);
    }

    async fn a_revoked_key_opens_nothing_and_only_its_tenant_revokes_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (mine, theirs) = (&tenant.scope, &tenant.twin().scope);
        let key = keys::list(&kit.house, mine).await.unwrap().remove(0);
        assert_eq!(refused(keys::revoke(&kit.house, theirs, key.id).await), "not_found");
        let shown = tenant.api_key.expose_secret();
        assert!(show(&kit, shown).await.is_some(), "somebody else revoked it");
        kit.clock.advance_ms(1);
        keys::revoke(&kit.house, mine, key.id).await.unwrap();
        let first = keys::list(&kit.house, mine).await.unwrap()[0].revoked_at;
        kit.clock.advance_ms(1);
        keys::revoke(&kit.house, mine, key.id).await.unwrap();
        assert_eq!(keys::list(&kit.house, mine).await.unwrap()[0].revoked_at, first, "the first time stays");
        assert!(show(&kit, shown).await.is_none());
        assert_eq!(refused(keys::rotate(&kit.house, mine, Permission::ALL, key.id, 0).await), "key_is_over");
        let log: Vec<_> = audited(&kit, &tenant).await.into_iter().map(|(what, _)| what).collect();
        assert!(log.contains(&"key.created".into()) && log.contains(&"key.revoked".into()), "{log:?}");
    }

    async fn req_4_32_what_is_stored_of_a_key_is_its_sha_256(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = make(&kit, &tenant, &KeyOrder::named("one")).await;
        let shown = key.key.expose_secret();
        let mut tx = kit.house.db.read_in(&tenant.scope).await.unwrap();
        let sql = tsql!("SELECT key_hash, name, prefix, scopes, created_by FROM api_keys WHERE tenant_id = $1 AND id = $2");
        let rows = tx.tenant(&tenant.scope).await.unwrap().rows(sql, vals![key.record.id]).await.unwrap();
        drop(tx);
        let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        assert_eq!(row.bytes("key_hash").unwrap(), Sha256::digest(shown.as_bytes()).as_slice());
        // What else is kept of it names it, and no more: 12 of its 47 characters, of which 4 are all keys'.
        let prefix = row.text("prefix").unwrap();
        assert!(shown.starts_with(&prefix) && prefix.len() == 12 && shown.len() == 47, "{prefix}");
        let others = format!("{} {:?} {:?}", row.text("name").unwrap(), row.json::<Vec<String>>("scopes"), row.opt_text("created_by"));
        assert!(!others.contains(&shown[4..12]), "{others}");
        let log = format!("{:?}", audited(&kit, &tenant).await);
        assert!(!log.contains(&shown[4..12]), "{log}");
        let listed = keys::list(&kit.house, &tenant.scope).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(!format!("{listed:?}").contains(shown));
        assert_eq!(keys::list(&kit.house, &tenant.twin().scope).await.unwrap().len(), 1);
    }

    async fn a_tenant_has_a_hundred_keys_at_most(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for _ in 1..100 {
            make(&kit, &tenant, &KeyOrder::named("one of many")).await;
        }
        let one_more = KeyOrder::named("one more");
        assert_eq!(refused(keys::create(&kit.house, &tenant.scope, Permission::ALL, &one_more).await), "too_many_keys");
        let first = keys::list(&kit.house, &tenant.scope).await.unwrap().remove(0);
        keys::revoke(&kit.house, &tenant.scope, first.id).await.unwrap();
        make(&kit, &tenant, &one_more).await;
    }

    async fn a_deleted_tenants_key_opens_nothing(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        vestibule_domain::tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        assert!(show(&kit, tenant.api_key.expose_secret()).await.is_none());
    }
}
