//! The end of a tenant: nothing of it stays, and what was sealed is unreadable.

use crate::archive::{export, furnish, import, quiet};
use crate::look::refused;
use vestibule_access::Actor;
use vestibule_domain::archive::{NOT_CARRIED, TABLES, Wanted, exports};
use vestibule_domain::connections::{self, Filled};
use vestibule_domain::privacy::Tombstone;
use vestibule_domain::tenants;
use vestibule_store::directory;
use vestibule_store::queue::Leaser;
use vestibule_testkit::both_databases;
use vestibule_vault::Place;

both_databases! {
    async fn a_tenant_is_erased_after_its_deletion_and_its_grace_and_when_its_slug_was_typed(kit: Kit) {
        let garage = kit.tenant("garage").await;
        let house = &kit.house;
        let id = garage.id().to_string();
        let ask = |name: &'static str, typed: &'static str| tenants::ask_to_erase(house, &kit.operator, name, typed);
        assert_eq!(refused(ask("nobody", "nobody").await), "not_found");
        assert_eq!(refused(ask("garage", "garage").await), "not_deleted");
        tenants::delete(house, &kit.mint, &kit.operator, "garage").await.unwrap();
        assert_eq!(refused(ask("garage", "garage-twin").await), "not_confirmed");
        assert_eq!(refused(ask("garage", "garage").await), "in_grace");
        assert_eq!(refused(tenants::erase(house, &kit.mint, garage.id(), &quiet).await), "not_found");
        kit.clock.advance_ms(house.settings.tenant_grace_ms);
        let asked = ask("garage", " garage ").await.unwrap();
        assert!(!asked.is_done && asked.tenant == garage.id());
        assert_eq!(ask("garage", "garage").await.unwrap(), asked, "the first stays");
        assert_eq!(tenants::erase_due(house, &kit.mint).await.unwrap(), 1);
        assert_eq!(tenants::erase_due(house, &kit.mint).await.unwrap(), 0);
        let listed = tenants::list_erasures(house, &kit.operator, 10).await.unwrap();
        assert!(listed[0].is_done && listed[0].receipt.is_some());
        assert!(!format!("{listed:?}").contains("owner@garage.test"), "{listed:?}");
        assert_eq!(refused(tenants::ask_to_erase(house, &kit.operator, &id, "garage").await), "not_found");
    }

    async fn nothing_of_an_erased_tenant_stays_and_nothing_of_its_twin_goes(kit: Kit) {
        let garage = kit.tenant("garage").await;
        furnish(&kit, &garage).await;
        exports::ask(&kit.house, &garage.scope).await.unwrap();
        let maker = std::sync::Arc::new(exports::Exporter(kit.house.clone()));
        let maker = Leaser::new(kit.house.db.clone(), kit.mint.clone(), maker, (1, 1, 2), exports::LEASE_MS);
        std::sync::Arc::new(maker).drain().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (file, twins) = (folder.path().join("a.zip"), folder.path().join("twin.zip"));
        export(&kit, &garage.scope, &file, None).await;
        let twin_before = export(&kit, &garage.twin().scope, &twins, None).await;
        // A sealed value as an old copy of the database has it.
        let house = &kit.house;
        let mut tx = house.db.read().await.unwrap();
        let kept = directory::connections::by_id(&mut tx, garage.connection.id).await.unwrap().unwrap();
        drop(tx);
        // The person is a member of the twin, the owner of nothing else.
        let mut tx = house.db.write().await.unwrap();
        let now = house.world.now();
        let both = directory::people::find_by_email(&mut tx, "owner@garage-twin.test").await.unwrap().unwrap();
        directory::people::join(&mut tx, garage.id(), both.id, vestibule_model::Role::Staff, now).await.unwrap();
        tx.commit().await.unwrap();

        tenants::delete(house, &kit.mint, &kit.operator, "garage").await.unwrap();
        kit.clock.advance_ms(house.settings.tenant_grace_ms);
        tenants::ask_to_erase(house, &kit.operator, "garage", "garage").await.unwrap();
        let receipt = tenants::erase(house, &kit.mint, garage.id(), &quiet).await.unwrap();
        assert_eq!(tenants::erase(house, &kit.mint, garage.id(), &quiet).await.unwrap(), receipt, "once");

        let mut tx = house.db.read_in(&garage.scope).await.unwrap();
        for shape in TABLES.iter().chain(NOT_CARRIED.iter().map(|(shape, _)| shape)) {
            let rows = tx.tenant(&garage.scope).await.unwrap().page_of(shape, None, 1).await.unwrap();
            assert!(rows.is_empty(), "{} has rows", shape.table);
        }
        for shape in directory::archive::TABLES {
            let rows = directory::archive::page(&mut tx, garage.id(), shape, None, 1).await.unwrap();
            assert!(rows.is_empty(), "{} has rows", shape.table);
        }
        assert!(directory::tenants::find_even_deleted(&mut tx, garage.id()).await.unwrap().is_none());
        assert!(directory::data_keys::find(&mut tx, garage.id()).await.unwrap().is_none());
        assert!(directory::people::find(&mut tx, garage.owner).await.unwrap().is_none(), "nowhere else");
        assert!(directory::people::find(&mut tx, both.id).await.unwrap().is_some(), "a member elsewhere");
        drop(tx);

        // The receipt is ours, as it was given, and names nobody.
        assert!(tenants::is_genuine_receipt(house, &receipt).await.unwrap(), "{receipt}");
        let mut altered = receipt.clone();
        altered["removed"]["rows"] = 1.into();
        assert!(!tenants::is_genuine_receipt(house, &altered).await.unwrap());
        assert!(receipt["removed"]["rows"].as_i64().unwrap() > 20, "{receipt}");
        for name in ["garage", "owner@", "Odile", "+1"] {
            assert!(!receipt.to_string().replace("vestibule.test", "").contains(name), "{receipt} names {name}");
        }

        // What was sealed opens nowhere: not with the key that the house makes now, and the old one is gone.
        let kit = kit.restarted().await;
        let mut tx = kit.house.db.write().await.unwrap();
        let key = kit.house.seals.key(&mut tx, garage.id()).await.unwrap();
        let place = Place { table: "connections", row: garage.connection.id.0, column: "keys_sealed" };
        assert!(key.open(place, &kept.keys_sealed).is_err());
        drop(tx);

        // Its hook is unknown, its agent rests, and the twin is as it was.
        let body = garage.sample("call_started").body();
        let gone = kit.try_send(&garage.hook_token, &garage.retell_key, &body).await.unwrap_err();
        let never = kit.try_send("never-was-a-token", &garage.retell_key, &body).await.unwrap_err();
        assert_eq!(gone.code(), never.code());
        let twin = garage.twin();
        let twin_after = export(&kit, &twin.scope, &twins, None).await;
        assert_eq!(twin_before.digest, twin_after.digest);
        let filled = Filled::from([("agent_id".to_owned(), garage.agent.clone().into())]);
        let claimed = connections::connect(&kit.house, &twin.scope, "retell", &filled).await;
        assert_eq!(refused(claimed.map(drop)), "agent_taken");
        kit.clock.advance_ms(31 * 24 * 3_600_000);
        assert!(tenants::end_rests(&kit.house).await.unwrap() > 0);
        connections::connect(&kit.house, &twin.scope, "retell", &filled).await.unwrap();

        // Whoever has the archive can bring it back, if nobody took its agent meanwhile.
        let other = Filled::from([("agent_id".to_owned(), "agent_other".to_owned().into())]);
        connections::connect(&kit.house, &twin.scope, "retell", &other).await.unwrap();
        kit.clock.advance_ms(31 * 24 * 3_600_000);
        import(&kit, &file, Wanted::default()).await.unwrap();
        assert!(tenants::find(&kit.house, "garage").await.unwrap().is_some());
    }

    async fn an_erasure_that_was_broken_off_goes_on(kit: Kit) {
        let garage = kit.tenant("garage").await;
        furnish(&kit, &garage).await;
        let house = &kit.house;
        tenants::delete(house, &kit.mint, &kit.operator, "garage").await.unwrap();
        kit.clock.advance_ms(house.settings.tenant_grace_ms);
        tenants::ask_to_erase(house, &kit.operator, "garage", "garage").await.unwrap();
        // As by a crash between two of its steps.
        let (there, id) = (kit.clone(), garage.id());
        let broken_off = tokio::spawn(async move {
            let until_facts = |table: &str, _: u64| assert_ne!(table, "call_facts", "it is broken off here");
            tenants::erase(&there.house, &there.mint, id, &until_facts).await.map(drop)
        });
        assert!(broken_off.await.unwrap_err().is_panic());
        let mut tx = house.db.read().await.unwrap();
        assert!(directory::data_keys::find(&mut tx, id).await.unwrap().is_some(), "it was to be broken off");
        drop(tx);
        let kit = kit.restarted().await;
        assert_eq!(tenants::erase_due(&kit.house, &kit.mint).await.unwrap(), 1);
        // What was begun before the end and writes after it goes too.
        let scope = kit.mint.tenant(garage.id(), Actor::System("late"));
        let mut tx = kit.house.db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        vestibule_domain::audit::note(&mut inside, &kit.house.world, "late", "x", "x", serde_json::json!({})).await.unwrap();
        tx.commit().await.unwrap();
        tenants::erase_due(&kit.house, &kit.mint).await.unwrap();
        let mut tx = kit.house.db.read_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        assert!(vestibule_domain::audit::newest(&mut inside, 5).await.unwrap().is_empty());
    }

    async fn an_erased_tenant_that_a_backup_brings_back_is_erased_again(kit: Kit) {
        let garage = kit.tenant("garage").await;
        furnish(&kit, &garage).await;
        let house = &kit.house;
        assert_eq!(tenants::reapply_erasures(house, &kit.mint).await.unwrap(), 0);
        // As after a backup of before was restored: the tenant is there, the database knows nothing of its end, and the
        // tombstone outside it does.
        Tombstone::Tenant { tenant: garage.id(), before: house.world.now() }.set(house).unwrap();
        assert_eq!(tenants::reapply_erasures(house, &kit.mint).await.unwrap(), 1);
        let mut tx = house.db.read().await.unwrap();
        assert!(directory::tenants::find_even_deleted(&mut tx, garage.id()).await.unwrap().is_none());
        assert!(directory::data_keys::find(&mut tx, garage.id()).await.unwrap().is_none());
        drop(tx);
        assert_eq!(tenants::reapply_erasures(house, &kit.mint).await.unwrap(), 0);
        // And its own erasure leaves such a stone.
        let stones = Tombstone::all(house).unwrap();
        assert!(stones.iter().all(|stone| matches!(stone, Tombstone::Tenant { tenant, .. } if *tenant == garage.id())));
        assert!(!stones.is_empty());
    }
}
