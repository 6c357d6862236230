//! The crate's behaviour, through its public API.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod attacks;
mod catalogue;
mod corpora;
mod diff;
mod files;
mod gate;
mod layouts;
mod lint;
mod locks;
mod plan_file;
mod refusals;
mod render;
#[cfg(feature = "syntax")]
mod schema_text;
mod scripts;
mod usage;
