//! Vestibule: a receptionist that answers the telephone of many businesses.
//!
//! The program reads its configuration, builds everything, opens the doors and starts the workers. Its
//! commands prepare and inspect what it works on.

mod archive;
mod audit;
mod build;
mod commands;
mod config;
mod demo;
mod key_files;
mod keys;
mod lab;
mod mail;
mod person;
mod place;
mod printed;
mod privacy;
mod prove;
mod restore;
mod rotate;
mod say;
mod serve;
mod tls;
mod world;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A multi-tenant AI receptionist platform: answers, books, remembers, and tells your automations.
#[derive(Parser)]
#[command(name = "vestibule", version, about)]
struct Cli {
    /// A configuration file; see `vestibule config defaults`.
    #[arg(long, global = true, value_name = "FILE", env = "VESTIBULE_CONFIG")]
    config: Option<PathBuf>,
    /// The data directory.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve {
        /// Where to listen, for example 127.0.0.1:8080; port 0 takes a free one.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
        /// Bring five demo businesses to life: no account, no network, no configuration.
        #[arg(long)]
        demo: bool,
        /// Begin muted: take in and answer, but send, call and mail nothing until `vestibule unmute`. For a copy of everything,
        /// which cannot know that it is one.
        #[arg(long)]
        muted: bool,
    },
    /// Bring a PostgreSQL database up to date, as its owner.
    Migrate,
    /// Look at everything the server needs, and say what is wrong with it.
    Doctor,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Manage tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Manage agencies, resellers that hold tenants.
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Manage operators, the people who run the server.
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Help people who cannot sign in.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Manage API keys.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Manage the keys with which what is sealed is sealed.
    #[command(subcommand)]
    Keys(rotate::KeysCommand),
    /// Check and export the audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Try out mail.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Copy a SQLite database to a file while the server runs.
    Backup {
        /// Where the copy goes; must not exist yet.
        file: PathBuf,
        /// Put the encryption key beside the copy, under its name with the ending .key.
        #[arg(long, conflicts_with = "without_keys")]
        with_keys: bool,
        /// Leave the encryption key out (the default): without it, what is sealed cannot be read.
        #[arg(long)]
        without_keys: bool,
    },
    /// Look at archives of tenants.
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Put a copy that `vestibule backup` made in the place of the SQLite database; the server must be stopped.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Look at the copy alone, and change nothing.
        #[arg(long)]
        verify: bool,
    },
    /// Let a muted server send again; without --owed, say why it is muted and what it owes.
    Unmute {
        /// What becomes of what was owed when it was muted.
        #[arg(long, value_enum)]
        owed: Option<privacy::OwedChoice>,
        /// With --owed drop: only what was owed for longer than so many hours.
        #[arg(long, value_name = "HOURS", default_value_t = 0)]
        older_than: i64,
    },
    /// Check what was erased.
    #[command(subcommand)]
    Privacy(PrivacyCommand),
    /// See what the server makes of a provider's requests, by the server's own code.
    #[command(subcommand)]
    Lab(LabCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Show on a running server that tenants are kept apart.
    #[command(subcommand)]
    Prove(ProveCommand),
}

#[derive(Subcommand)]
enum ProveCommand {
    /// Make two throw-away tenants, ask every operation as those who may not, remove the tenants, and print a report.
    ///
    /// Example: vestibule prove isolation --url https://reception.example.com --operator-token-file token.txt --format html
    Isolation(prove::Options),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Read the configuration and say whether it is good.
    Check,
    /// Print the defaults, with comments.
    Defaults,
}

#[derive(Subcommand)]
enum TenantCommand {
    /// Make a tenant and print its owner's one-time link.
    Add {
        /// The business's name.
        company: String,
        /// The owner's e-mail address.
        #[arg(long)]
        email: String,
        /// Its name in addresses; made from the company's name when left out.
        #[arg(long)]
        slug: Option<String>,
        /// The owner's name.
        #[arg(long)]
        owner: Option<String>,
        /// starter, professional, premium or enterprise.
        #[arg(long)]
        plan: Option<String>,
        /// en or fr.
        #[arg(long)]
        locale: Option<String>,
        /// For example America/Toronto.
        #[arg(long)]
        timezone: Option<String>,
    },
    /// Write everything of a tenant into one file, which another server or another database takes in.
    Export {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
        /// Where the archive goes; must not exist yet.
        file: PathBuf,
        #[command(flatten)]
        secrets: archive::Secrets,
    },
    /// Take an archive in: all of it or nothing. What it still owes waits for `tenant release`.
    Import {
        /// The archive.
        file: PathBuf,
        /// Give the tenant another name in addresses.
        #[arg(long, value_name = "SLUG")]
        as_slug: Option<String>,
        /// Do at once what it still owes: only when the other server does not serve it any more.
        #[arg(long)]
        release: bool,
        #[command(flatten)]
        secrets: archive::Secrets,
    },
    /// Do what a tenant that came with an archive still owes.
    Release {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
    },
    /// Erase a deleted tenant for good and print the signed receipt. It cannot be undone.
    Erase {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
        /// Its slug once more, to confirm.
        #[arg(long, value_name = "SLUG")]
        confirm: String,
    },
}

#[derive(Subcommand)]
enum ArchiveCommand {
    /// Look whether an archive is whole: its form, its counts, its digest, and with a passphrase its credentials.
    Verify {
        /// The archive.
        file: PathBuf,
        #[command(flatten)]
        secrets: archive::Secrets,
    },
}

#[derive(Subcommand)]
enum AgencyCommand {
    /// Make an agency, and with --admin its first administrator, whose one-time link is printed.
    Add {
        /// The agency's name.
        name: String,
        /// The e-mail address of somebody who administers it.
        #[arg(long)]
        admin: Option<String>,
        /// The administrator's language: en or fr.
        #[arg(long)]
        locale: Option<String>,
    },
}

#[derive(Subcommand)]
enum OperatorCommand {
    /// Make an operator and print a one-time link.
    Add {
        /// The operator's e-mail address.
        email: String,
    },
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Let somebody sign in again at once who is locked out.
    Unlock {
        /// Their e-mail address.
        email: String,
        /// Take their second factor away too, when the telephone and the recovery codes are lost.
        #[arg(long)]
        turn_off_second_factor: bool,
    },
}

#[derive(Subcommand)]
enum MailCommand {
    /// Send one mail as configured, and say what came back.
    Test {
        /// The receiver's address.
        address: String,
        /// en or fr.
        #[arg(long, default_value = "en")]
        locale: String,
    },
}

#[derive(Subcommand)]
enum PrivacyCommand {
    /// Check that a receipt of an erasure is this server's and as it was given.
    VerifyReceipt {
        /// The receipt.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum LabCommand {
    /// Verify signed requests: one line of JSON for each vector, `{"name","valid","reason"}`.
    Verify {
        /// standard-webhooks, or a provider of calls, for example retell.
        provider: String,
        /// A file of vectors.
        vectors: PathBuf,
    },
    /// Translate a request's body and print its address, identity and facts.
    Normalize {
        /// For example retell.
        provider: String,
        /// A file with the body as it was sent.
        sample: PathBuf,
    },
    /// List the samples of a provider's gallery: one line of JSON for each, `{"name","question","en","fr"}`.
    Samples {
        /// retell, vapi, twilio or n8n-retell.
        provider: String,
    },
    /// Send a sample of a gallery to an address, signed as the provider would sign it, and print what came back.
    ///
    /// The secret is what signs at the provider: Retell's API key, Vapi's webhook secret, Twilio's auth token, or the
    /// forwarding secret. It is read from a file, or from VESTIBULE_LAB_SECRET, and never printed. To try the door of a
    /// server, give the address that it shows at the connection, and the agent or number that is connected. Ends with
    /// an error unless the answer is 2xx.
    ///
    /// Example: vestibule lab send retell call_analyzed --to http://127.0.0.1:8080/hooks/retell/TOKEN --secret-file key.txt
    Send {
        /// retell, vapi, twilio or n8n-retell.
        provider: String,
        /// A sample's name; see `vestibule lab samples PROVIDER`.
        sample: String,
        /// Where it goes.
        #[arg(long, value_name = "URL")]
        to: String,
        /// A file that holds what signs, and nothing else; VESTIBULE_LAB_SECRET when left out.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// The agent or assistant that the sample names.
        #[arg(long)]
        agent: Option<String>,
        /// The tenant's number in the sample.
        #[arg(long)]
        number: Option<String>,
        /// Tells the call: samples with the same one tell of the same call. 32 hexadecimal digits; new when left out.
        #[arg(long, value_name = "MARK")]
        call: Option<String>,
        /// How it is signed, where the provider leaves a choice, for example --set auth_mode=bearer.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        settings: Vec<String>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        // These need neither data nor configuration.
        Command::Lab(command) => lab::run(command),
        Command::Openapi => commands::openapi(),
        Command::Prove(ProveCommand::Isolation(options)) => prove::run(options),
        Command::Config(ConfigCommand::Defaults) => {
            say::out(config::DEFAULTS.trim_end());
            Ok(())
        }
        _ => with_config(&cli),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say::err(&format!("vestibule: {fault}"));
            ExitCode::FAILURE
        }
    }
}

fn with_config(cli: &Cli) -> Result<(), say::Fault> {
    let mut config = config::load(cli.config.as_deref(), std::env::vars())?;
    if let Some(dir) = &cli.data_dir {
        config.data.dir.clone_from(dir);
    }
    if let Command::Serve { listen: Some(listen), .. } = &cli.command {
        config.server.listen.clone_from(listen);
    }
    config.is_demo = matches!(&cli.command, Command::Serve { demo: true, .. });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &cli.command {
            Command::Serve { demo, muted, .. } => serve::serve(config, *demo, *muted).await,
            Command::Migrate => commands::migrate(&config).await,
            Command::Doctor => commands::doctor(&config).await,
            Command::Config(_) => commands::config_check(&config),
            Command::Tenant(TenantCommand::Add { company, email, slug, owner, plan, locale, timezone }) => {
                let new = vestibule_domain::tenants::NewTenant {
                    company_name: company.clone(),
                    owner_email: email.clone(),
                    slug: slug.clone(),
                    owner_name: owner.clone(),
                    plan_tier: plan.clone(),
                    locale: locale.clone(),
                    timezone: timezone.clone(),
                    ..Default::default()
                };
                commands::tenant_add(&config, &new).await
            }
            Command::Agency(AgencyCommand::Add { name, admin, locale }) => {
                commands::agency_add(&config, name, admin.as_deref(), locale.as_deref()).await
            }
            Command::Tenant(TenantCommand::Export { tenant, file, secrets }) => {
                archive::export(&config, tenant, file, secrets).await
            }
            Command::Person(PersonCommand::Unlock { email, turn_off_second_factor }) => {
                person::unlock(&config, email, *turn_off_second_factor).await
            }

            Command::Tenant(TenantCommand::Import { file, as_slug, release, secrets }) => {
                archive::import(&config, file, as_slug.clone(), *release, secrets).await
            }
            Command::Tenant(TenantCommand::Release { tenant }) => archive::release(&config, tenant).await,
            Command::Tenant(TenantCommand::Erase { tenant, confirm }) => {
                archive::erase(&config, tenant, confirm).await
            }
            Command::Archive(ArchiveCommand::Verify { file, secrets }) => {
                archive::verify(file, secrets).await
            }
            Command::Operator(OperatorCommand::Add { email }) => commands::operator_add(&config, email).await,
            Command::Keys(command) => rotate::run(&config, command).await,
            Command::Audit(command) => audit::run(&config, command).await,
            Command::Key(command) => keys::run(&config, command).await,
            Command::Mail(MailCommand::Test { address, locale }) => {
                mail::test(&config, address, locale, &commands::public_url(&config)).await
            }
            Command::Backup { file, with_keys, .. } => commands::backup(&config, file, *with_keys),
            Command::Restore { file, verify } => restore::restore(&config, file, *verify).await,
            Command::Unmute { owed, older_than } => privacy::unmute(&config, *owed, *older_than).await,
            Command::Privacy(PrivacyCommand::VerifyReceipt { file }) => {
                privacy::verify_receipt(&config, file).await
            }
            Command::Lab(_) | Command::Openapi | Command::Prove(_) => Ok(()),
        }
    })
}
