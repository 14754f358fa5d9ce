//! The commands besides `serve`.

use crate::build;
use crate::config::Config;
use crate::say::{self, Fault};
use secrecy::ExposeSecret;
use std::path::Path;
use vestibule_access::{Actor, Mint};
use vestibule_domain::tenants::{self, NewTenant};
use vestibule_domain::{agencies, people};
use vestibule_store::{Db, DbConfig, migrate_postgres};

/// The address to print in links: as configured, or where the server listens.
pub fn public_url(config: &Config) -> String {
    match config.server.public_url.trim_end_matches('/') {
        "" => crate::tls::public_url(&config.tls).unwrap_or_else(|| match crate::tls::mode(&config.tls) {
            Ok(crate::tls::Mode::Files) => format!("https://{}", config.server.listen),
            _ => format!("http://{}", config.server.listen),
        }),
        given => given.to_owned(),
    }
}

/// `vestibule openapi`.
pub fn openapi() -> Result<(), Fault> {
    let text = vestibule_http::openapi().to_pretty_json().map_err(|e| Fault::words(e.to_string()))?;
    say::out(&text);
    Ok(())
}

/// `vestibule config check`.
pub fn config_check(config: &Config) -> Result<(), Fault> {
    build::db_config(config);
    if config.is_postgres() {
        crate::key_files::ring(config, &crate::world::real())?;
    }
    build::check(config)?;
    drop(rustls::crypto::ring::default_provider().install_default());
    crate::mail::mailer(config)?;
    say::out("The configuration is good.");
    Ok(())
}

/// `vestibule migrate`.
pub async fn migrate(config: &Config) -> Result<(), Fault> {
    if !config.is_postgres() && !config.database.admin_url.expose_secret().is_empty() {
        return Err(Fault::words(
            "database.admin_url is set, but database.url, the application's own login, is not",
        ));
    }
    if !config.is_postgres() {
        build::make_dir(&config.data.dir)?;
        Db::open(&build::db_config(config), crate::world::real()).await?;
        say::out("SQLite is up to date; the server also does this when it starts.");
        return Ok(());
    }
    let admin = config.database.admin_url.expose_secret();
    if admin.is_empty() {
        return Err(Fault::words(
            "set database.admin_url (VESTIBULE__DATABASE__ADMIN_URL) to the address of the database's owner",
        ));
    }
    let url = url::Url::parse(config.database.url.expose_secret())
        .map_err(|_| Fault::words("database.url is not an address"))?;
    let login = url.username();
    if login.is_empty() {
        return Err(Fault::words("database.url must name the application's login"));
    }
    let applied = migrate_postgres(admin, login, crate::world::real().now().0).await?;
    match applied.as_slice() {
        [] => say::out("The database is up to date."),
        names => say::out(&format!("Applied: {}.", names.join(", "))),
    }
    Ok(())
}

/// `vestibule tenant add`.
pub async fn tenant_add(config: &Config, new: &NewTenant) -> Result<(), Fault> {
    let house = build::house(config, public_url(config)).await?;
    let mint = Mint::strike();
    let scope = mint.platform(Actor::System("command line"));
    let added = tenants::add(&house, &mint, &scope, new).await?;
    say::out(&format!("tenant   {} ({})", added.tenant.slug, added.tenant.id));
    match added.link {
        Some(link) => {
            say::out(&format!("owner    {}/welcome#{}", house.settings.public_url, link.expose_secret()));
            say::err("The owner's link works once, within seven days, and is not shown again.");
        }
        None => say::err("The owner has a password already and signs in as before."),
    }
    Ok(())
}

/// `vestibule agency add`.
pub async fn agency_add(
    config: &Config,
    name: &str,
    admin: Option<&str>,
    locale: Option<&str>,
) -> Result<(), Fault> {
    let house = build::house(config, public_url(config)).await?;
    let scope = Mint::strike().platform(Actor::System("command line"));
    let agency = agencies::add(&house, &scope, name).await?;
    say::out(&format!("agency   {} ({})", agency.name, agency.id));
    let Some(email) = admin else { return Ok(()) };
    match agencies::appoint(&house, &scope, agency.id, (email, None, locale)).await?.link {
        Some(link) => {
            say::out(&format!("admin    {}/welcome#{}", house.settings.public_url, link.expose_secret()));
            say::err("The link works once, within seven days, and is not shown again.");
        }
        None => say::err("The administrator has a password already and signs in as before."),
    }
    Ok(())
}

/// `vestibule operator add`.
pub async fn operator_add(config: &Config, email: &str) -> Result<(), Fault> {
    let house = build::house(config, public_url(config)).await?;
    let user = people::add_operator(&house, email).await?;
    let mut tx = house.db.write().await?;
    let link = people::make_link(&house, &mut tx, user).await?;
    tx.commit().await?;
    say::out(&format!("operator {}/welcome#{}", house.settings.public_url, link.expose_secret()));
    say::err("The link works once, within seven days, and is not shown again.");
    Ok(())
}

/// `vestibule backup`.
pub fn backup(config: &Config, file: &Path, with_keys: bool) -> Result<(), Fault> {
    let DbConfig::Sqlite { path } = build::db_config(config) else {
        return Err(Fault::words(
            "the data is in PostgreSQL: use pg_dump as the database's owner, or your provider's snapshots; see docs/ops/backup.md",
        ));
    };
    if !path.exists() {
        return Err(Fault::words(format!("there is no database at {}", path.display())));
    }
    if file.exists() {
        return Err(Fault::words(format!("{} exists already; give another name", file.display())));
    }
    Db::backup_sqlite(&path, file)?;
    if with_keys {
        let beside = file.with_extension("key");
        let key = std::fs::read(build::key_file(config))
            .map_err(|e| Fault::words(format!("cannot read the encryption key: {e}")))?;
        build::write_secret(&beside, &key)?;
        // In the midst of a rotation some data keys are still under the key of before.
        if let Some(previous) = crate::key_files::previous_generated(config) {
            let name = format!("{}.previous", beside.display());
            build::write_secret(Path::new(&name), &std::fs::read(previous)?)?;
        }
        say::out(&format!("{} and {}", file.display(), beside.display()));
    } else {
        say::out(&file.display().to_string());
        say::err(
            "The encryption key is not in it: keep encryption.key elsewhere, for without it what is sealed cannot be read.",
        );
    }
    Ok(())
}

/// `vestibule doctor`.
pub async fn doctor(config: &Config) -> Result<(), Fault> {
    let mut bad = 0;
    let mut line = |what: &str, result: Result<String, String>| match result {
        Ok(text) => say::out(&format!("ok    {what}: {text}")),
        Err(text) => {
            bad += 1;
            say::out(&format!("BAD   {what}: {text}"));
        }
    };
    line("configuration", Ok("read".into()));
    let dir = build::make_dir(&config.data.dir).map_err(|e| e.to_string());
    line("data directory", dir.map(|()| config.data.dir.display().to_string()));
    let world = crate::world::real();
    line(
        "encryption key",
        crate::key_files::ring(config, &world)
            .map(|(ring, _)| format!("number {:08x}", ring.id()))
            .map_err(|e| e.to_string()),
    );
    match build::house(config, public_url(config)).await {
        Err(fault) => line("database", Err(fault.to_string())),
        Ok(house) => {
            let name = format!("{:?}, schema current", house.db.engine());
            line("database", house.db.ping().await.map(|()| name).map_err(|e| e.to_string()));
            let scope = Mint::strike().platform(Actor::System("doctor"));
            let totals = tenants::totals(&house, &scope).await;
            line("tenants", totals.map(|(n, ..)| format!("{n}")).map_err(|e| e.to_string()));
            let opened = open_a_key(&house).await;
            line("sealed values", opened);
            line("data keys", crate::rotate::described(&house).await);
        }
    }
    line("mail", crate::mail::described(config));
    let url = public_url(config);
    let reachable = if url.starts_with("https://") {
        Ok(url)
    } else {
        Ok(format!("{url} (providers will want https: set server.public_url)"))
    };
    line("public address", reachable);
    if bad == 0 { Ok(()) } else { Err(Fault::words(format!("{bad} of these need mending"))) }
}

/// Whether the encryption key is the one with which this data was sealed.
async fn open_a_key(house: &vestibule_domain::House) -> Result<String, String> {
    let mut tx = house.db.write().await.map_err(|e| e.to_string())?;
    let opened = house.seals.key(&mut tx, vestibule_model::TenantId::PLATFORM).await;
    tx.commit().await.map_err(|e| e.to_string())?;
    opened.map(|_| "open".into()).map_err(|e| e.to_string())
}
