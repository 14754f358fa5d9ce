//! Keys by command, and the limits of a real server.

use crate::program::{Caller, Home, http};
use vestibule_testkit::{Engine, TestDb, runtime};

#[test]
fn keys_are_made_listed_and_revoked_by_command() {
    runtime().block_on(async {
        let home = Home::new(&TestDb::new(Engine::Sqlite).await);
        home.ok(&["tenant", "add", "First", "--email", "first@people.test", "--slug", "first"]);
        home.ok(&["tenant", "add", "Second", "--email", "second@people.test", "--slug", "second"]);
        let server = home.serve();
        let calls = format!("{}/api/v1/calls", server.url);
        let made = home.ok(&[
            "key",
            "add",
            "first",
            "--name",
            "n8n",
            "--scopes",
            "calls.read",
            "--expires-in-days",
            "30",
            "--rate-per-minute",
            "2",
        ]);
        let key = Caller::with(made.trim());
        assert_eq!(key.get(&calls).await.0, 200);
        let listed = home.ok(&["key", "list", "first"]);
        let line = listed.lines().next().unwrap();
        for part in ["n8n", "calls.read", "good", &made[..12]] {
            assert!(line.contains(part), "{part}: {listed}");
        }
        assert!(!listed.contains(made.trim()), "a key is shown again");
        assert!(home.ok(&["key", "list", "second"]).is_empty());
        // Its own rate: the limits of keys are off at this server, this key's is not.
        assert_eq!(key.get(&calls).await.0, 200);
        assert_eq!(key.get(&calls).await.0, 429);
        let id = line.split_whitespace().next().unwrap();
        assert!(home.fails(&["key", "revoke", "second", id]).contains("There is nothing here"));
        assert!(home.fails(&["key", "revoke", "first", "n8n"]).contains("is not a key"));
        for _ in 0..2 {
            home.ok(&["key", "revoke", "first", id]);
        }
        assert_eq!(key.get(&calls).await.0, 401);
        // The server wrote down on its way out that the key was used.
        assert_eq!(server.stop().0.code(), Some(0));
        let listed = home.ok(&["key", "list", "first"]);
        assert!(listed.contains("revoked") && !listed.contains("never used"), "{listed}");
    });
}

#[test]
fn a_server_believes_the_proxies_that_its_configuration_names() {
    runtime().block_on(async {
        let mut home = Home::new(&TestDb::new(Engine::Sqlite).await);
        home.set("VESTIBULE__SERVER__FORWARDED_HEADER", "x-real-ip");
        assert!(home.fails(&["config", "check"]).contains("x-forwarded-for or forwarded"));
        home.set("VESTIBULE__SERVER__FORWARDED_HEADER", "forwarded");
        home.set("VESTIBULE__SERVER__TRUSTED_PROXIES", "[\"nowhere\"]");
        assert!(home.fails(&["config", "check"]).contains("trusted_proxies"));
        home.set("VESTIBULE__SERVER__TRUSTED_PROXIES", "[\"127.0.0.0/8\"]");
        let server = home.serve();
        let calls = format!("{}/api/v1/calls", server.url);
        let ask = async |client: &str| {
            let request = http().get(&calls).header("forwarded", format!("for={client}"));
            request.send().await.unwrap()
        };
        for _ in 0..10 {
            assert_eq!(ask("203.0.113.7").await.status(), 401);
        }
        let over = ask("203.0.113.7").await;
        assert_eq!(over.status(), 429);
        assert!(over.headers().contains_key("retry-after"));
        assert_eq!(over.headers()["ratelimit-policy"], "\"address\";q=10;w=60");
        assert_eq!(ask("203.0.113.8").await.status(), 401);
        // This machine itself asks as often as it likes.
        for _ in 0..15 {
            assert_eq!(http().get(&calls).send().await.unwrap().status(), 401);
        }
    });
}
