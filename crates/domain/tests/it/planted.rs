//! A caller who is everywhere: planted in every place where anything of a caller is kept, and looked for byte by byte.

use crate::look::{endpoint, new_endpoint};
use crate::texts::{OURS, arrives, connect, form};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use vestibule_domain::texts::{self, NewText};
use vestibule_domain::{connections, mail};
use vestibule_ports::Inbound;
use vestibule_store::{Db, tsql, vals};
use vestibule_testkit::{Engine, Kit, Sample, TestTenant, failed, inside, postgres_program, sign_retell};

/// Their number, nobody else's.
pub const NUMBER: &str = "+14385550177";
/// Their name: nothing else is called so.
pub const NAME: &str = "Zéphyrine Quatrebarbes";
pub const EMAIL: &str = "zephyrine@quatrebarbes.test";
/// What they said, and nobody else.
pub const WORDS: &str = "mon toit d'ardoise violette fuit";

/// Everything by which they could be recognised, as bytes.
pub fn needles() -> Vec<Vec<u8>> {
    [&NUMBER[1..], "Zéphyrine", "Z\\u00e9phyrine", "Quatrebarbes", "quatrebarbes", "ardoise violette"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

/// A sample of a call of theirs.
pub fn sample(tenant: &TestTenant, name: &str, call: &str) -> Sample {
    let sample = tenant.sample(name).without("/call/telephony_identifier").call(call).from(NUMBER);
    if name != "call_analyzed" {
        return sample;
    }
    sample
        .with("/call/transcript_object", json!([{ "role": "user", "content": format!("{NAME}: {WORDS}") }]))
        .with("/call/transcript", json!(format!("User: {NAME}: {WORDS}")))
        .with("/call/call_analysis/call_summary", json!(format!("{NAME} rang: {WORDS}.")))
        .with(
            "/call/call_analysis/custom_analysis_data",
            json!({ "caller_name": NAME, "email": EMAIL, "notes": WORDS }),
        )
}

/// Plants them: calls, a test call, facts, deliveries of every kind, a dead letter with what was answered, texts both ways, what
/// was ignored, could not be processed and was held at the door, a mail, and enough others that pages are split.
pub async fn plant(kit: &Kit, tenant: &TestTenant) {
    let types = [
        "call.call-started",
        "call.call-ended",
        "call.call-updated",
        "text.text-received",
        "text.text-updated",
    ];
    new_endpoint(kit, tenant, "https://all.test/", &types).await;
    let connection = connect(kit, tenant, OURS).await;
    let url = endpoint(kit, tenant).await.url;
    let mut answer = failed(500);
    answer.excerpt = Some(format!("cannot save {NAME} {NUMBER}"));
    // Others before, between and after them: their rows share pages with the caller's.
    for round in 0..5 {
        kit.courier.always(&url, None);
        for n in 0..12 {
            let other = tenant.sample("call_ended").without("/call/telephony_identifier");
            let other = other.call(&format!("other_{round}_{n}")).from(&format!("+14385552{round}{n:02}"));
            kit.clock.advance_ms(1);
            kit.send(tenant, &other.body()).await;
        }
        settle(kit).await;
        // What answers of them tells of them, and is a dead letter in the end.
        kit.courier.always(&url, Some(answer.clone()));
        for name in ["call_started", "call_ended", "call_analyzed"] {
            kit.clock.advance_ms(1);
            kit.send(tenant, &sample(tenant, name, &format!("theirs_{round}")).body()).await;
        }
        settle(kit).await;
    }
    kit.send(tenant, &sample(tenant, "call_ended", "theirs_odd").with("/event", json!("invented")).body())
        .await;
    kit.fold_all().await;
    for (n, body) in ["Bonjour, ici Zéphyrine Quatrebarbes", "ARRÊT"].iter().enumerate() {
        let came = form(&format!("SMtheirs{n}"), NUMBER, OURS, body);
        arrives(kit, tenant, connection, "", &came, kit.house.world.now()).await;
        kit.fold_all().await;
    }
    let other =
        NewText { to: "+14385559999".into(), from: None, body: "Bonjour".into(), key: "other".into() };
    texts::send(&kit.house, &tenant.scope, &other).await.unwrap();
    kit.text_all().await;
    // Held at the door: signed with another key.
    let body = sample(tenant, "call_started", "theirs_held").body();
    let found = connections::find_by_token(&kit.house, "retell", &tenant.hook_token).await.unwrap();
    let header = |_: &str| Some(sign_retell("another key", &body, kit.house.world.now()));
    let request = Inbound {
        method: "POST",
        url: "http://x/",
        header: &header,
        body: &body,
        now: kit.house.world.now(),
    };
    let reason = connections::Reason { code: "bad_signature", hint: None, age_ms: None };
    connections::hold(&kit.house, &found.connection, &request, Vec::new(), reason).await.unwrap();
    inside!(kit, tenant, |tx| {
        // An archive that somebody asked for and has not fetched.
        let id: uuid::Uuid = kit.house.world.new_id();
        let at = kit.house.world.now();
        let sql = tsql!(
            "INSERT INTO exports (tenant_id, id, state, asked_by, asked_at, rows_count, size_bytes)
             VALUES ($1, $2, 'ready', 'test', $3, 1, 1)"
        );
        tx.exec(sql, vals![id, at]).await.unwrap();
        let sql =
            tsql!("INSERT INTO export_parts (tenant_id, export_id, number, bytes) VALUES ($1, $2, 0, $3)");
        tx.exec(sql, vals![id, NAME.as_bytes()]).await.unwrap();
    });
    inside!(kit, tenant, |tx| {
        let notice = mail::Notice::EndpointOff {
            name: format!("Suivi de {NAME}"),
            host: "h.test".into(),
            why: mail::SwitchedOff::Failing,
            since: kit.house.world.now(),
        };
        mail::tell_managers(&kit.house, tx, &notice, "planted").await.unwrap()
    });
}

/// Folds, settles and delivers everything, however often it is tried.
async fn settle(kit: &Kit) {
    for _ in 0..7 {
        kit.fold_all().await;
        kit.deliver_all().await;
        kit.clock.advance_ms(20_000);
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Every file under a directory in which one of the needles is.
pub fn files_with(dir: &Path, needles: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needles));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for needle in needles.iter().filter(|needle| holds(&bytes, needle)) {
            found.push(format!("{}: {}", path.display(), String::from_utf8_lossy(needle)));
        }
    }
    found
}

fn run(program: &str, arguments: &[&str], stdin: &str) -> Vec<u8> {
    // Beside the server, or where the shell finds it.
    let path = postgres_program(program).unwrap_or_else(|| program.into());
    let mut child = Command::new(path)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = stdin.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let done = child.wait_with_output().unwrap();
    drop(writer.join());
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Where anything of them is: in the files of SQLite and a fresh backup, or in any table of PostgreSQL and a fresh dump.
pub async fn traces(kit: &Kit) -> Vec<String> {
    let mut needles = needles();
    if kit.engine == Engine::Sqlite {
        let path = kit.database.sqlite_path();
        let backup = path.with_file_name("fresh-backup.db");
        drop(std::fs::remove_file(&backup));
        Db::backup_sqlite(&path, &backup).unwrap();
        return files_with(path.parent().unwrap(), &needles);
    }
    // Bytes are shown in hex.
    needles.extend(needles.clone().iter().map(|needle| hex::encode(needle).into_bytes()));
    let url = kit.database.super_url();
    let dump = run("pg_dump", &["--dbname", &url], "");
    let mut found: Vec<String> = needles
        .iter()
        .filter(|needle| holds(&dump, needle))
        .map(|needle| format!("dump: {}", String::from_utf8_lossy(needle)))
        .collect();
    let any = needles
        .iter()
        .map(|needle| format!("x::text LIKE '%{}%'", String::from_utf8_lossy(needle).replace('\\', "\\\\")))
        .collect::<Vec<_>>()
        .join(" OR ");
    let ask = format!(
        "SELECT format('SELECT %L FROM %I x WHERE {} LIMIT 1', relname, relname) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \\gexec\n",
        any.replace('%', "%%").replace('\'', "''")
    );
    let tables = run("psql", &["--no-psqlrc", "--quiet", "-At", "--dbname", &url], &ask);
    found.extend(String::from_utf8(tables).unwrap().lines().map(|table| format!("table: {table}")));
    found
}
