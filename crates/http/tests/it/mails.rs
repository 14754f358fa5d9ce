//! Mail: what was owed to a tenant's people, for those who manage it.

use crate::street::{Street, bearer, owner};
use serde_json::json;
use vestibule_domain::mail::{self, Notice};
use vestibule_model::Role;
use vestibule_ports::{MailFault, MailFaultKind};
use vestibule_testkit::{both_databases, inside};

const LIST: &str = "/api/v1/mails";

both_databases! {
    async fn mails_are_listed_with_their_state(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        assert!(street.get(&owner(&own), LIST).await.items().is_empty());
        kit.mailer.fail([MailFault::new(MailFaultKind::Rejected, "bad_address")]);
        for once in ["one", "two", "three"] {
            kit.clock.advance_ms(1);
            inside!(kit, own, |tx| mail::tell_managers(&kit.house, tx, &Notice::Test, once).await.unwrap());
            if once != "three" {
                kit.post_all().await;
            }
        }
        let all = street.get(&owner(&own), LIST).await.items();
        let states: Vec<_> = all.iter().map(|m| m["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["owed", "sent", "failed"]);
        let expected = json!({ "id": all[2]["id"], "kind": "test", "to": own.owner_email, "locale": "en",
            "subject": "Mail from Vestibule arrives", "state": "failed", "attempts": 1, "last_error": "bad_address",
            "created_at": "2026-11-21T00:01:00.001Z", "sent_at": null });
        assert_eq!(all[2], expected);
        assert_eq!(all[1]["sent_at"], "2026-11-21T00:01:00.002Z");
        let first = street.get(&bearer(&own.api_key), &format!("{LIST}?limit=2")).await.ok();
        let next = first["next_cursor"].as_str().unwrap();
        let second = street.get(&owner(&own), &format!("{LIST}?limit=2&cursor={next}")).await.ok();
        assert_eq!((&second["items"], &second["next_cursor"]), (&json!([expected]), &json!(null)));
        // Addresses of people are for those who manage the tenant, and for nobody elsewhere.
        let staff = street.member(Some(&own), Role::Staff).await;
        assert_eq!(street.get(&staff, LIST).await.status, 403);
        assert!(street.get(&owner(own.twin()), LIST).await.items().is_empty());
    }
}
