//! What a provider asks while the caller listens: who answers, and what tools give.

use crate::street::{Answer, Street, another, owner};
use serde_json::{Value, json};
use vestibule_testkit::{TestTenant, both_databases, sign_retell};

async fn ask(street: &Street, tenant: &TestTenant, body: &Value) -> Answer {
    street.hook(tenant, body.to_string().as_bytes()).await
}

fn rings(from: &str) -> Value {
    json!({ "event": "call_inbound", "call_inbound": { "from_number": from, "to_number": "+18195550100" } })
}

fn uses(call: &str, name: &str, args: &Value) -> Value {
    json!({ "name": name, "call": { "call_id": call }, "args": args })
}

async fn change(street: &Street, tenant: &TestTenant, change: &Value) {
    let operator = street.operator().await;
    street.patch(&operator, &format!("/api/admin/tenants/{}", tenant.id()), change).await.ok();
}

both_databases! {
    async fn an_incoming_call_is_told_of_its_caller(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = another(&own, "call_analyzed", "call_before").from("+18195550142").body();
        street.hook(&own, &body).await.ok();
        kit.fold_all().await;
        let answer = ask(&street, &own, &rings("+18195550142")).await.ok();
        let inbound = &answer["call_inbound"];
        assert_eq!(inbound["override_agent_id"], own.agent.as_str());
        assert_eq!(inbound["metadata"]["tenant_id"], own.id().to_string());
        let told = &inbound["dynamic_variables"];
        assert_eq!((&told["caller_known"], &told["caller_calls"], &told["caller_name"]), (&json!("true"), &json!("1"), &json!("Marie Tremblay")));
        assert!(told.as_object().unwrap().values().all(Value::is_string), "Retell takes texts alone: {told}");
        let stranger = ask(&street, &own, &rings("+15145550000")).await.ok();
        assert_eq!(stranger["call_inbound"]["dynamic_variables"]["caller_known"], "false");
        let withheld = ask(&street, &own, &rings("anonymous")).await.ok();
        assert_eq!(withheld["call_inbound"]["dynamic_variables"]["caller_known"], "false");
        // A twin knows the same number: its name never shows here.
        let twins = ask(&street, own.twin(), &rings("+18195550142")).await.ok();
        assert_eq!(twins["call_inbound"]["dynamic_variables"]["business_name"], own.twin().record.company_name);
        // A question is no event: nothing of it is kept, and no call rings on without end.
        assert_eq!(street.get(&owner(&own), "/api/v1/inbox").await.items().len(), 1);
    }

    async fn who_may_not_answer_is_turned_away(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        change(&street, &own, &json!({ "subscription_status": "suspended" })).await;
        let answer = ask(&street, &own, &rings("+18195550142")).await.ok();
        assert_eq!(answer, json!({ "call_inbound": { "reject": true } }));
    }

    async fn a_question_must_be_signed(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = rings("+18195550142").to_string();
        let path = format!("/hooks/retell/{}", own.hook_token);
        street.knock(&path, None, body.as_bytes()).await.is_problem(401, "signature_missing");
        let wrong = sign_retell("another key", body.as_bytes(), kit.house.world.now());
        street.knock(&path, Some(&wrong), body.as_bytes()).await.is_problem(401, "signature_mismatch");
    }

    async fn a_message_is_taken_once_and_reaches_the_call(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let message = uses("call_talks", "take_message", &json!({ "message": "Rappelez-moi à l’été.", "name": "Éloïse" }));
        for _ in 0..3 {
            let answer = ask(&street, &own, &message).await.ok();
            assert!(answer["result"].as_str().unwrap().contains("noted"), "{answer}");
        }
        let ended = another(&own, "call_ended", "call_talks").without("/call/telephony_identifier");
        street.hook(&own, &ended.body()).await.ok();
        kit.fold_all().await;
        let call = street.get(&owner(&own), "/api/v1/calls").await.items().remove(0);
        assert_eq!(call["outcome"], "MESSAGE_TAKEN");
        let whole = street.get(&owner(&own), &format!("/api/v1/calls/{}", call["id"].as_str().unwrap())).await.ok();
        assert_eq!(whole["structured"]["message"], "Rappelez-moi à l’été.", "{whole}");
        assert_eq!(whole["structured"]["caller_name"], "Éloïse");
        // The twin uses the same tool in a call of the same name: each message stays with its own.
        ask(&street, own.twin(), &uses("call_talks", "take_message", &json!({ "message": "Twin" }))).await.ok();
        kit.twin_changed(own.twin()).await;
        let whole = street.get(&owner(&own), &format!("/api/v1/calls/{}", call["id"].as_str().unwrap())).await.ok();
        assert_eq!(whole["structured"]["message"], "Rappelez-moi à l’été.");
    }

    async fn tools_say_what_does_not_work(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let said = async |name: &str, args: Value| ask(&street, &own, &uses("call_x", name, &args)).await.ok();
        assert!(said("take_message", json!({ "message": "  " })).await["error"].is_string());
        assert!(said("fly_to_the_moon", json!({})).await["error"].is_string());
        assert!(said("transfer", json!({})).await["error"].is_string());
        assert!(said("recall_caller", json!({ "phone": "+15145550000" })).await["result"].is_string());
        assert!(said("recall_caller", json!({})).await["error"].is_string(), "a call that nobody knows has no caller");
        change(&street, &own, &json!({ "forward_to_number": "+18195550177" })).await;
        assert_eq!(said("transferCall", json!({})).await, json!({ "result": "+18195550177" }));
        assert!(street.get(&owner(&own), "/api/v1/calls").await.items().is_empty());
    }

    async fn the_latest_transcript_counts_whatever_the_order(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let update = |ms: i64, said: &str| {
            another(&own, "transcript_updated", "call_live")
                .later(ms)
                .with("/transcript_with_tool_calls", json!([{ "role": "agent", "content": said }]))
                .body()
        };
        for (ms, said) in [(2_000, "two"), (3_000, "three"), (1_000, "one")] {
            street.hook(&own, &update(ms, said)).await.ok();
            kit.fold_all().await;
        }
        let call = street.get(&owner(&own), "/api/v1/calls").await.items().remove(0);
        let whole = street.get(&owner(&own), &format!("/api/v1/calls/{}", call["id"].as_str().unwrap())).await.ok();
        assert_eq!(whole["transcript"][0]["text"], "three", "{whole}");
        assert_eq!(whole["facts"].as_array().map(Vec::len), Some(1), "each update takes the place of the one before: {whole}");
        assert_eq!(whole["status"], "IN_PROGRESS");
    }
}
