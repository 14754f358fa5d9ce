//! `vestibule audit`: checking the chains of the audit log, and taking a log out.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Subcommand;
use futures::StreamExt;
use std::io::Write;
use std::path::{Path, PathBuf};
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_domain::audit::{self, Anchor, Verdict};
use vestibule_domain::{House, tenants};
use vestibule_model::TenantId;
use vestibule_vault::verify_signature;

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check that no row was altered, removed, added or moved, and that no end was cut off.
    ///
    /// Ends with an error when something is wrong, and names the first row of each log.
    Verify {
        /// One tenant: its id, slug, or ref:…. All of them, and the platform's own log, when left out.
        #[arg(long, conflicts_with = "file")]
        tenant: Option<String>,
        /// More anchors than the data directory's: a file kept elsewhere, or collected from the server's log.
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        anchors: Vec<PathBuf>,
        /// An export instead of the data.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// With --file: the keys that signatures are checked with, as /.well-known/jwks.json gives them.
        #[arg(long, value_name = "FILE", requires = "file")]
        jwks: Option<PathBuf>,
    },
    /// Write a log to a file as JSON lines, each with its hashes; `-` prints it.
    Export {
        /// Where it goes; must not exist yet.
        file: PathBuf,
        /// Which tenant: its id, slug, or ref:…; the platform's own log when left out.
        #[arg(long)]
        tenant: Option<String>,
    },
}

/// Runs a command.
pub async fn run(config: &Config, command: &AuditCommand) -> Result<(), Fault> {
    match command {
        AuditCommand::Verify { file: Some(file), jwks, .. } => verify_file(file, jwks.as_deref()),
        AuditCommand::Verify { tenant, anchors, .. } => verify(config, tenant.as_deref(), anchors).await,
        AuditCommand::Export { file, tenant } => export(config, file, tenant.as_deref()).await,
    }
}

async fn scope(house: &House, mint: &Mint, tenant: Option<&str>) -> Result<TenantScope, Fault> {
    let actor = Actor::System("command line");
    let Some(name) = tenant else { return Ok(mint.tenant(TenantId::PLATFORM, actor)) };
    let found = tenants::find(house, name).await?;
    let found = found.ok_or_else(|| Fault::words(format!("there is no tenant {name}")))?;
    Ok(mint.tenant(found.id, actor))
}

async fn verify(config: &Config, tenant: Option<&str>, more: &[PathBuf]) -> Result<(), Fault> {
    let house = build::house(config, commands::public_url(config)).await?;
    let mint = Mint::strike();
    let mut anchors = Vec::new();
    let mut bad = 0;
    for file in own_anchors(&config.data.dir)?.iter().chain(more) {
        let text = std::fs::read_to_string(file)
            .map_err(|e| Fault::words(format!("cannot read {}: {e}", file.display())))?;
        let (found, strange) = audit::read_anchors(&house, &text).await?;
        anchors.extend(found);
        if strange > 0 {
            bad += 1;
            say::out(&format!(
                "BAD   {}: {strange} lines are not anchors that this server signed",
                file.display()
            ));
        }
    }
    let verdicts = match tenant {
        Some(_) => vec![audit::verify(&house, &scope(&house, &mint, tenant).await?, &anchors).await?],
        None => audit::verify_all(&house, &mint, &anchors).await?,
    };
    for verdict in &verdicts {
        bad += usize::from(verdict.fault.is_some());
        say::out(&line(verdict));
    }
    if bad == 0 { Ok(()) } else { Err(Fault::words("the audit log is not as it was written")) }
}

/// The files of anchors in the data directory that matter: of this month and the one before. The first of each is an anchor
/// of every chain.
fn own_anchors(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(audit::ANCHORS) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files.split_off(files.len().saturating_sub(2)))
}

fn line(verdict: &Verdict) -> String {
    let whose = if verdict.tenant == TenantId::PLATFORM {
        "platform".to_owned()
    } else {
        format!("tenant {}", verdict.tenant)
    };
    let before = match verdict.before {
        0 => String::new(),
        n => format!(", {n} from before the chain"),
    };
    match verdict.fault {
        None => format!("ok    {whose}: {} rows{before}, {} anchors", verdict.rows, verdict.anchors),
        Some(fault) => format!("BAD   {whose}: {fault}"),
    }
}

fn verify_file(file: &Path, jwks: Option<&Path>) -> Result<(), Fault> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|e| Fault::words(format!("cannot read {}: {e}", path.display())))
    };
    let text = read(file)?;
    let found = audit::verify_lines(text.lines());
    if let Some((line, fault)) = found.fault {
        return Err(Fault::words(format!("line {line}: {fault}")));
    }
    let begins = found.begins_at.map(|seq| format!(", from row {seq} on")).unwrap_or_default();
    let end = match (&found.head, jwks) {
        (None, _) => {
            return Err(Fault::words("the file does not end with a signed head: its end may be cut off"));
        }
        (Some(head), Some(jwks)) => {
            if !is_signed(head, &read(jwks)?) {
                return Err(Fault::words("none of these keys signed where the log ends"));
            }
            "its end is signed"
        }
        (Some(_), None) => "its end was not checked: give --jwks",
    };
    say::out(&format!("ok    {} rows{begins}; {end}", found.rows));
    Ok(())
}

/// Whether one of the keys of a JWKS document signed an anchor.
fn is_signed(anchor: &Anchor, jwks: &str) -> bool {
    let document: serde_json::Value = serde_json::from_str(jwks).unwrap_or_default();
    let keys = document["keys"].as_array().cloned().unwrap_or_default();
    keys.iter().filter(|key| key["kid"] == anchor.kid.as_str()).any(|key| {
        let bytes = key["x"].as_str().and_then(|x| URL_SAFE_NO_PAD.decode(x).ok()).unwrap_or_default();
        verify_signature(&bytes, &anchor.message(), &anchor.signature)
    })
}

async fn export(config: &Config, file: &Path, tenant: Option<&str>) -> Result<(), Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let house = build::house(config, commands::public_url(config)).await?;
    let mint = Mint::strike();
    let scope = scope(&house, &mint, tenant).await?;
    let mut to: Box<dyn Write> = if file == Path::new("-") {
        Box::new(std::io::stdout().lock())
    } else {
        let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        Box::new(opened.map_err(|e| Fault::words(format!("cannot make {}: {e}", file.display())))?)
    };
    let mut lines = audit::export(&house, &scope, 0).await?;
    while let Some(page) = lines.next().await {
        to.write_all(page?.as_bytes())?;
    }
    Ok(to.flush()?)
}
