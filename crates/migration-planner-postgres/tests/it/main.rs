//! The crate's behaviour, through its public API, on real servers.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

mod bad_input;
mod catalogue;
mod drift;
mod introspect;
mod measure;
mod one_runner;
mod running;
mod snapshot;
mod support;
mod waiting;
