//! A private PostgreSQL server for tests, and a database for each of them.
//!
//! ```
//! let Some(database) = postgres_for_tests::database() else { return }; // it was said that the test is skipped
//! println!("connect to {}", database.url());
//! ```
//!
//! The server listens on a socket in a temporary directory, belongs to an unprivileged user, and is stopped by its own
//! `pg_ctl`. `cargo xtask test` starts one for all tests and passes its address in [`ADDRESS`]; a test that runs without it
//! starts one for its process, which is gone soon after that process, however that ends.
//!
//! Where no server is installed, tests are skipped and say so; where `CI` is set, they fail.
//!
//! [`Cluster`] is for tests that crash or restart a server, and need one of their own.
//!
//! # What it is not
//! Not for production: the server trusts everybody who reaches its socket, and does not wait for its disk unless asked to.

mod cluster;
mod database;
mod error;
mod installation;
mod shared;
mod user;

pub use cluster::{Cluster, Durability};
pub use database::Database;
pub use error::ClusterError;
pub use installation::program;
pub use shared::{ADDRESS, database};
