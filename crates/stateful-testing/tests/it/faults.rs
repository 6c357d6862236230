//! Faults as commands.

use stateful_testing::{Cause, Command, Durable, Env, Failed, Falsified, Menu, Model, check};

use crate::machines::falsified;

/// A store of bytes that writes through a cache.
#[derive(Debug, Clone, PartialEq, Command)]
enum StoreCommand {
    Put(u8),
    Sync,
    Get,
    #[command(fault)]
    Delay,
    #[command(fault)]
    Restart,
    #[command(fault)]
    Crash,
}

/// What the store does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// `sync` does not reach the disk.
    Fsync,
    /// Any fault loses the cache, a delay too.
    AnyFault,
    /// A value of 7 is wrong, with or without faults.
    Seven,
    /// It does not open after the second crash.
    SecondCrash,
}

#[derive(Debug, Default)]
struct Disk {
    cache: Vec<u8>,
    safe: Vec<u8>,
    crashes: u32,
}

struct Store(Bug);

impl Model for Store {
    type State = Durable<Vec<u8>>;
    type Command = StoreCommand;
    type Output = Vec<u8>;
    type System = Disk;

    fn init(&self) -> Self::State {
        Durable::new(Vec::new())
    }
    fn commands(&self, _state: &Self::State, menu: &mut Menu<'_, StoreCommand>) {
        menu.offer(3, |g| StoreCommand::Put(g.int(0..10)));
        for (weight, command) in [
            (1, StoreCommand::Sync),
            (2, StoreCommand::Get),
            (1, StoreCommand::Delay),
            (1, StoreCommand::Restart),
            (1, StoreCommand::Crash),
        ] {
            menu.offer(weight, |_| command);
        }
    }
    fn next(&self, state: &mut Self::State, command: &StoreCommand) -> Vec<u8> {
        match command {
            StoreCommand::Put(byte) => state.get_mut().push(*byte),
            StoreCommand::Sync | StoreCommand::Restart => state.sync(),
            StoreCommand::Get => return state.get().clone(),
            StoreCommand::Delay => {}
            StoreCommand::Crash => state.crash(),
        }
        Vec::new()
    }
    fn setup(&self, _state: &Self::State) -> Result<Disk, Failed> {
        Ok(Disk::default())
    }
    fn run(&self, store: &mut Disk, command: &StoreCommand, _env: &mut Env) -> Result<Vec<u8>, Failed> {
        match command {
            StoreCommand::Put(7) if self.0 == Bug::Seven => store.cache.push(8),
            StoreCommand::Put(byte) => store.cache.push(*byte),
            StoreCommand::Sync if self.0 != Bug::Fsync => store.safe.clone_from(&store.cache),
            StoreCommand::Get => return Ok(store.cache.clone()),
            _ => {}
        }
        Ok(Vec::new())
    }
    fn fault(
        &self,
        mut store: Disk,
        _state: &Self::State,
        fault: &StoreCommand,
        _env: &mut Env,
    ) -> Result<Disk, Failed> {
        match fault {
            StoreCommand::Restart => store.safe.clone_from(&store.cache),
            StoreCommand::Crash => store.crashes += 1,
            _ if self.0 == Bug::AnyFault => {}
            _ => return Ok(store),
        }
        if self.0 == Bug::SecondCrash && store.crashes > 1 {
            return Err(Failed::new("the file is locked"));
        }
        if self.0 == Bug::AnyFault {
            store.safe.clear();
        }
        Ok(Disk { cache: store.safe.clone(), ..store })
    }
}

fn of(bug: Bug, seed: u64) -> Falsified<StoreCommand> {
    falsified(Store(bug), seed)
}

#[test]
fn a_store_that_is_right_survives_its_faults() {
    let passed = check(Store(Bug::None)).seed(1).try_run().unwrap();
    for fault in ["delay", "restart", "crash"] {
        assert!(passed.tally().command(fault) > Some(20), "{fault}");
    }
}

#[test]
fn what_was_never_synced_is_found_by_a_crash_and_printed_as_one() {
    for seed in 0..20 {
        assert_eq!(of(Bug::Fsync, seed).sequence().to_string(), "[put 0, sync, crash!, get]");
    }
}

#[test]
fn a_failure_that_needs_no_fault_has_none() {
    for seed in 0..20 {
        assert_eq!(of(Bug::Seven, seed).sequence().to_string(), "[put 7, get]");
    }
}

#[test]
fn the_mildest_fault_that_does_is_kept() {
    for seed in 0..20 {
        assert_eq!(of(Bug::AnyFault, seed).sequence().to_string(), "[put 0, delay!, get]");
    }
}

#[test]
fn a_system_that_does_not_open_again_is_a_failure_of_the_fault() {
    for seed in 0..20 {
        let failure = of(Bug::SecondCrash, seed);
        assert_eq!(failure.sequence().to_string(), "[crash!, crash!]");
        assert_eq!(failure.cause().to_string(), "the system failed: the file is locked");
    }
}

#[test]
fn no_sequence_has_more_faults_than_are_allowed_and_half_have_none() {
    for allowed in [0, 1, 3] {
        let counted = Counted::default();
        let passed = check(&counted).seed(2).faults(allowed).cases(200).max_commands(100).try_run().unwrap();
        let counts = counted.faults.borrow();
        assert_eq!(passed.cases(), 200);
        assert_eq!(counts.iter().max(), Some(&allowed));
        let without = counts.iter().filter(|count| **count == 0).count();
        assert!(without >= 80, "{without} of {}", counts.len());
    }
}

/// Counts the faults of each sequence that runs.
#[derive(Default)]
struct Counted {
    faults: std::cell::RefCell<Vec<usize>>,
}

impl Model for &Counted {
    type State = ();
    type Command = StoreCommand;
    type Output = ();
    type System = usize;

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, StoreCommand>) {
        menu.offer(1, |_| StoreCommand::Get);
        menu.offer(1, |_| StoreCommand::Crash);
    }
    fn next(&self, _state: &mut (), _command: &StoreCommand) {}
    fn setup(&self, _state: &()) -> Result<usize, Failed> {
        Ok(0)
    }
    fn run(&self, _system: &mut usize, _command: &StoreCommand, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
    fn fault(&self, count: usize, _state: &(), _fault: &StoreCommand, _env: &mut Env) -> Result<usize, Failed> {
        Ok(count + 1)
    }
    fn teardown(&self, count: usize, _state: &()) -> Result<(), Failed> {
        self.faults.borrow_mut().push(count);
        Ok(())
    }
}

/// Has a fault and does not say how it happens.
struct Silent;

impl Model for Silent {
    type State = ();
    type Command = StoreCommand;
    type Output = ();
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, StoreCommand>) {
        menu.offer(1, |_| StoreCommand::Get);
        menu.offer(1, |_| StoreCommand::Crash);
    }
    fn next(&self, _state: &mut (), _command: &StoreCommand) {}
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &StoreCommand, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
}

#[test]
fn a_model_that_does_not_say_how_a_fault_happens_is_told_so() {
    let failure = falsified(Silent, 1);
    assert_eq!(failure.sequence().to_string(), "[crash!]");
    assert!(matches!(failure.cause(), Cause::Error { .. }));
    assert!(failure.to_string().contains("does not say by `fault` how it happens"), "{failure}");
}
