//! The service over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod page;
mod queries;
mod running;
mod serving;
mod stateful;
mod todos;
mod tour;
mod users;
