//! Models and settings that make no sense: a clear message, never an endless loop, never a pass.

use std::cell::Cell;

use stateful_testing::{Command, Env, Failed, Failure, Menu, Model, New, Ref, check};

use crate::machines::{Numbers, Push};

fn message<M: Model>(check: &stateful_testing::Check<M>) -> String {
    check.try_run().expect_err("must not pass").to_string()
}

#[test]
fn a_precondition_nobody_can_satisfy_is_named() {
    let check = check(Numbers { precondition: |_, _| false, ..Numbers::right() }).seed(1);
    assert!(matches!(check.try_run(), Err(Failure::NothingGenerated { .. })));
    let message = message(&check);
    assert!(message.contains("nothing was tested"), "{message}");
    assert!(message.contains("refused by the precondition"), "{message}");
}

#[test]
fn a_model_that_offers_nothing_does_not_pass() {
    let message = message(&check(Numbers { offer: |_, _| {}, ..Numbers::right() }));
    assert!(message.contains("no command could be generated in the first state"), "{message}");
}

#[test]
fn offers_of_weight_zero_are_no_offers() {
    let model = Numbers { offer: |_, menu| menu.offer(0, |_| Push::Push(0)), ..Numbers::right() };
    assert!(matches!(check(model).try_run(), Err(Failure::NothingGenerated { .. })));
}

#[test]
fn a_generator_that_panics_is_shown_with_its_place() {
    let model = Numbers { offer: |state, menu| menu.offer(1, |g| Push::Push(*g.pick(state))), ..Numbers::right() };
    let message = message(&check(model));
    assert!(message.contains("the model is wrong"), "{message}");
    assert!(message.contains("there must be an item to pick"), "{message}");
    assert!(message.contains("bad_input.rs"), "{message}");
    assert!(message.contains("STATEFUL_SEED="), "{message}");
}

#[test]
fn an_empty_range_is_shown_with_its_place() {
    let model = Numbers { offer: |_, menu| menu.offer(1, |g| Push::Push(g.int(3..3))), ..Numbers::right() };
    let message = message(&check(model));
    assert!(message.contains("must not be empty") && message.contains("bad_input.rs"), "{message}");
}

#[test]
fn zeros_are_refused() {
    for (check, name) in [
        (check(Numbers::right()).cases(0), "cases"),
        (check(Numbers::right()).budget(0), "budget"),
        (check(Numbers::right()).max_commands(0), "max_commands"),
        (check(Numbers::right()).failures(0), "failures"),
        (check(Numbers::right()).exhaustive(0), "exhaustive"),
    ] {
        assert_eq!(message(&check), format!("{name} is `0`: should be at least 1"));
    }
}

/// Gives something else each time, in the model or in the system.
struct Unsteady {
    calls: Cell<u32>,
    in_model: bool,
}

#[derive(Debug, Clone, Command)]
enum Ask {
    Ask(u32),
}

impl Model for Unsteady {
    type State = ();
    type Command = Ask;
    type Output = bool;
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Ask>) {
        let calls = if self.in_model { self.calls.get() } else { 0 };
        menu.offer(1, |_| Ask::Ask(calls));
    }
    fn next(&self, _state: &mut (), _command: &Ask) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &Ask, _env: &mut Env) -> Result<bool, Failed> {
        self.calls.set(self.calls.get() + 1);
        Ok(if self.in_model { self.calls.get() < 3 } else { self.calls.get() != 3 })
    }
}

#[test]
fn a_model_that_is_not_deterministic_is_said_to_be() {
    let message = message(&check(Unsteady { calls: Cell::new(0), in_model: true }).seed(1));
    assert!(message.contains("the model is not deterministic"), "{message}");
}

#[test]
fn a_system_that_fails_only_once_is_said_to_be_flaky() {
    let message = message(&check(Unsteady { calls: Cell::new(0), in_model: false }).seed(1));
    assert!(message.contains("the system is not deterministic"), "{message}");
}

/// Wrong in one function that must be a function of its arguments.
struct Moody {
    calls: Cell<u32>,
    function: &'static str,
}

impl Moody {
    fn mood(&self, function: &'static str) -> u32 {
        if self.function == function {
            self.calls.set(self.calls.get() + 1);
        }
        self.calls.get()
    }
}

impl Model for Moody {
    type State = u32;
    type Command = Ask;
    type Output = u32;
    type System = ();

    fn init(&self) -> u32 {
        self.mood("init")
    }
    fn commands(&self, _state: &u32, menu: &mut Menu<'_, Ask>) {
        menu.offer(1, |_| Ask::Ask(0));
    }
    fn precondition(&self, _state: &u32, _command: &Ask) -> bool {
        self.mood("precondition") % 2 == 1 || self.function != "precondition"
    }
    fn next(&self, state: &mut u32, _command: &Ask) -> u32 {
        if self.function == "state" {
            *state = self.mood("state");
        }
        if self.function == "next" { self.mood("next") } else { 0 }
    }
    fn setup(&self, _state: &u32) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &Ask, _env: &mut Env) -> Result<u32, Failed> {
        Err(Failed::new("blamed for nothing"))
    }
}

#[test]
fn a_model_that_depends_on_something_else_is_blamed_before_the_system() {
    for (function, said) in [
        ("init", "`init` gave"),
        ("precondition", "`precondition` said yes and no"),
        ("next", "`next` predicted"),
        ("state", "`next` went from"),
    ] {
        let message = message(&check(Moody { calls: Cell::new(0), function }).seed(1));
        assert!(message.contains("the model is not deterministic: ") && message.contains(said), "{message}");
    }
}

/// Cannot be set up.
struct NoSystem;

impl Model for NoSystem {
    type State = ();
    type Command = Ask;
    type Output = ();
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Ask>) {
        menu.offer(1, |_| Ask::Ask(0));
    }
    fn next(&self, _state: &mut (), _command: &Ask) {}
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Err(std::io::Error::other("port in use").into())
    }
    fn run(&self, _system: &mut (), _command: &Ask, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
}

#[test]
fn a_system_that_cannot_be_set_up_is_no_counterexample() {
    assert_eq!(message(&check(NoSystem)), "nothing was tested: the system could not be set up: port in use");
}

#[test]
fn a_regression_file_of_another_version_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.txt");
    std::fs::write(&path, "stateful-testing regressions, format 2\n").unwrap();
    let said = message(&check(Numbers::right()).regressions(&path));
    assert!(said.contains("the first line is `stateful-testing regressions, format 2`"), "{said}");
    assert!(said.contains("numbers.txt"), "{said}");
}

#[test]
fn a_regression_file_cut_in_half_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.txt");
    let wrong = Numbers::with_system(|_, _| Ok(0));
    assert!(check(wrong).seed(1).regressions(&path).try_run().is_err());
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 8]).unwrap();
    let said = message(&check(Numbers::right()).regressions(&path));
    assert!(said.contains("line ") && said.contains("numbers.txt"), "{said}");
}

#[test]
fn a_budget_of_0_is_no_pass() {
    assert_eq!(message(&check(Numbers::right()).budget(0)), "budget is `0`: should be at least 1");
}

#[test]
fn a_test_that_generated_nothing_is_no_pass() {
    let nothing = Numbers { offer: |_, _| {}, ..Numbers::right() };
    assert!(message(&check(nothing)).starts_with("nothing was tested"));
}

/// Offers references that were freed.
struct Remembering;

#[derive(Debug, Clone, Command)]
enum Handle {
    Open(New<u8>),
    Close(#[command(consume)] Ref<u8>),
}

impl Model for Remembering {
    type State = Vec<Ref<u8>>;
    type Command = Handle;
    type Output = usize;
    type System = usize;

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, Handle>) {
        menu.offer(1, |g| Handle::Open(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| Handle::Close(*g.pick(state)));
        }
    }
    fn next(&self, state: &mut Self::State, command: &Handle) -> usize {
        match command {
            Handle::Open(handle) => {
                state.push(handle.reference());
                1
            }
            Handle::Close(_) => 0, // and forgets to forget
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<usize, Failed> {
        Ok(0)
    }
    fn run(&self, _system: &mut usize, command: &Handle, env: &mut Env) -> Result<usize, Failed> {
        match command {
            Handle::Open(handle) => env.bind(*handle, 0),
            Handle::Close(handle) => drop(env.take(*handle)),
        }
        Ok(1)
    }
}

#[test]
fn a_model_that_offers_what_is_gone_is_told_so() {
    let said = message(&check(Remembering).seed(1));
    assert!(said.contains("[v1 = open, close v1]"), "{said}");
    assert!(
        said.contains("after `close` the model offers `close v1`, whose reference is not defined any more"),
        "{said}"
    );
}
