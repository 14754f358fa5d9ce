//! The operations, as the server's document tells of them.

use crate::say::Fault;
use reqwest::Method;
use serde_json::Value;

/// What an operation is walled by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wall {
    /// Nothing.
    Public,
    /// Being somebody.
    Personal,
    /// A permission inside a tenant.
    Tenant(String),
    /// Running the server, or an agency.
    Platform,
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its path, with `{…}`.
    pub path: String,
    /// What walls it.
    pub wall: Wall,
    /// The names of its query's parameters.
    pub query: Vec<String>,
    /// The schema of its body, where it wants one.
    pub body: Option<Value>,
    /// Whether it answers with a stream that has no end.
    pub is_stream: bool,
}

impl Operation {
    /// `METHOD /path`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether its address names the tenant.
    pub fn tenant_in_path(&self) -> bool {
        self.path.contains("{organization}")
    }
}

/// Every operation of a document.
pub fn every(document: &Value) -> Result<Vec<Operation>, Fault> {
    let paths = document["paths"].as_object().ok_or_else(|| Fault::words("the document has no paths"))?;
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            let Some(answers) = operation["responses"].as_object() else { continue };
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters.filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str());
            let body =
                operation["requestBody"]["content"].as_object().and_then(|kinds| kinds.values().next());
            let is_stream = answers.values().any(|answer| !answer["content"]["text/event-stream"].is_null());
            found.push(Operation {
                wall: wall(path, &operation["security"]),
                query: query.map(str::to_owned).collect(),
                body: body.map(|kind| kind["schema"].clone()),
                path: path.clone(),
                is_stream,
                method,
            });
        }
    }
    Ok(found)
}

fn wall(path: &str, security: &Value) -> Wall {
    let ways = security.as_array().map(Vec::as_slice).unwrap_or_default();
    if ways.is_empty() {
        return Wall::Public;
    }
    let scopes = ways.iter().find_map(|way| way["bearer"].as_array());
    match scopes.and_then(|scopes| scopes.first()).and_then(Value::as_str) {
        Some(scope) => Wall::Tenant(scope.to_owned()),
        None if path.starts_with("/api/admin/") => Wall::Platform,
        None => Wall::Personal,
    }
}
