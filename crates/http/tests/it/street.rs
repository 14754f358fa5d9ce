//! The router over a kit, and the people who walk in: nobody, members, operators, keys.

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use vestibule_domain::{agencies, people};
use vestibule_http::{App, LimitSettings, Proxies};
use vestibule_model::{AgencyId, PlatformRole, Role};
use vestibule_ports::Recordings;
use vestibule_store::directory::people::{self as directory, UserRecord};
use vestibule_testkit::{Kit, PASSWORD, Tape, TestTenant, sign_retell};

/// The street over a kit.
#[derive(Clone)]
pub(crate) struct Street {
    pub(crate) kit: Kit,
    router: axum::Router,
    /// Where requests come from, where they come from somewhere.
    from: Option<SocketAddr>,
}

/// Who asks: what their requests carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person(pub(crate) Vec<(&'static str, String)>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The problem's code, empty when it is none.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Says that it is this problem, in the right form.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{problem}");
    }

    /// Says that it went well, and gives the body.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Says that it went well, whatever the body is.
    #[track_caller]
    pub(crate) fn ok_text(&self) -> &str {
        assert!(self.status.is_success(), "{self:?}");
        &self.text
    }

    /// The items of a list.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.ok()["items"].as_array().unwrap().clone()
    }
}

/// Nobody.
pub(crate) fn anon() -> Person {
    Person::default()
}

/// Whoever shows a session's token or a key.
pub(crate) fn bearer(token: &SecretString) -> Person {
    Person(vec![("authorization", format!("Bearer {}", token.expose_secret()))])
}

/// A tenant's owner, by their session.
pub(crate) fn owner(tenant: &TestTenant) -> Person {
    bearer(&tenant.session)
}

impl Person {
    /// The same with one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut headers = self.0.clone();
        headers.push((name, value.to_owned()));
        Self(headers)
    }
}

impl Street {
    pub(crate) fn open(kit: &Kit) -> Self {
        Self::with_closing(kit, CancellationToken::new())
    }

    /// A street that fetches recordings from somewhere.
    pub(crate) fn fetching(kit: &Kit, recordings: Arc<dyn Recordings>) -> Self {
        Self::build(kit, recordings, CancellationToken::new())
    }

    pub(crate) fn with_closing(kit: &Kit, closing: CancellationToken) -> Self {
        Self::build(kit, Arc::new(Tape), closing)
    }

    /// A street with limits, whose requests come from an address.
    pub(crate) fn limited(kit: &Kit, settings: LimitSettings, proxies: Proxies, from: &str) -> Self {
        let app = Self::app(kit, Arc::new(Tape), CancellationToken::new()).limited(settings, proxies);
        Self { kit: kit.clone(), router: vestibule_http::router(app), from: None }.from(from)
    }

    /// The same street, with requests that come from elsewhere.
    pub(crate) fn from(&self, ip: &str) -> Self {
        let mut other = self.clone();
        other.from = Some(SocketAddr::new(ip.parse().unwrap(), 40_000));
        other
    }

    fn app(kit: &Kit, recordings: Arc<dyn Recordings>, closing: CancellationToken) -> App {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        App::new(kit.house.clone(), kit.mint.clone(), Some(recorder.handle()), recordings, closing)
    }

    fn build(kit: &Kit, recordings: Arc<dyn Recordings>, closing: CancellationToken) -> Self {
        let app = Self::app(kit, recordings, closing);
        Self { kit: kit.clone(), router: vestibule_http::router(app), from: None }
    }

    /// Serves it on a real socket.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(from) = self.from {
            request.extensions_mut().insert(ConnectInfo(from));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let is_stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|t| t == "text/event-stream");
        // A stream has no end: its beginning is looked at elsewhere.
        let bytes = if is_stream {
            bytes::Bytes::new()
        } else {
            axum::body::to_bytes(body, usize::MAX).await.unwrap()
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// The body of what must go well, as bytes.
    pub(crate) async fn bytes(&self, request: Request<Body>) -> bytes::Bytes {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap()
    }

    pub(crate) async fn ask(&self, who: &Person, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &who.0 {
            let value = HeaderValue::from_str(value).unwrap();
            request = request.header(HeaderName::from_static(name), value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, who: &Person, path: &str) -> Answer {
        self.ask(who, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, who: &Person, path: &str, body: &Value) -> Answer {
        self.ask(who, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, who: &Person, path: &str, body: &Value) -> Answer {
        self.ask(who, Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, who: &Person, path: &str) -> Answer {
        self.ask(who, Method::DELETE, path, None).await
    }

    /// Sends a provider's event to an address, with a signature or without.
    pub(crate) async fn knock(&self, path: &str, signature: Option<&str>, body: &[u8]) -> Answer {
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("content-length", body.len());
        if let Some(signature) = signature {
            request = request.header("x-retell-signature", signature);
        }
        self.send(request.body(Body::from(body.to_vec())).unwrap()).await
    }

    /// Sends an event to a tenant's hook, signed with its key.
    pub(crate) async fn hook(&self, tenant: &TestTenant, body: &[u8]) -> Answer {
        let signature = sign_retell(&tenant.retell_key, body, self.kit.house.world.now());
        self.knock(&format!("/hooks/retell/{}", tenant.hook_token), Some(&signature), body).await
    }

    /// Makes a person who is a member of a tenant, or of none, and signs them in.
    pub(crate) async fn member(&self, tenant: Option<&TestTenant>, role: Role) -> Person {
        let house = &self.kit.house;
        let id: vestibule_model::UserId = house.world.new_id();
        let user = UserRecord {
            id,
            email: format!("{}-{id}@people.test", role.as_str()),
            name: None,
            locale: "en".into(),
            password_phc: None,
            platform_role: None,
            failed_count: 0,
            locked_until: None,
            disabled_at: None,
        };
        let mut tx = house.db.write().await.unwrap();
        directory::insert(&mut tx, &user, house.world.now()).await.unwrap();
        if let Some(tenant) = tenant {
            directory::join(&mut tx, tenant.id(), id, role, house.world.now()).await.unwrap();
        }
        let link = people::make_link(house, &mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        bearer(&self.redeem(&link).await)
    }

    /// Makes an operator and signs them in.
    pub(crate) async fn operator(&self) -> Person {
        self.of_the_platform("operator@vestibule.test", PlatformRole::Operator).await
    }

    /// Makes an administrator of no agency, who may do nothing, and signs them in.
    pub(crate) async fn lost_admin(&self) -> Person {
        self.of_the_platform("admin@nowhere.test", PlatformRole::AgencyAdmin).await
    }

    /// Makes an agency and its administrator, and signs them in.
    pub(crate) async fn agency(&self, name: &str) -> (AgencyId, Person) {
        let (house, operator) = (&self.kit.house, &self.kit.operator);
        let agency = agencies::add(house, operator, name).await.unwrap().id;
        let email = format!("admin@{}.test", name.to_lowercase());
        let admin = agencies::appoint(house, operator, agency, (&email, None, None)).await.unwrap();
        (agency, bearer(&self.redeem(&admin.link.unwrap()).await))
    }

    /// Gives a tenant to an agency, or to itself.
    pub(crate) async fn give(&self, tenant: &TestTenant, to: Option<AgencyId>) {
        let (house, mint, operator) = (&self.kit.house, &self.kit.mint, &self.kit.operator);
        let name = tenant.id().to_string();
        vestibule_domain::tenants::hand_over(house, mint, operator, &name, to).await.unwrap();
    }

    /// Lets somebody of the platform look into a tenant as a role.
    pub(crate) async fn look(&self, who: &Person, tenant: &TestTenant, role: Role) {
        let path = format!("/api/admin/tenants/{}/viewing", tenant.id());
        let body = serde_json::json!({ "role": role.as_str(), "reason": "They asked for help." });
        self.post(who, &path, &body).await.ok();
    }

    async fn of_the_platform(&self, email: &str, role: PlatformRole) -> Person {
        let house = &self.kit.house;
        let id = people::add_operator(house, email).await.unwrap();
        let mut tx = house.db.write().await.unwrap();
        directory::set_platform_role(&mut tx, id, role, house.world.now()).await.unwrap();
        let link = people::make_link(house, &mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        bearer(&self.redeem(&link).await)
    }

    async fn redeem(&self, link: &SecretString) -> SecretString {
        let visit = people::Visit::from_here(self.kit.operator);
        let link = link.expose_secret();
        let entered = people::redeem(&self.kit.house, &visit, link, &PASSWORD.into()).await.unwrap();
        entered.signed_in().unwrap().token
    }

    /// Lets a tenant have the sample call, folded, final and delivered.
    pub(crate) async fn have_a_call(&self, tenant: &TestTenant) {
        for name in ["call_started", "call_ended", "call_analyzed"] {
            let answer = self.hook(tenant, &tenant.sample(name).body()).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
        self.kit.fold_all().await;
        self.kit.deliver_all().await;
    }
}

/// Text as it stands in an address's query.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// A sample of another call: none of its names is the sample's own.
pub(crate) fn another(tenant: &TestTenant, sample: &str, id: &str) -> vestibule_testkit::Sample {
    let sample = tenant.sample(sample).call(id);
    if sample.0.pointer("/call/telephony_identifier").is_some() {
        return sample.with("/call/telephony_identifier/twilio_call_sid", Value::from(format!("CA_{id}")));
    }
    sample
}
