//! Does `verdict` compute what others compute, and is it as seldom wrong as it says?
//!
//! The first parts compare with published values and with those of other libraries, to a relative 1e-6 or to the last digit
//! they print. The rest simulates streams with a look after every run and counts in how many the bound is *ever* wrong:
//! at most alpha, here 5 %. Beside it stands the bound made for one look. 10,000 streams with `--full`, 1,000 without.
#![allow(clippy::print_stdout, reason = "what it prints is the result")]

#[path = "verdict/coverage.rs"]
mod coverage;
#[path = "verdict/dice.rs"]
mod dice;
#[path = "verdict/values.rs"]
mod values;

use cutover_benches::{Exam, full_form};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut exam = Exam::new("verdict");
    values::all(&mut exam);
    coverage::all(&mut exam, if full_form() { 10_000 } else { 1_000 });
    exam.finish()
}
