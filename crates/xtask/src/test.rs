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
    step::run("documentation tests", cargo(&["test", "--workspace", "--all-features", "--doc"]))?;
    step::run("the tour", cargo(&["run", "--package", "todo"]))
}
