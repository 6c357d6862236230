//! What continuous integration checks besides the tests.

use std::process::Command;

use crate::step::{self, Failure, cargo};
use crate::{exam, trees};

/// Runs every check; the first that fails ends the run.
pub(crate) fn run() -> Result<(), Failure> {
    step::run("formatting", cargo(&["fmt", "--all", "--check"]))?;
    manifests()?;
    trees::check()?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    step::run("clippy", cargo(&clippy))?;
    let mut documentation = cargo(&["doc", "--no-deps", "--workspace", "--all-features"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    step::run("documentation", documentation)?;
    each_feature()?;
    exam::run(None, false, None, None)
}

/// Cargo only warns about a key it does not know, and the setting it was meant to be is silently off.
fn manifests() -> Result<(), Failure> {
    let what = "manifest keys";
    let printed = step::output(what, cargo(&["check", "--workspace"]))?;
    let text = String::from_utf8_lossy(&printed.stderr);
    match text.lines().find(|line| line.contains("unused manifest key")) {
        Some(line) => Err(Failure::new(format!("{what}: {line}"))),
        None if printed.status.success() => Ok(()),
        None => Err(Failure::new(format!("{what}: cargo check failed:\n{text}"))),
    }
}

/// Each feature alone must build. Left out, and said, where cargo-hack is not installed.
fn each_feature() -> Result<(), Failure> {
    let there = Command::new("cargo-hack").arg("hack").arg("--version").output().is_ok_and(|out| out.status.success());
    if there {
        step::run("each feature", cargo(&["hack", "check", "--each-feature", "--workspace", "--no-dev-deps"]))
    } else {
        step::say("each feature: skipped, cargo-hack is not installed (cargo install cargo-hack)");
        Ok(())
    }
}
