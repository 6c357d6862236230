//! From a flag and a context to on or off, with the reason.
//!
//! One function evaluates; who wants to know why passes a [`Trace`] that writes down what it sees. So an explanation
//! cannot disagree with the answer.

mod compare;
mod decision;
mod fold;
mod run;
mod trace;
mod truth;

#[cfg(all(feature = "testing", feature = "toml"))]
pub(crate) use decision::CODES;
pub use decision::{Decision, Reason};
pub(crate) use fold::folded;
pub(crate) use run::{Evaluation, Outcome, Switched};
pub(crate) use trace::Trace;
pub(crate) use truth::Truth;
