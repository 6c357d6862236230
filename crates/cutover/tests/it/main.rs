//! The command line, run as people run it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod care;
mod diff;
mod experiment;
mod flags;
mod lint;
mod migration;
mod migration_postgres;
mod running;
mod store;
