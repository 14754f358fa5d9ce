//! TLS of our own doors: certificates from files, or by ACME. Both are taken up without a restart.

mod acme;
mod files;
mod names;

use crate::config::{Config, Tls};
use crate::say::Fault;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_http::listen::ACME_ALPN;

/// Where the certificate in use is kept, and those with which an authority is shown that a name is ours.
#[derive(Default)]
pub struct Wardrobe {
    current: RwLock<Option<Arc<CertifiedKey>>>,
    proofs: RwLock<Vec<(String, Arc<CertifiedKey>)>>,
}

impl std::fmt::Debug for Wardrobe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wardrobe")
    }
}

impl Wardrobe {
    fn wear(&self, key: Arc<CertifiedKey>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn show(&self, name: &str, key: Arc<CertifiedKey>) {
        let mut proofs = self.proofs.write().unwrap_or_else(PoisonError::into_inner);
        proofs.retain(|(other, _)| other != name);
        proofs.push((name.to_owned(), key));
    }

    fn hide(&self) {
        self.proofs.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl ResolvesServerCert for Wardrobe {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // RFC 8737: whoever offers this protocol alone is the authority, and wants the proof.
        let mut offered = hello.alpn().into_iter().flatten();
        if offered.next() == Some(ACME_ALPN) && offered.next().is_none() {
            let name = hello.server_name()?;
            let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
            return proofs.iter().find(|(own, _)| own == name).map(|(_, key)| key.clone());
        }
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A certificate chain and its key, in PEM, as one thing that can be worn; they belong together.
fn certified(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, String> {
    let worn = paired(chain, key)?;
    worn.keys_match().map_err(|e| match e {
        rustls::Error::InconsistentKeys(_) => "the key does not belong to the certificate".to_owned(),
        other => format!("the certificate is unusable: {other}"),
    })?;
    Ok(worn)
}

/// The same without a look at the certificate itself: a proof has an extension that only authorities understand.
fn paired(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, String> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|e| format!("the certificate is not PEM: {e}"))?;
    if chain.is_empty() {
        return Err("there is no certificate in the file".into());
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| format!("the key is not PEM: {e}"))?;
    let provider = rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(key).map_err(|e| format!("the key is unusable: {e}"))?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

fn server_config(wardrobe: Arc<Wardrobe>) -> Result<Arc<ServerConfig>, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::words(format!("TLS cannot be set up: {e}")))?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(wardrobe);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), ACME_ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// How TLS is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Not at all: a proxy does.
    Off,
    /// With a certificate and its key from files.
    Files,
    /// With certificates that are fetched by ACME.
    Acme,
}

/// Reads `[tls]`.
///
/// # Errors
/// With the name of what is missing or cannot be.
pub fn mode(tls: &Tls) -> Result<Mode, Fault> {
    let wrong = |text: &str| Err(Fault::words(text.to_owned()));
    match tls.mode.as_str() {
        "off" | "" => Ok(Mode::Off),
        "files" if tls.cert_file.is_empty() || tls.key_file.is_empty() => {
            wrong("tls.mode is files: set tls.cert_file and tls.key_file")
        }
        "files" => Ok(Mode::Files),
        "acme" if tls.acme_domains.is_empty() => wrong("tls.mode is acme: set tls.acme_domains"),
        "acme" => match tls.acme_domains.iter().find(|name| !names::is_public(name)) {
            Some(name) => wrong(&format!(
                "tls.acme_domains: {name} is no name that an authority can look up: write vestibule.example.com, without a wildcard or a scheme"
            )),
            None if !tls.acme_directory.starts_with("https://") => {
                wrong("tls.acme_directory must be an https address")
            }
            None => Ok(Mode::Acme),
        },
        other => wrong(&format!("tls.mode is {other}: it is off, files or acme")),
    }
}

/// The address that people and providers use when the configuration says none: the first name of the certificate.
#[must_use]
pub fn public_url(tls: &Tls) -> Option<String> {
    match mode(tls) {
        Ok(Mode::Acme) => tls.acme_domains.first().map(|name| format!("https://{name}")),
        _ => None,
    }
}

/// Sets TLS up and keeps its certificates fresh until `stop`; `None` when it is off.
///
/// # Errors
/// When the files cannot be used. An authority that cannot be reached is no error: it is asked again.
pub fn start(
    config: &Config,
    work: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Option<Arc<ServerConfig>>, Fault> {
    let wardrobe = Arc::new(Wardrobe::default());
    match mode(&config.tls)? {
        Mode::Off => return Ok(None),
        Mode::Files => {
            let files = files::Files::of(&config.tls);
            wardrobe.wear(files.load().map_err(Fault::words)?);
            work.spawn(files.follow(wardrobe.clone(), stop.clone()));
        }
        Mode::Acme => {
            let authority = acme::Authority::of(config)?;
            work.spawn(authority.keep(wardrobe.clone(), stop.clone()));
        }
    }
    server_config(wardrobe).map(Some)
}

#[cfg(test)]
mod tests;
