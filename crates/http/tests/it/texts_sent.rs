//! Texts that go out: sent by people and keys (requirement 4.11), through an interface that refuses as Twilio does.

use crate::street::{Street, bearer, escaped, owner};
use crate::texts::text;
use crate::twilio::{ACCOUNT, NUMBER, TOKEN, connect, post};
use http::Method;
use serde_json::{Value, json};
use vestibule_model::Role;
use vestibule_testkit::{FakeTexts, both_databases};

/// The number that Twilio's test credentials may send from.
const MAGIC: &str = "+15005550006";

both_databases! {
    async fn req_4_11_a_test_text_is_sent_once_and_told_of(kit: Kit) {
        let fake = FakeTexts::open(ACCOUNT, TOKEN).await;
        let kit = kit.with_texts_at(fake.url()).await;
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, MAGIC, TOKEN).await;
        let staff = street.member(Some(&own), Role::Staff).await.with("idempotency-key", "try-1");
        let body = json!({ "to": "(514) 555-0142", "body": "Ceci est un essai." });
        let sent = street.post(&staff, "/api/v1/texts", &body).await;
        assert_eq!(sent.status, 202, "{sent:?}");
        let sent = sent.json();
        assert_eq!((&sent["status"], &sent["from_number"], &sent["to_number"]), (&json!("QUEUED"), &json!(MAGIC), &json!("+15145550142")));
        assert_eq!(street.post(&staff, "/api/v1/texts", &body).await.ok()["id"], sent["id"]);
        assert_eq!(kit.text_all().await, 1);
        let taken = fake.taken();
        assert_eq!((taken.len(), taken[0]["Body"].as_str()), (1, "Ceci est un essai."));
        // Twilio tells at the address that it was given, and signs it.
        let told_to = taken[0]["StatusCallback"].strip_prefix(&kit.house.settings.public_url).unwrap();
        assert_eq!(told_to, format!("{hook}?text={}", sent["id"].as_str().unwrap()));
        let sid = format!("SM{:032}", 1);
        let status = |word: &str| format!("MessageSid={sid}&MessageStatus={word}&From={}&To=%2B15145550142", escaped(MAGIC));
        let one = format!("/api/v1/texts/{}", sent["id"].as_str().unwrap());
        assert_eq!(street.get(&staff, &one).await.ok()["status"], "ACCEPTED");
        for word in ["sent", "delivered", "sent"] {
            assert_eq!(post(&street, told_to, TOKEN, &status(word)).await.status.as_u16() / 100, 2);
            kit.fold_all().await;
        }
        let delivered = street.get(&staff, &one).await.ok();
        assert_eq!((&delivered["status"], &delivered["external_id"]), (&json!("DELIVERED"), &json!(sid)));
        post(&street, told_to, "another token", &status("failed")).await.is_problem(401, "signature_mismatch");
        assert_eq!(street.get(&staff, "/api/v1/text-numbers").await.items(), [json!({ "number": MAGIC, "provider": "twilio" })]);
    }

    async fn what_twilio_refuses_is_said_in_words(kit: Kit) {
        let fake = FakeTexts::open(ACCOUNT, TOKEN).await;
        let kit = kit.with_texts_at(fake.url()).await;
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, MAGIC, TOKEN).await;
        let (english, french) = (owner(&own).with("accept-language", "en"), owner(&own).with("accept-language", "fr-CA"));
        for (to, code, provider_code) in [
            ("+15005550001", "bad_receiver", "21211"),
            ("+15005550002", "bad_receiver", "21612"),
            ("+15005550003", "region_off", "21408"),
            ("+15005550009", "landline", "21614"),
            ("+15005550004", "opted_out", "21610"),
        ] {
            let sent = street.post(&english, "/api/v1/texts", &json!({ "to": to, "body": "Hello", "idempotency_key": to })).await.ok();
            kit.clock.advance_ms(1_001);
            kit.text_all().await;
            let one = format!("/api/v1/texts/{}", sent["id"].as_str().unwrap());
            let (en, fr) = (street.get(&english, &one).await.ok(), street.get(&french, &one).await.ok());
            assert_eq!((&en["status"], &en["problem"]["code"], &en["problem"]["provider_code"]), (&json!("FAILED"), &json!(code), &json!(provider_code)));
            assert!(en["problem"]["message"] != fr["problem"]["message"] && !fr["problem"]["message"].as_str().unwrap().is_empty());
        }
        // Who opted out there is known here from then on.
        let again = street.post(&french, "/api/v1/texts", &json!({ "to": "+15005550004", "body": "Encore", "idempotency_key": "again" })).await;
        again.is_problem(409, "opted_out");
        assert!(again.json()["detail"].as_str().unwrap().contains("REPRENDRE"), "{again:?}");
        // The account's key was changed at Twilio.
        connect(&kit, own.twin(), "+15005550199", "a wrong token").await;
        let theirs = owner(own.twin());
        let sent = street.post(&theirs, "/api/v1/texts", &json!({ "to": "+15145550142", "body": "Hello", "idempotency_key": "x" })).await.ok();
        kit.text_all().await;
        let one = street.get(&theirs, &format!("/api/v1/texts/{}", sent["id"].as_str().unwrap())).await.ok();
        assert_eq!(one["problem"]["code"], "provider_unauthorized");
        assert!(fake.taken().is_empty());
        kit.twin_changed(own.twin()).await;
    }

    async fn a_text_is_sent_by_whoever_may_and_within_bounds(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, NUMBER, TOKEN).await;
        let body = |key: &str| json!({ "to": "+14155550123", "body": "Hello", "idempotency_key": key });
        let viewer = street.member(Some(&own), Role::Viewer).await;
        street.post(&viewer, "/api/v1/texts", &body("a")).await.is_problem(403, "forbidden");
        assert_eq!(street.get(&viewer, "/api/v1/texts").await.status, 200);
        let foreign = format!("/api/v1/texts?tenant={}", own.record.slug);
        street.post(&owner(own.twin()), &foreign, &body("a")).await.is_problem(404, "not_found");
        street.post(&owner(own.twin()), "/api/v1/texts", &body("a")).await.is_problem(409, "no_number");
        let who = bearer(&own.api_key);
        let field = async |body: Value| {
            let answer = street.ask(&who, Method::POST, "/api/v1/texts", Some(&body)).await;
            answer.is_problem(422, "invalid");
            answer.json()["fields"][0]["field"].as_str().unwrap().to_owned()
        };
        assert_eq!(field(json!({ "to": "x", "body": "Hello", "idempotency_key": "k" })).await, "to");
        assert_eq!(field(json!({ "to": "+14155550123", "body": " ", "idempotency_key": "k" })).await, "body");
        assert_eq!(field(json!({ "to": "+14155550123", "body": "Hello" })).await, "idempotency_key");
        assert_eq!(field(json!({ "to": "+14155550123", "body": "Hello", "from": "+15125550199", "idempotency_key": "k" })).await, "from");
        for key in ["1", "2", "3", "4", "5"] {
            street.post(&who, "/api/v1/texts", &body(key)).await.ok();
        }
        let sixth = street.post(&who, "/api/v1/texts", &body("6")).await;
        sixth.is_problem(429, "too_many_texts");
        assert_eq!(sixth.header("retry-after"), "600");
        // ARRÊT keeps out even what a key sends.
        post(&street, &format!("/api/sms/incoming?tenant={}", own.record.slug), TOKEN, &text("SM1", "ARRÊT")).await.ok_text();
        kit.fold_all().await;
        street.post(&who, "/api/v1/texts", &body("7")).await.is_problem(409, "opted_out");
        street.post(&who, "/api/v1/texts", &json!({ "to": "+14155550123", "body": "Other", "idempotency_key": "1" })).await.is_problem(409, "idempotency_key_reused");
    }
}
