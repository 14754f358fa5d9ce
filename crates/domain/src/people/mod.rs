//! People: signing in with one factor or two, sessions and bearer tokens, counted tries, passwords, one-time links.

mod bearer;
mod challenge;
mod factor;
mod hashing;
mod links;
mod lockout;
mod sessions;
mod sign_in;
mod strength;
mod tries;
mod visit;

pub use bearer::{Bearer, Checked, Renewed, refresh};
pub use challenge::{Challenge, answer};
pub use factor::{
    Enrolment, FactorView, begin_factor, confirm_factor, find_factor, remove_factor, renew_codes,
    turn_off_factor,
};
pub use links::{Link, Purpose, UsedLink, make_link, make_link_for, use_link};
pub use lockout::{LockoutTeller, let_go_of_old, unlock, unlock_by_hand};
pub use sessions::{Me, Session, SignedIn, TokenForm, forget, is_live, me, principal};
pub use sign_in::{Entered, add_operator, confirm_password, redeem, set_password, sign_in};
pub use strength::{Advice, Judgement, check_password, judge_password};
pub use vestibule_store::directory::people::UserRecord;
pub use visit::Visit;

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
