//! Archives that somebody brought.

use crate::{joined, parts};
use std::io::{Cursor, Write};
use vestibule_domain::archive::verify_bytes;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What every archive of files begins with.
const ZIP: &[u8] = b"PK";

/// A whole file, or what stands in one: a manifest, the name of a table, its rows. Nothing of it is believed.
pub fn archive(data: &[u8]) {
    let packed;
    let bytes = if data.starts_with(ZIP) {
        data
    } else {
        let Some(made) = pack(parts(data)) else { return };
        packed = made;
        &packed
    };
    if let Ok(manifest) = verify_bytes(bytes) {
        assert!(manifest.digest.len() == 64 && manifest.tables.iter().all(|table| table.sha256.len() == 64));
        assert!(verify_bytes(bytes).is_ok_and(|again| again == manifest));
    }
}

fn pack([manifest, table, rows]: [&[u8]; 3]) -> Option<Vec<u8>> {
    let table = std::str::from_utf8(table).ok()?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("manifest.json", manifest), (&format!("tables/{table}.jsonl"), rows)] {
        zip.start_file(name, options).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

/// Manifests and rows that go a long way.
pub fn archives() -> Vec<Vec<u8>> {
    let manifest = |tables: &str| {
        format!(
            r#"{{"format":"vestibule-archive","version":1,"product":"0.1.0","schema":1,"made_at":1,"tenant":"0192f0c1-2b3c-7d4e-8f50-616263646566","slug":"a","tables":[{tables}],"digest":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","secrets":null,"left_out":[]}}"#
        )
    };
    let sum = r#"{"name":"contacts","rows":1,"sha256":"00"}"#;
    let row = r#"{"tenant_id":"0192f0c1-2b3c-7d4e-8f50-616263646566","id":"0192f0c1-2b3c-7d4e-8f50-616263646566","phone":"+15145550123","name":null,"created_at":1}"#;
    let (bare, full) = (manifest(""), manifest(sum));
    let made = [
        joined(&[bare.as_bytes(), b"calls", b""]),
        joined(&[full.as_bytes(), b"contacts", row.as_bytes()]),
        joined(&[full.as_bytes(), b"../../etc/passwd", b"[]\n[]\n"]),
    ];
    let packed = made.iter().filter_map(|made| pack(parts(made))).collect::<Vec<_>>();
    made.into_iter().chain(packed).collect()
}
