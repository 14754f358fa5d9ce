//! What n8n's API says, read leniently, and what it means in our words (n8n 2.41.1, 2026-11).

use serde::Deserialize;
use serde_json::Value;
use vestibule_model::UnixMs;
use vestibule_ports::{Execution, ExecutionStatus};

/// Ids are bounded and stay one segment of a path.
const MAX_ID: usize = 64;

/// A page of executions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    pub data: Vec<Value>,
    pub next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireExecution {
    id: Value,
    status: Option<String>,
    finished: Option<bool>,
    mode: Option<String>,
    started_at: Option<String>,
    stopped_at: Option<String>,
    workflow_id: Value,
}

/// A workflow, as far as it matters whether a delivery starts it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Workflow {
    pub name: Option<String>,
    #[serde(default)]
    pub active: bool,
    #[serde(default)]
    pub is_archived: bool,
    #[serde(default)]
    nodes: Vec<Value>,
    active_version: Option<Version>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    nodes: Vec<Value>,
}

/// A webhook node: where it listens, and to which methods.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hook {
    pub path: String,
    pub webhook_id: Option<String>,
    pub methods: Vec<String>,
}

/// Whether a text is an id that may stand in a path.
pub(super) fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    is_id(&text).then_some(text)
}

/// An execution; `None` when it has no id.
pub(super) fn execution(value: &Value) -> Option<Execution> {
    let wire = WireExecution::deserialize(value).ok()?;
    let status = match wire.status.as_deref() {
        Some("new" | "running") => ExecutionStatus::Running,
        Some("waiting") => ExecutionStatus::Waiting,
        Some("success") => ExecutionStatus::Success,
        Some("error" | "crashed" | "failed") => ExecutionStatus::Error,
        Some("canceled") => ExecutionStatus::Canceled,
        // Versions before 1.0 say only this much.
        None if wire.finished == Some(true) => ExecutionStatus::Success,
        _ => ExecutionStatus::Unknown,
    };
    let at = |text: Option<String>| text.as_deref().and_then(UnixMs::parse_rfc3339);
    Some(Execution {
        external_id: id(&wire.id)?,
        workflow: id(&wire.workflow_id).unwrap_or_default(),
        status,
        mode: wire.mode.filter(|mode| is_id(mode)),
        started_at: at(wire.started_at),
        stopped_at: at(wire.stopped_at),
    })
}

impl Workflow {
    /// The webhook nodes of what n8n runs: the published version where there is one.
    pub(super) fn hooks(&self) -> Vec<Hook> {
        let published = self.active_version.as_ref().map(|version| &version.nodes);
        published
            .filter(|nodes| self.active && !nodes.is_empty())
            .unwrap_or(&self.nodes)
            .iter()
            .filter_map(hook)
            .collect()
    }
}

fn hook(node: &Value) -> Option<Hook> {
    let is_on = node.get("disabled").and_then(Value::as_bool) != Some(true);
    if !is_on || node.get("type")?.as_str()? != "n8n-nodes-base.webhook" {
        return None;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let parameters = node.get("parameters")?;
    let webhook_id = text(node.get("webhookId"));
    let methods = match parameters.get("httpMethod") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => vec!["GET".to_owned()],
    };
    // Without a path of its own a node listens under its id.
    let path = text(parameters.get("path")).filter(|path| !path.is_empty()).or_else(|| webhook_id.clone())?;
    Some(Hook { path: path.trim_matches('/').to_owned(), webhook_id, methods })
}

impl Hook {
    /// Whether the node listens at this path, which begins behind `/webhook/`. A path with `:parameters` begins with the
    /// node's id, and each parameter stands for any one segment.
    pub(super) fn listens_at(&self, path: &str) -> bool {
        let whole = self.public_path();
        let (wanted, there) = (whole.split('/'), path.trim_matches('/').split('/'));
        wanted.clone().count() == there.clone().count()
            && wanted.zip(there).all(|(want, is)| want == is || (want.starts_with(':') && !is.is_empty()))
    }

    /// The path behind `/webhook/`.
    pub(super) fn public_path(&self) -> String {
        match &self.webhook_id {
            Some(id) if self.path.split('/').any(|part| part.starts_with(':')) => {
                format!("{id}/{}", self.path)
            }
            _ => self.path.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn executions_of_every_kind() {
        let list: List =
            serde_json::from_str(include_str!("../../fixtures/n8n/api-executions-list.json")).unwrap();
        assert_eq!(list.next_cursor.as_deref(), Some("eyJsYXN0SWQiOiIzMiIsImxpbWl0IjoyfQ=="));
        let first = execution(&list.data[0]).unwrap();
        assert_eq!((first.external_id.as_str(), first.workflow.as_str()), ("33", "MN80I16VQQNrtP9I"));
        assert_eq!((first.status, first.mode.as_deref()), (ExecutionStatus::Error, Some("webhook")));
        assert_eq!(first.started_at, UnixMs::parse_rfc3339("2026-11-21T03:39:16.086Z"));
        assert_eq!(first.stopped_at, UnixMs::parse_rfc3339("2026-11-21T03:39:16.139Z"));
        let one: Value = serde_json::from_str(include_str!("../../fixtures/n8n/api-execution.json")).unwrap();
        assert_eq!(execution(&one).unwrap().status, ExecutionStatus::Success);
        for (status, want) in [
            (json!("new"), ExecutionStatus::Running),
            (json!("running"), ExecutionStatus::Running),
            (json!("waiting"), ExecutionStatus::Waiting),
            (json!("crashed"), ExecutionStatus::Error),
            (json!("canceled"), ExecutionStatus::Canceled),
            (json!("unknown"), ExecutionStatus::Unknown),
            (json!("a word of a later version"), ExecutionStatus::Unknown),
            (Value::Null, ExecutionStatus::Unknown),
        ] {
            let value = json!({ "id": 7, "status": status, "workflowId": 3, "startedAt": "not a time" });
            let read = execution(&value).unwrap();
            assert_eq!(
                (read.status, read.external_id.as_str(), read.workflow.as_str(), read.started_at),
                (want, "7", "3", None)
            );
        }
        for bad in [
            json!({ "status": "success", "workflowId": "x" }),
            json!({ "id": "../1", "workflowId": "x" }),
            json!([]),
        ] {
            assert_eq!(execution(&bad), None, "{bad}");
        }
    }

    #[test]
    fn webhook_nodes_of_what_runs() {
        let list: List =
            serde_json::from_str(include_str!("../../fixtures/n8n/api-workflows-list.json")).unwrap();
        let workflow = Workflow::deserialize(&list.data[0]).unwrap();
        assert!(workflow.active && !workflow.is_archived);
        let [hook] = &workflow.hooks()[..] else { panic!("one webhook node") };
        assert_eq!((hook.path.as_str(), &hook.methods[..]), ("c4", &["POST".to_owned()][..]));
        assert!(
            hook.listens_at("c4")
                && hook.listens_at("/c4/")
                && !hook.listens_at("c5")
                && !hook.listens_at("c4/x")
        );
    }

    #[test]
    fn what_is_edited_is_not_what_runs() {
        let node = |path: &str, more: Value| {
            let mut node = json!({ "type": "n8n-nodes-base.webhook", "webhookId": "wid", "parameters": { "path": path, "httpMethod": "POST" } });
            node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            node
        };
        let both = json!({ "active": true, "nodes": [node("new", json!({}))], "activeVersion": { "nodes": [node("old", json!({}))] } });
        let paths = |value: &Value| -> Vec<String> {
            Workflow::deserialize(value).unwrap().hooks().into_iter().map(|hook| hook.path).collect()
        };
        assert_eq!(paths(&both), ["old"]);
        let mut off = both.clone();
        off["active"] = json!(false);
        assert_eq!(paths(&off), ["new"]);
        let older = json!({ "active": true, "nodes": [node("a", json!({ "disabled": true })), node("b/:org", json!({})), json!({ "type": "n8n-nodes-base.set" })] });
        let workflow = Workflow::deserialize(&older).unwrap();
        let [hook] = &workflow.hooks()[..] else { panic!("one webhook node is on") };
        assert!(
            hook.listens_at("wid/b/north-shore")
                && !hook.listens_at("b/north-shore")
                && !hook.listens_at("wid/b/")
        );
        let silent =
            json!({ "nodes": [{ "type": "n8n-nodes-base.webhook", "webhookId": "wid", "parameters": {} }] });
        let hooks = Workflow::deserialize(&silent).unwrap().hooks();
        assert_eq!(
            (hooks[0].path.as_str(), &hooks[0].methods[..]),
            ("wid", &["GET".to_owned()][..]),
            "n8n’s default is GET"
        );
    }
}
