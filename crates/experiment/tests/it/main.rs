//! Behaviour of the crate as its users meet it.

mod candidates;
mod comparing;
mod default_lab;
mod failing;
mod lab;
#[cfg(feature = "metrics")]
mod metrics;
mod ordering;
mod participation;
mod publishing;
mod reporting;
