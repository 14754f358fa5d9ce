//! The walks of the design, on the real program.

mod commands;
mod webhook;
