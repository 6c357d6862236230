//! Systems that take their process down with them.

use std::time::Duration;
use std::{process, thread};

use stateful_testing::{Cause, Failed, Failure, Falsified, check};

use crate::machines::{Numbers, Push};

/// Longer than any machine is away, and only waited for by a test about waiting.
const LIMIT: Duration = Duration::from_mins(1);

fn isolated(system: fn(&mut Vec<u32>, u32) -> Result<usize, Failed>, limit: Duration) -> Falsified<Push> {
    match check(Numbers::with_system(system)).seed(1).cases(20).isolated(limit).try_run() {
        Err(Failure::Falsified(failure)) => *failure,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the system is wrong"),
    }
}

#[test]
fn an_abort_is_shrunk() {
    let failure = isolated(
        |elements, element| {
            if element >= 57 {
                process::abort();
            }
            elements.push(element);
            Ok(elements.len())
        },
        LIMIT,
    );
    assert_eq!(failure.sequence().to_string(), "[push 57]");
    assert!(matches!(failure.cause(), Cause::Died { .. }), "{}", failure.cause());
    assert!(failure.trace().steps()[0].output.is_none());
}

#[test]
fn an_overflow_of_the_stack_is_shrunk() {
    #[allow(unconditional_recursion, reason = "that is what is tested")]
    fn deeper(depth: u64) -> u64 {
        std::hint::black_box(deeper(std::hint::black_box(depth) + 1) + 1)
    }
    let failure = isolated(
        |elements, element| {
            elements.push(element);
            if elements.len() == 3 {
                deeper(0);
            }
            Ok(elements.len())
        },
        LIMIT,
    );
    assert_eq!(failure.sequence().to_string(), "[push 0, push 0, push 0]");
    assert!(matches!(failure.cause(), Cause::Died { .. }), "{}", failure.cause());
}

#[test]
fn a_hang_ends_with_its_limit() {
    let failure = isolated(
        |_, _| loop {
            thread::park();
        },
        Duration::from_secs(1),
    );
    assert_eq!(failure.sequence().to_string(), "[push 0]");
    assert!(matches!(failure.cause(), Cause::Hung { .. }), "{}", failure.cause());
}

#[test]
fn an_ordinary_failure_comes_through_whole() {
    let failure = isolated(
        |elements, element| {
            elements.push(element);
            assert!(element < 57, "too\tmuch\n100 %");
            Ok(elements.len())
        },
        LIMIT,
    );
    assert_eq!(failure.sequence().to_string(), "[push 57]");
    let Cause::Panic { message, during, .. } = failure.cause() else { panic!("{}", failure.cause()) };
    assert_eq!((message.as_str(), *during), ("too\tmuch\n100 %", "run"));
}

#[test]
fn a_system_that_is_right_passes_in_isolation() {
    let passed = check(Numbers::right()).seed(1).cases(20).isolated(LIMIT).try_run().unwrap();
    assert_eq!(passed.cases(), 20);
}
