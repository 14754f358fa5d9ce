//! How mail leaves this program, as configured; and `vestibule mail test`.

use crate::build;
use crate::config::Config;
use crate::say::{self, Fault};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::mail::{Language, test_mail};
use vestibule_ports::{MailFaultKind, Mailer};
use vestibule_providers::file::FileMailer;
use vestibule_providers::resend::ResendMailer;
use vestibule_providers::smtp::SmtpMailer;

/// How long one try at a mail may take.
const PATIENCE: Duration = Duration::from_secs(25);

/// Who carries mail: as told, or by what is given; with nothing given, files that leave this machine never.
pub fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, Fault> {
    let given = &config.mail;
    let has_key = !given.resend_api_key.expose_secret().trim().is_empty();
    let has_server = !given.smtp_url.expose_secret().trim().is_empty();
    if given.from.trim().is_empty() {
        return Err(Fault::words("mail.from must say who mail is from"));
    }
    match (given.transport.as_str(), has_key, has_server) {
        ("", true, true) => Err(Fault::words(
            "mail.resend_api_key and mail.smtp_url are both set: say which in mail.transport",
        )),
        ("resend", false, _) => {
            Err(Fault::words("mail.transport is resend: set mail.resend_api_key (RESEND_API_KEY)"))
        }
        ("smtp", _, false) => Err(Fault::words("mail.transport is smtp: set mail.smtp_url")),
        ("resend", true, _) | ("", true, false) => {
            let (base, key) = (build::places(config)?.resend, given.resend_api_key.clone());
            let mailer = ResendMailer::new(&base, key, PATIENCE);
            Ok(Arc::new(mailer.map_err(|e| Fault::words(format!("the HTTP client cannot be built: {e}")))?))
        }
        ("smtp", _, true) | ("", false, true) => {
            let mailer = SmtpMailer::new(&given.smtp_url, PATIENCE);
            Ok(Arc::new(mailer.map_err(|e| Fault::words(format!("mail.smtp_url: {e}")))?))
        }
        ("file" | "", ..) => Ok(Arc::new(FileMailer::new(config.data.dir.join("mail")))),
        (other, ..) => Err(Fault::words(format!("mail.transport is {other}: write resend, smtp or file"))),
    }
}

/// How mail goes and who it is from, in a line: for `doctor`.
pub fn described(config: &Config) -> Result<String, String> {
    let how = mailer(config).map_err(|e| e.to_string())?.name();
    let from = config.mail.from.trim();
    Ok(if how == "file" {
        format!("written to {}, sent to nobody", config.data.dir.join("mail").display())
    } else {
        format!("{how}, from {from}; try it with `vestibule mail test ADDRESS`")
    })
}

/// `vestibule mail test`.
pub async fn test(config: &Config, to: &str, locale: &str, public_url: &str) -> Result<(), Fault> {
    drop(rustls::crypto::ring::default_provider().install_default());
    build::make_dir(&config.data.dir)?;
    let mailer = mailer(config)?;
    let key = crate::world::real().new_id();
    let mail = test_mail(config.mail.from.trim(), to, Language::of(&[locale]), public_url, key);
    match mailer.send(&mail).await {
        Ok(sent) => {
            say::out(&format!("{}: taken, {}", mailer.name(), sent.external_id));
            Ok(())
        }
        Err(fault) => {
            let said = fault.said.map(|said| format!(" It said: {said}")).unwrap_or_default();
            let advice = match fault.kind {
                MailFaultKind::Rejected => "this mail is never taken: is the address right?",
                MailFaultKind::Unauthorized => "set the [mail] section right: key, password or sender.",
                MailFaultKind::Unavailable => "later may be better.",
            };
            Err(Fault::words(format!("{}: not taken, {}: {advice}{said}", mailer.name(), fault.code)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(env: &[(&str, &str)]) -> Result<&'static str, String> {
        let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        drop(rustls::crypto::ring::default_provider().install_default());
        mailer(&crate::config::load(None, env).unwrap()).map(|m| m.name()).map_err(|e| e.to_string())
    }

    #[test]
    fn req_k29_mail_goes_as_it_is_told_and_nowhere_when_nothing_is_said() {
        const KEY: (&str, &str) = ("RESEND_API_KEY", "re_123");
        const SERVER: (&str, &str) = ("VESTIBULE__MAIL__SMTP_URL", "smtps://u:p@mail.example");
        let told = |how: &'static str| ("VESTIBULE__MAIL__TRANSPORT", how);
        assert_eq!(name(&[]).as_deref(), Ok("file"));
        assert_eq!(name(&[KEY]).as_deref(), Ok("resend"));
        assert_eq!(name(&[SERVER]).as_deref(), Ok("smtp"));
        assert_eq!(name(&[KEY, SERVER, told("smtp")]).as_deref(), Ok("smtp"));
        assert_eq!(name(&[KEY, SERVER, told("resend")]).as_deref(), Ok("resend"));
        assert_eq!(name(&[KEY, told("file")]).as_deref(), Ok("file"));
        for bad in [
            &[KEY, SERVER][..],
            &[told("resend")],
            &[told("smtp")],
            &[told("pigeon")],
            &[("VESTIBULE__MAIL__SMTP_URL", "smtp://u:p@mail.example")],
            &[("VESTIBULE__MAIL__FROM", " ")],
        ] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_configuration_prints_no_key_of_mail() {
        let given = [("RESEND_API_KEY", "re_123"), ("VESTIBULE__MAIL__SMTP_URL", "smtps://u:secret@h")];
        let given = given.map(|(n, v)| (n.to_owned(), v.to_owned()));
        let shown = format!("{:?}", crate::config::load(None, given.into_iter()).unwrap());
        assert!(!shown.contains("re_123") && !shown.contains("secret@"), "{shown}");
    }
}
