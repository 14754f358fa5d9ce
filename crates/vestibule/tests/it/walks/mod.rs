//! The walks of the design, on the real program.

mod audit;
mod commands;
mod keys;
mod webhook;
