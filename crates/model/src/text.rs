//! The words for text messages: where one stands, what a whole message may mean, why one did not arrive, and what a
//! provider tells of one.

use crate::TextId;
use crate::call::closed_set;
use serde::{Deserialize, Serialize};

closed_set! {
    /// Where a text stands.
    TextStatus {
        /// It came in.
        Received = "RECEIVED",
        /// It is owed and not yet given to the provider.
        Queued = "QUEUED",
        /// It was given to the provider, and nobody knows whether the provider took it.
        Unknown = "UNKNOWN",
        /// The provider took it.
        Accepted = "ACCEPTED",
        /// It is on its way to the receiver.
        Sent = "SENT",
        /// It arrived.
        Delivered = "DELIVERED",
        /// It did not arrive.
        Undelivered = "UNDELIVERED",
        /// It was not sent.
        Failed = "FAILED",
        /// It was called off before it was sent.
        Canceled = "CANCELED",
    }
}

impl TextStatus {
    const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Unknown => 1,
            Self::Accepted => 2,
            Self::Sent => 3,
            Self::Received | Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled => 4,
        }
    }

    /// True when nothing more becomes of it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        self.rank() == 4
    }

    /// Where a text stands that stood here when it was told to stand there. Tellings come in any order: none goes back,
    /// and an end stays the end.
    #[must_use]
    pub const fn after(self, told: Self) -> Self {
        if self.is_over() || told.rank() < self.rank() { self } else { told }
    }
}

closed_set! {
    /// What a text means that is nothing but one of the agreed words.
    Keyword {
        /// No more texts from this number.
        Stop = "STOP",
        /// Texts from this number again.
        Start = "START",
        /// Who is this?
        Help = "HELP",
    }
}

closed_set! {
    /// Why a text was not sent or did not arrive.
    TextProblem {
        /// The receiver wants none of this number.
        OptedOut = "opted_out",
        /// There is no such number, or it takes no texts.
        BadReceiver = "bad_receiver",
        /// The receiver's number is a landline.
        Landline = "landline",
        /// The receiver's telephone is off or out of reach.
        OutOfReach = "out_of_reach",
        /// A trial account sends to verified numbers alone.
        TrialReceiver = "trial_receiver",
        /// The account may not send there.
        RegionOff = "region_off",
        /// The tenant's number may send no texts.
        BadSender = "bad_sender",
        /// The tenant's number is not registered for texts of businesses in the United States.
        NotRegistered = "not_registered",
        /// The tenant's toll-free number is not verified.
        TollFreeUnverified = "toll_free_unverified",
        /// A carrier held it back as unwanted.
        Filtered = "filtered",
        /// It is empty or too long.
        BadBody = "bad_body",
        /// Too many wait already.
        QueueFull = "queue_full",
        /// The account at the provider is suspended.
        Suspended = "account_suspended",
        /// The tenant is not connected to the provider any more.
        NotConnected = "not_connected",
        /// The provider does not take the tenant's key.
        Unauthorized = "provider_unauthorized",
        /// The provider could not be reached for too long.
        Unreachable = "provider_unreachable",
        /// The provider did not want it.
        Rejected = "provider_rejected",
        /// None of these.
        Other = "other",
    }
}

/// What a provider tells of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEvent {
    /// Who tells.
    pub provider: String,
    /// The provider's id of the text.
    pub external_id: String,
    /// Our own id of it, where it is one that we sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextId>,
    /// What became of it.
    pub told: TextTold,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TextTold {
    /// It came in.
    Came(TextCame),
    /// One that went out stands here.
    Became {
        /// Where.
        status: TextStatus,
        /// Why not, where it did not arrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<TextProblem>,
        /// The same as the provider's own code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_code: Option<String>,
    },
}

/// A text that came in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextCame {
    /// Who wrote: E.164 where it is a number.
    pub from: String,
    /// To which of the tenant's numbers.
    pub to: String,
    /// What it says.
    pub body: String,
    /// In how many parts it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<i64>,
    /// How many pictures and the like came with it.
    pub media_count: i64,
    /// What the provider took it for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<Keyword>,
    /// Whether the provider itself answers a word such as this one.
    pub is_answered: bool,
}

impl std::fmt::Debug for TextCame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextCame").field("keyword", &self.keyword).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_in_any_order_end_alike() {
        use TextStatus::{Accepted, Delivered, Failed, Queued, Sent, Undelivered, Unknown};
        let told = [Accepted, Sent, Delivered];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let end = order.iter().fold(Queued, |stands, n| stands.after(told[*n]));
            assert_eq!(end, Delivered, "{order:?}");
        }
        assert_eq!(Undelivered.after(Delivered), Undelivered);
        assert_eq!(Unknown.after(Accepted), Accepted);
        assert_eq!(Accepted.after(Unknown), Accepted);
        assert_eq!(Queued.after(Failed), Failed);
    }
}
