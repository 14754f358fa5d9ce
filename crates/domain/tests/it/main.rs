//! The rooms on every engine.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod again;
#[cfg(test)]
mod agencies;
#[cfg(test)]
mod archive;
#[cfg(test)]
mod archive_hostile;
#[cfg(test)]
mod archive_tables;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bearer;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod doubles;
#[cfg(test)]
mod doubles_archive;
#[cfg(test)]
mod doubles_calls;
#[cfg(test)]
mod doubles_instance;
#[cfg(test)]
mod doubles_mails;
#[cfg(test)]
mod doubles_merge;
#[cfg(test)]
mod doubles_outbox;
#[cfg(test)]
mod doubles_privacy;
#[cfg(test)]
mod doubles_raw_events;
#[cfg(test)]
mod doubles_recordings;
#[cfg(test)]
mod doubles_texts;
#[cfg(test)]
mod doubles_usage;
#[cfg(test)]
mod doubles_workflows;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lockout;
#[cfg(test)]
mod look;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod membership;
#[cfg(test)]
mod merge;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod people;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod raw_events;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod texts_out;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod workflows;
