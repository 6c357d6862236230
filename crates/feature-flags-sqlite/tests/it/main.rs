//! The store as applications and tools use it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod errors;
mod exchange;
mod format;
mod history;
mod machine;
mod processes;
mod sections;
mod source;
mod store;
mod undo;
