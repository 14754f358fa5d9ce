//! Whether a delivery would start the workflow, and what stands in its way: asked from the outside in, so that the first
//! thing that is wrong is the one to mend first.

use super::{client::N8nClient, place, wire::Hook, words};
use vestibule_ports::{Diagnosis, Place};

/// As many addresses as a person can choose from.
const MOST_ADDRESSES: usize = 5;
const MAX_NAME: usize = 200;

pub(super) async fn diagnose(client: &N8nClient, place: &Place) -> Diagnosis {
    if place::is_test_url(place) {
        let at = place.webhook_url.replacen("/webhook-test/", "/webhook/", 1);
        return Diagnosis { addresses: vec![at], ..words::of("test_url") };
    }
    if place::base(place).is_none() {
        return words::of("instance_unknown");
    }
    if place.key.is_none() {
        // Whether there is an n8n at all can be told without a key: it refuses us.
        return match client.knock(place).await {
            Err(fault) if fault.code != "key_refused" => words::of_fault(&fault),
            _ => words::of("key_missing"),
        };
    }
    let Some(id) = place::workflow(place) else {
        return match client.knock(place).await {
            Err(fault) => words::of_fault(&fault),
            Ok(()) if place.workflow.as_deref().is_some_and(|text| !text.trim().is_empty()) => {
                words::of("workflow_missing")
            }
            Ok(()) => words::of("workflow_unknown"),
        };
    };
    let workflow = match client.workflow(place, id).await {
        Err(fault) if fault.code == "not_found" => return words::of("workflow_missing"),
        Err(fault) => return words::of_fault(&fault),
        Ok(workflow) => workflow,
    };
    let hooks = workflow.hooks();
    let here = place::webhook_path(place);
    let at_path: Vec<&Hook> =
        hooks.iter().filter(|hook| here.as_deref().is_some_and(|path| hook.listens_at(path))).collect();
    let takes_posts = |hook: &&Hook| hook.methods.iter().any(|method| method.eq_ignore_ascii_case("POST"));
    let code = if workflow.is_archived {
        "workflow_archived"
    } else if hooks.is_empty() {
        "no_webhook"
    } else if at_path.is_empty() {
        "wrong_path"
    } else if !at_path.iter().any(takes_posts) {
        "wrong_method"
    } else if !workflow.active {
        "workflow_inactive"
    } else {
        "ready"
    };
    let addresses = hooks.iter().filter_map(|hook| place::webhook_at(place, &hook.public_path()));
    Diagnosis {
        workflow_name: workflow
            .name
            .map(|name| name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()),
        addresses: addresses.filter(|address| address.len() <= 500).take(MOST_ADDRESSES).collect(),
        ..words::of(code)
    }
}
