//! A courier that goes nowhere.

use futures::future::BoxFuture;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_ports::{Courier, Outgoing, Parcel, Receipt, ReceiptKind};
use vestibule_providers::n8n::{N8nCourier, SsrfGuard};

/// Writes parcels down and answers with the receipts it was given, by address; without any, with success.
#[derive(Debug, Default)]
pub struct RecordingCourier {
    parcels: Mutex<Vec<Parcel>>,
    carried: Mutex<Vec<Outgoing>>,
    receipts: Mutex<HashMap<String, VecDeque<Receipt>>>,
    always: Mutex<HashMap<String, Receipt>>,
}

impl RecordingCourier {
    /// Gives receipts for the next parcels to an address, after those it has already.
    pub fn script(&self, url: &str, receipts: impl IntoIterator<Item = Receipt>) {
        let mut all = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(url.to_owned()).or_default().extend(receipts);
    }

    /// Answers every parcel to an address alike, once its script is used up; `None` forgets that.
    pub fn always(&self, url: &str, receipt: Option<Receipt>) {
        let mut all = self.always.lock().unwrap_or_else(PoisonError::into_inner);
        match receipt {
            Some(receipt) => all.insert(url.to_owned(), receipt),
            None => all.remove(url),
        };
    }

    /// Every parcel so far, oldest first.
    #[must_use]
    pub fn parcels(&self) -> Vec<Parcel> {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every request that was none of the deliveries so far, oldest first.
    #[must_use]
    pub fn carried(&self) -> Vec<Outgoing> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every parcel to an address so far, oldest first.
    #[must_use]
    pub fn parcels_to(&self, url: &str) -> Vec<Parcel> {
        self.parcels().into_iter().filter(|p| p.url == url).collect()
    }

    fn receipt_of(&self, url: &str) -> Receipt {
        let scripted = {
            let mut all = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
            all.get_mut(url).and_then(VecDeque::pop_front)
        };
        let always = || self.always.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        scripted.or_else(always).unwrap_or_else(delivered)
    }

    /// Forgets the parcels.
    pub fn clear(&self) {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Courier for RecordingCourier {
    fn shown_headers(&self, parcel: &Parcel) -> Vec<(String, String)> {
        let header = parcel.header.as_ref().map(|(name, _)| (name.clone(), "[redacted]".to_owned()));
        std::iter::once(("webhook-id".to_owned(), parcel.delivery.to_string())).chain(header).collect()
    }

    fn send(&self, parcel: Parcel) -> BoxFuture<'_, Receipt> {
        Box::pin(async move {
            let url = parcel.url.clone();
            self.parcels.lock().unwrap_or_else(PoisonError::into_inner).push(parcel);
            self.receipt_of(&url)
        })
    }

    fn carry(&self, request: Outgoing, _timeout_ms: u64) -> BoxFuture<'_, Receipt> {
        Box::pin(async move {
            let url = request.url.clone();
            self.carried.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            self.receipt_of(&url)
        })
    }
}

/// The courier of the program, which goes to public addresses and to these.
///
/// # Panics
/// When an address range is none.
#[must_use]
pub fn real_courier(allow: &[&str]) -> Arc<dyn Courier> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let allow = allow.iter().map(|net| net.parse().expect("an address range")).collect();
    Arc::new(N8nCourier::new(SsrfGuard::new(allow)).expect("an HTTP client"))
}

fn receipt(kind: ReceiptKind, http_status: Option<u16>, error: Option<&'static str>) -> Receipt {
    Receipt { kind, http_status, error, excerpt: None, retry_after_ms: None, execution_id: None }
}

/// 200.
#[must_use]
pub fn delivered() -> Receipt {
    Receipt {
        excerpt: Some("ok".into()),
        execution_id: Some("54".into()),
        ..receipt(ReceiptKind::Delivered, Some(200), None)
    }
}

/// An answer that says no: a status such as 500.
#[must_use]
pub fn failed(status: u16) -> Receipt {
    receipt(ReceiptKind::Failed, Some(status), Some("http_status"))
}

/// No answer at all, for a stable reason such as `connection_refused`.
#[must_use]
pub fn down(error: &'static str) -> Receipt {
    receipt(ReceiptKind::Failed, None, Some(error))
}

/// 410.
#[must_use]
pub fn gone() -> Receipt {
    receipt(ReceiptKind::Gone, Some(410), Some("gone"))
}
