//! Taking one's data along, and the end of a tenant, by the API.

use crate::street::{Street, another, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_domain::archive::{self, exports};
use vestibule_domain::tenants;
use vestibule_model::Role;
use vestibule_store::queue::Leaser;
use vestibule_testkit::{Kit, both_databases};

const EXPORTS: &str = "/api/v1/exports";

/// Makes every archive that was asked for.
pub(crate) async fn make_all(kit: &Kit) {
    let maker = Arc::new(exports::Exporter(kit.house.clone()));
    let maker = Leaser::new(kit.house.db.clone(), kit.mint.clone(), maker, (1, 1, 2), exports::LEASE_MS);
    Arc::new(maker).drain().await.unwrap();
}

both_databases! {
    async fn an_owner_takes_everything_along_once(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        assert!(street.get(&owner(&own), EXPORTS).await.items().is_empty());
        let asked = street.post(&owner(&own), EXPORTS, &json!({})).await;
        assert_eq!(asked.status, 202);
        let asked = asked.ok();
        assert_eq!(asked["state"], "running");
        let again = street.post(&owner(&own), EXPORTS, &json!({})).await.ok();
        assert_eq!(again["id"], asked["id"], "one at a time");
        let file = format!("{EXPORTS}/{}/file", asked["id"].as_str().unwrap());
        street.get(&owner(&own), &file).await.is_problem(409, "export_not_ready");
        make_all(&kit).await;
        let ready = street.get(&bearer(&own.api_key), EXPORTS).await.items().remove(0);
        assert_eq!((&ready["state"], &ready["fetched_at"]), (&json!("ready"), &json!(null)));

        // Only owners, and only of this tenant.
        let manager = street.member(Some(&own), Role::Manager).await;
        for who in [&manager] {
            street.get(who, EXPORTS).await.is_problem(403, "forbidden");
            street.get(who, &file).await.is_problem(403, "forbidden");
        }
        street.get(&owner(own.twin()), &file).await.is_problem(404, "not_found");
        assert!(street.get(&owner(own.twin()), EXPORTS).await.items().is_empty());

        // The file is an archive with the digest that the list shows.
        let request = http::Request::get(&file).header("authorization", &owner(&own).0[0].1);
        let bytes = street.bytes(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(bytes.len(), usize::try_from(ready["size_bytes"].as_u64().unwrap()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        std::fs::write(&path, &bytes).unwrap();
        let verified = archive::verify(&path, None).await.unwrap();
        assert_eq!(ready["digest"], verified.manifest.digest);
        assert!(verified.manifest.secrets.is_none(), "a browser is given no credentials");

        // Once, and a little longer for a download that breaks off; then it is gone.
        let listed = street.get(&owner(&own), EXPORTS).await.items().remove(0);
        assert!(listed["fetched_at"].is_string());
        kit.clock.advance_ms(14 * 60_000);
        assert_eq!(street.get(&owner(&own), &file).await.status, 200);
        kit.clock.advance_ms(2 * 60_000);
        street.get(&owner(&own), &file).await.is_problem(409, "export_over");
        assert_eq!(street.get(&owner(&own), EXPORTS).await.items()[0]["state"], "expired");
        assert_eq!(exports::let_go_of_old(&kit.house, &kit.mint).await.unwrap(), 1);
        assert_eq!(exports::let_go_of_old(&kit.house, &kit.mint).await.unwrap(), 0);
        let id = asked["id"].as_str().unwrap().parse().unwrap();
        assert!(exports::piece(&kit.house, &own.scope, id, 0).await.unwrap().is_none(), "the file is gone");
    }

    async fn an_operator_erases_a_deleted_tenant_and_gets_a_receipt(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let erase = format!("/api/admin/tenants/{}/erase", own.id());
        let typed = json!({ "confirm": "north-shore" });
        street.post(&operator, &erase, &typed).await.is_problem(409, "not_deleted");
        street.delete(&operator, &format!("/api/admin/tenants/{}", own.id())).await.ok();
        street.post(&operator, &erase, &typed).await.is_problem(409, "in_grace");
        kit.clock.advance_ms(kit.house.settings.tenant_grace_ms);
        let operator = street.operator().await;
        street.post(&operator, &erase, &json!({ "confirm": "another" })).await.is_problem(422, "not_confirmed");
        for who in [street.agency("Boreal").await.1, street.member(None, Role::Owner).await] {
            street.post(&who, &erase, &typed).await.is_problem(403, "forbidden");
            street.get(&who, "/api/admin/tenant-erasures").await.is_problem(403, "forbidden");
        }
        let begun = street.ask(&operator, Method::POST, &erase, Some(&typed)).await;
        assert_eq!((begun.status.as_u16(), begun.ok()["state"].as_str()), (202, Some("running")));
        tenants::erase_due(&kit.house, &kit.mint).await.unwrap();
        let done = street.get(&operator, "/api/admin/tenant-erasures").await.items().remove(0);
        assert_eq!((&done["state"], &done["id"]), (&json!("done"), &json!(own.id().to_string())));
        assert!(tenants::is_genuine_receipt(&kit.house, &done["receipt"]).await.unwrap());
        street.post(&operator, &erase, &typed).await.is_problem(404, "not_found");
        // Its people, keys and hook are as if they had never been.
        assert_eq!(street.get(&owner(&own), "/api/v1/me").await.status, 401);
        assert_eq!(street.get(&bearer(&own.api_key), "/api/v1/calls").await.status, 401);
        let gone = street.hook(&own, &own.sample("call_started").body()).await;
        let never = street.knock("/hooks/retell/never-was", Some("v=1,d=00"), b"{}").await;
        assert_eq!((gone.status, gone.code()), (never.status, never.code()));
    }

    async fn req_0_63_calls_and_transcripts_are_a_file_of_lines(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        // More than are read together, and some of another kind.
        for number in 0..55 {
            street.hook(&own, &another(&own, "call_ended_web", &format!("call_{number}")).body()).await;
        }
        kit.fold_all().await;
        let file = street.get(&owner(&own), "/api/v1/calls.jsonl").await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/jsonl"));
        let lines: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 56);
        let ids: std::collections::BTreeSet<&str> = lines.iter().map(|l| l["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 56, "each once");
        let spoken = lines.iter().find(|l| l["outcome"] == "BOOKED").unwrap_or(&lines[0]);
        assert!(lines.iter().any(|l| !l["transcript"].as_array().unwrap().is_empty()), "{spoken}");
        assert!(lines.iter().all(|l| l["facts"].is_null() && l["deliveries"].is_null()));
        let none = street.get(&owner(&own), "/api/v1/calls.jsonl?from=2031-01-01").await;
        assert_eq!((none.status.as_u16(), none.text.as_str()), (200, ""));
        street.get(&owner(&own), "/api/v1/calls.jsonl?from=never").await.is_problem(422, "invalid");
        let manager = street.member(Some(&own), Role::Manager).await;
        street.get(&manager, "/api/v1/calls.jsonl").await.is_problem(403, "forbidden");
        let logged = vestibule_testkit::inside!(kit, own, |tx| vestibule_domain::audit::newest(tx, 50).await.unwrap());
        assert!(logged.iter().any(|row| row.action == "data.calls_exported"));
    }
}
