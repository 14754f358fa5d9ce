//! A certificate from files, looked at again each minute: whoever renews it need not tell us.

use super::{Wardrobe, certified};
use crate::config::Tls;
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

const LOOK: Duration = Duration::from_secs(60);

pub struct Files {
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    pub fn of(tls: &Tls) -> Self {
        Self { chain: tls.cert_file.clone().into(), key: tls.key_file.clone().into() }
    }

    pub fn load(&self) -> Result<Arc<CertifiedKey>, String> {
        let read =
            |path: &PathBuf| std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()));
        certified(&read(&self.chain)?, &read(&self.key)?)
            .map_err(|e| format!("{}: {e}", self.chain.display()))
    }

    /// When the files were written last.
    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.chain, &self.key].map(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok())
    }

    /// Takes up what is written anew. Files that do not belong together yet are half written: the old ones stay.
    pub async fn follow(self, wardrobe: Arc<Wardrobe>, stop: CancellationToken) {
        let mut known = self.written();
        while tokio::time::timeout(LOOK, stop.cancelled()).await.is_err() {
            let now = self.written();
            if now == known {
                continue;
            }
            match self.load() {
                Ok(key) => {
                    wardrobe.wear(key);
                    known = now;
                    tracing::info!("the certificate was read again");
                }
                Err(error) => {
                    tracing::warn!(
                        error,
                        "the certificate was changed and cannot be used; the former one stays"
                    );
                }
            }
        }
    }
}
