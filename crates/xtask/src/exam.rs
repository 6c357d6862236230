//! Exams: the crates against data and promises.

use postgres_for_tests::ADDRESS;

use crate::postgres;
use crate::step::{self, Failure, cargo, chosen, names_of_files};

/// Runs the exam called `asked`, or all of them, and fails if one is below full marks, after having run the rest.
///
/// With a `part`, only that one runs; an exam that has none of this name fails, as one without parts does. With a `case`, only those
/// whose names have this text.
pub(crate) fn run(asked: Option<&str>, full: bool, part: Option<&str>, case: Option<&str>) -> Result<(), Failure> {
    let names = chosen("exam", names_of_files("benches/exams")?, asked)?;
    let needs_server = names.iter().any(|name| name.starts_with("migration"));
    let server = if needs_server { postgres::server()? } else { None };
    let mut below = Vec::new();
    for name in names {
        let example = format!("exam-{name}");
        let mut words =
            vec!["run", "--release", "--quiet", "--package", "cutover-benches", "--example", &example, "--"];
        if full {
            words.push("--full");
        }
        words.extend(part.into_iter().flat_map(|part| ["--part", part]));
        words.extend(case.into_iter().flat_map(|case| ["--case", case]));
        let mut command = cargo(&words);
        command.envs(server.iter().map(|server| (ADDRESS, server.address())));
        if let Err(failure) = step::run(&format!("exam {name}"), command) {
            step::say(&failure.to_string());
            below.push(name);
        }
    }
    if below.is_empty() { Ok(()) } else { Err(Failure::new(format!("below full marks: {}", below.join(", ")))) }
}
