//! `demo.json`: who can sign in, and with what the demo signs. For its owner's eyes only.

use super::DemoError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// An address and its password.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Login {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// What the demo plays Retell with.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Retell {
    /// Where events go.
    pub hook_url: String,
    /// What signs them.
    pub api_key: String,
    /// The agent.
    pub agent_id: String,
}

/// Where deliveries go.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// What signs deliveries: `whsec_…`.
    pub secret: String,
}

/// A tenant of the demo.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub company: String,
    /// Who owns it.
    pub owner: Login,
    /// A key to its API.
    pub api_key: String,
    /// Its side of Retell.
    pub retell: Retell,
    /// Where its deliveries go.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// The end of its history, in milliseconds: what was begun is continued with the same calls.
    #[serde(default)]
    pub history_until_ms: i64,
    /// Whether its history is complete.
    #[serde(default)]
    pub has_history: bool,
}

/// The file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The server.
    pub url: String,
    /// Who runs it.
    pub operator: Login,
    /// Who administers the agency that holds some of the tenants.
    pub agency: Login,
    /// The tenants.
    pub tenants: Vec<Tenant>,
}

impl Note {
    fn path(dir: &Path) -> PathBuf {
        dir.join("demo.json")
    }

    /// Reads the file; an empty note when there is none.
    ///
    /// # Errors
    /// It cannot be read, or is not what we wrote.
    pub fn read(dir: &Path) -> Result<Self, DemoError> {
        let path = Self::path(dir);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
                DemoError::Words(format!(
                    "{} is damaged ({e}): put it back, or remove it to get new passwords",
                    path.display()
                ))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(DemoError::Words(format!("{} cannot be read: {e}", path.display()))),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), DemoError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|e| DemoError::Words(e.to_string()))?;
        text.push(b'\n');
        let path = Self::path(dir);
        crate::build::write_secret(&path, &text)
            .map_err(|e| DemoError::Words(format!("{} cannot be written: {e}", path.display())))
    }

    /// What is noted of a tenant.
    pub fn tenant(&self, slug: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|t| t.slug == slug)
    }

    /// Notes a tenant, in place of what was noted of it before.
    pub fn put(&mut self, tenant: Tenant) {
        match self.tenants.iter_mut().find(|t| t.slug == tenant.slug) {
            Some(place) => *place = tenant,
            None => self.tenants.push(tenant),
        }
    }
}
