//! The crate's behaviour, through its public API, on real servers.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

mod catalogue;
mod introspect;
mod measure;
mod snapshot;
mod support;
