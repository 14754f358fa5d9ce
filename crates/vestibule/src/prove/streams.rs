//! The streams of changes: nothing of the other tenant's arrives, and they end with the right to read.

use super::PATIENCE;
use super::asker::Who;
use super::cast::scope;
use super::matrix::{Findings, Scene};
use super::operations::Operation;
use crate::say::Fault;
use reqwest::Method;
use std::time::{Duration, Instant};

/// Within this long a stream ends when the right to read it does.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// What another tenant does may arrive later than one's own.
const LINGERS: Duration = Duration::from_secs(2);

/// A stream as it is read.
struct Reader {
    answer: reqwest::Response,
    text: String,
}

impl Reader {
    async fn open(scene: &Scene<'_>, who: &Who, address: &str) -> Result<Self, Fault> {
        let request = scene.asker.request(who, &Method::GET, address).timeout(PATIENCE * 3);
        let answer = request.send().await.map_err(|e| Fault::words(format!("{address}: {e}")))?;
        Ok(Self { answer, text: String::new() })
    }

    /// Reads on until something stands in it, or for that long; whether it came.
    async fn until(&mut self, what: impl Fn(&str) -> bool, patience: Duration) -> bool {
        let reads = async {
            while !what(&self.text) {
                match self.answer.chunk().await {
                    Ok(Some(bytes)) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                    Ok(None) | Err(_) => return false,
                }
            }
            true
        };
        tokio::time::timeout(patience, reads).await.unwrap_or(false)
    }

    /// Reads to the end; how long that took, when it ended in time.
    async fn ends(&mut self) -> Option<Duration> {
        let began = Instant::now();
        let reads = async { while let Ok(Some(_)) = self.answer.chunk().await {} };
        tokio::time::timeout(ENDS_WITHIN, reads).await.ok().map(|()| began.elapsed())
    }
}

/// Looks at every stream of the document.
pub async fn walk(scene: &Scene<'_>, operations: &[Operation], findings: &mut Findings) -> Result<(), Fault> {
    for operation in operations.iter().filter(|operation| operation.is_stream) {
        let Some(address) = scene.own.in_tenant(operation) else { continue };
        let session = scene.own.sign_in(scene.asker).await?;
        let scopes: Vec<&str> = scope(operation).into_iter().collect();
        let key = scene.own.new_key(scene.asker, scene.operator, &scopes).await?;
        let mut by_session = Reader::open(scene, &session, &address).await?;
        let mut by_key = Reader::open(scene, &key.who, &address).await?;
        scene.victim.call(scene.asker).await?;
        scene.own.call(scene.asker).await?;
        // Our own change is behind the other's: once it is here, the other's would be as well.
        let came = by_session.until(|text| text.contains("\"calls\""), PATIENCE).await;
        let status = by_session.answer.status().as_u16();
        by_session.until(|_| false, LINGERS).await;
        if !came {
            findings.unasked.push(format!("{}: no change arrived", operation.name()));
        }
        let leak = scene.seen(&by_session.text, &[]).map(|mark| format!("tells of {mark}"));
        findings.add(operation.name(), "a foreign change arrives", status, leak);
        scene.asker.ask(&session, &Method::POST, "/auth/logout", None).await?;
        let late = |ended: Option<Duration>| ended.is_none().then(|| "goes on".to_owned());
        findings.add(operation.name(), "ends with its session", status, late(by_session.ends().await));
        scene.own.revoke(scene.asker, scene.operator, &key).await?;
        findings.add(operation.name(), "ends with its key", status, late(by_key.ends().await));
    }
    Ok(())
}
