//! Archives that somebody altered, or made up: refused, each with its own reason, and nothing is kept of them.

use crate::archive::{export, furnish, import, members, passphrase};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;
use vestibule_domain::archive::{ArchiveError, Wanted, verify};
use vestibule_domain::tenants;
use vestibule_store::directory;
use vestibule_testkit::{Engine, Kit, TestTenant, runtime};
use vestibule_vault::{canonical_json, sha256};

type Members = BTreeMap<String, Vec<u8>>;

fn write(path: &Path, members: &Members) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in members {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// Makes the sums of an archive without secrets true again, as whoever forges one would.
fn sum_up(members: &mut Members) {
    let mut manifest: Value = serde_json::from_slice(&members["manifest.json"]).unwrap();
    let mut sums = Vec::new();
    for table in manifest["tables"].as_array_mut().unwrap() {
        let name = table["name"].as_str().unwrap().to_owned();
        let lines = String::from_utf8(members[&format!("tables/{name}.jsonl")].clone()).unwrap();
        let (mut rows, mut text) = (0, Vec::new());
        for line in lines.lines() {
            let mut row: Value = serde_json::from_str(line).unwrap();
            if name == "people" {
                row.as_object_mut().unwrap().retain(|key, _| key != "name" && key != "locale");
            }
            text.extend(canonical_json(&row));
            text.push(b'\n');
            rows += 1;
        }
        let sum = hex::encode(sha256(&text));
        (table["rows"], table["sha256"]) = (json!(rows), json!(sum));
        sums.push(json!([name, rows, sum]));
    }
    sums.sort_by_key(ToString::to_string);
    manifest["digest"] = json!(hex::encode(sha256(&canonical_json(&Value::Array(sums)))));
    members.insert("manifest.json".into(), serde_json::to_vec(&manifest).unwrap());
}

fn with_manifest(members: &mut Members, change: impl FnOnce(&mut Value)) {
    let mut manifest: Value = serde_json::from_slice(&members["manifest.json"]).unwrap();
    change(&mut manifest);
    members.insert("manifest.json".into(), serde_json::to_vec(&manifest).unwrap());
}

/// Changes the first row of a table.
fn with_row(members: &mut Members, table: &str, change: impl FnOnce(&mut Value)) {
    let name = format!("tables/{table}.jsonl");
    let text = String::from_utf8(members[&name].clone()).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut row: Value = serde_json::from_str(first).unwrap();
    change(&mut row);
    members.insert(name, format!("{row}\n{rest}").into_bytes());
}

fn code(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::Flaw(flaw) => flaw.code,
        ArchiveError::House(error) => panic!("not a flaw: {error}"),
    }
}

struct Forge {
    kit: Kit,
    good: Members,
    tenant: TestTenant,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Forge {
    async fn open() -> Self {
        let here = Kit::new(Engine::Sqlite).await;
        let tenant = here.tenant("garage").await;
        furnish(&here, &tenant).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("forged.zip");
        export(&here, &tenant.scope, &file, None).await;
        let good = members(&file);
        Self { kit: Kit::new(Engine::Sqlite).await, good, tenant, file, _folder: folder }
    }

    /// Takes a forged archive in, and looks that it is refused and that nothing is kept.
    async fn refused(&self, wanted: &str, forge: impl FnOnce(&mut Members)) {
        let mut members = self.good.clone();
        forge(&mut members);
        write(&self.file, &members);
        let error = import(&self.kit, &self.file, Wanted::default()).await.expect_err(wanted);
        assert_eq!(code(&error), wanted, "{error}");
        assert!(!error.to_string().contains("planted"), "{error}");
        self.nothing_is_kept(wanted).await;
    }

    async fn nothing_is_kept(&self, of: &str) {
        let house = &self.kit.house;
        let mut tx = house.db.read().await.unwrap();
        let id = self.tenant.id();
        assert!(directory::tenants::find_even_deleted(&mut tx, id).await.unwrap().is_none(), "{of}");
        assert!(!directory::archive::is_importing(&mut tx, id).await.unwrap(), "{of}");
        assert!(directory::data_keys::find(&mut tx, id).await.unwrap().is_none(), "{of}");
        for shape in directory::archive::TABLES {
            let rows = directory::archive::page(&mut tx, id, shape, None, 1).await.unwrap();
            assert!(rows.is_empty(), "{of}: {}", shape.table);
        }
        let scope = self.kit.mint.tenant(id, self.tenant.scope.actor());
        for shape in vestibule_domain::archive::TABLES {
            let rows = tx.tenant(&scope).await.unwrap().page_of(shape, None, 1).await.unwrap();
            assert!(rows.is_empty(), "{of}: {}", shape.table);
        }
    }
}

#[test]
fn what_was_altered_is_found_before_anything_is_written() {
    runtime().block_on(async {
        let forge = Forge::open().await;
        forge
            .refused("digest_differs", |m| with_row(m, "calls", |row| row["status"] = json!("FAILED")))
            .await;
        forge.refused("digest_differs", |m| with_manifest(m, |it| it["digest"] = json!("00"))).await;
        forge
            .refused("counts_differ", |m| {
                let lines = m.get_mut("tables/call_facts.jsonl").unwrap();
                let end = lines.iter().position(|b| *b == b'\n').unwrap();
                lines.drain(..=end);
            })
            .await;
        forge.refused("counts_differ", |m| drop(m.remove("tables/contacts.jsonl"))).await;
        forge
            .refused("counts_differ", |m| {
                with_manifest(m, |it| it["tables"].as_array_mut().unwrap().retain(|t| t["name"] != "mails"));
            })
            .await;
    });
}

#[test]
fn what_does_not_belong_into_an_archive_is_refused_by_its_form() {
    runtime().block_on(async {
        let forge = Forge::open().await;
        let add = |name: &'static str| move |m: &mut Members| drop(m.insert(name.into(), b"{}\n".to_vec()));
        for name in
            ["../../evil", "/etc/passwd", "tables/users.jsonl", "tables/../calls.jsonl", "tables/CALLS.jsonl"]
        {
            forge.refused("unknown_entry", add(name)).await;
        }
        forge
            .refused("unknown_table", |m| {
                let more = json!({"name": "users", "rows": 1, "sha256": "00"});
                with_manifest(m, |it| it["tables"].as_array_mut().unwrap().push(more));
            })
            .await;
        // A row that says whose it is, or has a column of the platform's.
        let other = Uuid::from_u128(5).to_string();
        forge
            .refused("unknown_column", |m| {
                with_row(m, "calls", |row| row["tenant_id"] = json!(other));
                sum_up(m);
            })
            .await;
        forge
            .refused("unknown_column", |m| with_row(m, "tenants", |row| row["agency_id"] = json!(other)))
            .await;
        forge.refused("bad_value", |m| with_row(m, "calls", |row| row["id"] = json!("not an id"))).await;
        forge.refused("bad_value", |m| with_row(m, "calls", |row| row["started_at"] = json!(1.5))).await;
        forge.refused("bad_value", |m| with_row(m, "jobs", |row| row["next_at"] = json!(0))).await;
        forge.refused("not_a_row", |m| drop(m.insert("tables/calls.jsonl".into(), b"[1]\n".to_vec()))).await;
        forge.refused("archive_newer", |m| with_manifest(m, |it| it["version"] = json!(2))).await;
        forge.refused("archive_newer", |m| with_manifest(m, |it| it["schema"] = json!(9_999))).await;
        forge.refused("archive_older", |m| with_manifest(m, |it| it["version"] = json!(0))).await;
        forge.refused("not_an_archive", |m| with_manifest(m, |it| it["format"] = json!("other"))).await;
        forge.refused("not_an_archive", |m| with_manifest(m, |it| it["more"] = json!(1))).await;
        forge.refused("not_an_archive", |m| drop(m.remove("manifest.json"))).await;
        std::fs::write(&forge.file, b"PK\x03\x04 this is no archive").unwrap();
        assert_eq!(code(&verify(&forge.file, None).await.unwrap_err()), "not_an_archive");
        assert_eq!(code(&verify(&forge.file.with_extension("none"), None).await.unwrap_err()), "unreadable");
    });
}

#[test]
fn what_unpacks_without_end_is_stopped() {
    runtime().block_on(async {
        let forge = Forge::open().await;
        forge
            .refused("line_too_long", |m| drop(m.insert("tables/calls.jsonl".into(), vec![b' '; 25 << 20])))
            .await;
        forge
            .refused("archive_bomb", |m| {
                let id = Uuid::from_u128(1);
                let line = format!("{{\"id\":\"{id}\",\"name\":\"{}\"}}\n", "x".repeat(900_000));
                m.insert("tables/contacts.jsonl".into(), line.repeat(24).into_bytes());
            })
            .await;
    });
}

#[test]
fn rows_that_reach_outside_their_tenant_or_contradict_each_other_are_refused() {
    runtime().block_on(async {
        let forge = Forge::open().await;
        // A connection of somebody else on this server, named by a row of the archive.
        // Both houses draw the same ids and tokens: this one is ahead.
        let _ = forge.kit.house.world.random::<4096>();
        let there = forge.kit.tenant("victim").await;
        let foreign = there.connection.id.to_string();
        forge
            .refused("foreign_row", |m| {
                with_row(m, "bindings", |row| row["connection_id"] = json!(foreign));
                sum_up(m);
            })
            .await;
        forge
            .refused("foreign_row", |m| {
                with_row(m, "call_routes", |row| row["connection_id"] = json!(foreign));
                sum_up(m);
            })
            .await;
        forge
            .refused("foreign_row", |m| {
                with_manifest(m, |it| it["tenant"] = json!(Uuid::nil().to_string()));
            })
            .await;
        // The hook's token or the agent of somebody else.
        forge
            .refused("connection_exists", |m| {
                with_row(m, "connections", |row| row["hook_token"] = json!(there.hook_token));
                sum_up(m);
            })
            .await;
        forge
            .refused("resource_taken", |m| {
                with_row(m, "bindings", |row| row["resource_id"] = json!(there.agent));
                sum_up(m);
            })
            .await;
        forge
            .refused("slug_taken", |m| {
                with_row(m, "tenants", |row| row["slug"] = json!("victim"));
                sum_up(m);
            })
            .await;
        // A parent that is not there, and a row twice.
        let nobody = Uuid::from_u128(77).to_string();
        forge
            .refused("rows_conflict", |m| {
                with_row(m, "call_texts", |row| row["call_id"] = json!(nobody));
                sum_up(m);
            })
            .await;
        forge
            .refused("rows_conflict", |m| {
                let lines = m.get_mut("tables/mails.jsonl").unwrap();
                lines.extend(lines.clone());
                sum_up(m);
            })
            .await;
        forge
            .refused("bad_value", |m| {
                with_row(m, "people", |row| row["role"] = json!("operator"));
                sum_up(m);
            })
            .await;
        // And what was not altered is taken in, once.
        write(&forge.file, &forge.good);
        import(&forge.kit, &forge.file, Wanted::default()).await.unwrap();
        let error = import(&forge.kit, &forge.file, Wanted::default()).await.unwrap_err();
        assert_eq!(code(&error), "tenant_exists");
        assert!(
            tenants::find(&forge.kit.house, "garage").await.unwrap().is_some(),
            "the refused one undid nothing"
        );
    });
}

#[test]
fn sealed_credentials_want_their_passphrase() {
    runtime().block_on(async {
        let (here, there) = (Kit::new(Engine::Sqlite).await, Kit::new(Engine::Sqlite).await);
        let garage = here.tenant("garage").await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip");
        export(&here, &garage.scope, &file, passphrase()).await;
        let refused = |wanted: Wanted| async { code(&import(&there, &file, wanted).await.unwrap_err()) };
        assert_eq!(refused(Wanted::default()).await, "passphrase_needed");
        let other = Wanted { passphrase: Some("another".into()), ..Wanted::default() };
        assert_eq!(refused(other).await, "wrong_passphrase");
        assert!(!verify(&file, None).await.unwrap().secrets_opened, "what is not secret can be looked at");
        // A credential that was exchanged for another sealed value does not open.
        let mut members = members(&file);
        with_row(&mut members, "endpoints", |row| row["secret_sealed"] = json!("AAAA"));
        write(&file, &members);
        assert_eq!(code(&verify(&file, passphrase()).await.unwrap_err()), "secrets_differ");
        let without = Wanted { without_secrets: true, ..Wanted::default() };
        assert!(import(&there, &file, without).await.unwrap().without_secrets);
    });
}
