//! The providers against their fixtures and against hostile receivers.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod courier;
