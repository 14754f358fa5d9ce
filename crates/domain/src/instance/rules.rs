//! The rules: when data is served from somewhere else than before. Pure.

use vestibule_store::directory::instances::InstanceRecord;

/// From where data is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The file in the data directory, or the database server's own word.
    pub place: String,
    /// The configured address; empty when none is.
    pub public_url: String,
    /// How often data was served from this place, as the place itself remembers; `None` where it does not.
    pub starts: Option<i64>,
}

/// Why an installation is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The data was last served from another place: it was copied, or restored there.
    OtherPlace,
    /// The place remembers more than the data: an older copy was put in its place.
    OlderData,
    /// The data was last served under another address.
    OtherAddress,
    /// Somebody asked for it.
    Asked,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::OtherPlace, Self::OlderData, Self::OtherAddress, Self::Asked];

    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherPlace => "other_place",
            Self::OlderData => "older_data",
            Self::OtherAddress => "other_address",
            Self::Asked => "asked",
        }
    }

    /// In words, for the log and the command line.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OtherPlace => "this data was last served from another place: it is a copy, or was restored",
            Self::OlderData => {
                "this data is older than what was served here last: a backup was put in its place"
            }
            Self::OtherAddress => "this data was last served under another public address",
            Self::Asked => "somebody asked for it",
        }
    }
}

/// Whether data that was served as `known` begins muted when it is served as `now`. An address counts where both are
/// configured: whoever configures none listens somewhere else each time.
#[must_use]
pub fn why(known: &InstanceRecord, now: &Fingerprint) -> Option<Why> {
    if known.place != now.place {
        return Some(Why::OtherPlace);
    }
    if now.starts.is_some_and(|starts| starts > known.starts) {
        return Some(Why::OlderData);
    }
    let both = !known.public_url.is_empty() && !now.public_url.is_empty();
    (both && known.public_url != now.public_url).then_some(Why::OtherAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_a_rollback_and_another_address_are_noticed_and_a_restart_is_not() {
        let known = InstanceRecord {
            database_id: uuid::Uuid::nil(),
            place: "here".into(),
            public_url: "https://a.test".into(),
            starts: 3,
            muted_at: None,
            muted_why: None,
        };
        let now = |place: &str, url: &str, starts| Fingerprint {
            place: place.into(),
            public_url: url.into(),
            starts,
        };
        assert_eq!(why(&known, &now("here", "https://a.test", Some(3))), None);
        assert_eq!(
            why(&known, &now("here", "https://a.test", Some(2))),
            None,
            "the place was made anew by a crash"
        );
        assert_eq!(why(&known, &now("here", "", None)), None);
        assert_eq!(why(&known, &now("there", "https://a.test", Some(3))), Some(Why::OtherPlace));
        assert_eq!(why(&known, &now("here", "https://a.test", Some(4))), Some(Why::OlderData));
        assert_eq!(why(&known, &now("here", "https://b.test", Some(3))), Some(Why::OtherAddress));
        let unnamed = InstanceRecord { public_url: String::new(), ..known };
        assert_eq!(why(&unnamed, &now("here", "https://b.test", Some(3))), None);
    }
}
