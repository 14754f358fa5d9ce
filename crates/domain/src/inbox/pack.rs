//! Packing raw bodies. Making a context costs more than packing a small body, so each thread keeps its own.

use crate::{Error, Result};
use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};

/// A body that unpacks to more bytes than this was not one we accepted.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The fastest level that still halves JSON.
const LEVEL: i32 = 1;

thread_local! {
    static PACK: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACK: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Packs a raw body.
pub(super) fn pack(body: &[u8]) -> Result<Vec<u8>> {
    PACK.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Some(Compressor::new(LEVEL).map_err(Error::fault)?);
        }
        let packer = kept.as_mut().ok_or_else(|| Error::fault("no packer"))?;
        packer.compress(body).map_err(Error::fault)
    })
}

/// Unpacks what [`pack`] made.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    UNPACK.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Some(Decompressor::new().map_err(Error::fault)?);
        }
        let unpacker = kept.as_mut().ok_or_else(|| Error::fault("no unpacker"))?;
        let size = Decompressor::upper_bound(packed).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        unpacker.decompress(packed, size).map_err(Error::fault)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks() {
        for body in [&b""[..], b"{}", &[7; 100_000]] {
            assert_eq!(unpack(&pack(body).unwrap()).unwrap(), body);
        }
        assert!(unpack(b"not packed").is_err());
    }
}
