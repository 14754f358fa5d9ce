//! Certificates by ACME (RFC 8555), with the proof over TLS itself (tls-alpn-01, RFC 8737): no other port is needed.
//! Account, certificate and key are kept in the data directory, so a restart asks the authority for nothing.

use super::{Wardrobe, certified, paired};
use crate::build;
use crate::config::Config;
use crate::say::Fault;
use bytes::Bytes;
use http_body_util::BodyExt;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, HttpClient,
    Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use x509_parser::pem::Pem;

/// How often it is looked whether a new certificate is due.
const LOOK: Duration = Duration::from_secs(3600);
/// How long is waited after a first failure; it doubles up to [`LOOK`]. Authorities count failures.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30);

pub struct Authority {
    directory: String,
    domains: Vec<String>,
    contact: Option<String>,
    dir: PathBuf,
    client: reqwest::Client,
}

impl Authority {
    pub fn of(config: &Config) -> Result<Self, Fault> {
        let tls = &config.tls;
        let unusable = |e: &dyn std::fmt::Display| Fault::words(format!("tls.acme_root_file: {e}"));
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("Vestibule/", env!("CARGO_PKG_VERSION")))
            .https_only(true)
            .no_proxy()
            .timeout(TIMEOUT);
        if !tls.acme_root_file.is_empty() {
            let pem = std::fs::read(&tls.acme_root_file).map_err(|e| unusable(&e))?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| unusable(&e))?;
            client = client.tls_certs_only(roots);
        }
        let dir = config.data.dir.join("acme");
        build::make_dir(&config.data.dir)?;
        build::make_dir(&dir)?;
        Ok(Self {
            directory: tls.acme_directory.clone(),
            domains: tls.acme_domains.clone(),
            contact: Some(tls.acme_contact.trim()).filter(|c| !c.is_empty()).map(|c| format!("mailto:{c}")),
            dir,
            client: client
                .build()
                .map_err(|e| Fault::words(format!("the HTTP client cannot be built: {e}")))?,
        })
    }

    /// Keeps a good certificate on: the kept one, and a new one when two thirds of its time are over.
    pub async fn keep(self, wardrobe: Arc<Wardrobe>, stop: CancellationToken) {
        if let Ok((chain, key)) = self.kept()
            && let Ok(worn) = certified(&chain, &key)
        {
            wardrobe.wear(worn);
        }
        let mut wait = FIRST_WAIT;
        loop {
            let pause = if self.is_due() {
                let ordered = tokio::select! {
                    ordered = self.order(&wardrobe) => ordered,
                    () = stop.cancelled() => return,
                };
                wardrobe.hide();
                match ordered {
                    Ok(()) => {
                        tracing::info!("a new certificate is on");
                        wait = FIRST_WAIT;
                        LOOK
                    }
                    Err(error) => {
                        tracing::warn!(
                            error,
                            again_s = wait.as_secs(),
                            "no certificate was given; it is asked for again"
                        );
                        let pause = wait;
                        wait = (wait * 2).min(LOOK);
                        pause
                    }
                }
            } else {
                LOOK
            };
            if tokio::time::timeout(pause, stop.cancelled()).await.is_ok() {
                return;
            }
        }
    }

    fn kept(&self) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
        Ok((std::fs::read(self.dir.join("certificate.pem"))?, std::fs::read(self.dir.join("key.pem"))?))
    }

    /// Whether there is no certificate for these names, or two thirds of its time are over.
    fn is_due(&self) -> bool {
        let Ok((chain, _)) = self.kept() else { return true };
        let names = std::fs::read_to_string(self.dir.join("names")).unwrap_or_default();
        if names.lines().ne(self.domains.iter().map(String::as_str)) {
            return true;
        }
        let now = crate::world::real().now().0 / 1000;
        lifetime(&chain).is_none_or(|(from, to)| now >= from + (to - from) * 2 / 3)
    }

    async fn order(&self, wardrobe: &Wardrobe) -> Result<(), String> {
        let account = self.account().await.map_err(|e| e.to_string())?;
        let identifiers: Vec<Identifier> = self.domains.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&identifiers)).await.map_err(|e| e.to_string())?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(|e| e.to_string())?;
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                other => return Err(format!("the authority says {other:?} of a name")),
            }
            let mut challenge = authorization
                .challenge(ChallengeType::TlsAlpn01)
                .ok_or("the authority offers no proof over TLS (tls-alpn-01)")?;
            let name = challenge.identifier().to_string();
            let digest = challenge.key_authorization().digest().as_ref().to_vec();
            wardrobe.show(&name, proof(&name, &digest)?);
            challenge.set_ready().await.map_err(|e| e.to_string())?;
        }
        match order.poll_ready(&RetryPolicy::default()).await.map_err(|e| e.to_string())? {
            OrderStatus::Ready | OrderStatus::Valid => {}
            _ => {
                let said = order.state().error.as_ref().map(ToString::to_string);
                return Err(said.unwrap_or_else(|| "the authority did not accept the proof".into()));
            }
        }
        let key = order.finalize().await.map_err(|e| e.to_string())?;
        let chain = order.poll_certificate(&RetryPolicy::default()).await.map_err(|e| e.to_string())?;
        let worn = certified(chain.as_bytes(), key.as_bytes())?;
        // Kept before it is worn: a restart must not ask for it again. The names come last: without them it is due.
        let keep = |name: &str, text: &str| {
            let path = self.dir.join(name);
            drop(std::fs::remove_file(&path));
            build::write_secret(&path, text.as_bytes()).map_err(|e| e.to_string())
        };
        drop(std::fs::remove_file(self.dir.join("names")));
        keep("key.pem", &key)?;
        keep("certificate.pem", &chain)?;
        keep("names", &self.domains.join("\n"))?;
        wardrobe.wear(worn);
        Ok(())
    }

    /// Our account at the authority, made at the first time. Idempotent by the kept credentials.
    async fn account(&self) -> Result<Account, Box<dyn std::error::Error + Send + Sync>> {
        let builder = || Account::builder_with_http(Box::new(Client(self.client.clone())));
        let path = self.dir.join("account.json");
        if let Ok(text) = std::fs::read_to_string(&path) {
            let (directory, credentials): (String, AccountCredentials) = serde_json::from_str(&text)?;
            if directory == self.directory {
                return Ok(builder().from_credentials(credentials).await?);
            }
            std::fs::remove_file(&path)?;
        }
        let contact: Vec<&str> = self.contact.iter().map(String::as_str).collect();
        let new =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder().create(&new, self.directory.clone(), None).await?;
        let text = serde_json::to_string(&(&self.directory, &credentials))?;
        build::write_secret(&path, text.as_bytes()).map_err(|e| e.to_string())?;
        Ok(account)
    }
}

/// From when to when the first certificate of a chain is good, in seconds.
fn lifetime(chain: &[u8]) -> Option<(i64, i64)> {
    let pem = Pem::iter_from_buffer(chain).next()?.ok()?;
    let certificate = pem.parse_x509().ok()?;
    let validity = certificate.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

/// The certificate that shows the authority that a name leads here.
fn proof(name: &str, digest: &[u8]) -> Result<Arc<rustls::sign::CertifiedKey>, String> {
    let key = KeyPair::generate().map_err(|e| e.to_string())?;
    let mut params = CertificateParams::new([name.to_owned()]).map_err(|e| e.to_string())?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(|e| e.to_string())?;
    paired(certificate.pem().as_bytes(), key.serialize_pem().as_bytes())
}

/// The authority is asked with the client that we use everywhere.
struct Client(reqwest::Client);

impl HttpClient for Client {
    fn request(
        &self,
        request: http::Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let other = |e: Box<dyn std::error::Error + Send + Sync>| instant_acme::Error::Other(e);
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let body = body.map_err(|e| other(e.into()))?;
            let answer = client
                .request(parts.method, parts.uri.to_string())
                .headers(parts.headers)
                .body(body)
                .send()
                .await
                .map_err(|e| other(e.into()))?;
            let mut response = http::Response::new(());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            let bytes = answer.bytes().await.map_err(|e| other(e.into()))?;
            let (parts, ()) = response.into_parts();
            Ok(BytesResponse { parts, body: Box::new(bytes) })
        })
    }
}
