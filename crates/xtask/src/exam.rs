//! Exams: the crates against data and promises.

use crate::step::{self, Failure, cargo, chosen, names_of_files};

/// Runs the exam called `asked`, or all of them, and fails if one is below full marks, after having run the rest.
pub(crate) fn run(asked: Option<&str>, full: bool) -> Result<(), Failure> {
    let mut below = Vec::new();
    for name in chosen("exam", names_of_files("benches/exams")?, asked)? {
        let example = format!("exam-{name}");
        let mut words =
            vec!["run", "--release", "--quiet", "--package", "cutover-benches", "--example", &example, "--"];
        if full {
            words.push("--full");
        }
        if let Err(failure) = step::run(&format!("exam {name}"), cargo(&words)) {
            step::say(&failure.to_string());
            below.push(name);
        }
    }
    if below.is_empty() { Ok(()) } else { Err(Failure::new(format!("below full marks: {}", below.join(", ")))) }
}
