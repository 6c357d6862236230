//! S8: putting 50 or more fails once the door has been locked twice; locking and unlocking alternate.

use hegel::TestCase;
use hegel::generators::integers;
use proptest::prelude::*;
use stateful_testing::{Command, Menu};

use crate::machine::{Machine, Pair};

pub(crate) struct Door;

#[derive(Debug, Clone, Command)]
pub(crate) enum DoorCommand {
    Lock,
    Unlock,
    Put(u32),
}

impl Machine for Door {
    const NAME: &'static str = "S8-door";
    const MINIMUM: u64 = 5;
    const RUNS_AT_MOST: u32 = 40;

    /// Whether it is locked.
    type State = bool;
    type Command = DoorCommand;
    type Output = bool;
    /// How often it was locked.
    type System = u32;

    fn init() -> bool {
        false
    }
    fn allowed(locked: &bool, command: &DoorCommand) -> bool {
        *locked == matches!(command, DoorCommand::Unlock)
    }
    fn next(locked: &mut bool, command: &DoorCommand) -> bool {
        match command {
            DoorCommand::Lock => *locked = true,
            DoorCommand::Unlock => *locked = false,
            DoorCommand::Put(_) => {}
        }
        true
    }

    fn system() -> u32 {
        0
    }
    fn run(locks: &mut u32, command: &DoorCommand) -> bool {
        if let DoorCommand::Lock = command {
            *locks += 1;
        }
        !matches!(command, DoorCommand::Put(weight) if *weight >= 50 && *locks >= 2)
    }

    fn offer(locked: &bool, menu: &mut Menu<'_, DoorCommand>) {
        if *locked {
            menu.offer(1, |_| DoorCommand::Unlock);
        } else {
            menu.offer(1, |_| DoorCommand::Lock);
            menu.offer(1, |g| DoorCommand::Put(g.int(0..100)));
        }
    }
    fn strategy(locked: &bool) -> BoxedStrategy<DoorCommand> {
        if *locked {
            Just(DoorCommand::Unlock).boxed()
        } else {
            prop_oneof![Just(DoorCommand::Lock), (0..100_u32).prop_map(DoorCommand::Put)].boxed()
        }
    }
    fn hegel(test_case: TestCase, steps: i64) {
        hegel::stateful::machine(Rules(Pair::new())).steps(steps).run(test_case);
    }
}

struct Rules(Pair<Door>);

#[hegel::state_machine]
impl Rules {
    #[rule]
    fn lock(&mut self, test_case: TestCase) {
        test_case.assume(!self.0.state);
        self.0.step(&DoorCommand::Lock);
    }
    #[rule]
    fn unlock(&mut self, test_case: TestCase) {
        test_case.assume(self.0.state);
        self.0.step(&DoorCommand::Unlock);
    }
    #[rule]
    fn put(&mut self, test_case: TestCase) {
        test_case.assume(!self.0.state);
        let weight = test_case.draw(integers::<u32>().max_value(99));
        self.0.step(&DoorCommand::Put(weight));
    }
}
