//! `#[machine]`: a model with one method for each command.

use std::collections::BTreeMap;

use stateful_testing::{
    Argument, Cause, Command, Cover, Failed, Failure, Falsified, Generate, Lockstep, Minimality, New, Ref, Reopen,
    check, lockstep, machine, reopen,
};

use crate::machines::falsified;

/// What a store does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Bug {
    #[default]
    None,
    /// Ids are the number of entries.
    Ids,
    /// Nothing survives a crash.
    Forgets,
    /// A value of 5 or more is too large.
    Small,
    /// The sum of what is stored panics above 9.
    Panics,
}

#[derive(Debug, Default)]
struct Store {
    bug: Bug,
    entries: Vec<(u64, u8)>,
    next: u64,
}

impl Store {
    fn add(&mut self, value: u8) -> u64 {
        self.next += 1;
        let id = if self.bug == Bug::Ids { self.entries.len() as u64 } else { self.next };
        self.entries.push((id, if self.bug == Bug::Small { value.min(4) } else { value }));
        id
    }

    fn sum(&self) -> u32 {
        let sum = self.entries.iter().map(|(_, value)| u32::from(*value)).sum();
        assert!(self.bug != Bug::Panics || sum < 10, "the sum overflows");
        sum
    }
}

#[derive(Debug, Clone, Default)]
struct Stored {
    bug: Bug,
    entries: BTreeMap<Ref<u64>, u8>,
}

#[derive(Debug, Clone, PartialEq, Argument, Generate)]
enum Change {
    Keep,
    Raise {
        #[arg(1..=3)]
        by: u8,
    },
}

#[machine(system = Store)]
impl Stored {
    #[setup]
    fn open(&self) -> Result<Store, Failed> {
        Ok(Store { bug: self.bug, ..Store::default() })
    }

    #[command(weight = 2)]
    fn add(&mut self, #[key] entry: New<u64>, #[arg(0..=9)] value: u8) -> Lockstep<Store> {
        self.entries.insert(entry.reference(), value);
        lockstep((), move |store: &mut Store, env| {
            let id = store.add(value);
            env.bind(entry, id);
            Ok(())
        })
    }

    #[command]
    fn get(&mut self, #[key] entry: Ref<u64>) -> Lockstep<Store, Option<u8>> {
        lockstep(self.entries.get(&entry).copied(), move |store: &mut Store, env| {
            let id = *env.get(entry);
            Ok(store.entries.iter().find(|(other, _)| *other == id).map(|(_, value)| *value))
        })
    }

    #[command(name = "delete")]
    fn remove(
        &mut self,
        #[key]
        #[consume]
        entry: Ref<u64>,
    ) -> Lockstep<Store, usize> {
        self.entries.remove(&entry);
        lockstep(self.entries.len(), move |store: &mut Store, env| {
            let id = env.take(entry);
            store.entries.retain(|(other, _)| *other != id);
            Ok(store.entries.len())
        })
    }

    // Only what stays below 10.
    #[command(when = self.entries[&entry] + Self::amount(&change) < 10)]
    fn change(&mut self, #[key] entry: Ref<u64>, change: Change) -> Lockstep<Store> {
        let amount = Self::amount(&change);
        *self.entries.get_mut(&entry).expect("it is there") += amount;
        lockstep((), move |store: &mut Store, env| {
            let id = *env.get(entry);
            store.entries.iter_mut().filter(|(other, _)| *other == id).for_each(|(_, value)| *value += amount);
            Ok(())
        })
    }

    #[command(when = self.entries.len() > 1)]
    fn sum(&mut self) -> Lockstep<Store, u32> {
        lockstep(self.entries.values().copied().map(u32::from).sum(), |store: &mut Store, _env| Ok(store.sum()))
    }

    #[command]
    fn holds(
        &mut self,
        #[arg(|g| if self.entries.is_empty() { 0 } else { *g.pick(self.entries.values()) })] value: u8,
    ) -> Lockstep<Store> {
        let expected = self.entries.values().any(|other| *other == value);
        lockstep((), move |store: &mut Store, _env| {
            assert_eq!(store.entries.iter().any(|(_, other)| *other == value), expected, "is there a {value}?");
            Ok(())
        })
    }

    #[command(fault)]
    fn crash(&mut self) -> Reopen<Store> {
        reopen(|store: Store, _env| {
            let forgets = store.bug == Bug::Forgets;
            Ok(if forgets { Store { entries: Vec::new(), ..store } } else { store })
        })
    }

    #[invariant]
    fn has_as_many(&self, store: &mut Store) -> Result<(), Failed> {
        if store.entries.len() == self.entries.len() { Ok(()) } else { Err(Failed::new("entries are missing")) }
    }

    #[invariant]
    fn is_small(&self) {
        assert!(self.entries.len() < 1000);
    }

    #[class]
    fn class(&self) -> &'static str {
        if self.entries.is_empty() { "empty" } else { "filled" }
    }

    #[teardown]
    fn close(&self, store: Store) -> Result<(), Failed> {
        if store.next >= self.entries.len() as u64 { Ok(()) } else { Err(Failed::new("ids are missing")) }
    }

    fn amount(change: &Change) -> u8 {
        if let Change::Raise { by } = change { *by } else { 0 }
    }
}

fn with(bug: Bug) -> Stored {
    Stored { bug, ..Stored::default() }
}

fn story(bug: Bug, seed: u64) -> String {
    falsified(with(bug), seed).sequence().to_string()
}

#[test]
fn a_machine_that_is_right_passes_and_comes_to_everything() {
    let required = ["add", "get", "delete", "change", "sum", "holds", "crash"];
    let check = required
        .into_iter()
        .fold(check(with(Bug::None)).seed(1), |check, name| check.require(Cover::command(name), 20));
    check.require(Cover::in_class("add", "filled"), 20).run();
}

#[test]
fn it_shrinks_like_a_model_written_out() {
    for seed in 0..20 {
        // The fewest there are: two entries, one of them gone, a third that gets the id of the second, and somebody who looks.
        let failure = falsified(with(Bug::Ids), seed);
        assert_eq!(failure.sequence().len(), 5, "{}", failure.sequence());
        assert_eq!(failure.minimality(), Minimality::TwoMinimal);
    }
}

#[test]
fn arguments_shrink_to_the_border() {
    for seed in 0..20 {
        assert_eq!(story(Bug::Small, seed), "[v1 = add 5, get v1]");
    }
}

#[test]
fn a_panic_of_the_system_is_shrunk_with_its_place() {
    let failure = falsified(with(Bug::Panics), 3);
    assert_eq!(failure.sequence().to_string(), "[add 1, add 9, sum]");
    assert!(
        matches!(failure.cause(), Cause::Panic { during: "run", place: Some(place), .. } if place.contains("attribute_form"))
    );
}

#[test]
fn a_fault_is_a_command_of_the_story() {
    let failure = falsified(with(Bug::Forgets), 5);
    assert_eq!(failure.sequence().to_string(), "[add 0, crash!]");
    assert_eq!(failure.cause().to_string(), "the invariant is broken: entries are missing");
}

#[test]
fn a_failure_is_written_as_a_test_of_the_machine() {
    let test = falsified(with(Bug::Small), 1).to_test();
    assert!(test.contains("StoredCommand::Add { entry: New::numbered(1), value: 5 },"), "{test}");
    assert!(test.contains("StoredCommand::Get { entry: Ref::numbered(1) },"), "{test}");
    // What is written there runs.
    let entry = New::numbered(1);
    let commands = [StoredCommand::Add { entry, value: 5 }, StoredCommand::Get { entry: entry.reference() }];
    check(with(Bug::None)).run_sequence(commands.clone());
    assert!(matches!(check(with(Bug::Small)).try_sequence(commands), Err(Failure::Falsified(_))));
}

#[test]
fn a_failure_is_kept_and_run_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored.txt");
    let run = |bug| check(with(bug)).seed(2).regressions(&path).try_run();
    let Err(Failure::Falsified(first)) = run(Bug::Small) else { panic!("it is wrong") };
    assert!(std::fs::read_to_string(&path).unwrap().contains("story [v1 = add 5, get v1]"));
    let Err(Failure::Falsified(again)) = run(Bug::Small) else { panic!("it is wrong") };
    assert!(again.to_string().contains("failed before"), "{again}");
    let replay = |failure: &Falsified<_>| failure.replay().map(str::to_owned);
    assert_eq!(replay(&first), replay(&again));
    assert!(run(Bug::None).is_ok());
}

#[test]
fn the_report_shows_the_model_without_its_wrapping() {
    let report = falsified(with(Bug::Small), 1).to_string();
    assert!(
        report.contains("model: Stored { bug: Small, entries: {v1: 5} } with v1  expected Some(5)  gave Some(4)"),
        "{report}"
    );
    assert!(report.contains("expected Some(5), got Some(4)"), "{report}");
}

#[test]
fn a_condition_on_arguments_is_a_precondition() {
    let passed = check(with(Bug::None)).seed(4).try_run().unwrap();
    let change = passed.tally().kinds().iter().find(|kind| kind.name == "change").copied().unwrap();
    assert!(change.accepted > 0 && change.refused > 0);
}

#[test]
fn keys_tell_what_a_command_is_about() {
    let (one, other) = (New::<u64>::numbered(1), Ref::<u64>::numbered(2));
    let add = StoredCommand::Add { entry: one, value: 3 };
    assert_eq!(add.partition_key(), StoredCommand::Remove { entry: one.reference() }.partition_key());
    assert_ne!(add.partition_key(), StoredCommand::Get { entry: other }.partition_key());
    assert_eq!(StoredCommand::Sum {}.partition_key(), None);
}
