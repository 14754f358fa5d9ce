//! Writing the file, beside the task that reads the database: compressing and the disk hold nobody up.

use crate::archive::Flaw;
use std::fs::File;
use std::io::{BufWriter, Write};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What is written, piece by piece.
pub(super) enum Piece {
    /// Another file begins.
    Begin(String),
    /// More of it.
    More(Vec<u8>),
}

/// Where pieces go. Few of them wait: memory is bounded.
pub(super) struct Writer {
    pieces: mpsc::Sender<Piece>,
    done: JoinHandle<Result<(), Flaw>>,
}

impl Writer {
    /// Begins a file.
    pub(super) fn begin(file: File) -> Self {
        let (pieces, waiting) = mpsc::channel(4);
        Self { pieces, done: tokio::task::spawn_blocking(move || write(file, waiting)) }
    }

    /// Writes a piece.
    pub(super) async fn put(&self, piece: Piece) -> Result<(), Flaw> {
        // Who does not listen any more has failed, and says so at the end.
        self.pieces.send(piece).await.map_err(|_| Flaw::stopped())
    }

    /// Ends the file and has it on the disk.
    pub(super) async fn finish(self) -> Result<(), Flaw> {
        drop(self.pieces);
        self.done.await.map_err(|_| Flaw::stopped())?
    }
}

fn write(file: File, mut waiting: mpsc::Receiver<Piece>) -> Result<(), Flaw> {
    let fault = |error: zip::result::ZipError| Flaw::unreadable().because(&error);
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true)
        .unix_permissions(0o600);
    while let Some(piece) = waiting.blocking_recv() {
        match piece {
            Piece::Begin(name) => zip.start_file(name, options).map_err(fault)?,
            Piece::More(bytes) => zip.write_all(&bytes).map_err(|e| Flaw::unreadable().because(&e))?,
        }
    }
    let file = zip.finish().map_err(fault)?.into_inner();
    let file = file.map_err(|e| Flaw::unreadable().because(&e.error()))?;
    file.sync_all().map_err(|e| Flaw::unreadable().because(&e))
}
