//! Archives: the same digest wherever they lie, everything in them, nothing of anybody else.

use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_domain::archive::{self, ArchiveError, Manifest, TABLES, Wanted};
use vestibule_domain::{connections, tenants};
use vestibule_store::directory;
use vestibule_store::{Cells, Column, Holds, Shape, Val};
use vestibule_testkit::{Engine, Kit, TestTenant, postgres_is_available, runtime};
use vestibule_vault::{DataKey, Place};

const PASSPHRASE: &str = "a long passphrase of the owner";

pub fn quiet(_: &str, _: u64) {}

pub fn passphrase() -> Option<SecretString> {
    Some(SecretString::from(PASSPHRASE))
}

/// A row of a table, made up: what points at another row points at the made-up row of its table.
fn made_up(shape: &Shape, key: &DataKey, connection: Uuid) -> Cells {
    let entropy = vestibule_testkit::TestEntropy::seeded(5);
    let of = |table: &str| {
        let place = TABLES.iter().position(|shape| shape.table == table).unwrap_or(99);
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + place as u128)
    };
    let id = of(shape.table);
    let cell = |column: &Column| {
        let place = Place { table: shape.table, row: id, column: column.name };
        match column.holds {
            Holds::Id => Val::from(match column.name {
                "id" => id,
                "connection_id" => connection,
                "call_id" => of("calls"),
                "contact_id" => of("contacts"),
                "endpoint_id" => of("endpoints"),
                "thread_id" => of("text_threads"),
                "delivery_id" => of("deliveries"),
                "inbox_id" => of("inbox"),
                _ => id,
            }),
            Holds::Int => Val::from(if column.name == "price_micros" { -7_i64 } else { 1_700_000_000_001 }),
            Holds::Due => Val::from(vestibule_store::queue::NEVER),
            Holds::Bool => Val::from(true),
            Holds::Text if column.name == "settled_on" || column.name == "local_day" => {
                Val::from("2026-03-04")
            }
            Holds::Text => Val::from("é “x” \u{1F600}\\u0041\n\t/"),
            Holds::Json => {
                Val::Json(Some(r#"{"b": 1.50, "a": [null, true, "é\u0007"], "n": 12345678901}"#.into()))
            }
            Holds::Bytes => Val::from(&[0_u8, 255, 10][..]),
            Holds::Secret | Holds::OptSecret if column.name == "keys_sealed" => {
                Val::from(key.seal(place, b"[]", &*entropy))
            }
            Holds::Secret | Holds::OptSecret => {
                Val::from(key.seal(place, b"planted-secret-0123456789abcdef", &*entropy))
            }
            Holds::SealedBytes => Val::from(key.seal(place, &[9, 0, 200], &*entropy)),
            Holds::SealedText => Val::from(key.seal(place, "le message planté".as_bytes(), &*entropy)),
        }
    };
    shape.columns.iter().map(cell).collect()
}

/// Gives a tenant a row in every table, besides what it has from real calls.
pub async fn furnish(kit: &Kit, of: &TestTenant) {
    for name in ["call_started", "call_ended", "call_analyzed", "call_ended_web"] {
        kit.send(of, &of.sample(name).body()).await;
    }
    kit.fold_all().await;
    kit.send(of, &of.sample("call_started").call("call_pending").body()).await;
    let mut tx = kit.house.db.write_in(&of.scope).await.unwrap();
    let key = kit.house.seals.key(&mut tx, of.id()).await.unwrap();
    let connection = of.connection.id.0;
    for shape in TABLES {
        let cells = made_up(shape, &key, connection);
        let mut tenant = tx.tenant(&of.scope).await.unwrap();
        // The head of the audit log's chain is there already.
        if shape.order.is_empty() && !tenant.page_of(shape, None, 1).await.unwrap().is_empty() {
            continue;
        }
        tenant.insert_into(shape, &cells).await.unwrap_or_else(|e| panic!("{}: {e}", shape.table));
    }
    for shape in directory::archive::TABLES {
        if ["connections", "api_keys", "bindings"].contains(&shape.table) {
            continue;
        }
        let cells = made_up(shape, &key, connection);
        directory::archive::insert(&mut tx, of.id(), shape, &cells)
            .await
            .unwrap_or_else(|e| panic!("{}: {e}", shape.table));
    }
    tx.commit().await.unwrap();
}

pub async fn export(kit: &Kit, scope: &TenantScope, to: &Path, with: Option<SecretString>) -> Manifest {
    archive::export(&kit.house, scope, File::create(to).unwrap(), with, &quiet).await.unwrap()
}

pub async fn import(kit: &Kit, from: &Path, wanted: Wanted) -> Result<archive::Imported, ArchiveError> {
    archive::import(&kit.house, &kit.mint, &kit.operator, from, wanted, &quiet).await
}

/// The files of an archive.
pub fn members(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut file = zip.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn contains(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|window| window == needle.as_bytes())
}

fn from_one_to_the_other(from: Engine, to: Engine) {
    if (from.is_postgres() || to.is_postgres()) && !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let (here, there) = (Kit::new(from).await, Kit::new(to).await);
        let garage = here.tenant("garage").await;
        furnish(&here, &garage).await;
        let folder = tempfile::tempdir().unwrap();
        let (file, again) = (folder.path().join("a.zip"), folder.path().join("b.zip"));
        let made = export(&here, &garage.scope, &file, passphrase()).await;
        for shape in TABLES {
            assert!(made.tables.iter().any(|t| t.name == shape.table), "{} is not in it", shape.table);
        }
        let verified = archive::verify(&file, passphrase()).await.unwrap();
        assert!(verified.secrets_opened && verified.manifest.digest == made.digest);
        // Nothing of the twin, and no secret, in any file of the archive.
        let twin = garage.twin();
        for (name, bytes) in members(&file) {
            for foreign in [&twin.id().to_string(), "garage-twin", &twin.agent, &twin.hook_token] {
                assert!(!contains(&bytes, foreign), "{name} holds something of the twin");
            }
            for secret in [garage.retell_key.as_str(), garage.endpoint_secret.ascii(), "planted-secret"] {
                assert!(!contains(&bytes, secret), "{name} holds a secret");
            }
        }
        // It arrives whole, and keeps still.
        let wanted = Wanted { passphrase: passphrase(), ..Wanted::default() };
        let taken = import(&there, &file, wanted).await.unwrap();
        assert_eq!((taken.slug.as_str(), taken.without_secrets), ("garage", false));
        assert_eq!(taken.without_password, ["owner@garage.test"]);
        let scope = there.mint.tenant(garage.id(), garage.scope.actor());
        let made_again = export(&there, &scope, &again, passphrase()).await;
        assert_eq!(made.tables, made_again.tables);
        assert_eq!(made.digest, made_again.digest);
        let counts = [&made, &made_again].map(|m| m.secrets.as_ref().unwrap().count);
        assert!(counts[0] > 3 && counts[0] == counts[1], "{counts:?}");
        archive::verify(&again, passphrase()).await.unwrap();
        assert_eq!(
            (there.fold_all().await, there.deliver_all().await),
            (0, 0),
            "nothing is done twice by two servers"
        );
        // Its credentials open there, and the provider's next event comes in.
        let keys = connections::credentials(&there.house, &scope, "retell").await.unwrap();
        assert_eq!(keys[0].field("api_key"), Some(garage.retell_key.as_str()));
        let body = garage.sample("call_started").call("call_new").body();
        let (entered, _) = there.try_send(&garage.hook_token, &garage.retell_key, &body).await.unwrap();
        assert_eq!(entered.tenant(), garage.id());
        assert_eq!(there.fold_all().await, 1, "what is new is not held");
        // Released, it does what it owed.
        let released = archive::release(&there.house, &scope).await.unwrap();
        assert!(released.jobs > 0, "{released:?}");
        assert!(there.fold_all().await > 0 && there.deliver_all().await > 0);
        assert_eq!(archive::release(&there.house, &scope).await.unwrap().jobs, 0);
        for kit in [&here, &there] {
            kit.database.drop_database().await;
        }
    });
}

#[test]
fn req_4_49_from_sqlite_to_postgres_the_digest_is_equal() {
    from_one_to_the_other(Engine::Sqlite, Engine::PostgresRls);
}

#[test]
fn req_4_49_from_postgres_to_sqlite_the_digest_is_equal() {
    from_one_to_the_other(Engine::PostgresRls, Engine::Sqlite);
}

#[test]
fn req_4_49_from_sqlite_to_sqlite_the_digest_is_equal() {
    from_one_to_the_other(Engine::Sqlite, Engine::Sqlite);
}

#[test]
fn without_secrets_there_is_none_and_they_are_to_be_entered_again() {
    runtime().block_on(async {
        let (here, there) = (Kit::new(Engine::Sqlite).await, Kit::new(Engine::Sqlite).await);
        let garage = here.tenant("garage").await;
        furnish(&here, &garage).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip");
        let made = export(&here, &garage.scope, &file, None).await;
        assert!(made.secrets.is_none());
        assert!(made.left_out.iter().any(|left| left.what == "credentials"));
        let taken =
            import(&there, &file, Wanted { as_slug: Some("depanneur".into()), ..Wanted::default() }).await;
        let taken = taken.unwrap();
        assert!(taken.without_secrets && taken.slug == "depanneur");
        assert!(tenants::find(&there.house, "depanneur").await.unwrap().is_some());
        let scope = there.mint.tenant(garage.id(), garage.scope.actor());
        assert!(connections::credentials(&there.house, &scope, "retell").await.unwrap().is_empty());
        let body = garage.sample("call_started").call("call_new").body();
        let sent = there.try_send(&garage.hook_token, &garage.retell_key, &body).await;
        assert!(sent.is_err(), "without its key nothing verifies");
        // What is not secret is the same.
        let again = export(&there, &scope, &folder.path().join("b.zip"), None).await;
        let but_slug =
            |m: &Manifest| m.tables.iter().filter(|t| t.name != "tenants").cloned().collect::<Vec<_>>();
        assert_eq!(but_slug(&made), but_slug(&again));
        assert!(!garage.api_key.expose_secret().is_empty());
    });
}

#[test]
fn a_broken_off_import_leaves_nothing_that_is_seen_and_the_next_one_succeeds() {
    for engine in [Engine::Sqlite, Engine::PostgresRls] {
        if engine.is_postgres() && !postgres_is_available() {
            continue;
        }
        runtime().block_on(async {
            let (here, there) = (Kit::new(engine).await, Kit::new(engine).await);
            let garage = here.tenant("garage").await;
            furnish(&here, &garage).await;
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("a.zip");
            let made = export(&here, &garage.scope, &file, None).await;
            let stop = tokio::sync::Notify::new();
            let until_facts = |table: &str, _: u64| {
                if table == "call_facts" {
                    stop.notify_one();
                }
            };
            let broken_off = async {
                let (house, mint, operator) = (&there.house, &there.mint, &there.operator);
                tokio::select! {
                    biased;
                    () = stop.notified() => None,
                    done = archive::import(house, mint, operator, &file, Wanted::default(), &until_facts) => Some(done.is_ok()),
                }
            };
            assert_eq!(broken_off.await, None, "it was to be broken off");
            // As after a crash: nothing in memory is kept.
            let there = there.restarted().await;
            assert!(tenants::find(&there.house, "garage").await.unwrap().is_none());
            let body = garage.sample("call_started").body();
            assert!(there.try_send(&garage.hook_token, &garage.retell_key, &body).await.is_err());
            import(&there, &file, Wanted::default()).await.unwrap();
            let scope = there.mint.tenant(garage.id(), garage.scope.actor());
            let again = export(&there, &scope, &folder.path().join("b.zip"), None).await;
            assert_eq!(again.digest, made.digest);
            // A tenant that is seen is no leftover.
            let now = there.house.world.now().plus_ms(1);
            assert_eq!(archive::forget_unfinished(&there.house, &there.mint, now).await.unwrap(), 0);
            for kit in [&here, &there] {
                kit.database.drop_database().await;
            }
        });
    }
}
