//! The providers against their fixtures and against hostile receivers.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod courier;
#[cfg(test)]
mod double;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod n8n_api;
#[cfg(test)]
mod n8n_examples;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod retell;
#[cfg(test)]
mod retell_account;
#[cfg(test)]
mod twilio;
#[cfg(test)]
mod twilio_account;
#[cfg(test)]
mod vapi;
