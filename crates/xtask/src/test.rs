//! Everything a contributor runs before handing in: all tests, then the tour.

use std::process::Command;

use postgres_for_tests::ADDRESS;

use crate::postgres;
use crate::step::{self, Failure, cargo};

/// Runs unit, integration and documentation tests of all members with all features, then the tour.
pub(crate) fn run() -> Result<(), Failure> {
    let server = postgres::server()?;
    let cargo = |words: &[&str]| -> Command {
        let mut command = cargo(words);
        command.envs(server.iter().map(|server| (ADDRESS, server.address())));
        command
    };
    let tests = ["test", "--workspace", "--all-features", "--lib", "--bins", "--tests", "--examples"];
    step::run("unit and integration tests", cargo(&tests))?;
    // The examples of `experiment` are tested there; in the package that compiles its sources once more, no schedule is running.
    let documentation = ["test", "--workspace", "--exclude", "experiment-under-shuttle", "--all-features", "--doc"];
    step::run("documentation tests", cargo(&documentation))?;
    step::run("the tour", cargo(&["run", "--package", "todo"]))
}
