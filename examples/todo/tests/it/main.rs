//! The service over real HTTP.

mod bad_input;
mod page;
mod running;
mod stateful;
mod todos;
mod tour;
mod users;
