//! The crate's behaviour, through its public API, on real database files.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod bad_input;
mod catalogue;
mod crash;
mod delete_rows;
mod drift;
mod drop_column;
mod going_back;
mod introspect;
mod machine;
mod one_runner;
mod rename_column;
mod rename_table;
mod schema_text;
mod support;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod usage;
