//! What exams and benches share: how a line of result is printed, and what several of them read.
//!
//! An exam prints one line per part, `exam flags/golden-vectors: 512 of 512`, and its process exits non-zero below full
//! marks. A bench prints one line per target, `bench flags/typed-on: ratio 0.14, target 0.17, met`, and never fails
//! for a missed target, since machines are noisy.

mod callgrind;
mod chain;
mod exam;
mod machine;
mod target;

pub use callgrind::{Counts, can_count, collected, count};
pub use chain::files_of_chain;
pub use exam::{Exam, asked_case, asks_for, full_form};
pub use machine::machine_facts;
pub use target::Target;
