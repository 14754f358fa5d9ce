//! Plays n8n on this machine: verifies our signatures, answers as a workflow does, and sometimes fails, so that
//! retries and dead letters can be seen. What it refuses for long it takes when it is asked once more by hand.

use super::DemoError;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vestibule_model::World;
use vestibule_vault::standard_webhooks;

/// Standard Webhooks' tolerance, in seconds.
const TOLERANCE_S: i64 = 300;
/// Of 256 deliveries, how many fail at first for no reason: eight in a hundred.
const WHIMS: u8 = 20;

/// The receiver.
pub struct Receiver {
    world: World,
    address: SocketAddr,
    executions: AtomicU64,
    /// The secrets, by tenant.
    keys: Mutex<HashMap<String, Vec<u8>>>,
    /// How often the end of a call is refused, by the provider's id of the call.
    plans: Mutex<HashMap<String, u32>>,
    /// How often a delivery is refused yet, by its id. Zero: the next attempt is taken.
    refusing: Mutex<HashMap<String, u32>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    /// Opens the receiver on a free port of this machine, until `stop`.
    ///
    /// # Errors
    /// No port can be opened.
    pub async fn open(world: World, stop: CancellationToken) -> Result<Arc<Self>, DemoError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let receiver = Arc::new(Self {
            address: listener.local_addr()?,
            // Another start does not count from the same number.
            executions: AtomicU64::new(world.now().0.unsigned_abs() / 1000 % 1_000_000),
            keys: Mutex::default(),
            plans: Mutex::default(),
            refusing: Mutex::default(),
            world,
        });
        let router = Router::new().route("/n8n/{tenant}", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::warn!(error = %error, "the demo's receiver ended");
            }
        });
        Ok(receiver)
    }

    /// Where a tenant's deliveries go.
    pub fn url(&self, slug: &str) -> String {
        format!("http://{}/n8n/{slug}", self.address)
    }

    /// Tells the receiver a tenant's secret, `whsec_…`.
    ///
    /// # Errors
    /// It is no secret.
    pub fn trust(&self, slug: &str, secret: &str) -> Result<(), DemoError> {
        let key = standard_webhooks::decode_secret(secret).map_err(|e| DemoError::Words(e.to_string()))?;
        lock(&self.keys).insert(slug.to_owned(), key);
        Ok(())
    }

    /// Refuses the end of a call so many times.
    pub fn refuse(&self, call: &str, times: u32) {
        lock(&self.plans).insert(call.to_owned(), times);
    }

    /// Whether this attempt at a delivery fails.
    fn fails(&self, delivery: &str, body: &Value) -> bool {
        let mut refusing = lock(&self.refusing);
        if let Some(left) = refusing.get_mut(delivery) {
            if *left == 0 {
                refusing.remove(delivery);
                return false;
            }
            *left -= 1;
            return true;
        }
        let planned = planned_call(body).and_then(|call| lock(&self.plans).remove(call));
        let [whim, length] = self.world.random::<2>();
        let times = planned.unwrap_or(if whim < WHIMS { 1 + u32::from(length % 2) } else { 0 });
        if times == 0 {
            return false;
        }
        refusing.insert(delivery.to_owned(), times - 1);
        true
    }
}

/// The provider's id of a call whose end is told.
fn planned_call(body: &Value) -> Option<&str> {
    (body.get("eventType")? == "call.call-ended").then_some(())?;
    body.get("data")?.get("retell")?.get("callId")?.as_str()
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (id, timestamp, signature) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let key = lock(&receiver.keys).get(&tenant).cloned();
    let Some(key) = key else {
        let message = format!("The requested webhook \"POST {tenant}\" is not registered.");
        return (StatusCode::NOT_FOUND, Json(json!({ "code": 404, "message": message })));
    };
    let now_s = receiver.world.now().0.div_euclid(1000);
    if let Err(fault) =
        standard_webhooks::verify(&[key], &id, &timestamp, &signature, &body, now_s, TOLERANCE_S)
    {
        tracing::warn!(tenant.slug = %tenant, reason = fault.code(), "the demo's receiver refused a signature");
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({ "message": "Authorization data is wrong!", "reason": fault.code() })),
        );
    }
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    if receiver.fails(&id, &told) {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": "Error in workflow" })));
    }
    let execution = receiver.executions.fetch_add(1, Ordering::Relaxed);
    tracing::debug!(tenant.slug = %tenant, delivery.id = %id, execution, "the demo's receiver took a delivery");
    (StatusCode::OK, Json(json!({ "ok": true, "executionId": execution.to_string() })))
}
