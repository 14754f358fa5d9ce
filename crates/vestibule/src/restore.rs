//! `vestibule restore`: a copy is looked at, put in place whole or not at all, and erased again of what was erased since it was
//! made. What was there before is kept aside. The server then starts muted.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands, place, world};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use vestibule_access::Mint;
use vestibule_domain::{audit, privacy, tenants};
use vestibule_store::Db;

/// Restores a copy, or looks at it alone.
pub async fn restore(config: &Config, copy: &Path, only_looks: bool) -> Result<(), Fault> {
    if config.is_postgres() {
        return Err(Fault::words(
            "the data is in PostgreSQL: load the dump with psql or pg_restore into an empty database, bring the tombstones \
             of every node to data.tombstones_dir, and start; see docs/ops/backup.md",
        ));
    }
    look(config, copy)?;
    if only_looks {
        say::err("The copy is good. Nothing was changed.");
        return Ok(());
    }
    let Some(running) = place::lock(config)? else {
        return Err(Fault::words("a server is running on this data directory: stop it first"));
    };
    let aside = put_in_place(config, copy)?;
    say::out(&format!("restored  {}", config.sqlite_path().display()));
    if let Some(aside) = aside {
        say::out(&format!("before    {}", aside.display()));
    }
    let house = build::house(config, commands::public_url(config)).await?;
    let again = privacy::reapply(&house, &Mint::strike(), &mut progress).await?;
    let tenants = tenants::reapply_erasures(&house, &Mint::strike()).await?;
    if tenants > 0 {
        say::out(&format!("erased    {tenants} tenants who had been erased since the copy was made"));
    }
    say::out(&format!("erased    {again} callers who had been erased since the copy was made"));
    drop(running);
    say::err(
        "The server will start muted: it takes in and answers, and sends, calls and mails nothing, for it may have sent all of \
         that before. When you have looked, `vestibule unmute` says what is owed and lets it go on.",
    );
    Ok(())
}

/// Says how far erasing again has come.
pub fn progress(done: usize, all: usize) {
    say::err(&format!("erasing again what was erased before: {done} of {all}"));
}

/// Looks at a copy and says what it holds.
fn look(config: &Config, copy: &Path) -> Result<(), Fault> {
    let found = Db::inspect_sqlite(copy, "calls")?;
    let (ring, _) = crate::key_files::ring(config, &world::real())?;
    let opened = found.data_keys.iter().filter(|(owner, key)| ring.unwrap_key(*owner, key).is_ok()).count();
    if opened < found.data_keys.len() {
        return Err(Fault::words(format!(
            "the encryption key opens {opened} of the copy's {} data keys: put the key that belongs to it into {}, or set ENCRYPTION_KEY",
            found.data_keys.len(),
            build::key_file(config).display()
        )));
    }
    say::out(&format!("copy      {}", copy.display()));
    say::out(&format!("sha256    {}", digest(copy)?));
    say::out(&format!("schema    {}", found.schema));
    say::out(&format!("tenants   {}", found.tenants));
    say::out(&format!("calls     {}", found.rows));
    say::out(&format!("keys      {opened}, all open"));
    Ok(())
}

fn digest(path: &Path) -> Result<String, Fault> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Puts a copy in the database's place; where what was there is kept.
fn put_in_place(config: &Config, copy: &Path) -> Result<Option<PathBuf>, Fault> {
    let target = config.sqlite_path();
    let fresh = target.with_extension("restoring");
    drop(fs::remove_file(&fresh));
    fs::copy(copy, &fresh)?;
    fs::set_permissions(&fresh, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    File::open(&fresh)?.sync_all()?;
    let mut aside = None;
    if target.exists() {
        let dir = config.data.dir.join(format!("before-restore-{}", world::real().now().0));
        fs::DirBuilder::new().mode(0o700).create(&dir)?;
        if let Err(error) = Db::settle_sqlite(&target) {
            // Damaged, perhaps: its log goes aside with it as it is.
            say::err(&format!("what was there cannot be settled and is kept as it is: {error}"));
            for ending in ["db-wal", "db-shm"] {
                let log = target.with_extension(ending);
                if log.exists() {
                    fs::rename(&log, dir.join(log.file_name().unwrap_or_default()))?;
                }
            }
        }
        // Another name for the same file: until the next step nothing is missing, and after it nothing is lost.
        fs::hard_link(&target, dir.join("vestibule.db"))?;
        // They tell of rows that the copy does not have.
        for entry in fs::read_dir(&config.data.dir)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(audit::ANCHORS) {
                fs::rename(entry.path(), dir.join(entry.file_name()))?;
            }
        }
        aside = Some(dir);
    }
    // Before the data changes: whatever is interrupted here starts muted.
    place::forget(config)?;
    fs::rename(&fresh, &target)?;
    File::open(&config.data.dir)?.sync_all()?;
    Ok(aside)
}
