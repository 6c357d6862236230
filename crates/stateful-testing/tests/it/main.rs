//! The crate as its users see it.

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod arguments;
mod asynchronous;
mod attribute_form;
mod bad_input;
mod bytes;
mod commands;
mod complaints;
mod coverage;
mod environment;
mod exhaustive;
mod faults;
mod hidden;
mod isolation;
mod machines;
mod references;
mod regressions;
mod reports;
mod running;
mod search;
mod shrinking;
mod terminal;
mod words;
