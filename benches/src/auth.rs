//! `auth`: what it costs the processor to know who asks and whether they may, besides the look-ups in the database, for each
//! kind of a person's token. Both are measured on SQLite in one process, in turns: the whole, and the same look-ups alone.

use crate::machine::Machine;
use crate::place::Place;
use crate::prepare::{self, Wanted};
use crate::say::{Outcome, say};
use crate::world;
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::time::Instant;
use vestibule_access::{Actor, Mint, Permission};
use vestibule_domain::House;
use vestibule_domain::people::{self, Entered, TokenForm, Visit};
use vestibule_domain::tenants::{self, NewTenant};
use vestibule_model::{SessionId, TenantId, UserId};
use vestibule_store::DbConfig;
use vestibule_store::directory::{people as person_directory, sessions};
use vestibule_vault::{Kek, token_hash};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many requests of each kind.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// The folder whose disk is measured; `target/bench-data` without it.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// What may be spent, in microseconds. Shown, never asserted.
const TARGET_US: f64 = 50.0;
/// So many requests in one turn.
const TURN: usize = 500;

/// What is asked with.
struct Asking {
    tenant: TenantId,
    user: UserId,
    session: SessionId,
    opaque: SecretString,
    signed: SecretString,
    /// Signed tokens that nobody has shown yet.
    fresh: Vec<SecretString>,
}

/// Measures.
pub fn auth(options: &Options) -> Outcome {
    let place = Place::make(options.dir.as_deref())?;
    say(&Machine::look(place.path())?.line());
    let encryption_key = Kek::generate(&*world::real().entropy).to_base64();
    let wanted = Wanted {
        data: DbConfig::Sqlite { path: place.path().join("auth.db") },
        encryption_key: &encryption_key,
        tenants: 0,
        endpoint: None,
    };
    prepare::in_house(&wanted, async |house, mint| {
        let asking = prepare(&house, &mint, options.requests.min(4 * TURN)).await?;
        let turns = (options.requests / TURN).max(1);
        say("who asks, and may they: microseconds of one request besides the look-ups");
        let opaque = asking.opaque.expose_secret();
        measure("a session's own token", turns, &house, &mint, &asking, &[opaque]).await?;
        let signed = asking.signed.expose_secret();
        measure("a signed token, seen before", turns, &house, &mint, &asking, &[signed]).await?;
        let fresh: Vec<&str> = asking.fresh.iter().map(ExposeSecret::expose_secret).collect();
        measure("a signed token, seen for the first time", fresh.len() / TURN, &house, &mint, &asking, &fresh)
            .await
    })
}

async fn prepare(house: &House, mint: &Mint, fresh: usize) -> Outcome<Asking> {
    let operator = mint.platform(Actor::System("bench"));
    let new = NewTenant {
        company_name: "Bench".into(),
        owner_email: "owner@bench.test".into(),
        ..NewTenant::default()
    };
    let added = tenants::add(house, mint, &operator, &new).await?;
    let (visit, password) = (Visit::from_here(operator), SecretString::from("quartz heron paddle"));
    people::set_password(house, &visit, added.owner, &password).await?;
    let entered = people::sign_in(house, &visit, "owner@bench.test", &password, TokenForm::Jwt).await?;
    let Entered::In(signed_in) = entered else { return Err("a second factor is asked for".into()) };
    let mut bearer = signed_in.bearer.ok_or("no signed token came")?;
    let signed = bearer.token.clone();
    let mut tokens = Vec::with_capacity(fresh);
    for _ in 0..fresh {
        bearer = people::refresh(house, &visit, &bearer.refresh).await?.bearer;
        tokens.push(bearer.token.clone());
    }
    let found = people::principal(house, signed_in.token.expose_secret()).await?;
    let session = found.ok_or("the session is not known")?.id;
    Ok(Asking {
        tenant: added.tenant.id,
        user: added.owner,
        session,
        opaque: signed_in.token,
        signed,
        fresh: tokens,
    })
}

/// Measures the whole and the look-ups in turns; prints the medians.
async fn measure(
    what: &str,
    turns: usize,
    house: &House,
    mint: &Mint,
    asking: &Asking,
    tokens: &[&str],
) -> Outcome {
    let (mut whole, mut looks) = (Vec::new(), Vec::new());
    let mut next = tokens.iter().cycle();
    for _ in 0..turns.max(1) {
        let began = Instant::now();
        for _ in 0..TURN {
            enter(house, mint, asking.tenant, next.next().copied().unwrap_or_default()).await?;
        }
        whole.push(micros(began));
        let began = Instant::now();
        for _ in 0..TURN {
            look_up(house, asking, tokens.first().copied().unwrap_or_default()).await?;
        }
        looks.push(micros(began));
    }
    let (whole, looks) = (median(whole), median(looks));
    let rest = (whole - looks).max(0.0);
    let word = if rest < TARGET_US { "as wanted" } else { "more than wanted" };
    say(&format!("{what:<42} {rest:>6.1}  ({word}: under {TARGET_US}; with the look-ups {whole:.1})"));
    Ok(())
}

/// The whole: who it is, and their scope in the tenant.
async fn enter(house: &House, mint: &Mint, tenant: TenantId, token: &str) -> Outcome {
    let session = people::principal(house, token).await?.ok_or("nobody has this token")?;
    session.principal.enter(mint, tenant, Permission::ReadCalls).map_err(|_| "not let in")?;
    Ok(())
}

/// The look-ups alone.
async fn look_up(house: &House, asking: &Asking, token: &str) -> Outcome {
    let now = house.world.now();
    let mut tx = house.db.read().await?;
    if token.contains('.') {
        sessions::find_by_id(&mut tx, asking.session, now).await?;
    } else {
        sessions::find(&mut tx, token_hash(token), now).await?;
    }
    person_directory::find(&mut tx, asking.user).await?;
    person_directory::memberships(&mut tx, asking.user).await?;
    Ok(())
}

fn micros(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6 / TURN as f64
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
