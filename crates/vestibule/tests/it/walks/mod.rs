//! The walks of the design, on the real program.

mod commands;
mod keys;
mod webhook;
