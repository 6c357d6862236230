//! The crate as its users see it.

mod arguments;
mod bad_input;
mod commands;
mod machines;
mod references;
mod reports;
mod running;
mod shrinking;
