//! What is seen of a check while it runs: on a real pseudo-terminal, and where a command never comes back.

use std::env;
use std::process::{Command as Program, Stdio};
use std::time::{Duration, Instant};

use stateful_testing::check;

use crate::machines::{Numbers, Push};

/// Set for the tests below that are started by others.
const STARTED: &str = "STATEFUL_TEST_STARTED";

/// This program, to run one test in a process of its own.
fn own(test: &str) -> String {
    let program = env::current_exe().expect("a test has a program");
    format!("{} --exact {test} --nocapture", program.display())
}

/// A check that takes longer than anybody looks at a silent terminal.
#[test]
fn slow_child() {
    if env::var_os(STARTED).is_none() {
        return;
    }
    let slow = Numbers::with_system(|elements, element| {
        // What takes time is done by looking at the clock: nothing waits for it.
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1) {
            std::hint::spin_loop();
        }
        elements.push(element);
        Ok(elements.len())
    });
    let refusing = Numbers { precondition: |_, Push::Push(element)| element % 2 == 0, ..slow };
    check(refusing).seed(1).cases(400).max_commands(8).run();
}

#[test]
fn a_terminal_shows_cases_commands_and_rejects_and_is_clean_afterwards() {
    // `script` runs a program on a pseudo-terminal; where it is missing there is nothing to look at.
    let run = Program::new("script")
        .args(["--quiet", "--return", "--command", &own("terminal::slow_child"), "/dev/null"])
        .env(STARTED, "1")
        .env("TERM", "xterm")
        .env_remove("CI")
        .stdin(Stdio::null())
        .output();
    let Ok(output) = run else { return };
    let screen = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{screen}");
    assert!(screen.contains(" of 400 cases, "), "{screen:?}");
    assert!(screen.contains(" commands, ") && screen.contains(" rejected"), "{screen:?}");
    let last = screen.rfind(" rejected").unwrap();
    assert!(screen[last..].contains("\r\u{1b}[2K"), "{screen:?}");
}

#[test]
fn nothing_is_shown_where_the_output_is_no_terminal() {
    let run = Program::new(env::current_exe().unwrap())
        .args(["--exact", "terminal::slow_child", "--nocapture"])
        .env(STARTED, "1")
        .env_remove("CI")
        .output()
        .unwrap();
    assert!(run.status.success());
    assert!(!String::from_utf8_lossy(&run.stderr).contains("cases"));
}

/// A command that does not come back.
#[test]
fn hanging_child() {
    if env::var_os(STARTED).is_none() {
        return;
    }
    let hangs = Numbers::with_system(|elements, element| {
        elements.push(element);
        while elements.len() == 2 {
            std::thread::park();
        }
        Ok(elements.len())
    });
    check(hangs).seed(1).deadline(Duration::from_millis(50)).run();
}

#[test]
fn a_command_that_never_ends_ends_the_process_with_its_place() {
    let run = Program::new(env::current_exe().unwrap())
        .args(["--exact", "terminal::hanging_child", "--nocapture"])
        .env(STARTED, "1")
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(101));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("terminal.rs"), "{said}");
    assert!(
        said.contains("command 2 of a sequence, `push`, does not come back, though its deadline is 50ms"),
        "{said}"
    );
    assert!(said.contains("STATEFUL_SEED=0x"), "{said}");
}
