//! Texts that come in (requirement 4.38): verified, kept, listed, and answered where it is ours to answer.

use crate::street::{Answer, Street, bearer, escaped, owner};
use crate::twilio::{NUMBER, TOKEN, connect, post};
use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use vestibule_testkit::{TestTenant, both_databases};

pub(crate) const NOTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response />"#;

/// A text from a caller to our number.
pub(crate) fn text(sid: &str, body: &str) -> String {
    format!(
        "MessageSid={sid}&SmsStatus=received&From=%2B14155550123&To=%2B15125550100&NumMedia=0&NumSegments=1&Body={}",
        escaped(body)
    )
}

fn at(tenant: &TestTenant) -> String {
    format!("/api/sms/incoming?tenant={}", tenant.record.slug)
}

/// What an answer says; nothing when it is silence.
#[track_caller]
fn said(answer: &Answer) -> String {
    assert_eq!((answer.ok_text(), answer.header("content-type")).1, "text/xml; charset=utf-8", "{answer:?}");
    if answer.text == NOTHING {
        return String::new();
    }
    let inner = answer.text.split("<Response><Message>").nth(1).unwrap_or_else(|| panic!("{answer:?}"));
    inner.strip_suffix("</Message></Response>").unwrap().to_owned()
}

async fn speaks(street: &Street, tenant: &TestTenant, locale: &str) {
    let operator = street.operator().await;
    let path = format!("/api/admin/tenants/{}", tenant.id());
    street.patch(&operator, &path, &json!({ "locale": locale })).await.ok();
}

both_databases! {
    async fn req_4_38_texts_come_in_at_the_address_of_the_sources(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, NUMBER, TOKEN).await;
        let hello = text("SM1", "Bonjour, êtes-vous ouverts ?");
        assert_eq!(said(&post(&street, &at(&own), TOKEN, &hello).await), "");
        // Twilio asks again when our answer is lost: the text is one.
        assert_eq!(said(&post(&street, &at(&own), TOKEN, &hello).await), "");
        kit.fold_all().await;
        let who = owner(&own);
        let texts = street.get(&who, "/api/v1/texts").await.items();
        assert_eq!(texts.len(), 1);
        let expected = json!({ "direction": "INBOUND", "from_number": "+14155550123", "to_number": NUMBER, "body": "Bonjour, êtes-vous ouverts ?",
            "status": "RECEIVED", "keyword": null, "segments": 1, "media_count": 0, "problem": null, "provider": "twilio", "external_id": "SM1" });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&texts[0][key], value, "{key}");
        }
        let threads = street.get(&who, "/api/v1/text-threads").await.items();
        assert_eq!((threads.len(), &threads[0]["their_number"], &threads[0]["opted_out_at"]), (1, &json!("+14155550123"), &Value::Null));
        assert_eq!((&threads[0]["last"], &threads[0]["id"]), (&texts[0], &texts[0]["thread_id"]));
        let id = threads[0]["id"].as_str().unwrap();
        assert_eq!(street.get(&who, &format!("/api/v1/text-threads/{id}")).await.ok(), threads[0]);
        assert_eq!(street.get(&who, &format!("/api/v1/texts?thread_id={id}")).await.items(), texts);
        assert_eq!(street.get(&who, &format!("/api/v1/texts/{}", texts[0]["id"].as_str().unwrap())).await.ok(), texts[0]);
        for query in ["phone=%2B14155550123", "phone=4155550123"] {
            assert_eq!(street.get(&who, &format!("/api/v1/text-threads?{query}")).await.items(), threads, "{query}");
        }
        assert!(street.get(&who, "/api/v1/text-threads?phone=%2B14155550199").await.items().is_empty());
        let known = street.get(&who, "/api/v1/contacts").await.items();
        assert_eq!((&known[0]["phone"], &known[0]["calls_count"]), (&json!("+14155550123"), &json!(0)));
        for query in ["thread_id=x", "phone=x", "contact_id=x"] {
            let list = if query.starts_with("thread") { "texts" } else { "text-threads" };
            street.get(&who, &format!("/api/v1/{list}?{query}")).await.is_problem(422, "invalid");
        }
        assert!(street.get(&owner(own.twin()), "/api/v1/texts").await.items().is_empty());
        street.get(&owner(own.twin()), &format!("/api/v1/text-threads/{id}")).await.is_problem(404, "not_found");
    }

    async fn req_4_38_only_twilio_writes_and_only_to_whom_it_says(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, NUMBER, TOKEN).await;
        connect(&kit, own.twin(), "+15125550199", "ffffffffffffffffffffffffffffffff").await;
        let hello = text("SM1", "ARRET");
        for path in [at(&own), hook.clone()] {
            post(&street, &path, "another token", &hello).await.is_problem(401, "signature_mismatch");
            let bare = Request::post(&path).header(header::CONTENT_LENGTH, hello.len()).body(Body::from(hello.clone())).unwrap();
            street.send(bare).await.is_problem(401, "signature_missing");
        }
        // Our number under the twin's name, and a number that is nobody's.
        post(&street, &at(own.twin()), TOKEN, &hello).await.is_problem(400, "tenant_hint_disagrees");
        assert_eq!(post(&street, &at(&own), TOKEN, &hello.replace("5550100", "5550101")).await.status, 400);
        kit.fold_all().await;
        assert!(street.get(&owner(&own), "/api/v1/texts").await.items().is_empty());
        assert!(street.get(&owner(own.twin()), "/api/v1/texts").await.items().is_empty());
        // A text that was refused for a wrong key is let in when the key is corrected.
        connect(&kit, &own, NUMBER, "another token").await;
        let manager = owner(&own);
        let held = street.get(&manager, "/api/v1/held-requests").await.items();
        assert_eq!(held.len(), 2, "{held:?}");
        let filled = json!({ "fields": { "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "auth_token": "another token", "phone_number": NUMBER } });
        street.ask(&manager, http::Method::PUT, "/api/v1/connections/twilio", Some(&filled)).await.ok();
        kit.fold_all().await;
        let texts = street.get(&manager, "/api/v1/texts").await.items();
        assert_eq!((texts.len(), &texts[0]["keyword"]), (1, &json!("STOP")));
    }

    async fn req_4_38_stop_and_arret_are_remembered_and_answered_once(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, NUMBER, TOKEN).await;
        let asks = async |sid: &str, body: &str| {
            let said = said(&post(&street, &at(&own), TOKEN, &text(sid, body)).await);
            kit.fold_all().await;
            let out = !street.get(&owner(&own), "/api/v1/text-threads").await.items()[0]["opted_out_at"].is_null();
            (said, out)
        };
        // Twilio answers these itself: a second answer would be one too many.
        assert_eq!(asks("SM1", "STOP").await, (String::new(), true));
        assert_eq!(asks("SM2", "Start").await, (String::new(), false));
        assert_eq!(asks("SM3", "Bonjour").await, (String::new(), false));
        // These it does not know.
        let (said_fr, out) = asks("SM4", "Arrêt").await;
        assert!(out && said_fr.starts_with("north-shore company: c&apos;est noté") && said_fr.contains("REPRENDRE"), "{said_fr}");
        assert_eq!(asks("SM4", "Arrêt").await, (said_fr, true), "whoever asks again did not hear the answer");
        let (said_en, out) = asks("SM5", "STOP.").await;
        assert!(out && said_en.contains("Reply START"), "{said_en}");
        let (back, out) = asks("SM6", "REPRENDRE").await;
        assert!(!out && back.contains("ARRET"), "{back}");
        speaks(&street, &own, "fr").await;
        assert!(asks("SM7", "stop !").await.0.contains("REPRENDRE"));
        // Where Twilio was told other words, its word counts, and it answers.
        let advanced = text("SM8", "je reviens") + "&OptOutType=START";
        assert_eq!(post(&street, &at(&own), TOKEN, &advanced).await.text, NOTHING);
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/text-threads").await.items()[0]["opted_out_at"], Value::Null);
        // A machine that answers answers is not answered for ever.
        kit.clock.advance_ms(1);
        let mut answers = 0;
        for n in 0..9 {
            answers += usize::from(!asks(&format!("SMx{n}"), "Aide").await.0.is_empty());
        }
        assert!(answers <= 1, "{answers}");
    }

    async fn a_text_is_told_to_whoever_asked_for_it(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&kit, &own, NUMBER, TOKEN).await;
        let who = bearer(&own.api_key);
        let made = street.post(&who, "/api/v1/endpoints", &json!({ "url": "https://told.test/", "event_types": ["text.text-received"] })).await.ok();
        assert_eq!(made["event_types"], json!(["text.text-received"]));
        post(&street, &at(&own), TOKEN, &text("SM1", "Bonjour")).await.ok_text();
        kit.fold_all().await;
        let owed = street.get(&who, "/api/v1/deliveries").await.items();
        assert_eq!((owed.len(), &owed[0]["event_type"], &owed[0]["call_id"]), (1, &json!("text.text-received"), &Value::Null));
        let detail = street.get(&who, &format!("/api/v1/deliveries/{}", owed[0]["id"].as_str().unwrap())).await.ok();
        assert_eq!(detail["body"]["data"]["twilio"]["messageId"], "SM1");
        assert_eq!(kit.deliver_all().await, 1);
    }
}
