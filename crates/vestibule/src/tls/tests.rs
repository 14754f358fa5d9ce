//! A certificate authority of our own on the loopback: it checks the proof as a public one would, by knocking.

use super::*;
use axum::extract::{Path, State};
use axum::routing::{any, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{ServerName, UnixTime};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use vestibule_http::listen::{self, Terms};

const NAME: &str = "vestibule.example.test";
const TOKEN: &str = "a-token-of-the-authority";

/// The authority: its key, what it was asked, and where the name leads.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    root: String,
    url: String,
    leads_to: SocketAddr,
    thumbprint: Mutex<String>,
    is_proven: Mutex<bool>,
    chain: Mutex<String>,
    orders: Mutex<usize>,
}

fn root() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

/// A signed request's header and payload. Whether the signature is right is the authority's business, not ours.
fn read(body: &Value) -> (Value, Value) {
    let part = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(body[name].as_str().unwrap()).unwrap();
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
    };
    (part("protected"), part("payload"))
}

type Shared = State<Arc<Ca>>;

fn said(ca: &Ca, status: StatusCode, at: &str, body: &Value) -> (StatusCode, HeaderMap, String) {
    let mut headers = HeaderMap::new();
    headers.insert("replay-nonce", "a-nonce".parse().unwrap());
    headers.insert("location", format!("{}/{at}", ca.url).parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    (status, headers, body.to_string())
}

fn order(ca: &Ca) -> Value {
    let status = match (*ca.is_proven.lock().unwrap(), ca.chain.lock().unwrap().is_empty()) {
        (_, false) => "valid",
        (true, true) => "ready",
        (false, true) => "pending",
    };
    json!({
        "status": status, "identifiers": [{ "type": "dns", "value": NAME }],
        "authorizations": [format!("{}/authorization", ca.url)],
        "finalize": format!("{}/finalize", ca.url), "certificate": format!("{}/certificate", ca.url),
    })
}

async fn told(
    State(ca): Shared,
    Path(what): Path<String>,
    Json(body): Json<Value>,
) -> impl axum::response::IntoResponse {
    let (header, payload) = read(&body);
    match what.as_str() {
        "account" => {
            let jwk = &header["jwk"];
            // RFC 7638: the members of the key in their order.
            let canonical =
                format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]);
            *ca.thumbprint.lock().unwrap() = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
            said(&ca, StatusCode::CREATED, "account/1", &json!({ "status": "valid" }))
        }
        "new-order" => {
            *ca.orders.lock().unwrap() += 1;
            said(&ca, StatusCode::CREATED, "order", &order(&ca))
        }
        "authorization" => {
            let status = if *ca.is_proven.lock().unwrap() { "valid" } else { "pending" };
            let challenge = json!({ "type": "tls-alpn-01", "url": format!("{}/challenge", ca.url), "token": TOKEN, "status": "pending" });
            let body = json!({ "status": status, "identifier": { "type": "dns", "value": NAME }, "challenges": [challenge] });
            said(&ca, StatusCode::OK, "authorization", &body)
        }
        "challenge" => {
            let wanted = Sha256::digest(format!("{TOKEN}.{}", ca.thumbprint.lock().unwrap()));
            *ca.is_proven.lock().unwrap() = shown_at(ca.leads_to).await == Some(wanted.to_vec());
            let body = json!({ "type": "tls-alpn-01", "url": format!("{}/challenge", ca.url), "token": TOKEN, "status": "processing" });
            said(&ca, StatusCode::OK, "challenge", &body)
        }
        "finalize" => {
            assert!(*ca.is_proven.lock().unwrap(), "a certificate without a proof");
            let csr = URL_SAFE_NO_PAD.decode(payload["csr"].as_str().unwrap()).unwrap();
            let csr = CertificateSigningRequestParams::from_der(&csr.into()).unwrap();
            let certificate = csr.signed_by(&ca.issuer).unwrap();
            *ca.chain.lock().unwrap() = format!("{}{}", certificate.pem(), ca.root);
            said(&ca, StatusCode::OK, "order", &order(&ca))
        }
        "certificate" => {
            let (status, headers, _) = said(&ca, StatusCode::OK, "certificate", &Value::Null);
            (status, headers, ca.chain.lock().unwrap().clone())
        }
        _ => said(&ca, StatusCode::OK, "order", &order(&ca)),
    }
}

/// What the certificate says that is shown to whoever asks for a proof (the extension 1.3.6.1.5.5.7.1.31).
async fn shown_at(address: SocketAddr) -> Option<Vec<u8>> {
    let stream = knock(address, &[ACME_ALPN], Arc::new(Anything)).await.ok()?;
    let chain = stream.get_ref().1.peer_certificates()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(chain.first()?).ok()?;
    let extension = certificate.extensions().iter().find(|e| e.oid.to_id_string() == "1.3.6.1.5.5.7.1.31")?;
    // An octet string of 32 bytes.
    Some(extension.value.get(2..)?.to_vec())
}

type Stream = tokio_rustls::client::TlsStream<TcpStream>;

async fn knock(
    address: SocketAddr,
    alpn: &[&[u8]],
    verifier: Arc<dyn ServerCertVerifier>,
) -> std::io::Result<Stream> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await
}

/// Takes any certificate: a proof is self-signed.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn trusting(root: &str) -> Arc<dyn ServerCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
}

/// Opens an authority for whom the name leads to `leads_to`.
async fn authority(leads_to: SocketAddr) -> Arc<Ca> {
    let (issuer, root) = root();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let wardrobe = Arc::new(Wardrobe::default());
    wardrobe.wear(certified(own.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap());
    let ca = Arc::new(Ca {
        issuer,
        root,
        leads_to,
        thumbprint: Mutex::default(),
        is_proven: Mutex::default(),
        chain: Mutex::default(),
        orders: Mutex::default(),
        url,
    });
    let directory = json!({
        "newNonce": format!("{}/nonce", ca.url), "newAccount": format!("{}/account", ca.url),
        "newOrder": format!("{}/new-order", ca.url), "revokeCert": format!("{}/revoke", ca.url),
        "keyChange": format!("{}/key-change", ca.url),
    });
    let router = Router::new()
        .route("/directory", any(async move || Json(directory)))
        .route("/nonce", any(async |State(ca): Shared| said(&ca, StatusCode::OK, "nonce", &Value::Null)))
        .route("/{what}", post(told))
        .with_state(ca.clone());
    let tls = server_config(wardrobe).unwrap();
    tokio::spawn(listen::serve(listener, router, Some(tls), Terms::default(), CancellationToken::new()));
    ca
}

fn config(dir: &std::path::Path, ca: &Ca) -> Config {
    let mut config = crate::config::load(None, std::iter::empty()).unwrap();
    config.data.dir = dir.join("data");
    let root_file = dir.join("root.pem");
    std::fs::write(&root_file, &ca.root).unwrap();
    config.tls.mode = "acme".into();
    config.tls.acme_domains = vec![NAME.into()];
    config.tls.acme_contact = "owner@example.test".into();
    config.tls.acme_directory = format!("{}/directory", ca.url);
    config.tls.acme_root_file = root_file.display().to_string();
    config
}

#[tokio::test]
async fn a_certificate_is_fetched_proven_worn_and_kept() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ca = authority(address).await;
    let config = config(dir.path(), &ca);
    let (work, stop) = (TaskTracker::new(), CancellationToken::new());
    let tls = start(&config, &work, &stop).unwrap().unwrap();
    let router = Router::new().route("/", axum::routing::get(async || "hello"));
    tokio::spawn(listen::serve(listener, router, Some(tls), Terms::default(), stop.clone()));
    // Until the certificate is on, nobody can shake hands.
    let patience = async {
        while knock(address, &[b"http/1.1"], trusting(&ca.root)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), patience).await.expect("no certificate came");
    // Who wants a proof when none is under way is shown nothing.
    assert!(knock(address, &[ACME_ALPN], Arc::new(Anything)).await.is_err());
    stop.cancel();
    work.close();
    work.wait().await;
    // The next start asks for nothing.
    let (work, stop) = (TaskTracker::new(), CancellationToken::new());
    let tls = start(&config, &work, &stop).unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let again = listener.local_addr().unwrap();
    tokio::spawn(listen::serve(listener, Router::new(), Some(tls), Terms::default(), stop.clone()));
    let patience = async {
        while knock(again, &[b"h2"], trusting(&ca.root)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), patience).await.expect("it was not worn again");
    assert_eq!(*ca.orders.lock().unwrap(), 1);
    for secret in ["account.json", "key.pem"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(config.data.dir.join("acme").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret} can be read by others");
    }
}

#[tokio::test]
async fn files_are_read_again_and_half_of_a_change_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let make = || {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([NAME.to_owned()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    let (first, second) = (make(), make());
    let mut config = crate::config::load(None, std::iter::empty()).unwrap();
    config.tls.mode = "files".into();
    assert!(mode(&config.tls).unwrap_err().to_string().contains("cert_file"));
    config.tls.cert_file = cert.display().to_string();
    config.tls.key_file = key.display().to_string();
    let files = files::Files::of(&config.tls);
    assert!(files.load().unwrap_err().contains("cannot read"));
    std::fs::write(&cert, &first.0).unwrap();
    std::fs::write(&key, &first.1).unwrap();
    let worn = files.load().unwrap();
    std::fs::write(&cert, &second.0).unwrap();
    assert!(files.load().unwrap_err().contains("does not belong"));
    std::fs::write(&key, &second.1).unwrap();
    assert_ne!(files.load().unwrap().cert, worn.cert);
    std::fs::write(&cert, "no certificate").unwrap();
    assert!(files.load().is_err());
}

#[test]
fn what_tls_cannot_be() {
    let with = |pairs: &[(&str, &str)]| {
        let variables = pairs.iter().map(|(n, v)| (format!("VESTIBULE__TLS__{n}"), (*v).to_owned()));
        mode(&crate::config::load(None, variables).unwrap().tls).map_err(|e| e.to_string())
    };
    assert_eq!(with(&[]), Ok(Mode::Off));
    assert!(with(&[("MODE", "on")]).unwrap_err().contains("off, files or acme"));
    assert!(with(&[("MODE", "acme")]).unwrap_err().contains("acme_domains"));
    assert!(with(&[("MODE", "acme"), ("ACME_DOMAINS", "[\"*.a.b\"]")]).unwrap_err().contains("*.a.b"));
    let plain = [("MODE", "acme"), ("ACME_DOMAINS", "[\"a.b\"]"), ("ACME_DIRECTORY", "http://a.b")];
    assert!(with(&plain).unwrap_err().contains("https"));
    assert_eq!(with(&plain[..2]), Ok(Mode::Acme));
}
