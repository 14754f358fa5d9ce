//! Fetching a call's recording from wherever its provider keeps it.

use crate::ProviderFault;
use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use vestibule_vault::Credentials;

/// A recording that somebody wants to hear.
#[derive(Debug, Clone)]
pub struct RecordingWanted {
    /// Where the provider says it is.
    pub url: String,
    /// The credentials of the tenant's connection at [`Recordings::keeper`]; they go nowhere but to its interface.
    pub keys: Option<Credentials>,
    /// The part that is wanted, as in the HTTP header `Range`.
    pub range: Option<String>,
}

/// How much of a recording there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The part that was wanted.
    Part,
    /// The part that was wanted lies outside of it.
    Beyond,
}

/// A recording on its way.
pub struct RecordingStream {
    /// How much of it comes.
    pub extent: Extent,
    /// The type of its sound, `audio/…`.
    pub content_type: String,
    /// How many bytes come, where it is known.
    pub length: Option<u64>,
    /// Which of them, as in the HTTP header `Content-Range`.
    pub content_range: Option<String>,
    /// The bytes; an error when the provider breaks off.
    pub body: BoxStream<'static, Result<Bytes, std::io::Error>>,
}

impl std::fmt::Debug for RecordingStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingStream").field("extent", &self.extent).finish_non_exhaustive()
    }
}

/// Whoever fetches recordings.
pub trait Recordings: Send + Sync {
    /// The provider whose credentials it takes to fetch from an address; none where it takes none.
    fn keeper(&self, url: &str) -> Option<&'static str>;

    /// Begins to fetch a recording. The answer shows nothing of where it comes from.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when there is none, or none that may be fetched.
    fn fetch(&self, wanted: RecordingWanted) -> BoxFuture<'_, Result<RecordingStream, ProviderFault>>;
}
