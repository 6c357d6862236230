//! Behaviour of the crate as its users meet it.

mod asynchronous;
mod attacks;
mod background;
mod bad_input;
mod breaker;
mod candidates;
mod cohorts;
mod comparing;
mod concurrent;
mod conformance;
mod deadlines;
mod default_lab;
#[cfg(feature = "serde")]
mod diff_call_site;
#[cfg(feature = "serde")]
mod diff_patterns;
#[cfg(feature = "serde")]
mod diff_rules;
mod dropped_futures;
mod failing;
#[cfg(feature = "serde")]
mod faults;
#[cfg(feature = "json")]
mod hostile_lines;
mod html;
#[cfg(feature = "json")]
mod json_lines;
mod lab;
mod limits;
mod listed;
#[cfg(feature = "metrics")]
mod metrics;
mod moments;
mod noise;
#[cfg(feature = "serde")]
mod noise_by_path;
mod ordering;
mod participation;
mod pool;
mod promoting;
mod publishing;
#[cfg(feature = "serde")]
mod raising;
#[cfg(feature = "json")]
mod replaying;
#[cfg(feature = "json")]
mod report_log;
mod reporting;
mod room;
mod surroundings;
#[cfg(feature = "tracing")]
mod tracing;
mod verdicts;
