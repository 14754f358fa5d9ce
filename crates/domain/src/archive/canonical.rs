//! Rows in one form for both databases, and back.
//!
//! A row is a JSON object (RFC 8785) of its columns; one that is NULL is left out, so that a column that a later version
//! adds changes no digest. Ids are hyphenated text, instants and money integers (text beyond 2^53), bytes base64.

use crate::Error;
use crate::archive::Flaw;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;
use vestibule_model::Entropy;
use vestibule_store::queue::{HELD, NEVER};
use vestibule_store::{Cells, Column, Holds, Shape, Val};
use vestibule_vault::{DataKey, EndpointSecret, Place, canonical_json, sha256};

/// A row of an archive.
pub(super) type Line = Map<String, Value>;

/// The largest integer that every reader of JSON reads exactly.
const EXACT: i64 = (1 << 53) - 1;
/// Work that waits for other work.
const WAITS: &str = "after another";
/// Work that was due, or would be at some time: on the other side it waits until the tenant is released.
const ON_RELEASE: &str = "on release";

/// The rows of one table as they are added up.
#[derive(Default)]
pub(super) struct Sum {
    rows: u64,
    hash: Sha256,
}

impl Sum {
    pub(super) fn add(&mut self, counted: &[u8]) {
        self.rows += 1;
        self.hash.update(counted);
        self.hash.update(b"\n");
    }

    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn hex(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

/// The credentials as they are added up.
#[derive(Default)]
pub(super) struct SecretSum {
    pub(super) count: u64,
    hash: Sha256,
}

impl SecretSum {
    fn add(&mut self, place: Place<'_>, plain: &[u8]) {
        self.count += 1;
        self.hash.update(format!("{} {} {} ", place.table, place.row, place.column));
        self.hash.update(sha256(plain));
    }

    pub(super) fn digest(self) -> Vec<u8> {
        self.hash.finalize().to_vec()
    }
}

/// The keys between which sealed values are moved.
pub(super) struct Keys {
    /// The tenant's own.
    pub(super) own: Arc<DataKey>,
    /// The archive's; none when credentials are left out.
    pub(super) archive: Option<DataKey>,
    /// Randomness for what is sealed anew.
    pub(super) entropy: Arc<dyn Entropy>,
}

/// The part of a row that the digest is over: all but credentials, and what belongs to a person and not to the tenant.
pub(super) fn counted(shape: &Shape, line: &Line) -> Vec<u8> {
    let mut counted = line.clone();
    for column in shape.columns.iter().filter(|column| is_secret(column)) {
        counted.remove(column.name);
    }
    if shape.table == super::tables::MEMBERS.table {
        counted.remove("name");
        counted.remove("locale");
    }
    canonical_json(&Value::Object(counted))
}

const fn is_secret(column: &Column) -> bool {
    matches!(column.holds, Holds::Secret | Holds::OptSecret)
}

fn place<'a>(shape: &Shape, column: &Column, row: Option<Uuid>) -> Option<Place<'a>> {
    Some(Place { table: shape.table, row: row?, column: column.name })
}

/// A row of the database as a line.
pub(super) fn line(
    shape: &Shape,
    cells: &Cells,
    keys: &Keys,
    secrets: &mut SecretSum,
) -> crate::Result<Line> {
    let row = match shape.place("id").and_then(|place| cells.get(place)) {
        Some(Val::Id(id)) => *id,
        _ => None,
    };
    let mut line = Line::new();
    for (column, cell) in shape.columns.iter().zip(cells) {
        let open = |sealed: &[u8]| {
            let place =
                place(shape, column, row).ok_or_else(|| Error::fault("a sealed value without an id"))?;
            let plain = keys.own.open(place, sealed);
            let plain = plain.map_err(|e| Error::fault(format!("{}.{}: {e}", shape.table, column.name)))?;
            Ok::<_, Error>((place, plain))
        };
        let value = match (column.holds, cell) {
            (Holds::SealedBytes, Val::Bytes(Some(sealed))) => STANDARD.encode(&*open(sealed)?.1).into(),
            (Holds::SealedText, Val::Bytes(Some(sealed))) => {
                String::from_utf8_lossy(&open(sealed)?.1).into_owned().into()
            }
            (Holds::Secret | Holds::OptSecret, Val::Bytes(Some(sealed))) => {
                let Some(archive) = &keys.archive else { continue };
                let (place, plain) = open(sealed)?;
                secrets.add(place, &plain);
                STANDARD.encode(archive.seal(place, &plain, &*keys.entropy)).into()
            }
            (_, Val::Id(Some(id))) => id.to_string().into(),
            (Holds::Due, Val::Int(Some(at))) => (if *at == NEVER.0 { WAITS } else { ON_RELEASE }).into(),
            (_, Val::Int(Some(number))) if number.abs() > EXACT => number.to_string().into(),
            (_, Val::Int(Some(number))) => (*number).into(),
            (_, Val::Bool(Some(is_so))) => (*is_so).into(),
            (_, Val::Text(Some(text))) => text.clone().into(),
            (_, Val::Bytes(Some(bytes))) => STANDARD.encode(bytes).into(),
            (_, Val::Json(Some(text))) => serde_json::from_str(text).map_err(Error::fault)?,
            _ => continue,
        };
        line.insert(column.name.to_owned(), value);
    }
    without_links(shape, &mut line);
    Ok(line)
}

/// A mail that is still to be sent and lets in whoever reads it leads to the server that it was written on: it goes no
/// further.
fn without_links(shape: &Shape, line: &mut Line) {
    if shape.table == "mails" && line.get("doc").is_some_and(|doc| doc.get("sealed").is_some()) {
        line.insert("doc".into(), serde_json::json!({ "text": "", "html": "" }));
        line.insert("state".into(), "failed".into());
        line.insert("last_error".into(), "moved".into());
    }
}

/// Reads a line and looks whether it is a row of the table, without any key.
pub(super) fn check(shape: &Shape, bytes: &[u8]) -> Result<Line, Flaw> {
    let line: Line = serde_json::from_slice(bytes).map_err(|_| Flaw::not_a_row())?;
    for (name, value) in &line {
        let column = shape.columns.iter().find(|column| column.name == name);
        cell(column.ok_or_else(Flaw::unknown_column)?, value)?;
    }
    Ok(line)
}

/// A value as its column holds it; of sealed ones, what is inside.
fn cell(column: &Column, value: &Value) -> Result<Val, Flaw> {
    let bytes = || {
        let text = value.as_str().ok_or_else(Flaw::bad_value)?;
        STANDARD.decode(text).map_err(|_| Flaw::bad_value())
    };
    Ok(match column.holds {
        Holds::Id => {
            let text = value.as_str().filter(|text| text.len() == 36).ok_or_else(Flaw::bad_value)?;
            Val::from(Uuid::try_parse(text).map_err(|_| Flaw::bad_value())?)
        }
        Holds::Int => match value {
            Value::Number(number) => Val::from(number.as_i64().ok_or_else(Flaw::bad_value)?),
            Value::String(text) => Val::from(text.parse::<i64>().map_err(|_| Flaw::bad_value())?),
            _ => return Err(Flaw::bad_value()),
        },
        Holds::Due => match value.as_str() {
            Some(WAITS) => Val::from(NEVER),
            Some(ON_RELEASE) => Val::from(HELD),
            _ => return Err(Flaw::bad_value()),
        },
        Holds::Bool => Val::from(value.as_bool().ok_or_else(Flaw::bad_value)?),
        Holds::Text => Val::from(value.as_str().ok_or_else(Flaw::bad_value)?),
        Holds::SealedText => Val::from(value.as_str().ok_or_else(Flaw::bad_value)?.as_bytes()),
        Holds::Json => Val::Json(Some(value.to_string())),
        Holds::Bytes | Holds::Secret | Holds::OptSecret | Holds::SealedBytes => Val::from(bytes()?),
    })
}

/// Adds a line's credentials up, opened with the archive's key.
pub(super) fn add_secrets(
    shape: &Shape,
    line: &Line,
    archive: &DataKey,
    secrets: &mut SecretSum,
) -> Result<(), Flaw> {
    for column in shape.columns.iter().filter(|column| is_secret(column)) {
        if let Some(value) = line.get(column.name) {
            let (place, plain) = open_secret(shape, line, column, value, archive)?;
            secrets.add(place, &plain);
        }
    }
    Ok(())
}

type Opened<'a> = (Place<'a>, zeroize::Zeroizing<Vec<u8>>);

fn open_secret<'a>(
    shape: &Shape,
    line: &Line,
    column: &Column,
    value: &Value,
    archive: &DataKey,
) -> Result<Opened<'a>, Flaw> {
    let Val::Bytes(Some(sealed)) = cell(column, value)? else { return Err(Flaw::bad_value()) };
    let place = place(shape, column, id_of(line)).ok_or_else(Flaw::bad_value)?;
    let plain = archive.open(place, &sealed).map_err(|_| Flaw::secrets_differ())?;
    Ok((place, plain))
}

fn id_of(line: &Line) -> Option<Uuid> {
    line.get("id").and_then(Value::as_str).and_then(|text| Uuid::try_parse(text).ok())
}

/// A line as a row of this database: what is sealed is sealed anew under the tenant's key. A credential that was left
/// out and that every row has becomes one that nobody knows.
pub(super) fn cells(shape: &Shape, line: &Line, keys: &Keys) -> Result<Cells, Flaw> {
    let row = id_of(line);
    let seal = |column: &Column, plain: &[u8]| {
        let place = place(shape, column, row).ok_or_else(Flaw::bad_value)?;
        Ok::<_, Flaw>(Val::from(keys.own.seal(place, plain, &*keys.entropy)))
    };
    let one = |column: &Column| match (column.holds, line.get(column.name)) {
        (Holds::Secret | Holds::OptSecret, Some(value)) if keys.archive.is_some() => {
            let Some(archive) = &keys.archive else { return Err(Flaw::passphrase_needed()) };
            let (_, plain) = open_secret(shape, line, column, value, archive)?;
            seal(column, &plain)
        }
        (Holds::Secret, _) => {
            // A connection without any set of credentials verifies nothing; an endpoint's secret must have its form.
            let nothing = if column.name == "keys_sealed" {
                b"[]".to_vec()
            } else {
                EndpointSecret::generate(&*keys.entropy).key().to_vec()
            };
            seal(column, &nothing)
        }
        (Holds::OptSecret, _) => Ok(Val::Bytes(None)),
        (holds, Some(value)) => match (holds, cell(column, value)?) {
            (Holds::SealedBytes | Holds::SealedText, Val::Bytes(Some(plain))) => seal(column, &plain),
            (_, cell) => Ok(cell),
        },
        (Holds::Id, None) => Ok(Val::Id(None)),
        (Holds::Int | Holds::Due, None) => Ok(Val::Int(None)),
        (Holds::Bool, None) => Ok(Val::Bool(None)),
        (Holds::Text, None) => Ok(Val::Text(None)),
        (Holds::Json, None) => Ok(Val::Json(None)),
        (Holds::Bytes | Holds::SealedBytes | Holds::SealedText, None) => Ok(Val::Bytes(None)),
    };
    shape.columns.iter().map(one).collect()
}
