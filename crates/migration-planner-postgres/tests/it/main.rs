//! The crate's behaviour, through its public API, on real servers.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

mod bad_input;
mod catalogue;
mod chains;
mod cut_off;
mod differences;
mod drift;
#[cfg(feature = "tls")]
mod encrypted;
mod foretold;
mod full_disk;
mod inherited;
mod introspect;
mod keyless;
mod measure;
mod one_runner;
mod pooler;
mod roll_back;
mod running;
mod schema_text;
mod snapshot;
mod support;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod waiting;
