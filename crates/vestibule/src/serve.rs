//! Running: doors, workers, and an orderly end.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, demo, place, restore, tls};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_access::Mint;
use vestibule_domain::archive::{self, exports};
use vestibule_domain::calls::Settler;
use vestibule_domain::inbox::InboxFolder;
use vestibule_domain::mail::Postman;
use vestibule_domain::outbox::{Deliverer, Redeliverer};
use vestibule_domain::people::{self, LockoutTeller};
use vestibule_domain::workflows::Watcher;
use vestibule_domain::{
    House, audit, connections, instance, mail, privacy, tenants, texts, viewings, workflows,
};
use vestibule_http::App;
use vestibule_http::listen::{self, Terms};
use vestibule_store::queue::{Folder, Leaser, Sweeper, end_stale_leases};
use vestibule_store::{Db, periodic};

/// How long the server may take to finish what it holds.
const FAREWELL: Duration = Duration::from_secs(30);

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// When the configuration, the data or the address cannot be used.
pub async fn serve(mut config: Config, with_demo: bool, muted: bool) -> Result<(), Fault> {
    log(&config)?;
    let listener = bind(&config.server.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let scheme = if tls::mode(&config.tls)? == tls::Mode::Off { "http" } else { "https" };
    let public_url = match config.server.public_url.trim_end_matches('/') {
        "" => tls::public_url(&config.tls).unwrap_or_else(|| format!("{scheme}://{address}")),
        given => given.to_owned(),
    };
    if with_demo {
        // The demo's receiver is on this machine.
        config.delivery.allow_cidrs.push(ipnet::IpNet::from(std::net::IpAddr::from([127, 0, 0, 1])));
    }
    let world = crate::world::real();
    let _running = if config.is_postgres() {
        None
    } else {
        let dir = config.data.dir.display();
        let taken = || Fault::words(format!("another server is running on {dir}"));
        Some(place::lock(&config)?.ok_or_else(taken)?)
    };
    build::make_dir(&config.data.dir)?;
    let from = place::fingerprint(&config, &world)?;
    let mut house = build::house(&config, public_url.clone()).await?;
    if with_demo && let Some(house) = Arc::get_mut(&mut house) {
        // The demo's keys are made up, and nothing of it leaves this machine.
        house.accounts.clear();
        house.texts.clear();
        house.reach.clear();
        house.mailer = Arc::new(vestibule_providers::file::FileMailer::new(config.data.dir.join("mail")));
    }
    let ended = end_stale_leases(&house.db).await?;
    if ended > 0 {
        tracing::info!(leases = ended, "a former run was cut off: what it was working at is due again");
    }
    let mint = Mint::strike();
    // Before the doors open: what was erased and has come back with a backup goes again.
    privacy::reapply(&house, &mint, &mut restore::progress).await?;
    tenants::reapply_erasures(&house, &mint).await?;
    let begun = instance::begin(&house, from, muted).await?;
    place::remember(&config, begun.starts)?;
    if let Some(why) = &begun.why {
        let words = instance::Why::ALL
            .into_iter()
            .find(|known| known.as_str() == why)
            .map_or("", instance::Why::words);
        say::err(&format!(
            "MUTED: {words}. Nothing is sent, called or mailed until you say so: see `vestibule unmute`."
        ));
        tracing::warn!(reason = %why, "muted: nothing is sent, called or mailed");
    }
    let figures = PrometheusBuilder::new().install_recorder().ok();

    let stop_doors = CancellationToken::new();
    let stop_work = CancellationToken::new();
    let work = TaskTracker::new();
    start_workers(&house, &mint, &work, &stop_work);
    work.spawn(anchor(house.clone(), mint.clone(), config.data.dir.clone(), stop_work.clone()));
    if let Some(handle) = figures.clone() {
        let stop = stop_work.clone();
        work.spawn(async move {
            while tokio::time::timeout(Duration::from_secs(5), stop.cancelled()).await.is_err() {
                handle.run_upkeep();
            }
        });
    }
    let app = App::new(house.clone(), mint.clone(), figures, build::recordings(&config)?, stop_doors.clone())
        .limited(build::limits(&config), build::proxies(&config)?);
    work.spawn(vestibule_http::keep_key_uses(app.clone(), stop_work.clone()));
    work.spawn(vestibule_http::keep_refusals(app.clone(), stop_work.clone()));

    let terms = Terms { connections: config.server.max_connections.max(1), ..Terms::default() };
    let certificates = tls::start(&config, &work, &stop_doors)?;
    if certificates.is_some() && !config.tls.redirect_listen.is_empty() {
        let plain = bind(&config.tls.redirect_listen, "tls.redirect_listen").await?;
        let onwards = vestibule_http::to_https(&public_url);
        work.spawn(listen::serve(plain, onwards, None, terms, stop_doors.clone()));
    }
    let router = vestibule_http::router(app);
    let doors = tokio::spawn(listen::serve(listener, router, certificates, terms, stop_doors.clone()));
    if with_demo {
        say::err("Bringing five demo businesses to life: a few seconds …");
        let local = format!("http://{address}");
        demo::start(house.clone(), &mint, &local, &config.data.dir, stop_doors.clone())
            .await
            .map_err(|e| Fault::words(format!("the demo could not be started: {e}")))?;
        say::err(&format!("Who can sign in: {}", config.data.dir.join("demo.json").display()));
    }
    say::out(&format!("vestibule is ready at {scheme}://{address}"));
    tracing::info!(http.address = %address, database = ?house.db.engine(), "ready");

    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping: finishing what was begun");
    let farewell = async {
        stop_doors.cancel();
        drop(doors.await);
        stop_work.cancel();
        work.close();
        work.wait().await;
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("not everything was finished in time; what was owed is still owed");
    }
    Ok(())
}

async fn bind(address: &str, setting: &str) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|e| {
        Fault::words(format!("cannot listen on {address}: {e}. Choose another address with {setting}."))
    })
}

fn start_workers(house: &Arc<House>, mint: &Mint, work: &TaskTracker, stop: &CancellationToken) {
    let db = &house.db;
    let folding = Arc::new(Folder::new(db.clone(), mint.clone(), Arc::new(InboxFolder::new(house.clone()))));
    let settling = Arc::new(Folder::new(db.clone(), mint.clone(), Arc::new(Settler(house.clone()))));
    let redelivering = Arc::new(Folder::new(db.clone(), mint.clone(), Arc::new(Redeliverer(house.clone()))));
    // A lease outlives the attempt and what follows it.
    let lease_ms = i64::try_from(house.settings.attempt_timeout_ms).unwrap_or(60_000) + 30_000;
    let deliverer = Arc::new(Deliverer::new(house.clone()));
    let delivering = Arc::new(Leaser::new(db.clone(), mint.clone(), deliverer, (8, 32, 256), lease_ms));
    work.spawn(folding.run(4, stop.clone()));
    work.spawn(settling.run(1, stop.clone()));
    work.spawn(redelivering.run(1, stop.clone()));
    let telling = Arc::new(LockoutTeller(house.clone()));
    work.spawn(Arc::new(Folder::new(db.clone(), mint.clone(), telling)).run(1, stop.clone()));
    work.spawn(delivering.run(stop.clone()));
    let watching = Arc::new(Leaser::new(
        db.clone(),
        mint.clone(),
        Arc::new(Watcher(house.clone())),
        (1, 4, 16),
        workflows::LEASE_MS,
    ));
    work.spawn(watching.run(stop.clone()));
    let writing = Arc::new(texts::Sender(house.clone()));
    let writing = Arc::new(Leaser::new(db.clone(), mint.clone(), writing, (1, 4, 16), texts::LEASE_MS));
    work.spawn(writing.run(stop.clone()));
    let postman = Arc::new(Postman(house.clone()));
    let erasing = Arc::new(privacy::Eraser(house.clone()));
    let erasing = Arc::new(Leaser::new(db.clone(), mint.clone(), erasing, (2, 2, 4), privacy::LEASE_MS));
    work.spawn(erasing.run(stop.clone()));
    // One after the other in a tenant: who carries mail counts requests a second.
    let posting = Arc::new(Leaser::new(db.clone(), mint.clone(), postman, (1, 1, 4), mail::LEASE_MS));
    work.spawn(posting.run(stop.clone()));
    let exporting = Arc::new(exports::Exporter(house.clone()));
    // Few at a time: each reads a whole tenant.
    let exporting = Arc::new(Leaser::new(db.clone(), mint.clone(), exporting, (1, 1, 2), exports::LEASE_MS));
    work.spawn(exporting.run(stop.clone()));
    work.spawn(end_tenants(house.clone(), mint.clone(), stop.clone()));
    work.spawn(Sweeper { db: db.clone(), every_ms: 1000 }.run(stop.clone()));
    work.spawn(keep_partitions(db.clone(), stop.clone()));
    work.spawn(reconcile(house.clone(), mint.clone(), stop.clone()));
    work.spawn(let_go(house.clone(), mint.clone(), stop.clone()));
    work.spawn(look_whether_muted(house.clone(), stop.clone()));
    work.spawn(end_viewings(house.clone(), mint.clone(), stop.clone()));
}

/// Writes down in the tenants' audit logs that looks from outside are over, once a minute on one of the nodes. They give
/// nothing any more since the moment they ran out: this only tells of it.
async fn end_viewings(house: Arc<House>, mint: Mint, stop: CancellationToken) {
    const MINUTE_MS: i64 = 60_000;
    while tokio::time::timeout(Duration::from_secs(20), stop.cancelled()).await.is_err() {
        let pass = async {
            if periodic::claim(&house.db, "viewings", MINUTE_MS).await? {
                while viewings::end_due(&house, &mint).await? > 0 {}
            }
            Ok::<(), vestibule_domain::Error>(())
        };
        if let Err(error) = pass.await {
            tracing::warn!(error = %error, "the ends of looks from outside could not be noted; later again");
        }
    }
}

/// Compares connections' calls with the providers' lists as they fall due, and lets go of what was held long enough.
async fn reconcile(house: Arc<House>, mint: Mint, stop: CancellationToken) {
    let every_ms = u64::try_from(house.settings.reconcile_every_ms).unwrap_or(30_000);
    let look = Duration::from_millis(every_ms.min(30_000));
    while tokio::time::timeout(look, stop.cancelled()).await.is_err() {
        let pass = async {
            connections::let_go_of_old(&house).await?;
            while !connections::reconcile_due(&house, &mint).await?.is_empty() {}
            Ok::<(), vestibule_domain::Error>(())
        };
        let done = tokio::select! {
            done = pass => done,
            // What a pass cut short did not do is due again later.
            () = stop.cancelled() => return,
        };
        if let Err(error) = done {
            tracing::warn!(error = %error, "calls could not be compared with the providers' lists; later again");
        }
    }
}

/// Looks every few seconds whether this installation was muted or unmuted, by another node or the command line.
async fn look_whether_muted(house: Arc<House>, stop: CancellationToken) {
    while tokio::time::timeout(Duration::from_secs(2), stop.cancelled()).await.is_err() {
        if let Err(error) = instance::refresh(&house).await {
            tracing::warn!(error = %error, "whether this installation is muted cannot be read; it stays as it was");
        }
    }
}

/// Lets go of tries to sign in that no longer count, once an hour, and of what was kept long enough, once a day on one of
/// the nodes: so there is one receipt a day.
async fn let_go(house: Arc<House>, mint: Mint, stop: CancellationToken) {
    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;
    while tokio::time::timeout(Duration::from_secs(600), stop.cancelled()).await.is_err() {
        let pass = async {
            if periodic::claim(&house.db, "sign_in", HOUR_MS).await? {
                people::let_go_of_old(&house).await?;
            }
            if periodic::claim(&house.db, "retention", DAY_MS).await? {
                privacy::let_go_of_old(&house, &mint).await
            } else {
                Ok(privacy::Counts::default())
            }
        };
        let gone = tokio::select! {
            gone = pass => gone,
            () = stop.cancelled() => return,
        };
        match gone {
            Ok(gone) if gone.is_nothing() => {}
            Ok(gone) => tracing::info!(
                transcripts = gone.transcripts,
                recordings = gone.recordings,
                raw_events = gone.events,
                "kept long enough and let go of"
            ),
            Err(error) => {
                tracing::warn!(error = %error, "what was kept long enough could not all be let go of; later again")
            }
        }
    }
}

/// Keeps where the chains of the audit log end, outside of the database: each hour, and at the end.
async fn anchor(house: Arc<House>, mint: Mint, folder: std::path::PathBuf, stop: CancellationToken) {
    loop {
        let is_over = tokio::time::timeout(Duration::from_secs(3600), stop.cancelled()).await.is_ok();
        match audit::anchor_all(&house, &mint, &folder).await {
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "the audit log could not be anchored; later again"),
        }
        if is_over {
            return;
        }
    }
}

/// Goes on with tenants that are being erased, and lets go of archives whose time is over and of what an import left.
async fn end_tenants(house: Arc<House>, mint: Mint, stop: CancellationToken) {
    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
    while tokio::time::timeout(Duration::from_secs(5), stop.cancelled()).await.is_err() {
        let pass = async {
            tenants::erase_due(&house, &mint).await?;
            if periodic::claim(&house.db, "exports", 10 * MINUTE_MS).await? {
                exports::let_go_of_old(&house, &mint).await?;
                tenants::end_rests(&house).await?;
                // An import that still runs after a day has long lost its command.
                archive::forget_unfinished(&house, &mint, house.world.now().plus_ms(-DAY_MS)).await?;
            }
            Ok::<(), vestibule_domain::Error>(())
        };
        let done = tokio::select! {
            done = pass => done,
            // What was cut short goes on at the next start.
            () = stop.cancelled() => return,
        };
        if let Err(error) = done {
            tracing::warn!(error = %error, "a tenant could not be ended, or old archives let go of; later again");
        }
    }
}

/// Makes months ahead, once a day on one of the nodes; the first time when the server starts.
async fn keep_partitions(db: Db, stop: CancellationToken) {
    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;
    loop {
        let made = async {
            if periodic::claim(&db, "partitions", DAY_MS).await? {
                periodic::make_partitions(&db).await
            } else {
                Ok(0)
            }
        };
        match made.await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "partitions made ahead"),
            Err(error) => {
                tracing::warn!(error = %error, "partitions could not be made; the default one takes the rows")
            }
        }
        if tokio::time::timeout(Duration::from_secs(3600), stop.cancelled()).await.is_ok() {
            return;
        }
    }
}

fn log(config: &Config) -> Result<(), Fault> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level)
        .map_err(|e| Fault::words(format!("log.level: {e}")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Set twice only in tests; the first stays.
    drop(if config.log.format == "json" { builder.json().try_init() } else { builder.try_init() });
    Ok(())
}
