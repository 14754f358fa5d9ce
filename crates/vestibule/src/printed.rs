//! Secrets of the configuration that are printed in public documents (requirement K23): with one of them, nothing starts.

use crate::config::Config;
use crate::say::Fault;
use secrecy::ExposeSecret;
use vestibule_vault::is_printed_secret;

/// Every secret of the configuration with its name. The encryption keys are judged where they are read.
fn secrets(config: &Config) -> [(&'static str, String); 4] {
    let password = |address: &str| {
        let url = url::Url::parse(address.trim()).ok();
        let password = url.and_then(|url| url.password().map(str::to_owned)).unwrap_or_default();
        percent_decoded(&password)
    };
    [
        ("database.url", password(config.database.url.expose_secret())),
        ("database.admin_url", password(config.database.admin_url.expose_secret())),
        ("mail.resend_api_key", config.mail.resend_api_key.expose_secret().to_owned()),
        ("mail.smtp_url", password(config.mail.smtp_url.expose_secret())),
    ]
}

/// Refuses printed secrets; the demo may have them.
///
/// # Errors
/// Which one it is, without its value.
pub fn check(config: &Config) -> Result<(), Fault> {
    let printed = |(name, value): &(&'static str, String)| is_printed_secret(value).then_some(*name);
    match secrets(config).iter().find_map(printed) {
        Some(name) if !config.is_demo => Err(Fault::words(format!(
            "the secret in {name} is printed in a public document, so everybody has it: choose another"
        ))),
        _ => Ok(()),
    }
}

/// `%61` is `a`: so a password may be written in an address.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.split_at_checked(2).filter(|_| *first == b'%');
        let decoded = digits.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = decoded.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    fn with(name: &str, value: &str) -> Config {
        load(None, std::iter::once((name.to_owned(), value.to_owned()))).unwrap()
    }

    #[test]
    fn req_k23_a_printed_secret_is_refused_wherever_it_stands() {
        for (name, value, section) in [
            ("DATABASE_URL", "postgres://vestibule:aivors-secret@db.test/x", "database.url"),
            ("DATABASE_URL", "postgres://vestibule:d%65mo123@db.test/x", "database.url"),
            ("VESTIBULE__DATABASE__ADMIN_URL", "postgres://o:ChangeMe@db.test/x", "database.admin_url"),
            ("RESEND_API_KEY", "your-api-key", "mail.resend_api_key"),
            ("VESTIBULE__MAIL__SMTP_URL", "smtps://u:password@mail.test", "mail.smtp_url"),
        ] {
            let mut config = with(name, value);
            let said = check(&config).unwrap_err().to_string();
            assert!(
                said.contains(section) && !said.contains("demo123") && !said.contains("aivors"),
                "{said}"
            );
            config.is_demo = true;
            assert!(check(&config).is_ok(), "the demo is excepted");
        }
        assert!(check(&with("DATABASE_URL", "postgres://vestibule:mM3k0-8sQx@db.test/x")).is_ok());
        assert!(check(&with("DATABASE_URL", "postgres://password@db.test/secret")).is_ok());
    }

    #[test]
    fn every_secret_of_the_configuration_is_judged() {
        // A field that is added to the configuration as a secret is added to the list above too.
        let fields =
            include_str!("config.rs").lines().filter(|line| line.trim_end().ends_with(": SecretString,"));
        let encryption_key = 1;
        assert_eq!(fields.count(), secrets(&with("X", "")).len() + encryption_key);
    }
}
