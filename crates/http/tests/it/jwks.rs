//! The public keys, as anybody reads them.

use crate::street::{Street, anon};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_domain::signing;
use vestibule_testkit::both_databases;

both_databases! {
    async fn anybody_reads_the_public_keys(kit: Kit) {
        let street = Street::open(&kit);
        let answer = street.get(&anon(), "/.well-known/jwks.json").await;
        let body = answer.ok();
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        let [key] = &body["keys"].as_array().unwrap()[..] else { panic!("{body}") };
        let mut tx = kit.house.db.write().await.unwrap();
        let current = signing::current(&kit.house, &mut tx).await.unwrap();
        assert_eq!(key["kid"], current.name());
        assert_eq!(URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap(), current.public());
        assert_eq!((&key["kty"], &key["crv"], &key["alg"], &key["use"]), (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into(), &"sig".into()));
        assert!(key.get("d").is_none(), "the private half was published");
    }
}
