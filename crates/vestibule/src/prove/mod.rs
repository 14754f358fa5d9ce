//! `vestibule prove isolation`: two throw-away tenants on a running server, every operation of the server's own OpenAPI
//! document asked by those who may not, and a report that can be given to a client. What the document does not say, this
//! does not know: a new operation is walked without a change here, and one that cannot be filled in is reported.

mod asker;
mod bodies;
mod cast;
mod foreigner;
mod matrix;
mod operations;
mod report;
mod streams;
mod things;

use crate::say::{self, Fault};
use asker::{Asker, Who};
use cast::Cast;
use matrix::Findings;
use report::{Language, Report};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For reading and for mail.
    Markdown,
    /// A page of its own.
    Html,
    /// With every single check.
    Json,
}

/// What `vestibule prove isolation` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The server's address, for example https://reception.example.com.
    #[arg(long, value_name = "URL")]
    url: String,
    /// A file that holds the token of an operator's session, as /auth/login answers it.
    #[arg(long, value_name = "FILE")]
    operator_token_file: PathBuf,
    /// markdown, html or json.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// en or fr.
    #[arg(long, value_enum, default_value_t = Language::En)]
    language: Language,
    /// Where the report goes; to the standard output when left out.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A certificate (PEM) to trust besides the usual ones, for a server with one of its own making.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Also fail when something could not be asked.
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
///
/// # Errors
/// See [`isolation`].
pub fn run(options: &Options) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(isolation(options))
}

/// Walks the matrix and writes the report. The tenants are removed at the end, also when something fails or the command
/// is interrupted. Each run makes its own tenants, so it can be repeated.
///
/// # Errors
/// The server cannot be reached, the tenants cannot be made, or something leaked.
async fn isolation(options: &Options) -> Result<(), Fault> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let world = crate::world::real();
    let token = read(&options.operator_token_file)?;
    let asker = Asker::new(&options.url, options.ca.as_deref())?;
    let operator = Who::bearer("operator", token.trim());
    let document = asker.document().await?;
    let operations = operations::every(&document)?;
    say::err(&format!("{} operations; making two throw-away tenants", operations.len()));
    let (mut own, mut victim) = (Cast::named(&world, "own"), Cast::named(&world, "victim"));
    let mut findings = Findings::default();
    let walked = tokio::select! {
        walked = walk(&asker, &operator, &document, &operations, &mut own, &mut victim, &mut findings) => walked,
        _ = tokio::signal::ctrl_c() => Err(Fault::words("interrupted")),
    };
    let mut left = Vec::new();
    for cast in [&own, &victim] {
        if let Err(fault) = cast.remove(&asker, &operator).await {
            left.push(format!("{}: {fault}", cast.slug));
        }
    }
    walked?;
    if !left.is_empty() {
        return Err(Fault::words(format!(
            "these throw-away tenants are still there, remove them: {}",
            left.join("; ")
        )));
    }
    let version = document["info"]["version"].as_str().unwrap_or_default();
    let report = Report::of(&options.url, version, world.now(), operations.len(), findings);
    let text = report.written(options.format, options.language);
    match &options.output {
        Some(file) => std::fs::write(file, text + "\n")?,
        None => say::out(&text),
    }
    let (leaks, unasked) = (report.leaks().count(), report.unasked().len());
    say::err(&format!("{} checks, {leaks} leaks, {unasked} not asked", report.checks()));
    match (leaks, unasked) {
        (0, 0) => Ok(()),
        (0, _) if !options.strict => Ok(()),
        (0, _) => Err(Fault::words(format!("{unasked} checks could not be made"))),
        _ => Err(Fault::words(format!("{leaks} checks found a leak"))),
    }
}

async fn walk(
    asker: &Asker,
    operator: &Who,
    document: &Value,
    operations: &[operations::Operation],
    own: &mut Cast,
    victim: &mut Cast,
    findings: &mut Findings,
) -> Result<(), Fault> {
    for cast in [&mut *own, &mut *victim] {
        cast.enter(asker, operator).await?;
        cast.plant(asker).await?;
    }
    for cast in [&mut *own, &mut *victim] {
        cast.settle(asker, operator, document, operations).await?;
    }
    let scene = matrix::Scene::of(asker, operator, document, own, victim).await?;
    scene.nobody(operations, findings).await?;
    scene.foreigner(operations, findings).await?;
    scene.lesser(operations, findings).await?;
    scene.bodies(operations, findings).await?;
    scene.metrics(findings).await?;
    streams::walk(&scene, operations, findings).await?;
    // Last: whatever was let in by mistake shows here as well.
    scene.control(operations, findings).await
}

fn read(path: &std::path::Path) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|e| Fault::words(format!("cannot read {}: {e}", path.display())))
}

/// How long data that was planted may take to show.
const PATIENCE: Duration = Duration::from_secs(60);
