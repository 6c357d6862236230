//! A test that does not test what it should must not pass.

use stateful_testing::{Command, Cover, Env, Failed, Failure, Menu, Model, check};

/// A stack of at most three; `pops` says whether anything is ever popped.
struct Stack {
    pops: bool,
}

#[derive(Debug, Clone, Command)]
enum StackCommand {
    Push,
    Pop,
}

impl Model for Stack {
    type State = u8;
    type Command = StackCommand;
    type Output = ();
    type System = ();

    fn init(&self) -> u8 {
        0
    }
    fn commands(&self, _height: &u8, menu: &mut Menu<'_, StackCommand>) {
        menu.offer(1, |_| StackCommand::Push);
        if self.pops {
            menu.offer(1, |_| StackCommand::Pop);
        }
    }
    fn precondition(&self, height: &u8, command: &StackCommand) -> bool {
        match command {
            StackCommand::Push => *height < 3,
            StackCommand::Pop => *height > 0,
        }
    }
    fn next(&self, height: &mut u8, command: &StackCommand) {
        match command {
            StackCommand::Push => *height += 1,
            StackCommand::Pop => *height -= 1,
        }
    }
    fn setup(&self, _height: &u8) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &StackCommand, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
    fn class(&self, height: &u8) -> &'static str {
        match height {
            0 => "empty",
            3 => "full",
            _ => "between",
        }
    }
}

#[test]
fn counts_add_up() {
    let passed = check(Stack { pops: true }).seed(1).try_run().unwrap();
    let tally = passed.tally();
    let in_classes: u64 = ["empty", "between", "full"].map(|class| tally.in_class("pop", class).unwrap()).iter().sum();
    assert_eq!(in_classes, tally.command("pop").unwrap());
    assert_eq!(tally.in_class("pop", "empty"), Some(0));
    assert_eq!(tally.in_class("push", "full"), Some(0));
    assert!(tally.pair("push", "pop").unwrap() > 0);
    assert_eq!(tally.command("peek"), None);
}

#[test]
fn tables_show_what_followed_what_and_in_which_class() {
    let passed = check(Stack { pops: false }).seed(1).cases(1).max_commands(3).try_run().unwrap();
    let printed = passed.tally().to_string();
    let pushes = passed.tally().command("push").unwrap();
    assert!(printed.contains(&format!("  push  {pushes} generated\n  pop   0 generated\n")), "{printed}");
    assert!(printed.contains("\n  in        push      pop\n  empty        1        0\n"), "{printed}");
}

#[test]
fn what_is_covered_passes() {
    check(Stack { pops: true })
        .seed(1)
        .require(Cover::command("pop"), 100)
        .require(Cover::pair("push", "pop"), 100)
        .require(Cover::in_class("pop", "full"), 10)
        .run();
}

#[test]
fn what_is_not_covered_fails_with_the_tables() {
    let failure = check(Stack { pops: false }).seed(1).require(Cover::pair("push", "pop"), 1).try_run().unwrap_err();
    assert!(matches!(failure, Failure::Vacuous { at_least: 1, count: 0, .. }));
    let message = failure.to_string();
    assert!(message.contains("`push` then `pop` came up 0 times, and 1 are required"), "{message}");
    assert!(message.contains("pop   0 generated"), "{message}");
    assert!(message.contains("%) refused by the precondition"), "{message}");
}

#[test]
fn a_requirement_nobody_can_meet_is_named() {
    let failure = check(Stack { pops: true }).require(Cover::command("peek"), 1).try_run().unwrap_err();
    assert_eq!(failure.to_string(), "require is `peek`: names a command that does not exist; there are: push, pop");
}
