//! Making an archive: one reading transaction, page by page, into a file.

use crate::archive::canonical::{Keys, Line, SecretSum, Sum, counted, line};
use crate::archive::manifest::{LeftOut, Manifest, Sealed, TableSum, digest};
use crate::archive::reader::{MANIFEST, README, secrets_place, table_file};
use crate::archive::tables::{self, MEMBERS, NOT_CARRIED, TABLES};
use crate::archive::writer::{Piece, Writer};
use crate::archive::{ArchiveError, Flaw, Progress};
use crate::{Error, House, Refusal, audit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use std::fs::File;
use vestibule_access::{PlatformScope, TenantScope};
use vestibule_store::directory::{archive, tenants};
use vestibule_store::{Cells, Holds, Shape, Tx, Val};
use vestibule_vault::{Lockbox, canonical_json};

/// How many rows are read together.
const PAGE: i64 = 200;
/// How much is written together.
const PIECE: usize = 1 << 18;
/// What stands in every archive for whoever opens it by hand.
const ABOUT: &str = include_str!("about.txt");

/// What one export works with.
struct Export<'a> {
    keys: Keys,
    writer: Writer,
    secrets: SecretSum,
    sums: Vec<TableSum>,
    progress: Progress<'a>,
}

/// Writes everything of a tenant into a file, as it was at one instant. With a passphrase the credentials are in it, sealed;
/// without one they are left out. Changes nothing, so it is idempotent.
///
/// # Errors
/// `not_found`, the file's, or the database's.
pub async fn export(
    house: &House,
    scope: &TenantScope,
    file: File,
    passphrase: Option<SecretString>,
    progress: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let tenant = scope.tenant();
    let entropy = house.world.entropy.clone();
    let lockbox = match passphrase {
        None => None,
        Some(passphrase) => {
            let entropy = entropy.clone();
            let close = move || Lockbox::close(&passphrase, tenant.0, &*entropy);
            let made = tokio::task::spawn_blocking(close).await.map_err(|_| Flaw::stopped())?;
            Some(made.map_err(Error::fault)?)
        }
    };
    let (lockbox, archive) = lockbox.unzip();
    let mut tx = house.db.snapshot(scope).await?;
    let record = tenants::find_even_deleted(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
    let own = house.seals.key(&mut tx, tenant).await?;
    let mut manifest = Manifest::begin(tenant.0, record.slug, house.world.now().0);
    let mut export = Export {
        keys: Keys { own, archive, entropy },
        writer: Writer::begin(file),
        secrets: SecretSum::default(),
        sums: Vec::new(),
        progress,
    };
    let outcome = export.rows(&mut tx, scope).await;
    let shared = archive::count_shared(&mut tx, tenant).await;
    drop(tx);
    if let Err(error) = outcome {
        // Who writes knows better why nothing more could be written.
        export.writer.finish().await?;
        return Err(error);
    }
    manifest.tables = export.sums;
    manifest.digest = digest(&manifest.tables);
    manifest.left_out = left_out(u64::try_from(shared?).unwrap_or(0), export.keys.archive.is_none());
    if let (Some(lockbox), Some(archive)) = (lockbox, &export.keys.archive) {
        let count = export.secrets.count;
        let sum = export.secrets.digest();
        let sum = archive.seal(secrets_place(tenant.0), &sum, &*export.keys.entropy);
        manifest.secrets = Some(Sealed { count, lockbox, digest: STANDARD.encode(sum) });
    }
    let text = serde_json::to_vec_pretty(&manifest).map_err(Error::fault)?;
    for (name, bytes) in [(README, ABOUT.as_bytes().to_vec()), (MANIFEST, text)] {
        export.writer.put(Piece::Begin(name.into())).await?;
        export.writer.put(Piece::More(bytes)).await?;
    }
    export.writer.finish().await?;
    Ok(manifest)
}

/// Notes in the platform's own log that an archive was made from the command line: in the tenant's it would change what the
/// archive is compared with. Not idempotent: each time is a row.
///
/// # Errors
/// The database's.
pub async fn note_export(house: &House, scope: &PlatformScope, manifest: &Manifest) -> crate::Result<()> {
    let rows = scope.own_rows();
    let mut tx = house.db.write_in(&rows).await?;
    let mut log = tx.tenant(&rows).await?;
    let doc = serde_json::json!({ "rows": manifest.rows(), "with_secrets": manifest.secrets.is_some() });
    let id = manifest.tenant.to_string();
    audit::note(&mut log, &house.world, "tenant.exported", "tenant", &id, doc).await?;
    Ok(tx.commit().await?)
}

fn left_out(shared: u64, without_secrets: bool) -> Vec<LeftOut> {
    let mut all: Vec<LeftOut> = NOT_CARRIED
        .iter()
        .map(|(shape, why)| LeftOut { what: shape.table.into(), count: None, why: (*why).into() })
        .collect();
    all.extend(tables::NOT_CARRIED_COLUMNS.iter().map(|(table, columns, why)| LeftOut {
        what: format!("{table}: {}", columns.join(", ")),
        count: None,
        why: (*why).into(),
    }));
    all.push(LeftOut {
        what: "passwords, sessions and second factors of people".into(),
        count: None,
        why: "they belong to the person and to this server; people are carried by their address".into(),
    });
    if shared > 0 {
        all.push(LeftOut {
            what: "numbers and agents under connections of the platform".into(),
            count: Some(shared),
            why: "the connection is not the tenant's, and is not there on another server".into(),
        });
    }
    if without_secrets {
        all.push(LeftOut {
            what: "credentials".into(),
            count: None,
            why: "no passphrase was given: they are to be entered again".into(),
        });
    }
    all
}

impl Export<'_> {
    async fn rows(&mut self, tx: &mut Tx, scope: &TenantScope) -> Result<(), ArchiveError> {
        let tenant = scope.tenant();
        self.table(&archive::TENANT, Source::Directory(tx), scope).await?;
        let mut members = Table::new(&MEMBERS);
        for member in archive::members(tx, tenant).await? {
            let cells: Cells = vec![
                member.email.into(),
                member.name.into(),
                member.locale.into(),
                member.role.into(),
                member.since.into(),
            ];
            self.add(&mut members, cells).await?;
        }
        self.end(members).await?;
        for shape in TABLES {
            self.table(shape, Source::Tenant(tx), scope).await?;
        }
        for shape in archive::TABLES {
            self.table(shape, Source::Directory(tx), scope).await?;
        }
        Ok(())
    }

    async fn table(
        &mut self,
        shape: &'static Shape,
        mut source: Source<'_>,
        scope: &TenantScope,
    ) -> Result<(), ArchiveError> {
        let mut table = Table::new(shape);
        let mut after: Option<Cells> = None;
        loop {
            let page = match &mut source {
                Source::Tenant(tx) => tx.tenant(scope).await?.page_of(shape, after.as_ref(), PAGE).await?,
                Source::Directory(tx) => {
                    archive::page(tx, scope.tenant(), shape, after.as_ref(), PAGE).await?
                }
            };
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            for cells in page {
                self.add(&mut table, cells).await?;
            }
            (self.progress)(shape.table, table.read);
        }
        self.end(table).await
    }

    async fn add(&mut self, table: &mut Table, cells: Cells) -> Result<(), ArchiveError> {
        let group = table.group_of(&cells);
        if table.group.as_ref() != Some(&group) {
            self.write_group(table).await?;
            table.group = Some(group);
        }
        table.read += 1;
        table.waiting.push(cells);
        Ok(())
    }

    /// Rows whose ids are alike are put in the order of their lines: databases order texts differently.
    async fn write_group(&mut self, table: &mut Table) -> Result<(), ArchiveError> {
        let shape = table.shape;
        let mut lines: Vec<(Vec<u8>, Cells)> = Vec::with_capacity(table.waiting.len());
        let mut nothing = SecretSum::default();
        let blind = Keys { own: self.keys.own.clone(), archive: None, entropy: self.keys.entropy.clone() };
        for cells in table.waiting.drain(..) {
            let plain: Line = line(shape, &cells, &blind, &mut nothing)?;
            lines.push((counted(shape, &plain), cells));
        }
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        for (sum, cells) in lines {
            if !table.is_begun {
                table.is_begun = true;
                self.writer.put(Piece::Begin(table_file(shape))).await?;
            }
            table.sum.add(&sum);
            let whole = line(shape, &cells, &self.keys, &mut self.secrets)?;
            table.piece.extend(canonical_json(&serde_json::Value::Object(whole)));
            table.piece.push(b'\n');
            if table.piece.len() >= PIECE {
                self.writer.put(Piece::More(std::mem::take(&mut table.piece))).await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, mut table: Table) -> Result<(), ArchiveError> {
        self.write_group(&mut table).await?;
        if !table.is_begun {
            return Ok(());
        }
        self.writer.put(Piece::More(table.piece)).await?;
        let rows = table.sum.rows();
        self.sums.push(TableSum { name: table.shape.table.into(), rows, sha256: table.sum.hex() });
        Ok(())
    }
}

/// Where a table's rows are read.
enum Source<'a> {
    Tenant(&'a mut Tx),
    Directory(&'a mut Tx),
}

/// One table on its way.
struct Table {
    shape: &'static Shape,
    is_begun: bool,
    read: u64,
    sum: Sum,
    piece: Vec<u8>,
    group: Option<Vec<Val>>,
    waiting: Vec<Cells>,
}

impl Table {
    fn new(shape: &'static Shape) -> Self {
        Self {
            shape,
            is_begun: false,
            read: 0,
            sum: Sum::default(),
            piece: Vec::new(),
            group: None,
            waiting: Vec::new(),
        }
    }

    /// The leading columns of the order that both databases order alike. A row whose order begins with a text is a group
    /// of its own: such rows come in order already.
    fn group_of(&self, cells: &Cells) -> Vec<Val> {
        let ordered = |name: &&&str| {
            let column = self.shape.place(name).and_then(|place| self.shape.columns.get(place));
            column.is_some_and(|c| matches!(c.holds, Holds::Id | Holds::Int | Holds::Bytes))
        };
        let alike: Vec<&&str> = self.shape.order.iter().take_while(ordered).collect();
        let group = if alike.is_empty() { self.shape.order.iter().collect() } else { alike };
        group.iter().filter_map(|name| cells.get(self.shape.place(name)?).cloned()).collect()
    }
}
