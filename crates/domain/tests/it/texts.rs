//! Texts that come in: kept once, in their thread, with what they mean, and told to whoever asked for it.

use crate::look::{contacts, deliveries, events, new_endpoint};
use serde_json::json;
use vestibule_domain::inbox::{self, Accepted};
use vestibule_domain::texts::{self, TextFilter, TextRow, ThreadFilter, ThreadRow};
use vestibule_model::{ConnectionId, Keyword, TextStatus, UnixMs};
use vestibule_ports::Inbound;
use vestibule_testkit::{Kit, TestTenant, both_databases, connect_twilio, inside};
use vestibule_vault::body_signature;

pub const OURS: &str = "+15125550100";
pub const THEIRS: &str = "+14155550123";
pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Connects a tenant's number; the connection.
pub async fn connect(kit: &Kit, tenant: &TestTenant, number: &str) -> ConnectionId {
    connect_twilio(kit, tenant, ACCOUNT, number, "2b1f0c3d4e5f60718293a4b5c6d7e8f9").await.id
}

/// What Twilio tells arrived at an instant at an address of ours, and was genuine.
pub async fn arrives(
    kit: &Kit,
    tenant: &TestTenant,
    connection: ConnectionId,
    url: &str,
    form: &str,
    at: UnixMs,
) -> Accepted {
    let provider = kit.house.provider("twilio").unwrap().clone();
    let sent = Inbound { method: "POST", url, header: &|_| None, body: form.as_bytes(), now: at };
    let (address, told) = (provider.address(&sent), provider.told(&sent));
    inbox::accept(&kit.house, tenant.scope, connection, &*provider, &address, &told, at).await.unwrap()
}

/// A text to one of our numbers.
pub fn form(sid: &str, from: &str, to: &str, body: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("AccountSid", ACCOUNT)
        .append_pair("MessageSid", sid)
        .append_pair("SmsStatus", "received");
    form.append_pair("From", from).append_pair("To", to).append_pair("Body", body);
    form.append_pair("NumMedia", "0").append_pair("NumSegments", "1").finish()
}

pub async fn threads(kit: &Kit, tenant: &TestTenant) -> Vec<ThreadRow> {
    let filter = ThreadFilter { limit: 100, ..ThreadFilter::default() };
    inside!(kit, tenant, |tx| texts::list_threads(&kit.house, tx, &filter).await.unwrap().items)
}

/// Every text, newest first.
pub async fn all(kit: &Kit, tenant: &TestTenant) -> Vec<TextRow> {
    let filter = TextFilter { limit: 100, ..TextFilter::default() };
    inside!(kit, tenant, |tx| texts::list(&kit.house, tx, &filter).await.unwrap().items)
}

/// The only thread.
pub async fn thread(kit: &Kit, tenant: &TestTenant) -> ThreadRow {
    let mut found = threads(kit, tenant).await;
    assert_eq!(found.len(), 1, "there should be one thread");
    found.remove(0)
}

both_databases! {
    async fn a_text_is_kept_once_and_told_once(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let connection = connect(&kit, &own, OURS).await;
        let (told, _) = new_endpoint(&kit, &own, "https://told.test/", &["text.text-received"]).await;
        let began = kit.house.world.now();
        let text = form("SM1", THEIRS, OURS, "Bonjour, êtes-vous ouverts ?");
        assert!(matches!(arrives(&kit, &own, connection, "", &text, began).await, Accepted::New(_)));
        assert_eq!(arrives(&kit, &own, connection, "", &text, began).await, Accepted::Duplicate);
        // The same text in another order, with a field more: a revision of the event, and no other text.
        kit.clock.advance_ms(5);
        let again = format!("FromCity=&{text}");
        assert!(matches!(arrives(&kit, &own, connection, "", &again, began.plus_ms(5)).await, Accepted::New(_)));
        kit.fold_all().await;
        let texts = all(&kit, &own).await;
        assert_eq!(texts.len(), 1);
        let text = &texts[0];
        assert_eq!((text.body.as_str(), text.status, text.is_inbound), ("Bonjour, êtes-vous ouverts ?", TextStatus::Received, true));
        assert_eq!((text.our_number.as_str(), text.their_number.as_str(), text.at), (OURS, THEIRS, began));
        assert_eq!((text.external_id.as_deref(), text.keyword, text.segments), (Some("SM1"), None, Some(1)));
        let thread = thread(&kit, &own).await;
        assert_eq!((thread.id, thread.last_at, thread.opted_out_at), (text.thread, began, None));
        // Whoever has never called is known from now on, without a call.
        let known = contacts(&kit, &own).await;
        assert_eq!((known.len(), known[0].phone.as_deref(), known[0].calls_count), (1, Some(THEIRS), 0));
        assert_eq!(thread.contact, Some(known[0].id));
        assert!(events(&kit, &own).await.iter().all(|event| event.state == "folded"));
        // Told to the endpoint that asked for it, and not to the one that asked for calls.
        let owed = deliveries(&kit, &own).await;
        assert_eq!(owed.len(), 1);
        assert_eq!((owed[0].row.endpoint, owed[0].row.event_type.as_str(), owed[0].row.call), (told.id, "text.text-received", None));
        assert_eq!((&owed[0].body["data"]["from"], &owed[0].body["data"]["body"]), (&json!(THEIRS), &json!(text.body)));
        assert_ne!(owed[0].body["signature"], body_signature(&own.endpoint_secret, &owed[0].body));
        assert_eq!(kit.deliver_all().await, 1);
    }

    async fn who_calls_after_writing_is_one_contact(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let connection = connect(&kit, &own, OURS).await;
        let sample = own.sample("call_ended");
        let caller = sample.0.pointer("/call/from_number").unwrap().as_str().unwrap().to_owned();
        arrives(&kit, &own, connection, "", &form("SM1", &caller, OURS, "Allô"), UnixMs(1_000)).await;
        kit.fold_all().await;
        let wrote = contacts(&kit, &own).await.remove(0);
        assert_eq!((wrote.calls_count, wrote.first_call_at), (0, UnixMs(1_000)));
        kit.send(&own, &sample.body()).await;
        kit.fold_all().await;
        let called = contacts(&kit, &own).await;
        assert_eq!((called.len(), called[0].id, called[0].calls_count), (1, wrote.id, 1));
        assert_eq!(called[0].first_call_at, called[0].last_call_at, "a text is no call");
        // And a text after a call changes nothing of what is known of the calls.
        arrives(&kit, &own, connection, "", &form("SM2", &caller, OURS, "Merci"), kit.house.world.now()).await;
        kit.fold_all().await;
        let after = contacts(&kit, &own).await;
        assert_eq!((after.len(), after[0].calls_count, after[0].last_call_at), (1, 1, called[0].last_call_at));
    }

    async fn whoever_opts_out_does_so_from_one_number_until_they_come_back(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let connection = connect(&kit, &own, OURS).await;
        let second = "+15125550177";
        let at = |minutes: i64| UnixMs(1_795_219_200_000 + minutes * 60_000);
        for (sid, to, body, minute) in [("SM1", OURS, "Bonjour", 0), ("SM2", second, "Bonjour", 1), ("SM3", OURS, " Arrêt. ", 2)] {
            arrives(&kit, &own, connection, "", &form(sid, THEIRS, to, body), at(minute)).await;
        }
        kit.fold_all().await;
        let out = async || {
            let mut found: Vec<_> = threads(&kit, &own).await.into_iter().map(|h| (h.our_number, h.opted_out_at)).collect();
            found.sort();
            found
        };
        assert_eq!(out().await, [(OURS.to_owned(), Some(at(2))), (second.to_owned(), None)]);
        assert_eq!(all(&kit, &own).await[0].keyword, Some(Keyword::Stop));
        // Late: they had come back before they left for good.
        arrives(&kit, &own, connection, "", &form("SM4", THEIRS, OURS, "START"), at(1)).await;
        kit.fold_all().await;
        assert_eq!(out().await[0].1, Some(at(2)));
        // The provider's own word counts, whatever the text says.
        let start = form("SM5", THEIRS, OURS, "je veux bien") + "&OptOutType=START";
        arrives(&kit, &own, connection, "", &start, at(9)).await;
        kit.fold_all().await;
        assert_eq!(out().await[0].1, None);
        // Whoever asks for help stays where they are.
        arrives(&kit, &own, connection, "", &form("SM6", THEIRS, OURS, "AIDE"), at(10)).await;
        arrives(&kit, &own, connection, "", &form("SM7", THEIRS, OURS, "unsubscribe"), at(11)).await;
        arrives(&kit, &own, connection, "", &form("SM8", THEIRS, OURS, "HELP"), at(12)).await;
        kit.fold_all().await;
        assert_eq!(out().await[0].1, Some(at(11)));
    }

    async fn texts_and_threads_come_in_pages(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let connection = connect(&kit, &own, OURS).await;
        for n in 0..5 {
            let from = format!("+1415555012{}", n % 3);
            let at = UnixMs(1_795_219_200_000 + n * 1_000);
            arrives(&kit, &own, connection, "", &form(&format!("SM{n}"), &from, OURS, &format!("text {n}")), at).await;
        }
        // A short code writes as well, and is nobody we could know.
        arrives(&kit, &own, connection, "", &form("SM5", "55555", OURS, "code 1234"), UnixMs(1_795_219_100_000)).await;
        kit.fold_all().await;
        let all: Vec<_> = all(&kit, &own).await.into_iter().map(|text| text.body).collect();
        assert_eq!(all, ["text 4", "text 3", "text 2", "text 1", "text 0", "code 1234"]);
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let filter = ThreadFilter { after, limit: 2, ..ThreadFilter::default() };
            let page = inside!(kit, own, |tx| texts::list_threads(&kit.house, tx, &filter).await.unwrap());
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let last: Vec<_> = found.iter().map(|h| h.last.as_ref().unwrap().body.as_str()).collect();
        assert_eq!(last, ["text 4", "text 3", "text 2", "code 1234"]);
        assert_eq!(found[3].contact, None);
        let of = TextFilter { thread: Some(found[0].id), limit: 1, ..TextFilter::default() };
        let page = inside!(kit, own, |tx| texts::list(&kit.house, tx, &of).await.unwrap());
        let of = TextFilter { after: page.next, ..of };
        let next = inside!(kit, own, |tx| texts::list(&kit.house, tx, &of).await.unwrap());
        assert_eq!((page.items[0].body.as_str(), next.items[0].body.as_str(), next.next), ("text 4", "text 1", None));
        let with = ThreadFilter { phone: Some("+14155550122".into()), limit: 10, ..ThreadFilter::default() };
        let with = inside!(kit, own, |tx| texts::list_threads(&kit.house, tx, &with).await.unwrap().items);
        assert_eq!((with.len(), with[0].id), (1, found[2].id));
        let known = ThreadFilter { contact: found[1].contact, limit: 10, ..ThreadFilter::default() };
        let known = inside!(kit, own, |tx| texts::list_threads(&kit.house, tx, &known).await.unwrap().items);
        assert_eq!((known.len(), known[0].id), (1, found[1].id));
        let one = inside!(kit, own, |tx| texts::find_thread(&kit.house, tx, found[0].id).await.unwrap().unwrap());
        assert_eq!((one.their_number, one.last_at), (found[0].their_number.clone(), found[0].last_at));
    }

    async fn what_a_text_says_is_sealed(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let connection = connect(&kit, &own, OURS).await;
        arrives(&kit, &own, connection, "", &form("SM1", THEIRS, OURS, "mon code est 4821"), UnixMs(1_000)).await;
        kit.fold_all().await;
        let sealed = inside!(kit, own, |tx| {
            let sql = vestibule_store::tsql!("SELECT body_sealed FROM texts WHERE tenant_id = $1");
            tx.row(sql, &[]).await.unwrap().unwrap().bytes("body_sealed").unwrap()
        });
        assert!(!String::from_utf8_lossy(&sealed).contains("4821"));
        assert!(!format!("{:?}", all(&kit, &own).await).contains("4821"));
    }
}
