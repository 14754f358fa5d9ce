//! Every operation of the OpenAPI document, asked by those who may not: nobody, other tenants, lesser roles,
//! revoked sessions and keys, keys with too few scopes, operators who name no tenant. What else may leak is in `foreign.rs`.

use crate::exports::make_all as make_archives;
use crate::operations::{Operation, Things, Wall, every, least};
use crate::street::{Answer, Person, Street, anon, another, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule_access::{Outside, Permission};
use vestibule_domain::archive::exports;
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_domain::people;
use vestibule_model::{Role, SessionId};
use vestibule_testkit::{Kit, TestTenant, both_databases, failed};

pub(crate) const CANARY: &str = "Canari Jaune";

/// What was found, and what was excused.
pub(crate) struct Findings {
    excused: Vec<(String, String)>,
    used: BTreeSet<usize>,
    found: Vec<String>,
    asked: usize,
}

impl Findings {
    pub(crate) fn new() -> Self {
        let lines = include_str!("isolation_exceptions.txt").lines();
        let lines = lines.filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
        let excused = lines.map(|line| {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let [operation, check, reason] = fields[..] else { panic!("not an exception: {line}") };
            assert!(!reason.is_empty(), "an exception without a reason: {line}");
            (operation.to_owned(), check.to_owned())
        });
        Self { excused: excused.collect(), used: BTreeSet::new(), found: Vec::new(), asked: 0 }
    }

    pub(crate) fn note(
        &mut self,
        operation: &Operation,
        check: &str,
        is_right: bool,
        what: &dyn std::fmt::Debug,
    ) {
        self.asked += 1;
        if is_right {
            return;
        }
        let name = operation.name();
        match self.excused.iter().position(|(o, c)| *o == name && c == check) {
            Some(at) => {
                self.used.insert(at);
            }
            None => self.found.push(format!("{name}: {check}: {what:?}")),
        }
    }

    pub(crate) fn end(self, at_least: usize) {
        assert!(self.found.is_empty(), "{}", self.found.join("\n"));
        assert!(self.asked >= at_least, "only {} checks were made", self.asked);
    }

    /// Says that no exception is left over.
    fn end_of_all(self, at_least: usize) {
        assert_eq!(self.used.len(), self.excused.len(), "an exception is not needed: remove it");
        self.end(at_least);
    }
}

/// A tenant that attacks and its twin, the victim, with the same callers and call ids.
pub(crate) struct Scene {
    pub(crate) street: Street,
    pub(crate) own: TestTenant,
    pub(crate) victim: TestTenant,
    pub(crate) own_things: Things,
    pub(crate) foreign: Things,
    /// Whatever only the victim has.
    marks: Vec<String>,
    /// The victim with a reference from another system.
    referred: String,
    pub(crate) operator: Person,
}

/// Stands where a tenant has nothing of a kind.
const NOTHING: &str = "0192f0c1-2b3c-7d4e-8f50-616263646566";

/// Everything that can be read of a tenant, as an owner reads it.
pub(crate) async fn things_of(street: &Street, tenant: &TestTenant) -> (Things, Vec<Value>) {
    let who = owner(tenant);
    let lists = [
        "calls?limit=1",
        "calls",
        "deliveries",
        "endpoints",
        "contacts",
        "texts",
        "text-threads",
        "inbox",
        "workflow-executions",
        "exports",
        "erasures",
        "people",
        "invitations",
        "me/sessions",
    ];
    exports::ask(&street.kit.house, &tenant.scope).await.unwrap();
    make_archives(&street.kit).await;
    let mut pages = Vec::new();
    for list in lists {
        pages.push(street.get(&who, &format!("/api/v1/{list}")).await.ok());
    }
    let named = |value: &Value| value.as_str().unwrap_or(NOTHING).to_owned();
    let first = |page: &Value| named(&page["items"][0]["id"]);
    // One that a manager may replace.
    let narrow = KeyOrder::named("thing").with_scopes(["calls.read"]);
    let key = keys::create(&street.kit.house, &tenant.scope, Permission::ALL, &narrow).await.unwrap().record;
    let things = Things {
        tenant: tenant.id().to_string(),
        call: first(&pages[1]),
        delivery: first(&pages[2]),
        endpoint: first(&pages[3]),
        event: first(&pages[7]),
        key: key.id.to_string(),
        contact: first(&pages[4]),
        text: first(&pages[5]),
        thread: first(&pages[6]),
        export: first(&pages[9]),
        erasure: first(&pages[10]),
        // The last of them: the first is the owner, who stays.
        person: named(&pages[11]["items"].as_array().unwrap().last().unwrap()["id"]),
        invitation: first(&pages[12]),
        session: first(&pages[13]),
        cursor: named(&pages[0]["next_cursor"]),
        agency: String::new(),
        admin: String::new(),
    };
    (things, pages)
}

/// Ids in a page: every text that looks like one.
fn ids(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|v| ids(v, into)),
        Value::Array(all) => all.iter().for_each(|v| ids(v, into)),
        Value::String(text) if text.len() == 36 && text.split('-').count() == 5 => {
            into.insert(text.clone());
        }
        _ => {}
    }
}

pub(crate) async fn scene(kit: &Kit) -> Scene {
    let street = Street::open(kit);
    let own = kit.tenant("north-shore").await;
    let victim = own.twin().clone();
    // Calls in the middle of the twin's: whatever is cut at the wrong place shows.
    kit.courier.always(&own.endpoint.url, Some(failed(500)));
    street.have_a_call(&own).await;
    street.hook(&own, &another(&own, "call_ended_web", "call_own").body()).await;
    let planted = another(&victim, "call_analyzed", "call_canary")
        .later(-60_000)
        .with("/call/call_analysis/call_summary", json!(format!("{CANARY} wants a cage.")))
        .with("/call/call_analysis/custom_analysis_data/caller_name", json!(CANARY))
        .with("/call/transcript_object", json!([{ "role": "user", "content": CANARY }]));
    street.hook(&victim, &planted.body()).await;
    // The same caller writes to both.
    for (tenant, number, body) in [(&own, "+15125550100", "Hello"), (&victim, "+15125550199", CANARY)] {
        let token = format!("token-of-{}", tenant.record.slug);
        let hook = crate::twilio::connect(kit, tenant, number, &token).await;
        let number = crate::street::escaped(number);
        let text = format!("MessageSid=SM1&SmsStatus=received&From=%2B14155550123&To={number}&Body={body}");
        crate::twilio::post(&street, &hook, &token, &text).await.ok_text();
    }
    kit.fold_all().await;
    kit.deliver_all().await;
    // Both erase somebody who rang them.
    for tenant in [&own, &victim] {
        street.hook(tenant, &another(tenant, "call_ended", "call_erased").from("+14155550155").body()).await;
        kit.fold_all().await;
        let body = json!({ "phone": "+14155550155", "confirm": "+14155550155", "reason": "request" });
        street.post(&owner(tenant), "/api/v1/erasures", &body).await.ok();
    }
    // The same address is invited by both, and each has staff.
    for tenant in [&own, &victim] {
        street.member(Some(tenant), Role::Staff).await;
        let new = json!({ "email": "invited@people.test", "role": "viewer" });
        street.post(&owner(tenant), "/api/v1/invitations", &new).await.ok();
    }
    kit.post_all().await;
    kit.twin_changed(&victim).await;
    let operator = street.operator().await;
    let body = json!({ "company_name": "Referred", "owner_email": "referred@people.test", "external_ref": "canary-7" });
    let referred = street.post(&operator, "/api/admin/tenants", &body).await.ok();
    let (mut own_things, own_pages) = things_of(&street, &own).await;
    let (mut foreign, pages) = things_of(&street, &victim).await;
    assert!(!format!("{own_things:?}{foreign:?}").contains(NOTHING), "something is missing: {foreign:?}");
    for (things, name) in [(&mut own_things, "Ours"), (&mut foreign, "Theirs")] {
        let (agency, _) = street.agency(name).await;
        let made = street.get(&operator, &format!("/api/admin/agencies/{agency}")).await.ok();
        things.agency = agency.to_string();
        things.admin = made["people"][0]["id"].as_str().unwrap().to_owned();
    }
    let (mut marks, mut mine) = (BTreeSet::new(), BTreeSet::new());
    pages.iter().for_each(|p| ids(p, &mut marks));
    own_pages.iter().for_each(|p| ids(p, &mut mine));
    let found = format!("{pages:?}");
    assert!(
        found.contains(CANARY) && !format!("{own_pages:?}").contains(CANARY),
        "the canary is not where it should be"
    );
    assert!(marks.len() >= 8 && marks.is_disjoint(&mine), "the twins share ids: {marks:?} {mine:?}");
    marks.extend([foreign.tenant.clone(), foreign.key.clone(), CANARY.to_owned(), victim.hook_token.clone()]);
    // Every name of the twin has its slug in it: company, agent, owner's address, endpoint.
    marks.extend([victim.record.slug.clone(), referred["tenant"]["id"].as_str().unwrap().to_owned()]);
    Scene {
        street,
        own,
        victim,
        own_things,
        foreign,
        marks: marks.into_iter().collect(),
        referred: "ref:canary-7".into(),
        operator,
    }
}

impl Scene {
    pub(crate) async fn ask(&self, who: &Person, operation: &Operation, address: &str) -> Answer {
        self.street.ask(who, operation.method.clone(), address, operation.body.as_ref()).await
    }

    pub(crate) fn leaks(&self, answer: &Answer) -> Option<&String> {
        let all = format!("{:?} {}", answer.headers, answer.text);
        self.marks.iter().find(|mark| all.contains(mark.as_str()))
    }

    pub(crate) fn is(&self, answer: &Answer, status: u16) -> bool {
        answer.status.as_u16() == status && self.leaks(answer).is_none()
    }

    /// A tenant that was deleted so long ago that it can be erased.
    async fn deleted_tenant(&self, slug: &str) -> String {
        let body = json!({ "company_name": slug, "slug": slug, "owner_email": format!("owner@{slug}.test") });
        let made = self.street.post(&self.operator, "/api/admin/tenants", &body).await.ok();
        let id = made["tenant"]["id"].as_str().unwrap().to_owned();
        self.street.delete(&self.operator, &format!("/api/admin/tenants/{id}")).await.ok();
        self.street.kit.clock.advance_ms(self.street.kit.house.settings.tenant_grace_ms);
        id
    }

    /// Invites whoever asks into the own tenant; the token of the mailed link.
    async fn invited(&self, who: &Person) -> String {
        let me = self.street.get(who, "/api/v1/me").await.ok();
        let person = me["user"]["id"].as_str().unwrap();
        self.street.delete(&owner(&self.own), &format!("/api/v1/people/{person}")).await.ok();
        let new = json!({ "email": me["user"]["email"], "role": "viewer" });
        self.street.post(&owner(&self.own), "/api/v1/invitations", &new).await.ok();
        crate::people::token_in_last_mail(&self.street.kit, me["user"]["email"].as_str().unwrap()).await
    }

    async fn key(&self, scopes: Vec<&str>) -> (Person, vestibule_model::KeyId) {
        let narrow = KeyOrder::named("narrow").with_scopes(scopes);
        let made =
            keys::create(&self.street.kit.house, &self.own.scope, Permission::ALL, &narrow).await.unwrap();
        (bearer(&made.key), made.record.id)
    }
}

both_databases! {
    async fn nobody_gets_in(kit: Kit) {
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let gone_key = {
            let (who, id) = scene.key(vec!["calls.read"]).await;
            keys::revoke(&kit.house, &scene.own.scope, id).await.unwrap();
            who
        };
        let gone_session = {
            let who = scene.street.member(Some(&scene.own), Role::Owner).await;
            let token = who.0[0].1.trim_start_matches("Bearer ").to_owned();
            let session: SessionId = people::principal(&kit.house, &token).await.unwrap().unwrap().id;
            people::forget(&kit.house, session).await.unwrap();
            who
        };
        let cookie = |value: &str| anon().with("cookie", &format!("vestibule_session={value}"));
        let basic = anon().with("authorization", "Basic b3duZXI6cGFzc3dvcmQ=");
        let nobodies = [
            ("anonymous", anon()),
            ("made-up session", anon().with("authorization", "Bearer vss_made_up")),
            ("made-up key", anon().with("authorization", "Bearer vst_made_up")),
            ("made-up cookie", cookie("vss_made_up")),
            ("password in the header", basic),
            ("revoked key", gone_key),
            ("revoked session", gone_session),
        ];
        for operation in every() {
            for (check, who) in &nobodies {
                for things in [&scene.own_things, &scene.foreign] {
                    let answer = scene.ask(who, &operation, &operation.address_in(&things.tenant, things)).await;
                    let right = match operation.wall {
                        Wall::Public => answer.code() != "unauthorized" && scene.leaks(&answer).is_none(),
                        _ => scene.is(&answer, 401) && answer.code() == "unauthorized" && answer.header("www-authenticate") == "Bearer",
                    };
                    findings.note(&operation, check, right, &answer);
                }
            }
        }
        findings.end(400);
    }

    async fn another_tenant_gets_nothing(kit: Kit) {
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let me = owner(&scene.own);
        let key = bearer(&scene.own.api_key);
        let names = [scene.foreign.tenant.clone(), scene.foreign.tenant.to_uppercase(), scene.victim.record.slug.clone(), scene.referred.clone()];
        for operation in every() {
            match operation.wall {
                Wall::Public => {}
                Wall::Session => {
                    let answer = scene.ask(&key, &operation, &operation.path).await;
                    findings.note(&operation, "is for people", scene.is(&answer, 403), &answer);
                    if operation.method == Method::GET {
                        let answer = scene.ask(&me, &operation, &operation.path).await;
                        findings.note(&operation, "shows a foreign tenant", scene.is(&answer, 200), &answer);
                    }
                }
                Wall::Personal => {
                    for who in [&me, &key] {
                        if operation.method != Method::GET {
                            continue;
                        }
                        for name in &names {
                            let answer = scene.ask(who, &operation, &operation.address_in(name, &scene.own_things)).await;
                            findings.note(&operation, "names a foreign tenant", scene.is(&answer, 404), &answer);
                        }
                        let answer = scene.ask(who, &operation, &operation.path).await;
                        findings.note(&operation, "shows a foreign tenant", scene.is(&answer, 200), &answer);
                    }
                }
                Wall::Own => {
                    // A person's own affairs are nobody else's, and a key has none.
                    let answer = scene.ask(&key, &operation, &operation.address(&scene.own_things)).await;
                    findings.note(&operation, "is a person's own", scene.is(&answer, 403), &answer);
                    let foreign = scene.ask(&me, &operation, &operation.address(&scene.foreign)).await;
                    if operation.names_a_thing() {
                        findings.note(&operation, "names a foreign thing", scene.is(&foreign, 404), &foreign);
                    } else {
                        findings.note(&operation, "shows a foreign thing", scene.leaks(&foreign).is_none(), &foreign);
                    }
                }
                Wall::Same => {
                    let mut told = Vec::new();
                    for who in [&me, &key, &scene.operator] {
                        let answer = scene.ask(who, &operation, &operation.path).await;
                        findings.note(&operation, "tells all the same", scene.is(&answer, 200), &answer);
                        told.push(answer.text);
                    }
                    let is_same = told.iter().all(|text| *text == told[0]);
                    findings.note(&operation, "tells all the same", is_same, &told);
                }
                Wall::Platform => {
                    for who in [&me, &key] {
                        for things in [&scene.own_things, &scene.foreign] {
                            let answer = scene.ask(who, &operation, &operation.address(things)).await;
                            findings.note(&operation, "is the operator's", scene.is(&answer, 403), &answer);
                        }
                    }
                }
                Wall::Tenant(_) => foreigner(&scene, &operation, &[&me, &key], &names, &mut findings).await,
            }
        }
        findings.end(300);
    }

    async fn lesser_roles_and_narrow_keys_stay_out(kit: Kit) {
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let mut people = Vec::new();
        for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
            people.push((role, scene.street.member(Some(&scene.own), role).await));
        }
        let outsider = scene.street.member(None, Role::Owner).await;
        let lost = scene.street.lost_admin().await;
        for operation in every() {
            let own = &scene.own_things;
            match operation.wall {
                Wall::Public | Wall::Personal | Wall::Own | Wall::Same | Wall::Session => {}
                Wall::Platform => {
                    for (role, who) in &people {
                        let answer = scene.ask(who, &operation, &operation.address(own)).await;
                        findings.note(&operation, &format!("{role:?}"), scene.is(&answer, 403), &answer);
                    }
                    let answer = scene.ask(&lost, &operation, &operation.address(own)).await;
                    findings.note(&operation, "administrator of no agency", scene.is(&answer, 403), &answer);
                }
                Wall::Tenant(needed) => {
                    for (role, who) in people.iter().filter(|(role, _)| *role < least(needed)) {
                        let answer = scene.ask(who, &operation, &operation.address_in(&own.tenant, own)).await;
                        findings.note(&operation, &format!("{role:?}"), scene.is(&answer, 403), &answer);
                    }
                    let others = Permission::ALL.iter().filter(|p| **p != needed).map(|p| p.as_str()).collect();
                    let (key, _) = scene.key(others).await;
                    let answer = scene.ask(&key, &operation, &operation.address_in(&own.tenant, own)).await;
                    findings.note(&operation, "key without the scope", scene.is(&answer, 403), &answer);
                    let named = operation.tenant_in_path();
                    let answer = scene.ask(&outsider, &operation, &operation.address(own)).await;
                    findings.note(&operation, "nowhere a member", scene.is(&answer, if named { 404 } else { 403 }), &answer);
                    if !named {
                        let answer = scene.ask(&scene.operator, &operation, &operation.address(own)).await;
                        let right = scene.is(&answer, 400) && answer.code() == "tenant_required";
                        findings.note(&operation, "operator who names no tenant", right, &answer);
                    }
                }
            }
        }
        findings.end_of_all(90);
    }

    async fn an_agency_reaches_its_own_tenants_and_no_others(kit: Kit) {
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let (agency, admin) = scene.street.agency("Boreal").await;
        let (other, _) = scene.street.agency("Austral").await;
        scene.street.give(&scene.own, Some(agency)).await;
        let names = [scene.foreign.tenant.clone(), scene.foreign.tenant.to_uppercase(), scene.victim.record.slug.clone(), scene.referred.clone()];
        // A tenant of another agency, and one that is its own: neither is there.
        for holder in [Some(other), None] {
            scene.street.give(&scene.victim, holder).await;
            for operation in every() {
                match operation.wall {
                    Wall::Public | Wall::Personal | Wall::Own | Wall::Same | Wall::Session => {}
                    Wall::Platform if operation.is_the_operators() => {
                        let answer = scene.ask(&admin, &operation, &operation.address(&scene.foreign)).await;
                        findings.note(&operation, "is the operator's", scene.is(&answer, 403), &answer);
                    }
                    Wall::Platform if operation.path.contains("/tenants/{id}") => {
                        for name in &names {
                            let things = Things { tenant: crate::street::escaped(name), ..scene.foreign.clone() };
                            let answer = scene.ask(&admin, &operation, &operation.address(&things)).await;
                            let right = scene.is(&answer, 404) && answer.code() == "not_found";
                            findings.note(&operation, "another agency's tenant", right, &answer);
                        }
                    }
                    Wall::Platform if operation.method == Method::GET => {
                        for query in ["limit=200".to_owned(), format!("agency={other}"), "agency=none".into(), format!("search={}", scene.victim.record.slug)] {
                            let answer = scene.ask(&admin, &operation, &format!("{}?{query}", operation.path)).await;
                            let is_own_total = answer.json()["totals"]["total"] == json!(1);
                            findings.note(&operation, "another agency's row", scene.is(&answer, 200) && is_own_total, &answer);
                        }
                    }
                    Wall::Platform => {}
                    Wall::Tenant(_) => {
                        for name in &names {
                            let address = operation.address_in(name, &scene.foreign);
                            let answer = scene.ask(&admin, &operation, &address).await;
                            findings.note(&operation, "another agency's tenant", scene.is(&answer, 404), &answer);
                        }
                    }
                }
            }
        }
        // Its own: managed from outside, read on view only.
        let mut all = every();
        all.sort_by_key(|o| (o.method == Method::DELETE && o.path.ends_with("/tenants/{id}"), o.path.clone(), o.method == Method::DELETE));
        for operation in all {
            let own = &scene.own_things;
            match operation.wall {
                Wall::Platform if !operation.is_the_operators() => {
                    scene.street.give(&scene.own, Some(agency)).await;
                    let answer = scene.ask(&admin, &operation, &operation.address(own)).await;
                    let right = answer.status.is_success() && scene.leaks(&answer).is_none();
                    findings.note(&operation, "its own tenant", right, &answer);
                    scene.street.ask(&admin, Method::DELETE, "/api/admin/viewing", None).await.ok();
                }
                Wall::Tenant(needed) if operation.method == Method::GET => {
                    let answer = scene.ask(&admin, &operation, &operation.address_in(&own.tenant, own)).await;
                    let right = if needed.outside() == Outside::Always { answer.status.is_success() } else { answer.status == 403 };
                    findings.note(&operation, "its own tenant, not on view", right && scene.leaks(&answer).is_none(), &answer);
                }
                _ => {}
            }
        }
        findings.end(300);
    }

    async fn on_view_one_reads_and_never_more_than_both_may(kit: Kit) {
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let (agency, admin) = scene.street.agency("Boreal").await;
        scene.street.give(&scene.own, Some(agency)).await;
        for who in [&admin, &scene.operator] {
            for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
                scene.street.look(who, &scene.own, role).await;
                for operation in every() {
                    let Wall::Tenant(needed) = operation.wall else { continue };
                    let own = &scene.own_things;
                    let may = role >= least(needed) && needed.outside() > Outside::Never;
                    if may && operation.method != Method::GET {
                        continue;
                    }
                    let answer = scene.ask(who, &operation, &operation.address_in(&own.tenant, own)).await;
                    let right = if may { answer.status.is_success() } else { answer.status == 403 };
                    findings.note(&operation, &format!("on view as {role:?}"), right && scene.leaks(&answer).is_none(), &answer);
                    if who.0 == admin.0 {
                        let foreign = operation.address_in(&scene.foreign.tenant, &scene.foreign);
                        let answer = scene.ask(who, &operation, &foreign).await;
                        findings.note(&operation, "looks at another tenant", scene.is(&answer, 404), &answer);
                    }
                }
            }
        }
        findings.end(200);
    }

    async fn whoever_may_gets_in(kit: Kit) {
        // What the other tests forbid is really there: else they would pass over a street without houses.
        let scene = scene(&kit).await;
        let mut findings = Findings::new();
        let mut all = every();
        // What takes away comes last.
        all.sort_by_key(|o| (o.method == Method::DELETE, o.names_a_thing() || o.wall == Wall::Platform, o.path.clone()));
        for operation in all {
            let things = &scene.own_things;
            let answer = match operation.wall {
                Wall::Public => continue,
                Wall::Session if operation.method != Method::GET => {
                    // Bodies are made up: what a wrong one is told is shown where each operation is.
                    let who = scene.street.member(Some(&scene.own), Role::Viewer).await;
                    let answer = scene.ask(&who, &operation, &operation.path).await;
                    let is_let_in = answer.status.is_success() || [409, 422].contains(&answer.status.as_u16());
                    findings.note(&operation, "least role", is_let_in && scene.leaks(&answer).is_none(), &answer);
                    continue;
                }
                Wall::Personal | Wall::Session | Wall::Same => {
                    let who = scene.street.member(Some(&scene.own), Role::Viewer).await;
                    scene.ask(&who, &operation, &operation.path).await
                }
                Wall::Own => {
                    let who = scene.street.member(Some(&scene.own), Role::Viewer).await;
                    let mine = scene.street.get(&who, "/api/v1/me/sessions").await.items().remove(0);
                    let things = Things { session: mine["id"].as_str().unwrap().to_owned(), ..things.clone() };
                    let mut operation = operation.clone();
                    if operation.path.ends_with("/me/invitations") {
                        operation.body = Some(json!({ "token": scene.invited(&who).await }));
                    }
                    scene.ask(&who, &operation, &operation.address(&things)).await
                }
                Wall::Platform => {
                    let mut things = things.clone();
                    if operation.method == Method::DELETE && operation.path.ends_with("{id}") {
                        things.tenant = scene.street.get(&scene.operator, "/api/admin/tenants/ref:canary-7").await.ok()["id"].as_str().unwrap().into();
                    }
                    if operation.path.ends_with("/erase") {
                        things.tenant = scene.deleted_tenant("ending-soon").await;
                    }
                    scene.ask(&scene.operator, &operation, &operation.address(&things)).await
                }
                Wall::Tenant(needed) => {
                    let member = scene.street.member(Some(&scene.own), least(needed)).await;
                    if operation.method == Method::GET {
                        let (key, _) = scene.key(vec![needed.as_str()]).await;
                        let answer = scene.ask(&key, &operation, &operation.address(things)).await;
                        findings.note(&operation, "key with the scope alone", answer.status.is_success() && scene.leaks(&answer).is_none(), &answer);
                    }
                    scene.ask(&member, &operation, &operation.address_in(&things.tenant, things)).await
                }
            };
            let is_leak = operation.wall != Wall::Platform && scene.leaks(&answer).is_some();
            findings.note(&operation, "least role", answer.status.is_success() && !is_leak, &answer);
        }
        findings.end(40);
    }
}

/// A tenant operation, asked by people of another tenant.
async fn foreigner(
    scene: &Scene,
    operation: &Operation,
    people: &[&Person],
    names: &[String],
    findings: &mut Findings,
) {
    for who in people {
        for name in names {
            for things in [&scene.foreign, &scene.own_things] {
                let answer = scene.ask(who, operation, &operation.address_in(name, things)).await;
                let right = scene.is(&answer, 404) && answer.code() == "not_found";
                findings.note(operation, "names a foreign tenant", right, &answer);
            }
        }
        if operation.tenant_in_path() {
            let own = &scene.own_things.tenant;
            let both = format!(
                "{}?tenant={}",
                operation.path.replace("{organization}", own).replace("{provider}", "retell"),
                scene.foreign.tenant
            );
            let answer = scene.ask(who, operation, &both).await;
            findings.note(operation, "names two tenants", scene.is(&answer, 404), &answer);
            continue;
        }
        if operation.names_a_thing() {
            for address in [
                operation.address(&scene.foreign),
                operation.address_in(&scene.own_things.tenant, &scene.foreign),
            ] {
                let answer = scene.ask(who, operation, &address).await;
                findings.note(operation, "names a foreign thing", scene.is(&answer, 404), &answer);
            }
            continue;
        }
        if operation.method != Method::GET {
            continue;
        }
        for query in
            operation.foreign_queries(&scene.foreign).iter().map(String::as_str).chain(["", "limit=200"])
        {
            let answer =
                scene.ask(who, operation, &format!("{}?{query}", operation.address(&scene.own_things))).await;
            findings.note(operation, "shows a foreign row", scene.is(&answer, 200), &answer);
            if query.contains("_id=") {
                findings.note(operation, "filters by a foreign thing", answer.items().is_empty(), &answer);
            }
        }
    }
}

both_databases! {
    async fn a_door_leads_only_to_the_tenant_whose_key_signed(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let victim = own.twin().clone();
        let now = kit.house.world.now();
        let sign = |body: &[u8]| vestibule_testkit::sign_retell(&own.retell_key, body, now);
        // The victim's agent and address, our key: refused.
        let body = another(&victim, "call_ended", "call_intruder").body();
        let path = format!("/hooks/retell/{}", victim.hook_token);
        street.knock(&path, Some(&sign(&body)), &body).await.is_problem(401, "signature_mismatch");
        street.knock("/api/webhooks/retell", Some(&sign(&body)), &body).await.is_problem(401, "signature_mismatch");
        // The victim's agent and call, our own address and key: it is ours.
        let body = victim.sample("call_ended").body();
        let path = format!("/hooks/retell/{}", own.hook_token);
        assert_eq!(street.knock(&path, Some(&sign(&body)), &body).await.status, 204);
        // Hints never decide: one that disagrees is refused, whether or not there is such a tenant.
        let body = another(&own, "call_ended", "call_hint").body();
        for hint in [victim.record.slug.as_str(), "no-such-tenant"] {
            let path = format!("/hooks/retell/{}?tenant={hint}", own.hook_token);
            street.knock(&path, Some(&sign(&body)), &body).await.is_problem(400, "tenant_hint_disagrees");
        }
        let path = format!("/hooks/retell/{}?tenant={}", own.hook_token, own.record.slug);
        assert_eq!(street.knock(&path, Some(&sign(&body)), &body).await.status, 204);
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items().len(), 2);
        assert!(!street.get(&owner(&victim), "/api/v1/calls?limit=200").await.text.contains("call_hint"));
    }

    async fn a_membership_that_ends_ends_at_once(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let (me, key) = (owner(&own), bearer(&own.api_key));
        for who in [&me, &key] {
            assert_eq!(street.get(who, "/api/v1/calls").await.status, 200);
        }
        let path = format!("/api/admin/tenants/{}", own.id());
        assert_eq!(street.delete(&operator, &path).await.status, 204);
        street.get(&me, "/api/v1/calls").await.is_problem(403, "forbidden");
        street.get(&me, &format!("/api/v1/calls?tenant={}", own.id())).await.is_problem(404, "not_found");
        street.get(&key, "/api/v1/calls").await.is_problem(401, "unauthorized");
        street.get(&operator, &format!("/api/v1/calls?tenant={}", own.id())).await.is_problem(404, "not_found");
    }
}
