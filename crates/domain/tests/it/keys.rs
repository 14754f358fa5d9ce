//! API keys: of one tenant, with scopes, revocable.

use crate::look::{audited, refused};
use secrecy::ExposeSecret;
use vestibule_access::{Denied, Permission};
use vestibule_domain::keys;
use vestibule_testkit::both_databases;

both_databases! {
    async fn a_key_opens_its_own_tenant_only(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let now = kit.house.world.now();
        let principal = keys::principal(&kit.house, tenant.api_key.expose_secret(), now).await.unwrap().unwrap();
        let scope = principal.enter(&kit.mint, tenant.id(), Permission::ReadCalls).unwrap();
        assert_eq!(scope.tenant(), tenant.id());
        let theirs = principal.enter(&kit.mint, tenant.twin().id(), Permission::ReadCalls);
        assert_eq!(theirs.err(), Some(Denied::NotHere));
        assert!(keys::principal(&kit.house, "vst_made-up", now).await.unwrap().is_none());
    }

    async fn a_key_may_do_what_its_scopes_say(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = keys::create(&kit.house, &tenant.scope, "reader", Some(vec!["calls.read".into()])).await.unwrap();
        let now = kit.house.world.now();
        let principal = keys::principal(&kit.house, key.key.expose_secret(), now).await.unwrap().unwrap();
        assert_eq!(principal.permissions_in(tenant.id()), [Permission::ReadCalls]);
        for (name, scopes) in [
            ("", None),
            (&*"x".repeat(101), None),
            ("none", Some(vec![])),
            ("odd", Some(vec!["calls.read".to_owned(), "everything".to_owned()])),
        ] {
            assert_eq!(refused(keys::create(&kit.house, &tenant.scope, name, scopes).await), "invalid", "{name}");
        }
    }

    async fn a_revoked_key_opens_nothing_and_only_its_tenant_revokes_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (mine, theirs) = (&tenant.scope, &tenant.twin().scope);
        let key = keys::list(&kit.house, mine).await.unwrap().remove(0);
        assert_eq!(refused(keys::revoke(&kit.house, theirs, key.id).await), "not_found");
        let shown = tenant.api_key.expose_secret();
        let now = kit.house.world.now();
        assert!(keys::principal(&kit.house, shown, now).await.unwrap().is_some(), "somebody else revoked it");
        kit.clock.advance_ms(1);
        keys::revoke(&kit.house, mine, key.id).await.unwrap();
        let first = keys::list(&kit.house, mine).await.unwrap()[0].revoked_at;
        kit.clock.advance_ms(1);
        keys::revoke(&kit.house, mine, key.id).await.unwrap();
        assert_eq!(keys::list(&kit.house, mine).await.unwrap()[0].revoked_at, first, "the first time stays");
        assert!(keys::principal(&kit.house, shown, now).await.unwrap().is_none());
        let log: Vec<_> = audited(&kit, &tenant).await.into_iter().map(|(what, _)| what).collect();
        assert!(log.contains(&"key.created".into()) && log.contains(&"key.revoked".into()), "{log:?}");
    }

    async fn a_key_is_kept_as_a_hash(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let key = keys::create(&kit.house, &tenant.scope, "one", None).await.unwrap();
        let listed = keys::list(&kit.house, &tenant.scope).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(!format!("{listed:?}").contains(key.key.expose_secret()));
        assert!(key.key.expose_secret().starts_with(&key.record.prefix));
        assert_eq!(keys::list(&kit.house, &tenant.twin().scope).await.unwrap().len(), 1);
    }

    async fn a_deleted_tenants_key_opens_nothing(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        vestibule_domain::tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        let now = kit.house.world.now();
        assert!(keys::principal(&kit.house, tenant.api_key.expose_secret(), now).await.unwrap().is_none());
    }
}
