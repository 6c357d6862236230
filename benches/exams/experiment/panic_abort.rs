//! `panic-abort`: a program that is built with `panic = "abort"` is told once, and ended by a candidate's panic; one that is
//! built to unwind is told nothing, and its caller has its value.

use std::process::{Command, Output};

/// Builds and runs the example of the crate both ways. Gives how many of four things were right.
pub(crate) fn panic_abort() -> usize {
    let told = |output: &Output| String::from_utf8_lossy(&output.stdout).matches("told: contain: ").count();
    let has_value = |output: &Output| String::from_utf8_lossy(&output.stdout).contains("the caller has its value: 1");
    let unwinds = example(&[]);
    // In a folder of its own, since every dependency is built again.
    let aborts = example(&["--config", "profile.dev.panic=\"abort\"", "--target-dir", "target/panic-abort"]);
    let right = [
        unwinds.status.success() && has_value(&unwinds),
        told(&unwinds) == 0,
        told(&aborts) == 1,
        // Not the exit code of a build that failed: it was told something before.
        told(&aborts) == 1 && !aborts.status.success() && !has_value(&aborts),
    ];
    right.into_iter().filter(|right| *right).count()
}

fn example(more: &[&str]) -> Output {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "-p", "experiment", "--example", "panic_abort"]).args(more);
    command.output().expect("an exam runs where cargo does")
}
