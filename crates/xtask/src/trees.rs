//! How much a user of a core compiles: the number of crates in its tree, and what may never be among them.

use std::collections::BTreeSet;

use crate::step::{self, Failure, cargo};

/// A core, the options of its tree, and the most crates in it, itself and what only its build needs included.
const MOST: [(&str, &[&str], usize); 6] = [
    ("feature-flags", &[], 35),
    ("feature-flags", &["--no-default-features"], 18),
    ("experiment", &[], 25),
    ("stateful-testing", &[], 45),
    ("migration-planner", &[], 45),
    ("verdict", &[], 1),
];

/// Async runtimes, what builds or binds C, and TLS: none of them in a core.
const NEVER: [&str; 12] = [
    "async-std",
    "bindgen",
    "cc",
    "cmake",
    "native-tls",
    "openssl",
    "openssl-sys",
    "pkg-config",
    "ring",
    "rustls",
    "smol",
    "tokio",
];

/// Counts every tree; one that is too large, or holds what it may not, is a failure.
pub(crate) fn check() -> Result<(), Failure> {
    for (package, options, most) in MOST {
        let name = [&[package], options].concat().join(" ");
        let crates = tree(&name, package, options)?;
        step::say(&format!("tree of {name}: {} crates of at most {most}", crates.len()));
        if crates.len() > most {
            let list: Vec<&str> = crates.iter().map(String::as_str).collect();
            return Err(Failure::new(format!("tree of {name}: {} crates: {}", crates.len(), list.join(", "))));
        }
        let named = |never: &&str| crates.iter().any(|line| line.split(' ').next() == Some(*never));
        if let Some(never) = NEVER.iter().find(|never| named(never)) {
            return Err(Failure::new(format!("tree of {name}: {never} may not be in it")));
        }
    }
    Ok(())
}

/// The crates of a tree, each as its name and version.
fn tree(name: &str, package: &str, options: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let words =
        ["tree", "--quiet", "--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--package", package];
    let printed = step::output(&format!("tree of {name}"), cargo(&[&words[..], options].concat()))?;
    if !printed.status.success() {
        return Err(Failure::new(format!("tree of {name}: {}", String::from_utf8_lossy(&printed.stderr))));
    }
    let text = String::from_utf8_lossy(&printed.stdout);
    // A line is `name v1.2.3`, then in brackets where it comes from, what it is, and whether it was listed before.
    let crates = text.lines().filter_map(|line| line.split(" (").next()).map(str::to_owned);
    Ok(crates.filter(|line| !line.is_empty()).collect())
}
