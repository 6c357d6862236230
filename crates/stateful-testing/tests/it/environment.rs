//! What the environment says goes before what the code says.
//!
//! Variables belong to the whole process, so each test starts this binary again with its own.

use std::process::Command;

use stateful_testing::check;

use crate::machines::Numbers;

#[test]
#[ignore = "the other tests here start it with variables"]
fn child() {
    let model = Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if element >= 57 { 0 } else { elements.len() })
    });
    check(model).seed(3).run();
}

/// What `child` says with these variables.
fn said(variables: &[(&str, &str)]) -> String {
    let this = std::env::current_exe().expect("a test knows its binary");
    let output = Command::new(this)
        .args(["--exact", "environment::child", "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the binary that runs can be started again");
    assert!(!output.status.success(), "the system is wrong, so no check of it may pass: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_seed_comes_from_the_environment() {
    assert!(said(&[("STATEFUL_SEED", "0xabcdeff")]).contains("replay with STATEFUL_SEED=0xabcdeff cargo test"));
}

#[test]
fn a_single_sequence_can_be_replayed() {
    let said = said(&[("STATEFUL_REPLAY", "push/0:3 push/0:60")]);
    assert!(said.contains("  [push 57]\n"), "{said}");
    assert!(said.contains("given in STATEFUL_REPLAY"), "{said}");
    assert!(said.contains("shrunk from 2 in"), "{said}");
}

#[test]
fn nonsense_is_said_to_be_nonsense() {
    for (variable, value, message) in [
        ("STATEFUL_SEED", "fast", "STATEFUL_SEED is `fast`: should be a number such as 42 or 0x2a"),
        ("STATEFUL_CASES", "0", "cases is `0`: should be at least 1"),
        ("STATEFUL_CASES", "-1", "STATEFUL_CASES is `-1`: should be a number from 1"),
        ("STATEFUL_BUDGET", "", "STATEFUL_BUDGET is ``: should be a number from 1"),
        ("STATEFUL_REPLAY", "pull/0", "STATEFUL_REPLAY is `pull/0`: there is no such command"),
        ("STATEFUL_SHARD", "9/8", "STATEFUL_SHARD is `9/8`: should be like 3/8"),
    ] {
        let said = said(&[(variable, value)]);
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn a_shard_without_a_case_does_not_pass() {
    let said = said(&[("STATEFUL_SHARD", "8/8"), ("STATEFUL_CASES", "4")]);
    assert!(said.contains("nothing was tested"), "{said}");
}

#[test]
#[ignore = "the test below starts it with variables"]
fn shard_child() {
    let model = Numbers {
        offer: |_, menu| menu.offer(1, |g| crate::machines::Push::Push(g.int(0..1_000_000))),
        ..Numbers::with_system(|elements, element| {
            if elements.is_empty() {
                // One line for each sequence, told apart by its first number.
                println!("\nstarts with {element};");
            }
            elements.push(element);
            Ok(elements.len())
        })
    };
    check(model).seed(11).cases(64).run();
}

#[test]
fn the_shards_of_a_search_make_up_the_whole_without_overlap() {
    let started = |shard: Option<String>| -> Vec<String> {
        let mut child = Command::new(std::env::current_exe().expect("a test knows its binary"));
        child.args(["--exact", "environment::shard_child", "--ignored", "--nocapture"]);
        if let Some(shard) = shard {
            child.env("STATEFUL_SHARD", shard);
        }
        let output = child.output().expect("the binary that runs can be started again");
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().filter(|line| line.starts_with("starts with")).map(str::to_owned).collect()
    };
    let mut whole = started(None);
    let mut parts: Vec<String> = (1..=8).flat_map(|part| started(Some(format!("{part}/8")))).collect();
    whole.sort();
    parts.sort();
    assert_eq!(whole.len(), 64);
    assert_eq!(parts, whole);
}
