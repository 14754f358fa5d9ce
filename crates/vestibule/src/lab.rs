//! `vestibule lab`: what the server makes of a request, by the server's own code.

use crate::LabCommand;
use crate::say::{self, Fault};

/// Runs a lab command.
pub fn run(command: &LabCommand) -> Result<(), Fault> {
    match command {
        LabCommand::Verify { provider, vectors } => {
            let text = std::fs::read_to_string(vectors)
                .map_err(|e| Fault::words(format!("cannot read {}: {e}", vectors.display())))?;
            let vectors = serde_json::from_str(&text).map_err(|e| Fault::words(format!("not JSON: {e}")))?;
            for line in vestibule_providers::lab::verify_vectors(provider, &vectors).map_err(Fault::words)? {
                say::out(&line.to_string());
            }
        }
        LabCommand::Normalize { provider, sample } => {
            let body = std::fs::read(sample)
                .map_err(|e| Fault::words(format!("cannot read {}: {e}", sample.display())))?;
            let facts = vestibule_providers::lab::normalize_sample(provider, &body).map_err(Fault::words)?;
            say::out(&serde_json::to_string_pretty(&facts).map_err(|e| Fault::words(e.to_string()))?);
        }
    }
    Ok(())
}
