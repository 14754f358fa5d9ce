//! Listening to recordings: from Twilio with the tenant's credentials, for nobody else's ears.

use crate::street::{Street, anon, another, owner};
use crate::twilio::{ACCOUNT, TOKEN, calls, connect, post};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use serde_json::json;
use std::sync::{Arc, Mutex};
use vestibule_domain::audit;
use vestibule_model::Role;
use vestibule_testkit::{Kit, TestTenant, both_databases, fetcher, inside};

const SOUND: &[u8] = b"ID3 this is what was said, and said, and said again";

/// A double of Twilio: its address, and the credentials that came.
struct Twilio(String, Arc<Mutex<Vec<String>>>);

impl Twilio {
    async fn open() -> Self {
        let came = Arc::new(Mutex::new(Vec::new()));
        let seen = came.clone();
        let answer = move |request: Request| {
            let seen = seen.clone();
            async move { serve(&request, &seen) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        Self(base, came)
    }

    fn street(&self, kit: &Kit) -> Street {
        Street::fetching(kit, fetcher(&self.0))
    }
}

fn serve(request: &Request, seen: &Mutex<Vec<String>>) -> Response {
    let header =
        |name| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    seen.lock().unwrap().push(format!("{} {}", request.uri().path(), header(header::AUTHORIZATION)));
    let sound = [(header::CONTENT_TYPE, "audio/mpeg")];
    if request.uri().path().contains("REgone") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match header(header::RANGE).as_str() {
        "" => (sound, SOUND).into_response(),
        "bytes=0-2" => {
            (StatusCode::PARTIAL_CONTENT, sound, [(header::CONTENT_RANGE, "bytes 0-2/51")], &SOUND[..3])
                .into_response()
        }
        _ => (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, "bytes */51")]).into_response(),
    }
}

/// A call of a tenant with a recording at Twilio; its path here.
async fn recorded(street: &Street, tenant: &TestTenant, hook: &str, sid: &str) -> String {
    let url =
        format!("https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2F{ACCOUNT}%2FRecordings%2F{sid}");
    let form = format!("CallSid=CA{sid}&RecordingSid={sid}&RecordingStatus=completed&RecordingUrl={url}");
    assert_eq!(post(street, hook, TOKEN, &form).await.status, 204);
    street.kit.fold_all().await;
    let found = calls(street, tenant).await;
    let call = found.iter().find(|call| call["external_id"] == format!("twilio_CA{sid}")).unwrap();
    format!("/api/v1/calls/{}/recording", call["id"].as_str().unwrap())
}

async fn played(kit: &Kit, tenant: &TestTenant) -> usize {
    let rows = inside!(kit, tenant, |tx| audit::newest(tx, 100).await.unwrap());
    rows.iter().filter(|row| row.action == "call.recording_played").count()
}

both_databases! {
    async fn a_recording_is_heard_whole_and_in_parts(kit: Kit) {
        let twilio = Twilio::open().await;
        let street = twilio.street(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, "+15125550100", TOKEN).await;
        let path = recorded(&street, &own, &hook, "REdd").await;
        let whole = street.get(&owner(&own), path.trim_end_matches("/recording")).await.ok();
        assert_eq!(whole["recording_url"], path.as_str(), "where it is kept does not show");

        let heard = street.get(&owner(&own), &path).await;
        assert_eq!((heard.status.as_u16(), heard.text.as_bytes()), (200, SOUND));
        assert_eq!((heard.header("content-type"), heard.header("accept-ranges")), ("audio/mpeg", "bytes"));
        assert_eq!((heard.header("content-length"), heard.header("cache-control")), ("51", "no-store"));
        assert!(!format!("{heard:?}").contains("twilio") && !format!("{heard:?}").contains(TOKEN));
        // base64 of `AC…:token`
        let basic = "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYToyYjFmMGMzZDRlNWY2MDcxODI5M2E0YjVjNmQ3ZThmOQ==";
        let came = twilio.1.lock().unwrap().clone();
        assert_eq!(came, [format!("/2010-04-01/Accounts/{ACCOUNT}/Recordings/REdd.mp3 {basic}")]);

        let browser = owner(&own).with("accept-encoding", "gzip, br");
        let part = street.get(&browser.with("range", "bytes=0-2"), &path).await;
        assert_eq!((part.status.as_u16(), part.text.as_str()), (206, "ID3"));
        assert_eq!(part.header("content-range"), "bytes 0-2/51");
        let beyond = street.get(&browser.with("range", "bytes=900-"), &path).await;
        assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, "bytes */51"));
        // What is no single range of bytes is as if nothing had been asked; sound is not compressed again.
        let all = street.get(&browser.with("range", "bytes=0-1,4-5"), &path).await;
        assert_eq!((all.status.as_u16(), all.text.as_bytes(), all.header("content-encoding")), (200, SOUND, ""));
        assert_eq!(played(&kit, &own).await, 1, "once an hour, however often and in which parts");
        kit.clock.advance_ms(3_600_000);
        assert_eq!(street.get(&browser.with("range", "bytes=0-2"), &path).await.status, 206);
        assert_eq!(played(&kit, &own).await, 2);
    }

    async fn only_who_may_see_the_call_hears_it(kit: Kit) {
        let twilio = Twilio::open().await;
        let street = twilio.street(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, "+15125550100", TOKEN).await;
        let path = recorded(&street, &own, &hook, "REdd").await;
        street.get(&anon(), &path).await.is_problem(401, "unauthorized");
        street.get(&owner(own.twin()), &path).await.is_problem(404, "not_found");
        let viewer = street.member(Some(&own), Role::Viewer).await;
        assert_eq!(street.get(&viewer, &path).await.status, 200);
        street.ask(&viewer, Method::GET, "/api/v1/calls/nonsense/recording", None).await.is_problem(404, "not_found");
        assert_eq!(twilio.1.lock().unwrap().len(), 1);
        assert_eq!((played(&kit, &own).await, played(&kit, own.twin()).await), (1, 0));
    }

    async fn a_recording_that_is_not_there_says_why(kit: Kit) {
        let twilio = Twilio::open().await;
        let street = twilio.street(&kit);
        let own = kit.tenant("north-shore").await;
        let hook = connect(&kit, &own, "+15125550100", TOKEN).await;
        let gone = recorded(&street, &own, &hook, "REgone").await;
        street.get(&owner(&own), &gone).await.is_problem(404, "recording_gone");
        // Somebody who is not connected to Twilio, with a call that says that its recording is there.
        let body = |url: &str| another(&own, "call_analyzed", &format!("call_{}", url.len())).with("/call/recording_url", json!(url)).body();
        let there = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/REdd");
        let listen = async |url: &str| {
            street.hook(&own, &body(url)).await.ok();
            kit.fold_all().await;
            let external = format!("retell_call_{}", url.len());
            let found = calls(&street, &own).await;
            let call = found.iter().find(|call| call["external_id"] == external).unwrap();
            street.get(&owner(&own), &format!("/api/v1/calls/{}/recording", call["id"].as_str().unwrap())).await
        };
        let before = twilio.1.lock().unwrap().len();
        connections_end(&kit, &own).await;
        listen(&there).await.is_problem(409, "recording_locked");
        listen("https://10.0.0.1/x.mp3").await.is_problem(404, "recording_gone");
        listen("").await.is_problem(404, "no_recording");
        assert_eq!(twilio.1.lock().unwrap().len(), before);
        // Anywhere else it is fetched without credentials.
        assert_eq!(listen(&format!("{}/x.mp3", twilio.0)).await.status, 200);
        assert_eq!(twilio.1.lock().unwrap().last().unwrap(), "/x.mp3 ");
        let nowhere = Street::fetching(&kit, fetcher("http://127.0.0.1:9"));
        let call = calls(&nowhere, &own).await.iter().find(|c| c["external_id"] == "twilio_CAREgone").unwrap().clone();
        connect(&kit, &own, "+15125550100", TOKEN).await;
        let answer = nowhere.get(&owner(&own), &format!("/api/v1/calls/{}/recording", call["id"].as_str().unwrap())).await;
        answer.is_problem(503, "recording_unavailable");
        assert_eq!(answer.header("retry-after"), "30");
    }
}

async fn connections_end(kit: &Kit, tenant: &TestTenant) {
    vestibule_domain::connections::disconnect(&kit.house, &tenant.scope, "twilio").await.unwrap();
}
