//! `vestibule lab`: what the server makes of a request, and requests as providers would send them, by the server's own
//! code.

use crate::LabCommand;
use crate::say::{self, Fault};
use serde_json::json;
use std::path::Path;
use vestibule_ports::{Courier, ReceiptKind};
use vestibule_providers::lab;
use vestibule_providers::n8n::{N8nCourier, SsrfGuard};

/// How long a receiver may take, in milliseconds: longer than any provider waits.
const PATIENCE_MS: u64 = 20_000;

/// Where the secret is when no file is named.
const SECRET: &str = "VESTIBULE_LAB_SECRET";

/// Runs a lab command.
pub fn run(command: &LabCommand) -> Result<(), Fault> {
    match command {
        LabCommand::Verify { provider, vectors } => {
            let vectors = serde_json::from_slice(&read(vectors)?)
                .map_err(|e| Fault::words(format!("not JSON: {e}")))?;
            for line in lab::verify_vectors(provider, &vectors).map_err(Fault::words)? {
                say::out(&line.to_string());
            }
        }
        LabCommand::Normalize { provider, sample } => {
            let facts = lab::normalize_sample(provider, &read(sample)?).map_err(Fault::words)?;
            say::out(&serde_json::to_string_pretty(&facts).map_err(|e| Fault::words(e.to_string()))?);
        }
        LabCommand::Samples { provider } => {
            for line in lab::samples(provider).map_err(Fault::words)? {
                say::out(&line.to_string());
            }
        }
        LabCommand::Send { provider, sample, to, secret_file, agent, number, call, settings } => {
            let (secret, settings) = (secret(secret_file.as_deref())?, pairs(settings)?);
            let world = crate::world::real();
            let mark = match call {
                Some(given) if given.len() == 32 && given.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    given.to_ascii_lowercase()
                }
                Some(_) => return Err(Fault::words("--call takes 32 hexadecimal digits")),
                None => hex::encode(world.random::<16>()),
            };
            let filling = lab::filling(mark.clone(), agent.as_deref(), number.as_deref(), world.now());
            let asked =
                lab::Asked { provider, sample, url: to, secret: &secret, settings: &settings, filling };
            send(&asked, &mark)?;
        }
    }
    Ok(())
}

fn send(asked: &lab::Asked<'_>, mark: &str) -> Result<(), Fault> {
    let request = lab::request(asked).map_err(Fault::words)?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let began = std::time::Instant::now();
    // Whoever gives the command decides where it goes.
    let anywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|net| net.parse().ok()).collect();
    let courier = N8nCourier::new(SsrfGuard::new(anywhere)).map_err(|e| Fault::words(e.to_string()))?;
    let receipt = runtime.block_on(courier.carry(request, PATIENCE_MS));
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let came = json!({ "call": mark, "status": receipt.http_status, "error": receipt.error, "took_ms": took_ms,
        "answer": receipt.excerpt });
    say::out(&came.to_string());
    match (receipt.kind, receipt.http_status) {
        (ReceiptKind::Delivered, _) => Ok(()),
        (_, Some(status)) => Err(Fault::words(format!("the answer was {status}"))),
        (_, None) => Err(Fault::words(format!("no answer: {}", receipt.error.unwrap_or("unknown")))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|e| Fault::words(format!("cannot read {}: {e}", path.display())))
}

fn secret(file: Option<&Path>) -> Result<String, Fault> {
    let text = match file {
        Some(path) => String::from_utf8(read(path)?)
            .map_err(|_| Fault::words(format!("{} does not hold text", path.display())))?,
        None => std::env::var(SECRET)
            .map_err(|_| Fault::words(format!("give --secret-file, or the secret in {SECRET}")))?,
    };
    match text.trim() {
        "" => Err(Fault::words("the secret is empty")),
        text => Ok(text.to_owned()),
    }
}

fn pairs(settings: &[String]) -> Result<Vec<(String, String)>, Fault> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Fault::words("write --set FIELD=VALUE"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    settings.iter().map(pair).collect()
}
