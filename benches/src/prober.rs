//! Sends test events to the first tenant's endpoint at a steady pace, and says how long each took to arrive.

use crate::receiver::Receiver;
use crate::say::Outcome;
use crate::wire::Wire;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long deliveries took to begin.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Delays {
    /// How many were sent.
    pub sent: usize,
    /// How many did not arrive in time.
    pub missing: usize,
    /// From the request that owed it to its arrival, in microseconds: the median.
    pub p50_us: u64,
    /// The same: the slowest percent.
    pub p99_us: u64,
    /// The same: the slowest.
    pub most_us: u64,
    /// From the answer to that request, after the commit, to its arrival: the slowest percent.
    pub after_commit_p99_us: u64,
}

const CONNECTIONS: usize = 8;
const LONGEST: Duration = Duration::from_secs(30);

struct Sent {
    id: String,
    asked: Instant,
    answered: Instant,
}

/// Sends `count` test events, `per_second` of them a second.
pub fn probe(
    address: SocketAddr,
    key: &str,
    receiver: &Receiver,
    count: usize,
    per_second: usize,
) -> Outcome<Delays> {
    receiver.keep();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(async {
        let endpoint = endpoint(address, key).await?;
        let request = format!(
            "POST /api/v1/endpoints/{endpoint}/test HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-length: 0\r\n\r\n"
        );
        let began = Instant::now();
        let step = Duration::from_secs(1) / u32::try_from(per_second)?;
        let each = (0..CONNECTIONS).map(|lane| {
            let request = request.clone();
            async move {
                let mut wire = Wire::connect(address).await?;
                let mut sent = Vec::new();
                for n in (lane..count).step_by(CONNECTIONS) {
                    let at = began + step * u32::try_from(n)?;
                    tokio::time::sleep_until(at.into()).await;
                    let asked = Instant::now();
                    let answer = wire.ask(request.as_bytes()).await?;
                    let answered = Instant::now();
                    if answer.status != 202 {
                        return Err(format!("a test event was answered {}", answer.status).into());
                    }
                    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
                    let id = body["id"].as_str().ok_or("a delivery without an id")?.to_owned();
                    sent.push(Sent { id, asked, answered });
                }
                Outcome::Ok(sent)
            }
        });
        let all = futures::future::try_join_all(each).await?;
        Outcome::Ok(all.into_iter().flatten().collect::<Vec<Sent>>())
    })?;
    let ended = Instant::now();
    while ended.elapsed() < LONGEST && sent.iter().any(|one| receiver.arrived(&one.id).is_none()) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let delays = |from: fn(&Sent) -> Instant| {
        let mut all: Vec<u64> = sent
            .iter()
            .filter_map(|one| Some(receiver.arrived(&one.id)?.saturating_duration_since(from(one))))
            .map(|span| u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
            .collect();
        all.sort_unstable();
        all
    };
    let (whole, after) = (delays(|one| one.asked), delays(|one| one.answered));
    let at = |all: &[u64], percent: usize| {
        all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    Ok(Delays {
        sent: sent.len(),
        missing: sent.len() - whole.len(),
        p50_us: at(&whole, 50),
        p99_us: at(&whole, 99),
        most_us: at(&whole, 100),
        after_commit_p99_us: at(&after, 99),
    })
}

async fn endpoint(address: SocketAddr, key: &str) -> Outcome<String> {
    let request =
        format!("GET /api/v1/endpoints HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n");
    let answer = Wire::connect(address).await?.ask(request.as_bytes()).await?;
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    Ok(body["items"][0]["id"].as_str().ok_or("no endpoint")?.to_owned())
}
