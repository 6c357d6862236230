//! The service over real HTTP.

mod bad_input;
mod page;
mod running;
mod todos;
mod users;
