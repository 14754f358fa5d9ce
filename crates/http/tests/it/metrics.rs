//! Figures of calls and the usage of a billing period, at our addresses and at the sources'.

use crate::street::{Street, another, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_access::Permission;
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_model::Role;
use vestibule_testkit::{Kit, TestTenant, both_databases};

/// The sample call of a minute's half, one that was missed, and one that goes on.
async fn three_calls(street: &Street, kit: &Kit, own: &TestTenant) {
    street.have_a_call(own).await;
    street
        .hook(own, &another(own, "call_analyzed_not_connected", "call_missed").later(86_400_000).body())
        .await;
    street.hook(own, &another(own, "call_started", "call_goes_on").later(86_400_000).body()).await;
    kit.fold_all().await;
}

fn sum(items: &[Value], name: &str) -> i64 {
    items.iter().map(|one| one[name].as_i64().unwrap()).sum()
}

fn part<'a>(parts: &'a Value, name: &str) -> &'a Value {
    parts.as_array().unwrap().iter().find(|p| p["name"] == name).unwrap_or(&Value::Null)
}

both_databases! {
    async fn req_0_31_an_organizations_calls_come_with_their_sums(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let list = async |query: &str| street.get(&who, &format!("/api/organizations/north-shore/calls?{query}")).await.ok();
        assert_eq!(list("").await["analytics"], json!({ "total_calls": 0, "total_duration_ms": 0, "total_duration_seconds": 0,
            "average_duration_ms": null, "total_cost_micros": 0, "priced_calls": 0, "currency": "USD" }), "the twin's calls are the twin's");
        three_calls(&street, &kit, &own).await;
        let all = list("limit=1").await;
        let calls = street.get(&who, "/api/v1/calls").await.items();
        let known = |name: &str| calls.iter().filter_map(|c| c[name].as_i64()).collect::<Vec<_>>();
        let (durations, costs) = (known("duration_ms"), known("cost_micros"));
        assert!(calls.len() == 3 && durations.iter().sum::<i64>() >= 33_870 && costs.iter().sum::<i64>() > 0, "{calls:?}");
        let sums = &all["analytics"];
        assert_eq!((&sums["total_calls"], &sums["total_duration_ms"], &sums["total_cost_micros"], &sums["priced_calls"]),
            (&json!(3), &json!(durations.iter().sum::<i64>()), &json!(costs.iter().sum::<i64>()), &json!(costs.len())));
        assert_eq!(sums["average_duration_ms"], durations.iter().sum::<i64>() / i64::try_from(durations.len()).unwrap());
        // Over all that match, not over the page; the pages after it do not say it again.
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
        let next = list(&format!("limit=1&cursor={}", all["next_cursor"].as_str().unwrap())).await;
        assert_eq!((next["items"].as_array().unwrap().len(), &next["analytics"]), (1, &Value::Null));
        let count = async |query: &str| list(query).await["analytics"]["total_calls"].clone();
        assert_eq!((count("outcome=MISSED").await, count("status=IN_PROGRESS").await), (json!(1), json!(1)));
        assert_eq!((count("to=2026-11-20").await, count("from=2026-11-21").await, count("phone=%2B15145550000").await), (json!(1), json!(2), json!(0)));
        assert!(street.get(&who, "/dashboard/calls").await.ok().get("analytics").is_none());
    }

    async fn req_0_32_and_0_49_usage_counts_the_calls_of_a_billing_period(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        let usage = async |query: &str| street.get(&who, &format!("/api/organizations/north-shore/usage{query}")).await.ok();
        let month = usage("?period=current_month").await;
        assert_eq!((&month["period"], &month["since"], &month["until"], &month["timezone"], &month["is_current"]),
            (&json!("2026-11"), &json!("2026-11-01"), &json!("2026-11-30"), &json!("America/Toronto"), &json!(true)));
        assert_eq!((&month["calls"]["calls"], &month["calls"]["answered"], &month["calls"]["missed"]), (&json!(3), &json!(1), &json!(1)));
        let daily = month["daily"].as_array().unwrap();
        assert_eq!((daily.len(), sum(daily, "calls"), &daily[19]["calls"], &daily[20]["calls"]), (30, 3, &json!(1), &json!(2)));
        assert_eq!(month, usage("").await, "the current month when nothing is said");
        assert_eq!(month, usage("?period=2026-11").await);
        assert_eq!(month, street.get(&who, "/api/v1/usage").await.ok());
        let before = usage("?period=previous_month").await;
        assert_eq!((&before["period"], &before["calls"]["calls"], &before["is_current"], &before["roi"]["value_micros"]),
            (&json!("2026-10"), &json!(0), &json!(false), &json!(0)));
        for bad in ["period=next_month", "period=2026-13", "period=november"] {
            let answer = street.get(&who.with("accept-language", "fr"), &format!("/api/organizations/north-shore/usage?{bad}")).await;
            answer.is_problem(422, "invalid");
            assert!(answer.json()["fields"][0]["message"].as_str().unwrap().starts_with("Donnez current_month"), "{answer:?}");
        }
        // What only a ledger can say is null, and says so.
        assert_eq!(month["ledger"], json!({ "billed_minutes": null, "included_calls": null, "used_percent": null, "credit_minutes": null }));
    }

    async fn req_0_33_usage_counts_executions_and_adds_costs_up(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        kit.deliver_all().await;
        let month = street.get(&who, "/api/organizations/north-shore/usage").await.ok();
        let executions = street.get(&who, "/api/v1/workflow-executions").await.items();
        assert!(!executions.is_empty());
        assert_eq!((&month["executions"]["total"], &month["executions"]["open"], &month["executions"]["success_rate"]),
            (&json!(executions.len()), &json!(executions.len()), &Value::Null));
        let calls = street.get(&who, "/api/v1/calls").await.items();
        let costs: Vec<i64> = calls.iter().filter_map(|c| c["cost_micros"].as_i64()).collect();
        let costs_view = &month["costs"];
        assert_eq!((&costs_view["provider_micros"], &costs_view["total_micros"], &costs_view["currency"]),
            (&json!(costs.iter().sum::<i64>()), &json!(costs.iter().sum::<i64>()), &json!("USD")));
        assert_eq!((&costs_view["priced_calls"], &costs_view["unpriced_calls"]), (&json!(costs.len()), &json!(3 - costs.len())));
        assert_eq!((&costs_view["by_provider"][0]["calls"], &costs_view["plan_micros"], &costs_view["executions_micros"]), (&json!(3), &Value::Null, &Value::Null));
    }

    async fn req_0_34_usage_estimates_what_was_saved_and_says_from_what(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        let roi = async || street.get(&who, "/api/organizations/north-shore/usage").await.ok()["roi"].clone();
        let guess = roi().await;
        assert_eq!((&guess["is_guess"], &guess["hourly_value_micros"], &guess["after_call_seconds"], &guess["currency"]),
            (&json!(true), &json!(25_000_000), &json!(180), &json!("USD")));
        // One call of 33.87 seconds, and three minutes after it.
        assert_eq!((&guess["calls"], &guess["talk_ms"], &guess["time_saved_ms"]), (&json!(1), &json!(33_870), &json!(213_870)));
        assert_eq!(guess["value_micros"], 213_870_i64 * 25_000_000 / 3_600_000);
        let cost = guess["cost_micros"].as_i64().unwrap();
        assert_eq!(guess["net_micros"], guess["value_micros"].as_i64().unwrap() - cost);
        assert!(guess["return_ratio"].is_f64());
        let put = async |body: Value| street.ask(&who, Method::PUT, "/api/v1/usage/settings", Some(&body)).await;
        let settings = async || street.get(&who, "/api/v1/usage/settings").await.ok();
        assert_eq!(settings().await, json!({ "hourly_value_micros": 25_000_000, "currency": "USD", "after_call_seconds": 180, "updated_at": null }));
        let said = put(json!({ "hourly_value_micros": 60_000_000, "after_call_seconds": 0, "currency": "CAD" })).await.ok();
        assert_eq!(said, settings().await);
        let mine = roi().await;
        assert_eq!((&mine["is_guess"], &mine["currency"], &mine["value_micros"]), (&json!(false), &json!("CAD"), &json!(564_500)));
        // Dollars of two countries are not taken from each other.
        assert_eq!((&mine["cost_currency"], &mine["net_micros"], &mine["return_ratio"]), (&json!("USD"), &Value::Null, &Value::Null));
        for bad in [json!({ "hourly_value_micros": -1 }), json!({ "currency": "XXX" }), json!({ "after_call_seconds": 3601 }), json!({ "after_call_seconds": i64::MAX })] {
            put(bad).await.is_problem(422, "invalid");
        }
        assert_eq!(settings().await, said);
        let viewer = street.member(Some(&own), Role::Viewer).await;
        street.ask(&viewer, Method::PUT, "/api/v1/usage/settings", Some(&json!({}))).await.is_problem(403, "forbidden");
        assert_eq!(street.get(&viewer, "/api/v1/usage/settings").await.ok(), said);
    }

    async fn req_1_29_call_metrics_are_at_their_old_address_beside_a_calls(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        // K21: `metrics` is no call's id, and a call's id is no metric.
        let here = street.get(&who, "/dashboard/calls/metrics?since=2026-11-01&until=2026-11-30").await.ok();
        let id = street.get(&who, "/dashboard/calls").await.items()[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(street.get(&who, &format!("/dashboard/calls/{id}")).await.ok()["id"], id);
        street.get(&who, "/dashboard/calls/metric").await.is_problem(404, "not_found");
        assert_eq!(here, street.get(&who, "/api/v1/metrics/calls?since=2026-11-01&until=2026-11-30").await.ok());
        let total = &here["total"];
        assert_eq!((&total["calls"], &total["ended"], &total["answered"], &total["missed"], &total["success_rate"]),
            (&json!(3), &json!(2), &json!(1), &json!(1), &json!(0.5)));
        assert_eq!((&part(&here["by_status"], "IN_PROGRESS")["calls"], &part(&here["by_outcome"], "MISSED")["calls"], &part(&here["by_provider"], "retell")["calls"]),
            (&json!(1), &json!(1), &json!(3)));
        for parts in ["by_status", "by_outcome", "by_direction", "by_provider"] {
            assert_eq!(sum(here[parts].as_array().unwrap(), "calls"), 3, "{parts}");
        }
        assert!(here["callers"].as_i64().unwrap() >= 1 && here["average_duration_ms"].is_i64());
        // A key may see figures and nobody's words.
        let made = keys::create(&kit.house, &own.scope, Permission::ALL, &KeyOrder::named("figures").with_scopes(["usage.read"])).await.unwrap();
        let key = bearer(&made.key);
        assert_eq!(street.get(&key, "/dashboard/calls/metrics?since=2026-11-01&until=2026-11-30").await.ok(), here);
        street.get(&key, &format!("/dashboard/calls/{id}")).await.is_problem(403, "forbidden");
    }

    async fn req_1_30_metrics_are_broken_down_by_day(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        let here = street.get(&who, "/dashboard/metrics?since=2026-11-19&until=2026-11-22").await;
        assert_eq!(here.ok(), street.get(&who, "/api/v1/metrics/days?since=2026-11-19&until=2026-11-22").await.ok());
        let days: Vec<_> = here.items().iter().map(|d| (d["day"].clone(), d["calls"].clone(), d["missed"].clone())).collect();
        assert_eq!(days, [(json!("2026-11-19"), json!(0), json!(0)), (json!("2026-11-20"), json!(1), json!(0)),
            (json!("2026-11-21"), json!(2), json!(1)), (json!("2026-11-22"), json!(0), json!(0))]);
        let today = kit.house.world.now().local_day(&own.record.timezone);
        let month = street.get(&who, "/dashboard/metrics").await;
        assert_eq!((month.items().len(), &month.json()["until"]), (30, &json!(today)), "thirty days when nothing is said");
        for bad in ["since=yesterday", "since=2026-11-02&until=2026-11-01", "since=2024-01-01&until=2026-01-01"] {
            street.get(&who, &format!("/dashboard/metrics?{bad}")).await.is_problem(422, "invalid");
        }
    }

    async fn req_1_31_metrics_are_added_up_beside_the_days_before(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        three_calls(&street, &kit, &own).await;
        let here = street.get(&who, "/dashboard/metrics/aggregated?since=2026-11-21&until=2026-11-21").await.ok();
        assert_eq!(here, street.get(&who, "/api/v1/metrics/aggregated?since=2026-11-21&until=2026-11-21").await.ok());
        assert_eq!((&here["day_count"], &here["calls"]["calls"], &here["calls_before"]["calls"]), (&json!(1), &json!(2), &json!(1)));
        let all = street.get(&who, "/dashboard/metrics/aggregated?since=2026-11-01&until=2026-11-30").await.ok();
        assert_eq!((&all["calls"]["calls"], &all["calls_before"]["calls"], &all["day_count"]), (&json!(3), &json!(0), &json!(30)));
        assert_eq!(all["executions"]["total"], street.get(&who, "/api/v1/workflow-executions").await.items().len());
        street.get(&who, "/dashboard/metrics/nowhere").await.is_problem(404, "not_found");
    }
}
