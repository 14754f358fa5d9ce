//! Taking an archive in: all of it or nothing.
//!
//! It is read twice: once to see that it is whole, before anything is written; and once to write. The tenant is hidden
//! while its rows are written, in steps that hold nobody up, and shown in the last transaction. What a failure or a crash
//! left of it is never seen, and is deleted by the next try or by [`forget_unfinished`].

use crate::archive::canonical::{self, Keys, Line};
use crate::archive::manifest::Manifest;
use crate::archive::reader::Opened;
use crate::archive::tables::{self, MEMBERS};
use crate::archive::{ArchiveError, Flaw, Progress, release, wipe};
use crate::connections::REST_MS;
use crate::people::is_email;
use crate::{Error, House, Refusal, audit};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;
use tokio::sync::mpsc;
use uuid::Uuid;
use vestibule_access::{Holding, Mint, PlatformScope, TenantScope};
use vestibule_model::{Role, Slug, TenantId, UnixMs};
use vestibule_store::directory::connections::{NewBinding, claimant};
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::{archive, tenants};
use vestibule_store::{Shape, StoreError, Tx};
use vestibule_vault::DataKey;

/// How an archive is to be taken in.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Under another name in addresses.
    pub as_slug: Option<String>,
    /// What opens its credentials.
    pub passphrase: Option<SecretString>,
    /// Whether its credentials are left out although it has some.
    pub without_secrets: bool,
    /// Whether this server does at once what it still owes.
    pub release: bool,
}

/// An archive that was taken in.
#[derive(Debug)]
pub struct Imported {
    /// Its manifest.
    pub manifest: Manifest,
    /// The tenant's name in addresses here.
    pub slug: String,
    /// The people who have no password here yet.
    pub without_password: Vec<String>,
    /// Whether its credentials are to be entered again.
    pub without_secrets: bool,
}

/// Rows of one table on their way from the file to the database.
type Batch = (&'static Shape, Vec<Line>);

/// Takes an archive in. Not idempotent: a tenant that is here is refused. When it fails nothing is kept.
///
/// # Errors
/// [`Flaw`]: what is wrong with the archive, or what of it is here already; or the database's.
pub async fn import(
    house: &House,
    mint: &Mint,
    platform: &PlatformScope,
    path: &Path,
    wanted: Wanted,
    progress: Progress<'_>,
) -> Result<Imported, ArchiveError> {
    let (manifest, key) = look(path, &wanted).await?;
    let tenant = TenantId(manifest.tenant);
    if tenant == TenantId::PLATFORM {
        return Err(Flaw::foreign_row().into());
    }
    // It is nobody's yet: whoever reaches all tenants takes it in.
    let holding = Holding { tenant, agency: None };
    let scope = mint.within(platform, holding).ok_or_else(Refusal::not_found)?;
    forget(house, &scope, progress).await?;
    let with_secrets = key.is_some();
    let mut taking = Taking {
        house,
        scope,
        manifest: &manifest,
        wanted: &wanted,
        attempt: house.world.new_id(),
        archive: key.clone(),
        keys: None,
        slug: String::new(),
        aside: Vec::new(),
        progress,
        done: 0,
    };
    match taking.all(platform, path, key).await {
        Ok(without_password) => {
            let slug = std::mem::take(&mut taking.slug);
            drop(taking);
            if wanted.release {
                release(house, &scope).await?;
            }
            Ok(Imported { manifest, slug, without_password, without_secrets: !with_secrets })
        }
        Err(error) => {
            // Only what is still hidden: a commit whose outcome is unknown may have shown the tenant.
            forget(house, &scope, progress).await?;
            Err(error)
        }
    }
}

/// Opens the archive and looks whether it is whole.
async fn look(path: &Path, wanted: &Wanted) -> Result<(Manifest, Option<DataKey>), ArchiveError> {
    let (path, wanted) = (path.to_owned(), wanted.clone());
    let work = move || {
        let mut opened = Opened::open(&path)?;
        let key = match &wanted.passphrase {
            _ if wanted.without_secrets => None,
            Some(passphrase) => opened.unlock(passphrase)?,
            None if opened.manifest.secrets.is_some() => return Err(Flaw::passphrase_needed()),
            None => None,
        };
        opened.walk(key.as_ref(), &mut |_, _| Ok(()))?;
        Ok((opened.manifest, key))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Flaw::stopped())?.map_err(ArchiveError::Flaw)
}

/// Deletes what an archive left that was not taken in to its end. Idempotent; a tenant that is seen is never touched.
async fn forget(house: &House, scope: &TenantScope, progress: Progress<'_>) -> crate::Result<()> {
    let mut tx = house.db.read().await?;
    let is_left = archive::is_importing(&mut tx, scope.tenant()).await?;
    drop(tx);
    if is_left {
        wipe(house, scope, progress).await?;
        let mut tx = house.db.write().await?;
        archive::remove(&mut tx, scope.tenant()).await?;
        tx.commit().await?;
        house.seals.forget(scope.tenant());
    }
    Ok(())
}

/// Deletes what archives left that began before an instant and were not taken in to their end; how many. Idempotent.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn forget_unfinished(house: &House, mint: &Mint, before: UnixMs) -> crate::Result<usize> {
    let mut tx = house.db.read().await?;
    let left = archive::list_imports(&mut tx, before).await?;
    drop(tx);
    for tenant in &left {
        let scope = mint.tenant(*tenant, vestibule_access::Actor::System("archive"));
        forget(house, &scope, &|_, _| {}).await?;
    }
    Ok(left.len())
}

struct Taking<'a> {
    house: &'a House,
    scope: TenantScope,
    manifest: &'a Manifest,
    wanted: &'a Wanted,
    /// Names this try: another that began meanwhile has taken its place.
    attempt: Uuid,
    archive: Option<DataKey>,
    keys: Option<Keys>,
    slug: String,
    /// What the directory gets in the last transaction.
    aside: Vec<Batch>,
    progress: Progress<'a>,
    done: u64,
}

impl Taking<'_> {
    async fn all(
        &mut self,
        platform: &PlatformScope,
        path: &Path,
        key: Option<DataKey>,
    ) -> Result<Vec<String>, ArchiveError> {
        let (batches, mut coming) = mpsc::channel::<Batch>(2);
        let (path, digest) = (path.to_owned(), self.manifest.digest.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let mut opened = Opened::open(&path)?;
            if opened.manifest.digest != digest {
                return Err(Flaw::digest_differs());
            }
            let mut each = |shape, lines| batches.blocking_send((shape, lines)).map_err(|_| Flaw::stopped());
            opened.walk(key.as_ref(), &mut each)
        });
        while let Some((shape, lines)) = coming.recv().await {
            self.take(shape, lines).await?;
        }
        // The file may have changed since it was looked at: what was read now must be whole as well.
        reading.await.map_err(|_| Flaw::stopped())??;
        self.finish(platform).await
    }

    async fn take(&mut self, shape: &'static Shape, lines: Vec<Line>) -> Result<(), ArchiveError> {
        if shape.table == archive::TENANT.table {
            return self.begin(&lines).await;
        }
        if shape.table == MEMBERS.table || tables::is_directory(shape) {
            self.aside.push((shape, lines));
            return Ok(());
        }
        let keys = self.keys.as_ref().ok_or_else(Flaw::not_an_archive)?;
        let mut tx = self.house.db.write_in(&self.scope).await?;
        let mut tenant = tx.tenant(&self.scope).await?;
        for line in &lines {
            let cells = canonical::cells(shape, line, keys).map_err(|flaw| flaw.at(shape.table, 0))?;
            tenant.insert_into(shape, &cells).await.map_err(|error| conflict(error, shape))?;
        }
        tx.commit().await?;
        self.done += lines.len() as u64;
        (self.progress)(shape.table, self.done);
        Ok(())
    }

    /// Makes the hidden tenant: its slug, number and reference are its own from now on, or it is refused.
    async fn begin(&mut self, lines: &[Line]) -> Result<(), ArchiveError> {
        let ([line], None) = (lines, &self.keys) else {
            return Err(Flaw::rows_conflict().at("tenants", 0).into());
        };
        let mut line = line.clone();
        let given = self.wanted.as_slug.as_deref().or_else(|| line.get("slug").and_then(Value::as_str));
        let slug = given.and_then(Slug::parse).ok_or_else(|| Flaw::bad_value().at("tenants", 1))?;
        self.slug = slug.as_str().to_owned();
        line.insert("slug".into(), slug.as_str().into());
        let now = self.house.world.now();
        let id = self.scope.tenant();
        let mut tx = self.house.db.write().await?;
        if tenants::find_even_deleted(&mut tx, id).await?.is_some() {
            return Err(Flaw::tenant_exists().into());
        }
        archive::begin_import(&mut tx, id, self.attempt, now)
            .await
            .map_err(|error| named(error, &[("", Flaw::tenant_exists())]))?;
        // A tenant that was here before has left no key.
        self.house.seals.forget(id);
        let own = self.house.seals.key(&mut tx, id).await?;
        let keys = Keys { own, archive: self.archive.clone(), entropy: self.house.world.entropy.clone() };
        let cells = canonical::cells(&archive::TENANT, &line, &keys)?;
        archive::insert_hidden(&mut tx, id, &cells, now).await.map_err(|error| {
            let names = [
                ("slug", Flaw::slug_taken()),
                ("phone_number", Flaw::number_taken()),
                ("external_ref", Flaw::ref_taken()),
                ("pkey", Flaw::tenant_exists()),
                ("tenants.id", Flaw::tenant_exists()),
            ];
            named(error, &names)
        })?;
        tx.commit().await?;
        self.keys = Some(keys);
        Ok(())
    }

    /// Writes what the directory has of the tenant, and shows it: one transaction.
    async fn finish(&mut self, platform: &PlatformScope) -> Result<Vec<String>, ArchiveError> {
        let keys = self.keys.take().ok_or_else(Flaw::not_an_archive)?;
        let (house, id, now) = (self.house, self.scope.tenant(), self.house.world.now());
        let mut tx = house.db.write().await?;
        let mut without_password = Vec::new();
        let mut own: HashSet<String> = HashSet::new();
        for (shape, lines) in std::mem::take(&mut self.aside) {
            for line in &lines {
                if shape.table == MEMBERS.table {
                    join(house, &mut tx, id, line, now, &mut without_password).await?;
                    continue;
                }
                if shape.table == "connections" {
                    own.extend(line.get("id").and_then(Value::as_str).map(str::to_owned));
                }
                let connection = line.get("connection_id").and_then(Value::as_str);
                if connection.is_some_and(|connection| !own.contains(connection)) {
                    return Err(Flaw::foreign_row().at(shape.table, 0).into());
                }
                if shape.table == "bindings" {
                    free(&mut tx, id, line, now).await?;
                }
                let cells = canonical::cells(shape, line, &keys).map_err(|flaw| flaw.at(shape.table, 0))?;
                archive::insert(&mut tx, id, shape, &cells).await.map_err(|error| {
                    let taken = if shape.table == "bindings" {
                        Flaw::resource_taken()
                    } else {
                        Flaw::connection_exists()
                    };
                    named(error, &[("", taken.at(shape.table, 0))])
                })?;
            }
        }
        archive::hold(&mut tx, id).await?;
        if !archive::show(&mut tx, id, self.attempt).await? {
            return Err(Flaw::stopped().into());
        }
        let doc = json!({ "rows": self.manifest.rows(), "digest": self.manifest.digest });
        let rows = platform.own_rows();
        let mut log = tx.tenant(&rows).await?;
        audit::note(&mut log, &house.world, "tenant.imported", "tenant", &id.to_string(), doc).await?;
        tx.commit().await?;
        house.profiles.forget(id);
        house.locks.forget();
        Ok(without_password)
    }
}

/// Whoever has the address on this server becomes a member as they are; whoever has not is made, without a password.
async fn join(
    house: &House,
    tx: &mut Tx,
    tenant: TenantId,
    line: &Line,
    now: UnixMs,
    without_password: &mut Vec<String>,
) -> Result<(), ArchiveError> {
    let bad = || Flaw::bad_value().at(MEMBERS.table, 0);
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let email = text("email").map(str::to_lowercase).filter(|email| is_email(email)).ok_or_else(bad)?;
    let role = text("role").and_then(Role::parse).ok_or_else(bad)?;
    let since = line.get("since").and_then(Value::as_i64).ok_or_else(bad)?;
    let user = match people::find_by_email(tx, &email).await? {
        Some(user) => user,
        None => {
            let user = UserRecord {
                id: house.world.new_id(),
                email: email.clone(),
                name: text("name").map(str::to_owned),
                locale: text("locale")
                    .filter(|locale| ["en", "fr"].contains(locale))
                    .ok_or_else(bad)?
                    .to_owned(),
                password_phc: None,
                platform_role: None,
                failed_count: 0,
                locked_until: None,
                disabled_at: None,
            };
            people::insert(tx, &user, now).await?;
            user
        }
    };
    if user.password_phc.is_none() {
        without_password.push(email);
    }
    archive::join_since(tx, tenant, user.id, role, UnixMs(since)).await?;
    Ok(())
}

/// Whether nobody else has a number or agent that the tenant has, or had it a moment ago.
async fn free(tx: &mut Tx, tenant: TenantId, line: &Line, now: UnixMs) -> Result<(), ArchiveError> {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = |name: &str| text(name).parse::<Uuid>().map_err(|_| Flaw::bad_value().at("bindings", 0));
    if line.contains_key("to_at") {
        return Ok(());
    }
    let new = NewBinding {
        id: id("id")?.into(),
        tenant,
        provider: text("provider"),
        connection: id("connection_id")?.into(),
        kind: text("kind"),
        resource: text("resource_id"),
    };
    match claimant(tx, &new, now, REST_MS).await? {
        Some(holder) if holder != tenant => Err(Flaw::resource_taken().at("bindings", 0).into()),
        _ => Ok(()),
    }
}

fn conflict(error: StoreError, shape: &Shape) -> ArchiveError {
    named(error, &[("", Flaw::rows_conflict().at(shape.table, 0))])
}

/// What a conflict means, by the name that the database gives it.
fn named(error: StoreError, names: &[(&str, Flaw)]) -> ArchiveError {
    match error {
        StoreError::Conflict(what) => {
            let flaw = names.iter().find(|(name, _)| what.contains(name)).map(|(_, flaw)| flaw.clone());
            flaw.unwrap_or_else(Flaw::rows_conflict).into()
        }
        other => ArchiveError::House(Error::from(other)),
    }
}
