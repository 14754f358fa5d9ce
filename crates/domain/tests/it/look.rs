//! Looking at what a tenant has.

use vestibule_domain::calls::{self, CallDetail, CallFilter};
use vestibule_domain::contacts::{self, ContactRow};
use vestibule_domain::inbox::{self, InboxRow};
use vestibule_domain::outbox::{
    self, DeliveryDetail, DeliveryFilter, Endpoint, EndpointChange, NewEndpoint, NewSecret,
};
use vestibule_domain::{Error, audit};
use vestibule_testkit::{Kit, TestTenant, inside};

/// Every call with its texts and facts, newest first.
pub async fn calls(kit: &Kit, tenant: &TestTenant) -> Vec<CallDetail> {
    inside!(kit, tenant, |tx| {
        let page = calls::search(tx, &CallFilter { limit: 1_000, ..CallFilter::default() }).await.unwrap();
        let mut found = Vec::new();
        for call in page.items {
            found.push(calls::detail(tx, call.id).await.unwrap().unwrap());
        }
        found
    })
}

/// The only call.
pub async fn call(kit: &Kit, tenant: &TestTenant) -> CallDetail {
    let mut found = calls(kit, tenant).await;
    assert_eq!(found.len(), 1, "there should be one call");
    found.remove(0)
}

pub async fn contacts(kit: &Kit, tenant: &TestTenant) -> Vec<ContactRow> {
    inside!(kit, tenant, |tx| contacts::list(tx, None, None, 100).await.unwrap().items)
}

pub async fn events(kit: &Kit, tenant: &TestTenant) -> Vec<InboxRow> {
    inside!(kit, tenant, |tx| inbox::list(tx, None, None, 100).await.unwrap().items)
}

/// Every delivery with its body and attempts, in the order in which they were owed.
pub async fn deliveries(kit: &Kit, tenant: &TestTenant) -> Vec<DeliveryDetail> {
    inside!(kit, tenant, |tx| {
        let filter = DeliveryFilter { limit: 100, ..DeliveryFilter::default() };
        let mut found = Vec::new();
        for row in outbox::list_deliveries(tx, &filter).await.unwrap().items {
            found.push(outbox::detail(tx, row.id).await.unwrap().unwrap());
        }
        found.sort_by_key(|d| (d.row.created_at, d.row.id));
        found
    })
}

/// The only delivery.
pub async fn delivery(kit: &Kit, tenant: &TestTenant) -> DeliveryDetail {
    let mut found = deliveries(kit, tenant).await;
    assert_eq!(found.len(), 1, "there should be one delivery");
    found.remove(0)
}

pub async fn endpoint(kit: &Kit, tenant: &TestTenant) -> Endpoint {
    inside!(kit, tenant, |tx| outbox::find(tx, tenant.endpoint.id).await.unwrap().unwrap())
}

pub async fn change(kit: &Kit, tenant: &TestTenant, change: EndpointChange) -> Endpoint {
    inside!(kit, tenant, |tx| outbox::change(&kit.house, tx, tenant.endpoint.id, change).await.unwrap())
}

pub async fn new_endpoint(
    kit: &Kit,
    tenant: &TestTenant,
    url: &str,
    types: &[&str],
) -> (Endpoint, NewSecret) {
    let new = NewEndpoint {
        url: url.into(),
        event_types: Some(types.iter().map(|t| (*t).to_owned()).collect()),
        ..NewEndpoint::default()
    };
    inside!(kit, tenant, |tx| outbox::create(&kit.house, tx, new).await.unwrap())
}

/// What the audit log says was done, newest first.
pub async fn audited(kit: &Kit, tenant: &TestTenant) -> Vec<(String, String)> {
    let rows = inside!(kit, tenant, |tx| audit::newest(tx, 50).await.unwrap());
    rows.into_iter().map(|row| (row.action, row.actor)).collect()
}

/// The code of a refusal.
pub fn refused<T>(done: Result<T, Error>) -> &'static str {
    match done {
        Err(Error::Refused(refusal)) => refusal.code,
        Err(other) => panic!("not a refusal: {other}"),
        Ok(_) => "it was done",
    }
}
