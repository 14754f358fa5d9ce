//! Contacts: who called, found by number.

use crate::street::{Street, another, owner};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule_testkit::both_databases;

const LIST: &str = "/api/v1/contacts";

both_databases! {
    async fn callers_become_contacts(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        let again = another(&own, "call_ended", "again").later(3_600_000).body();
        street.hook(&own, &again).await;
        for n in 0..5 {
            let body = another(&own, "call_ended", &format!("other_{n}")).from(&format!("+1416555010{n}")).later(-60_000 * n).body();
            assert_eq!(street.hook(&own, &body).await.status, 204);
        }
        kit.fold_all().await;
        let whole = street.get(&owner(&own), LIST).await.items();
        assert_eq!(whole.len(), 6);
        let marie = whole.iter().find(|c| c["phone"] == "+18195550142").unwrap();
        let expected = json!({ "id": marie["id"], "phone": "+18195550142", "name": "Marie Tremblay", "email": null, "calls_count": 2,
            "first_call_at": "2026-11-21T00:00:00.000Z", "last_call_at": "2026-11-21T01:00:00.000Z" });
        assert_eq!(marie, &expected);
        assert_eq!(&whole[0], marie, "the latest caller comes first");
        for text in ["%2B18195550142", "+18195550142", "18195550142", "819-555-0142"] {
            let found = street.get(&owner(&own), &format!("{LIST}?phone={text}")).await.items();
            assert_eq!(found, vec![expected.clone()], "{text}");
        }
        assert!(street.get(&owner(&own), &format!("{LIST}?phone=%2B14165559999")).await.items().is_empty());
        street.get(&owner(&own), &format!("{LIST}?phone=nobody")).await.is_problem(422, "invalid");
        let (mut seen, mut cursor) = (Vec::<Value>::new(), String::new());
        loop {
            let page = street.get(&owner(&own), &format!("{LIST}?limit=2&cursor={cursor}")).await;
            seen.extend(page.items());
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
            assert!(seen.len() <= 6, "pages without an end");
        }
        assert_eq!(seen, whole);
        let ids: BTreeSet<String> = seen.iter().map(|c| c["id"].to_string()).collect();
        assert_eq!(ids.len(), 6);
    }
}
