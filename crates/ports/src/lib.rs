//! The outside as traits. Providers implement these; the rooms and doors use them without knowing whom they
//! talk to.

pub mod courier;
pub mod webhooks;

pub use courier::{Courier, Parcel, Receipt, ReceiptKind};
pub use webhooks::{
    Address, CallWebhooks, Disposition, EventKey, Identity, Inbound, NormalizeFault, Resource, ResourceKind,
    VerifyFault,
};
