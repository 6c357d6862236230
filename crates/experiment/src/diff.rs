//! Where two results differ: for any type that is `Serialize`, path by path.
//!
//! [`Run::diff`](crate::Run::diff) takes mismatches of an experiment apart and counts the differences per path in the
//! [`Report`](crate::Report). [`Rules::differences`] does the same for two values at hand, in a test for example:
//!
//! ```
//! use experiment::diff::{Kind, Rules, Tolerance};
//! # #[derive(serde::Serialize, Clone)] struct User { id: u32, email: String, score: f64 }
//! # let old = vec![User { id: 1, email: "a@x".into(), score: 0.3 }, User { id: 2, email: "b@x".into(), score: 1.0 }];
//! # let mut new = old.clone();
//! # new[1].email = "B@x".into();
//! # new[0].score = 0.1 + 0.2;
//!
//! let rules = Rules::new()
//!     .by("$", "id")?                                           // users are paired by their ids
//!     .tolerance("[*].score", Tolerance::relative(1e-9)?)?
//!     .show("[*].email")?;                                      // values stay hidden, except here
//!
//! let differences = rules.differences(&old, &new)?;
//! assert_eq!(differences.to_string(), "[1].email changed: \"b@x\" became \"B@x\"\n");
//! assert_eq!(differences.changes()[0].kind, Kind::Changed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How values are seen
//! As their `Serialize` implementations describe them, without a detour through JSON: enum variants, structs, integers of 128 bits,
//! bytes and maps with any keys stay what they are. Names of structs do not count, widths of numbers neither (`7_u8` is
//! `7_i64`), so that a candidate may return a type of its own. Newtype structs are looked through.
//!
//! # How lists are compared
//! By key where a rule [`by`](Rules::by) says so and every element has a different one. Otherwise a list that holds the same elements in
//! another order is one [`Kind::Reordered`]; else elements that are the same are aligned (a longest common subsequence), and what is left
//! between them is missing, extra or changed: one element inserted at the front of 100 is one change. Lists that differ in
//! more than some hundreds of elements are compared index by index, and their lengths as one [`Kind::Length`].
//!
//! # Path patterns
//! | pattern | matches |
//! |---|---|
//! | `$` | the whole value |
//! | `users[*].email` | the field `email` of every element of `users` |
//! | `[*].email` | the same where the value is itself a list |
//! | `headers["x-trace.id"]` | a map's key, or a field, that is not a plain name |
//! | `settings.*` | all fields or keys of `settings` |
//! | `pair[0]` | the first of a tuple; elements of lists have no fixed places, so only `[*]` matches them |
//! | `**.updated_at` | `updated_at` at any depth |
//! | `**.*_at` | every field whose name ends so; `*` in a name is any characters |
//! | `headers[/^x-(trace\|span)-/]` | every field or key in whose name the regular expression is found (feature `regex`) |
//!
//! Options and enum variants have no step of their own: `status.code` is the field `code` of whatever variant `status` is.

mod aggregate;
mod align;
mod build;
mod call_site;
mod change;
mod expression;
mod glob;
mod limits;
mod mark;
mod pairing;
mod path;
mod pattern;
mod report;
mod rules;
mod same;
mod serializer;
mod tolerance;
mod tree;
mod walk;
mod words;
mod worker;

#[cfg(all(test, not(shuttle)))]
mod tests;

pub(crate) use aggregate::DifferenceRecord;
pub(crate) use aggregate::MOST_PATHS;
pub use call_site::AndDiff;
pub use change::{Change, Differences, Kind};
pub use limits::Limits;
pub(crate) use pairing::Pairing;
pub use pattern::PatternProblem;
pub use report::{DifferenceReport, DifferenceSample, PathReport};
pub use rules::{RuleError, Rules, UnserializableError};
pub use tolerance::Tolerance;
pub(crate) use worker::Worker;
