//! The walks of the design, on the real program.

mod archive;
mod audit;
mod commands;
mod keys;
mod privacy;
mod webhook;
