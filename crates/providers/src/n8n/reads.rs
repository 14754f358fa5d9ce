//! The readers of what n8n answers, over bytes: for whoever checks them from outside.

use super::{reply, wire};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use vestibule_ports::{Execution, Receipt};
use vestibule_vault::EndpointSecret;

/// What is kept of a receiver's answer.
#[must_use]
pub fn receipt(status: u16, body: &[u8], secrets: &[EndpointSecret]) -> Receipt {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    reply::read(status, &HeaderMap::new(), body, secrets)
}

/// The executions that a page of n8n's list, or one execution, tells of.
#[must_use]
pub fn executions(body: &[u8]) -> Vec<Execution> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let page = serde_json::from_value::<wire::List>(value.clone()).map(|list| list.data);
    page.unwrap_or_else(|_| vec![value]).iter().filter_map(wire::execution).collect()
}

/// Whether a workflow listens at a path.
#[must_use]
pub fn listening(body: &[u8], path: &str) -> bool {
    let workflow = serde_json::from_slice::<wire::Workflow>(body);
    workflow.is_ok_and(|workflow| workflow.hooks().iter().any(|hook| hook.listens_at(path)))
}
