//! Texts that go out: once, to whoever may be sent any, at the pace of their number, and looked after until their end.

use crate::look::{deliveries, new_endpoint, refused};
use crate::texts::{ACCOUNT, OURS, THEIRS, all, arrives, connect, form, thread};
use vestibule_domain::texts::{self, NewText, TextRow};
use vestibule_domain::{Error, Result, connections};
use vestibule_model::{ConnectionId, TextProblem, TextStatus, UnixMs};
use vestibule_ports::{ProviderFault, ProviderFaultKind, TextFault, TextState};
use vestibule_store::tsql;
use vestibule_testkit::{Kit, TOOK, TestTenant, both_databases, connect_twilio, inside, taken};

fn new(key: &str, body: &str) -> NewText {
    NewText { to: THEIRS.into(), from: None, body: body.into(), key: key.into() }
}

async fn send(kit: &Kit, tenant: &TestTenant, new: &NewText) -> Result<TextRow> {
    texts::send(&kit.house, &tenant.scope, new).await
}

/// The only text.
async fn text(kit: &Kit, tenant: &TestTenant) -> TextRow {
    let mut found = all(kit, tenant).await;
    assert_eq!(found.len(), 1, "there should be one text");
    found.remove(0)
}

/// Twilio tells where a text stands, at the address that it was given for it.
async fn becomes(kit: &Kit, tenant: &TestTenant, connection: ConnectionId, sid: &str, id: &str, word: &str) {
    let form = format!(
        "AccountSid={ACCOUNT}&MessageSid={sid}&MessageStatus={word}&From=%2B15125550100&To=%2B14155550123"
    );
    let url = format!("https://a.test/hooks/twilio/t?text={id}");
    arrives(kit, tenant, connection, if id.is_empty() { "" } else { &url }, &form, kit.house.world.now())
        .await;
    kit.fold_all().await;
}

fn fault(kind: ProviderFaultKind) -> std::result::Result<TextState, TextFault> {
    Err(TextFault::Provider(ProviderFault::of(kind)))
}

async fn ready(kit: &Kit) -> (TestTenant, ConnectionId) {
    let own = kit.tenant("north-shore").await;
    let connection = connect(kit, &own, OURS).await;
    (own, connection)
}

both_databases! {
    async fn a_text_is_sent_once_however_often_it_is_asked_for(kit: Kit) {
        let (own, _) = ready(&kit).await;
        let first = send(&kit, &own, &new("k1", " Bonjour ! ")).await.unwrap();
        assert_eq!((first.status, first.body.as_str(), first.segments), (TextStatus::Queued, "Bonjour !", Some(1)));
        let again = send(&kit, &own, &new("k1", " Bonjour ! ")).await.unwrap();
        assert_eq!(again.id, first.id);
        assert_eq!(refused(send(&kit, &own, &new("k1", "Autre chose")).await), "idempotency_key_reused");
        assert_eq!(kit.text_all().await, 1);
        let sent = kit.texts.sent();
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].from.as_str(), sent[0].to.as_str(), sent[0].body.as_str()), (OURS, THEIRS, "Bonjour !"));
        let told_to = sent[0].told_to.as_deref().unwrap();
        assert!(told_to.starts_with("http://vestibule.test/hooks/twilio/") && told_to.ends_with(&format!("?text={}", first.id)), "{told_to}");
        assert_eq!(kit.texts.accounts(), [ACCOUNT]);
        let text = text(&kit, &own).await;
        assert_eq!((text.status, text.external_id), (TextStatus::Accepted, Some(format!("{TOOK}1"))));
        // Asked for once more after it was sent.
        assert_eq!(send(&kit, &own, &new("k1", " Bonjour ! ")).await.unwrap().status, TextStatus::Accepted);
        assert_eq!(kit.text_all().await, 0);
        assert_eq!(kit.texts.sent().len(), 1);
    }

    async fn where_a_text_stands_only_goes_forward(kit: Kit) {
        let (own, connection) = ready(&kit).await;
        let (told, _) = new_endpoint(&kit, &own, "https://told.test/", &["text.text-updated"]).await;
        let id = send(&kit, &own, &new("k1", "Bonjour")).await.unwrap().id.to_string();
        // Told of before the provider's answer is here: the address says which text is meant.
        becomes(&kit, &own, connection, "SMscripted1", &id, "sent").await;
        assert_eq!(text(&kit, &own).await.status, TextStatus::Sent);
        kit.text_all().await;
        let stands = text(&kit, &own).await;
        assert_eq!((stands.status, stands.external_id.as_deref()), (TextStatus::Sent, Some("SMscripted1")));
        assert!(kit.texts.sent().is_empty(), "it is on its way already");
        for (word, want) in [("queued", TextStatus::Sent), ("delivered", TextStatus::Delivered), ("sent", TextStatus::Delivered), ("undelivered", TextStatus::Delivered)] {
            becomes(&kit, &own, connection, "SMscripted1", "", word).await;
            assert_eq!(text(&kit, &own).await.status, want, "{word}");
        }
        let owed = deliveries(&kit, &own).await;
        assert_eq!(owed.len(), 1, "its end is told once");
        assert_eq!((owed[0].row.endpoint, owed[0].body["data"]["status"].as_str()), (told.id, Some("DELIVERED")));
        // Somebody else's text, and another text under our id.
        becomes(&kit, &own, connection, "SMelse", "", "delivered").await;
        becomes(&kit, &own, connection, "SMelse", &id, "failed").await;
        assert_eq!(text(&kit, &own).await.status, TextStatus::Delivered);
    }

    async fn who_opted_out_is_sent_nothing(kit: Kit) {
        let (own, connection) = ready(&kit).await;
        arrives(&kit, &own, connection, "", &form("SM1", THEIRS, OURS, "ARRÊT"), UnixMs(1_000)).await;
        kit.fold_all().await;
        assert_eq!(refused(send(&kit, &own, &new("k1", "Bonjour")).await), "opted_out");
        assert_eq!(all(&kit, &own).await.len(), 1, "what is refused leaves nothing");
        arrives(&kit, &own, connection, "", &form("SM2", THEIRS, OURS, "Reprendre"), UnixMs(2_000)).await;
        kit.fold_all().await;
        send(&kit, &own, &new("k1", "Bonjour")).await.unwrap();
        // They leave again while it waits.
        arrives(&kit, &own, connection, "", &form("SM3", THEIRS, OURS, "stop"), UnixMs(3_000)).await;
        kit.fold_all().await;
        kit.text_all().await;
        assert!(kit.texts.sent().is_empty());
        let withheld = all(&kit, &own).await.remove(0);
        assert_eq!((withheld.status, withheld.problem), (TextStatus::Failed, Some(TextProblem::OptedOut)));
    }

    async fn who_opted_out_at_the_provider_is_known_from_then_on(kit: Kit) {
        let (own, _) = ready(&kit).await;
        kit.texts.script([Err(TextFault::Refused { problem: TextProblem::OptedOut, code: Some(21_610) })]);
        send(&kit, &own, &new("k1", "Bonjour")).await.unwrap();
        kit.text_all().await;
        let failed = text(&kit, &own).await;
        assert_eq!((failed.status, failed.problem, failed.provider_code.as_deref()), (TextStatus::Failed, Some(TextProblem::OptedOut), Some("21610")));
        assert!(thread(&kit, &own).await.opted_out_at.is_some());
        assert_eq!(refused(send(&kit, &own, &new("k2", "Encore")).await), "opted_out");
    }

    async fn what_nobody_knows_of_is_looked_for_and_never_sent_again(kit: Kit) {
        let (own, connection) = ready(&kit).await;
        kit.texts.script([fault(ProviderFaultKind::Unavailable), fault(ProviderFaultKind::Unexpected)]);
        send(&kit, &own, &new("k1", "Un")).await.unwrap();
        kit.text_all().await;
        assert_eq!(text(&kit, &own).await.status, TextStatus::Unknown);
        kit.clock.advance_ms(31_000);
        assert_eq!(kit.text_all().await, 1);
        assert_eq!((kit.texts.looks(), text(&kit, &own).await.status), (vec!["list".to_owned()], TextStatus::Unknown));
        // It had arrived there after all.
        let (message, made) = (kit.texts.sent().remove(0), kit.house.world.now().plus_ms(-30_000));
        kit.texts.know(taken("SMlate"), message, made);
        kit.clock.advance_ms(120_000);
        kit.text_all().await;
        let found = text(&kit, &own).await;
        assert_eq!((found.status, found.external_id.as_deref()), (TextStatus::Accepted, Some("SMlate")));
        // The same words again: the one that is known is not this one.
        let second = send(&kit, &own, &new("k2", "Un")).await.unwrap().id;
        kit.text_all().await;
        kit.clock.advance_ms(31_000);
        kit.text_all().await;
        assert_eq!(all(&kit, &own).await[0].status, TextStatus::Unknown);
        // A callback tells of it.
        becomes(&kit, &own, connection, "SMtold", &second.to_string(), "delivered").await;
        assert_eq!(all(&kit, &own).await[0].status, TextStatus::Delivered);
        // One of which nobody ever hears stays unknown.
        kit.texts.script([fault(ProviderFaultKind::Unavailable)]);
        send(&kit, &own, &new("k3", "Trois")).await.unwrap();
        for _ in 0..30 {
            kit.text_all().await;
            kit.clock.advance_ms(10 * 60_000);
        }
        assert_eq!(all(&kit, &own).await[0].status, TextStatus::Unknown);
        assert_eq!(kit.texts.sent().len(), 3);
    }

    async fn a_send_that_was_cut_off_is_not_made_again(kit: Kit) {
        let (own, _) = ready(&kit).await;
        send(&kit, &own, &new("k1", "Bonjour")).await.unwrap();
        // The node died between saying that it sends and hearing the answer.
        inside!(kit, own, |tx| {
            let sql = tsql!("UPDATE texts SET tried_at = $2 WHERE tenant_id = $1");
            tx.exec(sql, &[kit.house.world.now().into()]).await.unwrap()
        });
        kit.text_all().await;
        assert!(kit.texts.sent().is_empty());
        assert_eq!((text(&kit, &own).await.status, kit.texts.looks()), (TextStatus::Unknown, vec!["list".to_owned()]));
    }

    async fn what_was_not_sent_for_sure_is_tried_again_for_a_while(kit: Kit) {
        let (own, _) = ready(&kit).await;
        kit.texts.script([Err(TextFault::Unreached), fault(ProviderFaultKind::RateLimited)]);
        send(&kit, &own, &new("k1", "Bonjour")).await.unwrap();
        for seconds in [0, 6, 20] {
            kit.clock.advance_ms(seconds * 1_000);
            assert_eq!(kit.text_all().await, 1);
        }
        assert_eq!((kit.texts.sent().len(), text(&kit, &own).await.status), (3, TextStatus::Accepted));
        // Not for ever.
        kit.texts.script((0..60).map(|_| Err(TextFault::Unreached)));
        send(&kit, &own, &new("k2", "Encore")).await.unwrap();
        for _ in 0..40 {
            kit.text_all().await;
            kit.clock.advance_ms(60_000);
        }
        let given_up = all(&kit, &own).await.remove(0);
        assert_eq!((given_up.status, given_up.problem), (TextStatus::Failed, Some(TextProblem::Unreachable)));
    }

    async fn what_the_provider_refuses_says_why(kit: Kit) {
        let (own, _) = ready(&kit).await;
        kit.texts.script([
            Err(TextFault::Refused { problem: TextProblem::TrialReceiver, code: Some(21_608) }),
            fault(ProviderFaultKind::Unauthorized),
            fault(ProviderFaultKind::Rejected),
        ]);
        for (key, problem) in [("a", TextProblem::TrialReceiver), ("b", TextProblem::Unauthorized), ("c", TextProblem::Rejected)] {
            send(&kit, &own, &new(key, "Bonjour")).await.unwrap();
            kit.clock.advance_ms(1_001);
            kit.text_all().await;
            let failed = all(&kit, &own).await.remove(0);
            assert_eq!((failed.status, failed.problem), (TextStatus::Failed, Some(problem)));
        }
        // Disconnected while it waited.
        send(&kit, &own, &new("d", "Bonjour")).await.unwrap();
        kit.clock.advance_ms(1_001);
        connections::disconnect(&kit.house, &own.scope, "twilio").await.unwrap();
        kit.text_all().await;
        assert_eq!(all(&kit, &own).await[0].problem, Some(TextProblem::NotConnected));
        assert_eq!(refused(send(&kit, &own, &new("e", "Bonjour")).await), "no_number");
        assert_eq!(kit.texts.sent().len(), 3);
    }

    async fn a_number_sends_one_text_a_second_and_a_person_gets_five_in_ten_minutes(kit: Kit) {
        let (own, _) = ready(&kit).await;
        for n in 0..5 {
            send(&kit, &own, &new(&format!("k{n}"), "Bonjour")).await.unwrap();
        }
        let Err(Error::Refused(too_many)) = send(&kit, &own, &new("k5", "Bonjour")).await else { panic!("it was sent") };
        assert_eq!((too_many.code, too_many.retry_after_s), ("too_many_texts", Some(600)));
        let other = NewText { to: "+14155550199".into(), ..new("k6", "Bonjour") };
        send(&kit, &own, &other).await.unwrap();
        // Another tenant's number keeps its own pace.
        let twin = own.twin();
        connect_twilio(&kit, twin, "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "+15125550199", "b").await;
        send(&kit, twin, &new("k0", "Bonjour")).await.unwrap();
        assert_eq!(kit.text_all().await, 2);
        assert_eq!(kit.text_all().await, 0);
        for sent in 3..=7 {
            kit.clock.advance_ms(999);
            assert_eq!(kit.text_all().await, 0);
            kit.clock.advance_ms(1);
            assert_eq!(kit.text_all().await, 1);
            assert_eq!(kit.texts.sent().len(), sent);
        }
        kit.clock.advance_ms(600_000);
        send(&kit, &own, &new("k5", "Bonjour")).await.unwrap();
        kit.twin_changed(twin).await;
    }

    async fn a_price_comes_late_and_is_asked_for(kit: Kit) {
        let (own, connection) = ready(&kit).await;
        let id = send(&kit, &own, &new("k1", "Bonjour")).await.unwrap().id.to_string();
        kit.text_all().await;
        becomes(&kit, &own, connection, "SMscripted1", &id, "delivered").await;
        let message = kit.texts.sent().remove(0);
        let known = |price| TextState { status: TextStatus::Delivered, price_micros: price, currency: Some("USD".into()), ..taken("SMscripted1") };
        kit.texts.know(known(None), message.clone(), kit.house.world.now());
        kit.clock.advance_ms(5 * 60_000 + 1);
        assert_eq!(kit.text_all().await, 1);
        assert_eq!(text(&kit, &own).await.price_micros, None);
        kit.texts.know(known(Some(7_900)), message, kit.house.world.now());
        kit.clock.advance_ms(60 * 60_000);
        assert_eq!(kit.text_all().await, 1);
        let paid = text(&kit, &own).await;
        assert_eq!((paid.price_micros, paid.currency.as_deref()), (Some(7_900), Some("USD")));
        kit.clock.advance_ms(48 * 60 * 60_000);
        assert_eq!(kit.text_all().await, 0, "there is nothing left to ask");
    }

    async fn what_cannot_be_sent_is_refused_by_its_field(kit: Kit) {
        let (own, _) = ready(&kit).await;
        let fields = async |new: NewText| match send(&kit, &own, &new).await {
            Err(Error::Refused(refusal)) => refusal.fields.iter().map(|fault| fault.field).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let good = new("k", "Bonjour");
        assert_eq!(fields(NewText { to: "anonymous".into(), ..good.clone() }).await, ["to"]);
        assert_eq!(fields(NewText { to: OURS.into(), ..good.clone() }).await, ["to"]);
        assert_eq!(fields(NewText { from: Some("x".into()), ..good.clone() }).await, ["from"]);
        assert_eq!(fields(NewText { from: Some("+15125550177".into()), ..good.clone() }).await, ["from"]);
        assert_eq!(fields(NewText { body: " \n".into(), ..good.clone() }).await, ["body"]);
        assert_eq!(fields(NewText { body: "é".repeat(1_601), ..good.clone() }).await, ["body"]);
        for key in ["", "a b", &"k".repeat(201)] {
            assert_eq!(fields(NewText { key: key.into(), ..good.clone() }).await, ["idempotency_key"]);
        }
        assert_eq!(refused(texts::send(&kit.house, &own.twin().scope, &good).await), "no_number");
        assert!(all(&kit, &own).await.is_empty());
    }
}
