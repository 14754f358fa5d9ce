//! The key that signs: made once over all nodes, sealed, replaced without making what it signed worthless.

use futures::future::join_all;
use vestibule_domain::signing;
use vestibule_store::directory::signing_keys;
use vestibule_testkit::{Kit, both_databases};

async fn sign(kit: &Kit, message: &[u8]) -> signing::Signed {
    let mut tx = kit.house.db.write().await.unwrap();
    let signed = signing::sign(&kit.house, &mut tx, message).await.unwrap();
    tx.commit().await.unwrap();
    signed
}

both_databases! {
    async fn what_was_signed_can_be_checked_by_anybody(kit: Kit) {
        let signed = sign(&kit, b"{\"receipt\":1}").await;
        let keys = signing::list_public(&kit.house).await.unwrap();
        assert_eq!(keys.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&signed.kid]);
        assert!(vestibule_vault::verify_signature(&keys[0].bytes, b"{\"receipt\":1}", &signed.signature));
        assert!(signing::is_ours(&kit.house, &signed.kid, b"{\"receipt\":1}", &signed.signature).await.unwrap());
        assert!(!signing::is_ours(&kit.house, &signed.kid, b"{\"receipt\":2}", &signed.signature).await.unwrap());
        assert!(!signing::is_ours(&kit.house, "another", b"{\"receipt\":1}", &signed.signature).await.unwrap());
    }

    async fn nodes_that_begin_at_the_same_moment_sign_with_one_key(kit: Kit) {
        let node = kit.restarted().await;
        let other = &node.house;
        let both = [&kit.house, other];
        let keys = join_all((0..8).map(|n| signing::list_public(both[n % 2]))).await;
        let first = keys[0].as_ref().unwrap();
        assert_eq!(first.len(), 1);
        assert!(keys.iter().all(|all| all.as_ref().unwrap() == first), "{keys:?}");
        let mut tx = other.db.write().await.unwrap();
        let signed = signing::sign(other, &mut tx, b"message").await.unwrap();
        tx.commit().await.unwrap();
        assert!(signing::is_ours(&kit.house, &signed.kid, b"message", &signed.signature).await.unwrap());
    }

    async fn a_key_that_is_rolled_back_is_not_used(kit: Kit) {
        let mut tx = kit.house.db.write().await.unwrap();
        let lost = signing::sign(&kit.house, &mut tx, b"message").await.unwrap();
        tx.rollback().await.unwrap();
        assert_ne!(sign(&kit, b"message").await.kid, lost.kid);
    }

    async fn a_replaced_key_signs_no_more_and_stays_known(kit: Kit) {
        let old = sign(&kit, b"message").await;
        let mut tx = kit.house.db.write().await.unwrap();
        let named = signing::rotate(&kit.house, &mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let new = sign(&kit, b"message").await;
        assert_eq!(new.kid, named);
        assert_ne!(new.kid, old.kid);
        let keys = signing::list_public(&kit.house).await.unwrap();
        assert_eq!(keys.iter().filter(|key| key.retired_at.is_none()).map(|key| &key.kid).collect::<Vec<_>>(), [&new.kid]);
        assert!(keys.iter().any(|key| key.kid == old.kid && key.retired_at == Some(kit.house.world.now())));
        assert!(signing::is_ours(&kit.house, &old.kid, b"message", &old.signature).await.unwrap());
    }

    async fn the_private_half_is_sealed(kit: Kit) {
        let mut tx = kit.house.db.write().await.unwrap();
        let key = signing::current(&kit.house, &mut tx).await.unwrap();
        let row = signing_keys::find_current(&mut tx).await.unwrap().unwrap();
        assert!(!row.sealed.windows(16).any(|part| key.to_bytes().windows(16).any(|secret| secret == part)));
    }
}
