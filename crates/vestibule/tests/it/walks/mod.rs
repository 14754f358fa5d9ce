//! The walks of the design, on the real program.

mod api_keys;
mod archive;
mod audit;
mod commands;
mod keys;
mod privacy;
mod webhook;
