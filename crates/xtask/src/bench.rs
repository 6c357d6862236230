//! Benches: our own questions, then the rivals in the same run.

use std::collections::BTreeSet;

use crate::step::{self, Failure, cargo, chosen, names_of_files, root};

/// Runs the bench called `asked`, or all of them. Only a run that breaks is a failure; a missed target is a line.
pub(crate) fn run(asked: Option<&str>) -> Result<(), Failure> {
    let own = names_of_files("benches")?;
    let rivals = names_of_rivals();
    let all: BTreeSet<String> = own.iter().chain(&rivals).cloned().collect();
    for name in chosen("bench", all.into_iter().collect(), asked)? {
        if own.contains(&name) {
            let words = ["bench", "--package", "cutover-benches", "--bench", &name];
            step::run(&format!("bench {name}"), cargo(&words))?;
        }
        if rivals.contains(&name) {
            let package = format!("peers-{name}");
            let manifest = "benches/peers/Cargo.toml";
            let words = ["run", "--release", "--locked", "--manifest-path", manifest, "--package", &package];
            step::run(&format!("bench {name} beside its peers"), cargo(&words))?;
        }
    }
    Ok(())
}

/// The folders of `benches/peers` that hold a package; none is no failure.
fn names_of_rivals() -> Vec<String> {
    let Ok(entries) = root().join("benches/peers").read_dir() else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
