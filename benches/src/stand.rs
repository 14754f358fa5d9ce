//! A database with tenants, ready for a server: what measurements of deliveries begin with.

use crate::ingest::Database;
use crate::owner::Owner;
use crate::place::Place;
use crate::postgres::Postgres;
use crate::prepare::{self, Target, Wanted};
use crate::say::Outcome;
use crate::server::{Data, Server};
use crate::world;
use std::path::PathBuf;
use vestibule_store::DbConfig;
use vestibule_vault::Kek;

/// The data of one measurement.
pub struct Stand {
    dir: PathBuf,
    url: Option<String>,
    encryption_key: String,
    /// Its tenants, each with one endpoint.
    pub targets: Vec<Target>,
    /// The database's owner.
    pub owner: Owner,
    /// An API key of the first tenant's.
    pub key: String,
    // Ends last.
    _postgres: Option<Postgres>,
}

impl Stand {
    /// Makes tenants whose endpoints are at `endpoint`.
    pub fn make(
        place: &Place,
        database: Database,
        name: &str,
        tenants: usize,
        endpoint: String,
    ) -> Outcome<Self> {
        let dir = place.folder(&format!("{name}-{database:?}"))?;
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::start(place)?),
        };
        let sqlite = dir.join("vestibule.db");
        let (data, url) = match &postgres {
            Some(server) => {
                server.create(name)?;
                let url = server.app_url(name);
                (DbConfig::Postgres { url: url.clone(), connections: 4 }, Some(url))
            }
            None => (DbConfig::Sqlite { path: sqlite.clone() }, None),
        };
        let encryption_key = Kek::generate(&*world::real().entropy).to_base64().to_string();
        let wanted = Wanted { data, encryption_key: &encryption_key, tenants, endpoint: Some(endpoint) };
        let targets = prepare::prepare(&wanted)?;
        let first = targets.first().ok_or("no tenants")?.tenant;
        let key = prepare::api_key(&wanted, first)?;
        let owner = match &postgres {
            Some(server) => Owner::postgres(&server.owner_url(name))?,
            None => Owner::sqlite(&sqlite)?,
        };
        Ok(Self { dir, url, encryption_key, targets, owner, key, _postgres: postgres })
    }

    /// Starts the server over it.
    pub fn serve(&self) -> Outcome<Server> {
        Server::start(&Data { dir: &self.dir, url: self.url.clone(), encryption_key: &self.encryption_key })
    }

    /// A tenant's id as SQL.
    pub fn tenant_sql(&self, number: usize) -> Outcome<String> {
        let tenant = self.targets.get(number).ok_or("no such tenant")?.tenant;
        Ok(if self.owner.is_postgres() {
            format!("'{tenant}'::uuid")
        } else {
            format!("x'{}'", tenant.simple())
        })
    }
}
