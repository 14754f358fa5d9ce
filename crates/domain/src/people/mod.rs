//! People: signing in, sessions, one-time links.

mod sessions;
mod sign_in;

pub use sessions::{Me, Session, SignedIn, forget, is_live, me, principal};
pub use sign_in::{add_operator, make_link, redeem, set_password, sign_in};
pub use vestibule_store::directory::people::UserRecord;
