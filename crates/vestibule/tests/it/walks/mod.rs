//! The walks of the design, on the real program.

mod archive;
mod commands;
mod privacy;
mod webhook;
