//! The closed sets that describe a call. Providers' own words map onto these; the originals are kept
//! beside them.

use serde::{Deserialize, Serialize};

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The text in which the value is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// Reads the stored text; letter case does not matter.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str().eq_ignore_ascii_case(text))
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use closed_set;

closed_set! {
    /// Where a call stands.
    Status {
        /// It rings; nobody has answered.
        Ringing = "RINGING",
        /// Two parties are connected.
        InProgress = "IN_PROGRESS",
        /// It was connected and is over.
        Completed = "COMPLETED",
        /// Nobody answered.
        NoAnswer = "NO_ANSWER",
        /// The line was busy.
        Busy = "BUSY",
        /// It was given up before it connected.
        Canceled = "CANCELED",
        /// A fault ended or prevented it.
        Failed = "FAILED",
    }
}

impl Status {
    /// True when nothing more happens on the line.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Ringing | Self::InProgress)
    }
}

closed_set! {
    /// What a call led to.
    Outcome {
        /// An appointment was made.
        Booked = "BOOKED",
        /// A message was taken for the business.
        MessageTaken = "MESSAGE_TAKEN",
        /// The caller was put through to a person.
        Transferred = "TRANSFERRED",
        /// The receptionist answered and dealt with it.
        Answered = "ANSWERED",
        /// The call never connected.
        Missed = "MISSED",
        /// A machine was reached, or took the caller's message.
        Voicemail = "VOICEMAIL",
        /// An unwanted call.
        Spam = "SPAM",
        /// The caller hung up without saying anything.
        Abandoned = "ABANDONED",
        /// A fault ended or prevented the call.
        Failed = "FAILED",
        /// None of these.
        Other = "OTHER",
    }
}

closed_set! {
    /// Why the caller rang.
    Intent {
        /// To make an appointment.
        Booking = "booking",
        /// To move an appointment.
        Reschedule = "reschedule",
        /// To cancel an appointment.
        Cancel = "cancel",
        /// To ask something.
        Question = "question",
        /// To ask for a price.
        Quote = "quote",
        /// Something that cannot wait.
        Emergency = "emergency",
        /// To leave a message.
        Message = "message",
        /// To complain.
        Complaint = "complaint",
        /// To sell something to the business.
        Sales = "sales",
        /// None of these.
        Other = "other",
    }
}

closed_set! {
    /// Who called whom, seen from the business.
    Direction {
        /// A caller rang the business.
        Inbound = "INBOUND",
        /// The business rang somebody.
        Outbound = "OUTBOUND",
    }
}

closed_set! {
    /// How the caller was connected.
    Channel {
        /// Over the telephone network.
        Phone = "phone",
        /// From a browser.
        Web = "web",
    }
}

closed_set! {
    /// How the caller felt, as the provider's analysis puts it.
    Sentiment {
        /// Pleased.
        Positive = "POSITIVE",
        /// Neither.
        Neutral = "NEUTRAL",
        /// Displeased.
        Negative = "NEGATIVE",
    }
}

closed_set! {
    /// How a call ended, as far as the line is concerned: the provider's disconnection reason, reduced.
    Ending {
        /// A connected call ended as calls do.
        Normal = "normal",
        /// It was handed to a person.
        Transferred = "transferred",
        /// A machine answered.
        Machine = "machine",
        /// The other side was busy.
        Busy = "busy",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// It was given up or declined before it connected.
        Canceled = "canceled",
        /// It could not be connected.
        Unreachable = "unreachable",
        /// It was recognised as unwanted.
        Spam = "spam",
        /// A limit of the provider's account stood in the way.
        Refused = "refused",
        /// A technical fault.
        Fault = "fault",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(*status));
        }
        assert_eq!(Outcome::parse("booked"), Some(Outcome::Booked));
        assert_eq!(Outcome::parse("nonsense"), None);
    }
}
