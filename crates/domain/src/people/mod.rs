//! People: signing in, sessions, one-time links.

mod links;
mod sessions;
mod sign_in;

pub use links::{Link, Purpose, UsedLink, make_link, make_link_for, use_link};
pub use sessions::{Me, Session, SignedIn, forget, is_live, me, principal};
pub use sign_in::{add_operator, redeem, set_password, sign_in};
pub use vestibule_store::directory::people::UserRecord;

/// Whether a text looks like an e-mail address: good enough to send a letter to.
pub(crate) fn is_email(text: &str) -> bool {
    text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(who, domain)| {
            !who.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
}
