//! People: signing in with one factor or two, sessions and bearer tokens, counted tries, passwords, one-time links; who
//! belongs to a tenant, as what, and who is invited.

mod accept;
mod bearer;
mod challenge;
mod factor;
mod hashing;
mod invitations;
mod links;
mod lockout;
mod members;
mod passwords;
mod profile;
mod seen;
mod sessions;
mod sign_in;
mod strength;
mod tries;
mod visit;

pub use accept::{Invited, accept_new, accept_signed_in, look};
pub use bearer::{Bearer, Checked, Renewed, refresh};
pub use challenge::{Challenge, answer};
pub use factor::{
    Enrolment, FactorView, begin_factor, confirm_factor, find_factor, remove_factor, renew_codes,
    turn_off_factor,
};
pub use invitations::{
    INVITATION_MS, InvitationRecord, NewInvitation, invite, invite_again, list_invitations, withdraw,
};
pub use links::{Link, Purpose, UsedLink, make_link, make_link_for, use_link};
pub use lockout::{LockoutTeller, let_go_of_old, unlock, unlock_by_hand};
pub use members::{MemberRecord, change_role, list_members, remove};
pub use passwords::{ask_reset, change_password, reset};
pub use profile::{ProfileChange, ask_email, change_profile, confirm_email};
pub use seen::{
    Seen, SeenRecord, end_all_sessions, end_other_sessions, end_session, list_sessions, note_seen,
};
pub use sessions::{Me, Session, SignedIn, TokenForm, find_person, forget, is_live, me, principal};
pub use sign_in::{Entered, add_operator, confirm_password, redeem, set_password, sign_in};
pub use strength::{Advice, Judgement, check_password, judge_password};
pub use vestibule_store::directory::people::UserRecord;
pub use visit::Visit;

use crate::FieldFault;
pub(crate) use links::link_was_made;
use profile::clean_name;

/// What is said of something that is no address.
pub(crate) const EMAIL: FieldFault = FieldFault {
    field: "email",
    code: "bad_email",
    en: "Give a complete e-mail address.",
    fr: "Donnez une adresse courriel complète.",
};

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
