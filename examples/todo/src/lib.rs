//! The service of the talk: todos and users over HTTP, kept in SQLite, and one change eased into production on it.
//!
//! `cargo run -p todo -- serve` keeps it up; `cargo run -p todo` runs the tour. Where to look first: [`search`] is the
//! call site of the change, [`tour`] is the change itself.

pub mod home;
pub mod http;
pub mod metrics;
pub mod search;
pub mod store;
pub mod todo;
pub mod tour;
pub mod user;
pub mod welcome;
