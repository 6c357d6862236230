//! How often the runner asks for memory for each command of a check that passes, counted under Callgrind.
//!
//! The machine itself never does: its state and its commands are numbers.

use cutover_benches::collected;
use stateful_testing::{Check, Command, Env, Failed, Menu, Model, check};

/// A counter: nothing of it is on the heap.
#[derive(Clone)]
struct Counter;

#[derive(Debug, Clone, Command)]
enum Counting {
    Add(u32),
    Double,
    Reset,
}

impl Model for Counter {
    type State = u32;
    type Command = Counting;
    type Output = u32;
    type System = u32;

    fn init(&self) -> u32 {
        0
    }
    fn commands(&self, _state: &u32, menu: &mut Menu<'_, Counting>) {
        menu.offer(3, |g| Counting::Add(g.int(..)));
        menu.offer(2, |_| Counting::Double);
        menu.offer(1, |_| Counting::Reset);
    }
    fn next(&self, state: &mut u32, command: &Counting) -> u32 {
        *state = match command {
            Counting::Add(number) => state.wrapping_add(*number),
            Counting::Double => state.wrapping_mul(2),
            Counting::Reset => 0,
        };
        *state
    }
    fn setup(&self, _state: &u32) -> Result<u32, Failed> {
        Ok(0)
    }
    fn run(&self, system: &mut u32, command: &Counting, _env: &mut Env) -> Result<u32, Failed> {
        Ok(self.next(system, command))
    }
}

/// The argument by which the exam starts itself under Callgrind.
pub(crate) const COUNTED: &str = "counted-allocations";

/// Cases of the check: enough that what is done once per check is little beside them.
const CASES: u32 = 64;

fn counted() -> Check<Counter> {
    check(Counter).seed(1).cases(CASES).max_commands(500)
}

/// How many commands the check runs.
pub(crate) fn commands() -> u64 {
    counted().try_run().expect("the counter is right").tally().commands()
}

/// Runs the check where everything is counted.
pub(crate) fn run_counted() {
    let mut check = |times: u64| {
        for _ in 0..times {
            counted().run();
        }
    };
    check(1);
    collected(&mut check, 1);
}
