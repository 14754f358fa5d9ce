//! Recordings: a tape that plays the same for all of them, and the product's own fetcher, led to a double.

use bytes::Bytes;
use futures::{StreamExt, future::BoxFuture, stream};
use std::sync::Arc;
use vestibule_ports::{Extent, ProviderFault, RecordingStream, RecordingWanted, Recordings};
use vestibule_providers::{n8n::SsrfGuard, recordings::RecordingFetcher};

/// Fetches no recording: whoever asks for one hears this tape. For tests of who may listen at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tape;

impl Tape {
    /// What is on it.
    pub const SOUND: &'static [u8] = b"the same for everybody";
}

/// The product's own fetcher of recordings, which takes `base` for Twilio and may go to this machine.
#[must_use]
pub fn fetcher(base: &str) -> Arc<dyn Recordings> {
    // Fails when another test was first, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let guard = SsrfGuard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    Arc::new(RecordingFetcher::new(guard, base).unwrap())
}

impl Recordings for Tape {
    fn keeper(&self, _url: &str) -> Option<&'static str> {
        None
    }

    fn fetch(&self, _wanted: RecordingWanted) -> BoxFuture<'_, Result<RecordingStream, ProviderFault>> {
        let body = stream::iter([Ok(Bytes::from_static(Self::SOUND))]).boxed();
        Box::pin(async {
            Ok(RecordingStream {
                extent: Extent::Whole,
                content_type: "audio/mpeg".to_owned(),
                length: Some(Self::SOUND.len() as u64),
                content_range: None,
                body,
            })
        })
    }
}
