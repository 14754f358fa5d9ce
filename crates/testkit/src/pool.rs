//! Databases that tests use one after the other: making and dropping one takes longer than most tests do. Each has a
//! file whose lock says that a test has it, in whichever process that is; whoever takes it next empties it first.
//! What a test may have done more to it than writing rows is not used again.

use crate::postgres::Server;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A database that is one test's until it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    /// The database.
    pub name: String,
    file: File,
}

const MADE: &str = "made";

/// Takes a database that nobody has, and whether it is there: empty and like its template.
pub(crate) async fn lease(server: &Server, folder: &Path, template: &str) -> (Lease, bool) {
    fs::create_dir_all(folder).expect("a folder for locks");
    for number in 0..1_000 {
        let path = folder.join(format!("{template}_{number}"));
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let file = open.expect("a file to lock");
        if file.try_lock().is_err() {
            continue;
        }
        let lease = Lease { name: format!("test_of_{template}_{number}"), file };
        let is_there = lease.is_made() && lease.empty(server).await;
        return (lease, is_there);
    }
    panic!("a thousand databases are in use");
}

impl Lease {
    fn is_made(&self) -> bool {
        let mut text = String::new();
        (&self.file).seek(SeekFrom::Start(0)).and_then(|_| (&self.file).read_to_string(&mut text)).is_ok()
            && text == MADE
    }

    /// Notes that the database is there, and like its template.
    pub(crate) fn note_made(&self) {
        self.spoil();
        (&self.file).write_all(MADE.as_bytes()).expect("a note in a file");
    }

    /// Notes that the database is not to be used again.
    pub(crate) fn spoil(&self) {
        self.file.set_len(0).and_then(|()| (&self.file).seek(SeekFrom::Start(0))).expect("a note in a file");
    }

    /// Takes out what the test before has left, and ends its connections; false when that cannot be.
    async fn empty(&self, server: &Server) -> bool {
        let Ok(mut conn) = PgConnection::connect(&server.super_url(&self.name)).await else { return false };
        let sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let ended = conn.execute(sql).await.is_ok();
        let sql = "DO $$ DECLARE tables text; BEGIN
             SET LOCAL session_replication_role = replica;
             SELECT string_agg(oid::regclass::text, ', ') INTO tables FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations'
               AND pg_relation_size(oid) > 0;
             IF tables IS NOT NULL THEN EXECUTE 'TRUNCATE ' || tables || ' CASCADE'; END IF;
           END $$";
        let emptied = conn.execute(AssertSqlSafe(sql)).await.is_ok();
        drop(conn.close().await);
        ended && emptied
    }
}
