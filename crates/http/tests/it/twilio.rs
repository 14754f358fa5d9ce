//! Twilio through the real doors: a call from its first ring to its recording.

use crate::street::{Answer, Street, owner};
use axum::body::Body;
use http::{Request, header};
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule_domain::connections;
use vestibule_testkit::{Kit, TestTenant, both_databases, sign_twilio};

pub(crate) const TOKEN: &str = "2b1f0c3d4e5f60718293a4b5c6d7e8f9";
pub(crate) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const NUMBER: &str = "+15125550100";
const CALL: &str = "AccountSid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&CallSid=CA1&Direction=inbound&From=%2B14155550123&To=%2B15125550100";

/// Connects a tenant's number, and gives the path of its hook.
pub(crate) async fn connect(kit: &Kit, tenant: &TestTenant, number: &str, token: &str) -> String {
    let filled = [("account_sid", ACCOUNT), ("auth_token", token), ("phone_number", number)];
    let filled = filled.map(|(name, value)| (name.to_owned(), SecretString::from(value))).into();
    let made = connections::connect(&kit.house, &tenant.scope, "twilio", &filled).await.unwrap();
    made.view.hook_url.strip_prefix(&kit.house.settings.public_url).unwrap().to_owned()
}

/// Posts a form as Twilio would.
pub(crate) async fn post(street: &Street, path: &str, token: &str, form: &str) -> Answer {
    let url = format!("{}{path}", street.kit.house.settings.public_url);
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
        .header(header::CONTENT_LENGTH, form.len())
        .header("x-twilio-signature", sign_twilio(token, &url, form.as_bytes()));
    street.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

pub(crate) async fn calls(street: &Street, tenant: &TestTenant) -> Vec<Value> {
    // A twin has calls of its own, of another provider.
    let all = street.get(&owner(tenant), "/api/v1/calls").await.items();
    all.into_iter()
        .filter(|call| call["provider"] == "twilio" || !tenant.record.slug.ends_with("-twin"))
        .collect()
}

async fn forward_to(street: &Street, tenant: &TestTenant, number: &str) {
    let operator = street.operator().await;
    let path = format!("/api/admin/tenants/{}", tenant.id());
    street.patch(&operator, &path, &json!({ "forward_to_number": number })).await.ok();
}

both_databases! {
    async fn a_call_is_put_through_and_told_of(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, NUMBER, TOKEN).await;
        forward_to(&street, &own, "+18195550177").await;
        let answer = post(&street, &hook, TOKEN, &format!("{CALL}&CallStatus=ringing")).await;
        answer.ok_text();
        assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
        assert!(answer.text.contains("<Number>+18195550177</Number>"), "{}", answer.text);
        kit.fold_all().await;
        let call = calls(&street, &own).await.remove(0);
        assert_eq!((&call["status"], &call["from_number"]), (&json!("RINGING"), &json!("+14155550123")));

        // What follows comes to the address that the answer named.
        let action = answer.text.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let action = action.strip_prefix(&kit.house.settings.public_url).unwrap();
        let dialled = format!("{CALL}&CallStatus=in-progress&DialCallSid=CA2&DialCallStatus=completed&DialBridged=true");
        let answer = post(&street, action, TOKEN, &dialled).await;
        assert_eq!(answer.text, r#"<?xml version="1.0" encoding="UTF-8"?><Response />"#);
        let leg = "CallSid=CA2&ParentCallSid=CA1&CallStatus=completed&CallDuration=9&CallbackSource=call-progress-events&To=%2B18195550177";
        assert_eq!(post(&street, &hook, TOKEN, leg).await.status, 204);
        let over = format!("{CALL}&CallStatus=completed&CallbackSource=call-progress-events&CallDuration=87&Timestamp=Tue%2C+29+Sep+2026+10%3A01%3A27+%2B0000");
        assert_eq!(post(&street, &hook, TOKEN, &over).await.status, 204);
        // Late, and once more: the end stays the end.
        assert_eq!(post(&street, &hook, TOKEN, &format!("{CALL}&CallStatus=in-progress&CallbackSource=call-progress-events")).await.status, 204);
        assert_eq!(post(&street, &hook, TOKEN, &over).await.ok(), json!({ "status": "duplicate" }));
        kit.fold_all().await;
        let found = calls(&street, &own).await;
        assert_eq!(found.len(), 1, "a leg is no call of its own: {found:?}");
        let call = &found[0];
        assert_eq!((&call["status"], &call["outcome"]), (&json!("COMPLETED"), &json!("TRANSFERRED")), "{call}");
        assert_eq!((&call["duration_ms"], &call["started_at"]), (&json!(87_000), &json!("2026-09-29T10:00:00.000Z")));
        assert_eq!(call["external_id"], "twilio_CA1");
        assert!(calls(&street, own.twin()).await.is_empty());
    }

    async fn nobody_there_takes_a_message(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, NUMBER, TOKEN).await;
        let answer = post(&street, &hook, TOKEN, &format!("{CALL}&CallStatus=ringing")).await;
        assert!(answer.text.contains("<Record") && answer.text.contains("<Say"), "{}", answer.text);
        let failed = format!("{CALL}&CallStatus=ringing&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fx");
        assert!(post(&street, &hook, TOKEN, &failed).await.text.contains("<Record"));

        // The caller speaks, and hangs up: what became of it comes to the address that the answer named.
        let action = answer.text.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let action = action.strip_prefix(&kit.house.settings.public_url).unwrap();
        let sound = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/REdddddddddddddddddddddddddddddddd");
        let recording = format!("RecordingSid=REdddddddddddddddddddddddddddddddd&RecordingDuration=12&RecordingUrl={}", crate::street::escaped(&sound));
        let spoken = format!("{CALL}&CallStatus=in-progress&Digits=hangup&{recording}");
        assert!(post(&street, action, TOKEN, &spoken).await.text.contains("<Hangup"));
        let kept = format!("AccountSid={ACCOUNT}&CallSid=CA1&RecordingSource=RecordVerb&RecordingStatus=completed&{recording}");
        assert_eq!(post(&street, action, TOKEN, &kept).await.status, 204);
        let over = format!("{CALL}&CallStatus=completed&CallbackSource=call-progress-events&CallDuration=31");
        assert_eq!(post(&street, &hook, TOKEN, &over).await.status, 204);
        kit.fold_all().await;
        let call = calls(&street, &own).await.remove(0);
        assert_eq!((&call["status"], &call["outcome"]), (&json!("COMPLETED"), &json!("VOICEMAIL")), "{call}");
        let detail = async || street.get(&owner(&own), &format!("/api/v1/calls/{}", call["id"].as_str().unwrap())).await.ok();
        assert!(!detail().await["recording_url"].is_null(), "{}", detail().await);
        // Where the account has messages written down, the words come later.
        let words = "TranscriptionSid=TR1&TranscriptionStatus=completed&TranscriptionText=Please+call+me+back+about+the+furnace.";
        post(&street, action, TOKEN, &format!("{CALL}&CallStatus=completed&{recording}&{words}")).await.ok_text();
        kit.fold_all().await;
        let found = detail().await;
        assert_eq!((&found["structured"]["message"], &found["outcome"]), (&json!("Please call me back about the furnace."), &json!("VOICEMAIL")), "{found}");
        assert_eq!(calls(&street, &own).await.len(), 1);
    }

    async fn only_twilio_is_believed(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, NUMBER, TOKEN).await;
        let ring = format!("{CALL}&CallStatus=ringing");
        post(&street, &hook, "another token", &ring).await.is_problem(401, "signature_mismatch");
        let bare = Request::post(&hook).header(header::CONTENT_LENGTH, ring.len()).body(Body::from(ring.clone())).unwrap();
        street.send(bare).await.is_problem(401, "signature_missing");
        // Another token: the one before it is still good, because Twilio goes on signing with it for a while.
        connect(&kit, &own, NUMBER, "ffffffffffffffffffffffffffffffff").await;
        post(&street, &hook, TOKEN, &ring).await.ok_text();
        post(&street, &hook, "ffffffffffffffffffffffffffffffff", &ring).await.ok_text();
    }

    async fn req_1_25_and_4_38_older_addresses_find_the_tenant_by_its_number(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, NUMBER, TOKEN).await;
        connect(&kit, own.twin(), "+15125550199", "ffffffffffffffffffffffffffffffff").await;
        let ring = format!("{CALL}&CallStatus=ringing");
        let slug = &own.record.slug;
        for path in [format!("/api/voice/incoming?tenant={slug}"), "/webhooks/twilio".into()] {
            let answer = post(&street, &path, TOKEN, &ring).await;
            assert!(answer.text.contains("<Response>"), "{path}: {}", answer.text);
        }
        let over = format!("{CALL}&CallStatus=completed&CallbackSource=call-progress-events");
        assert_eq!(post(&street, &format!("/api/voice/status?tenant={slug}"), TOKEN, &over).await.status, 204);
        // A callback without numbers carries the one that we wrote.
        let recorded = "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2Fx";
        let path = format!("/api/voice/incoming?line=%2B15125550100&tenant={slug}");
        assert_eq!(post(&street, &path, TOKEN, recorded).await.status, 204);
        // The twin's name with our number: the hint disagrees.
        let wrong = format!("/api/voice/incoming?tenant={}", own.twin().record.slug);
        post(&street, &wrong, TOKEN, &ring).await.is_problem(400, "tenant_hint_disagrees");
        let named = async |name: &str| {
            let url = format!("{}/webhooks/twilio", kit.house.settings.public_url);
            let request = Request::post("/webhooks/twilio")
                .header("x-tenant-id", name)
                .header(header::CONTENT_LENGTH, over.len())
                .header("x-twilio-signature", sign_twilio(TOKEN, &url, over.as_bytes()));
            street.send(request.body(Body::from(over.clone())).unwrap()).await
        };
        named(&own.record.slug).await.ok();
        named(&own.id().to_string()).await.ok();
        named(&own.twin().record.slug).await.is_problem(400, "tenant_hint_disagrees");
        let nobodys = ring.replace("5550100", "5550101");
        assert_eq!(post(&street, "/webhooks/twilio", TOKEN, &nobodys).await.status, 400);
        kit.fold_all().await;
        assert_eq!(calls(&street, &own).await.len(), 1);
        assert!(calls(&street, own.twin()).await.is_empty());
    }
}
