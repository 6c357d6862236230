//! scientistproject/Scientist.net: science (S), ordering (OS, OA), publisher (F), thrown (T), cancellation (C).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Waker};
use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{
    ContextValue, Experiment, InstallError, Lab, Limits, NameError, Operation, Order, Outcome, PublishError, Publisher,
    QueuedPublisher, Reaction, RunResult, install_default_lab,
};
use parking_lot::Mutex;

use super::bench::{Bench, fail};
use crate::asynchronous::finish;
use crate::default_lab::the_default_lab;

/// How often the candidates of an experiment ended so.
fn count(experiment: Experiment<'_>, outcome: Outcome) -> u64 {
    experiment.report().candidates.iter().map(|candidate| candidate.count(outcome)).sum()
}

fn both_fail_alike(experiment: Experiment<'_>) {
    let failing = || Err::<u8, _>("no such user");
    assert_eq!(experiment.control(failing).candidate("new", failing).run(), Err("no such user"));
    assert_eq!(count(experiment, Outcome::Match), 1);
}

fn an_asynchronous_error_is_the_controls_own(experiment: Experiment<'_>) {
    let run = experiment.control_async(ready(Err::<u8, _>("inner"))).candidate("new", ready(Ok(1))).run();
    assert_eq!(finish(run), Err("inner"));
}

fn both_run_and_match(experiment: Experiment<'_>) {
    assert_eq!(experiment.control(|| 42).candidate("new", || 42).run(), 42);
    assert_eq!(count(experiment, Outcome::Match), 1);
}

fn an_asynchronous_mismatch_is_reported(experiment: Experiment<'_>) {
    assert_eq!(finish(experiment.control_async(ready(42)).candidate("new", ready(43)).run()), 42);
    assert_eq!(count(experiment, Outcome::Mismatch), 1);
}

#[test]
fn scientist_s1_run_if_false_runs_the_control_and_publishes_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| 1).candidate("new", || unreachable!()).run_if(|| false).run(), 1);
    assert!(bench.published().is_empty());
}

#[test]
fn scientist_s2_errors_that_are_the_same_match_and_the_controls_is_returned() {
    // Errors are values. When both panic, the outcome is `panicked`: see the list of disagreements.
    both_fail_alike(the_default_lab().experiment("s2"));
}

#[test]
fn scientist_s3_an_asynchronous_error_is_not_wrapped() {
    an_asynchronous_error_is_the_controls_own(the_default_lab().experiment("s3"));
}

#[test]
fn scientist_s4_both_run_and_match() {
    both_run_and_match(the_default_lab().experiment("s4"));
}

#[test]
fn scientist_s5_an_asynchronous_mismatch_is_reported() {
    an_asynchronous_mismatch_is_reported(the_default_lab().experiment("s5"));
}

#[test]
fn scientist_s6_none_from_both_is_a_match() {
    let bench = Bench::new();
    bench.x().control(|| None::<u8>).candidate("new", || None).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_s7_an_empty_name_is_rejected() {
    assert!(matches!(Lab::new().define(""), Err(NameError::Empty { .. })));
}

#[test]
fn scientist_s8_every_observation_has_a_duration() {
    let clock = ManualClock::new();
    let bench = Bench::with(Lab::new().clock(clock.clone()));
    let work = || clock.advance(Duration::from_millis(1));
    bench.x().control(work).candidate("new", work).candidate("fancy", work).run();
    let result = &bench.published()[0];
    let candidates = result.candidates.iter().map(|candidate| &candidate.observation);
    assert!(candidates.chain([&result.control]).all(|observation| observation.duration > Some(Duration::ZERO)));
}

#[test]
fn scientist_s10_a_comparator_finds_a_match() {
    let bench = Bench::new();
    bench.x().control(|| "a").candidate("new", || "A").compare_with(|one, other| one.eq_ignore_ascii_case(other)).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_s11_a_comparator_finds_a_mismatch() {
    let bench = Bench::new();
    bench.x().control(|| "a").candidate("new", || "b").compare_with(|one, other| one.eq_ignore_ascii_case(other)).run();
    assert_eq!(bench.count(Outcome::Mismatch), 1);
}

/// Equal when its number is, whatever it is called.
struct ByNumber(u8, #[allow(dead_code, reason = "that it is not compared is the point")] &'static str);

impl PartialEq for ByNumber {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[test]
fn scientist_s12_the_equality_of_the_type_finds_a_match() {
    let bench = Bench::new();
    bench.x().control(|| ByNumber(1, "a")).candidate("new", || ByNumber(1, "b")).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_s13_the_equality_of_the_type_finds_a_mismatch() {
    let bench = Bench::new();
    bench.x().control(|| ByNumber(1, "a")).candidate("new", || ByNumber(2, "a")).run();
    assert_eq!(bench.count(Outcome::Mismatch), 1);
}

#[test]
fn scientist_s14_the_hook_before_is_called() {
    let called = Cell::new(false);
    Bench::new().x().control(|| 1).candidate("new", || 1).before(|| called.set(true)).run();
    assert!(called.get());
}

#[test]
fn scientist_s15_all_candidates_run() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("a", || 1).candidate("b", || 1).candidate("c", || 1).run();
    assert_eq!(bench.count(Outcome::Match), 3);
}

#[test]
fn scientist_s17_there_is_no_candidate_without_a_name_so_none_twice() {
    // Disagreement: there, it is an error; here, the caller gets the control's value, and the hook is told.
    let bench = Bench::new();
    let call = bench.x().control(|| 1).candidate("", || unreachable!()).candidate("", || unreachable!());
    let mut outcomes = Vec::new();
    let value = call.after(|result| outcomes.extend(result.candidates().map(|candidate| candidate.outcome))).run();
    assert_eq!((value, outcomes, bench.told().len()), (1, vec![Outcome::Skipped; 2], 2));
}

#[test]
fn scientist_s18_the_second_candidate_of_a_name_is_skipped_and_told() {
    // Disagreement: there, it is an error.
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).candidate("new", || unreachable!()).run(), 1);
    assert_eq!(bench.told(), [(Operation::Name, String::new())]);
}

#[test]
fn scientist_s19_different_names_are_allowed() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("a", || 1).candidate("b", || 1).run();
    assert!(bench.told().is_empty());
}

#[test]
fn scientist_s20_an_ignored_difference_is_neither_match_nor_mismatch() {
    // Disagreement with both: Ruby says it did not match, .NET that it did. It is counted by itself.
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| true).run();
    assert_eq!([Outcome::Match, Outcome::Ignored, Outcome::Mismatch].map(|outcome| bench.count(outcome)), [0, 1, 0]);
}

#[test]
fn scientist_s21_a_rule_that_says_no_leaves_a_mismatch() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| false).run();
    assert_eq!((bench.count(Outcome::Mismatch), bench.count(Outcome::Ignored)), (1, 0));
}

#[test]
fn scientist_s22_rules_that_all_say_no_leave_a_mismatch() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| false).ignore(|_, _| false).ignore(|_, _| false).run();
    assert_eq!((bench.count(Outcome::Mismatch), bench.count(Outcome::Ignored)), (1, 0));
}

#[test]
fn scientist_s25_a_rule_sees_both_values() {
    let seen = RefCell::new(Vec::new());
    let rule = |control: &u8, candidate: &u8| {
        seen.borrow_mut().push((*control, *candidate));
        true
    };
    Bench::new().x().control(|| 1).candidate("new", || 2).ignore(rule).run();
    assert_eq!(seen.into_inner(), [(1, 2)]);
}

/// Keeps what `look` says about each result.
struct Looks<L>(Arc<Mutex<Vec<String>>>, L);

impl<L: Fn(&RunResult<'_>) -> String + Send + Sync + 'static> Publisher for Looks<L> {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        self.0.lock().push((self.1)(result));
        Ok(())
    }
}

fn looking(look: impl Fn(&RunResult<'_>) -> String + Send + Sync + 'static) -> (Lab, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::default();
    (Lab::new().publisher(Looks(Arc::clone(&seen), look)), seen)
}

#[test]
fn scientist_s26_an_entry_of_context_arrives_at_the_publisher() {
    let (lab, seen) = looking(|result| match result.context().next() {
        Some((key, ContextValue::Text(text))) => format!("{key}={text}"),
        other => format!("{other:?}"),
    });
    lab.experiment("x").control(|| 1).candidate("new", || 1).context("tenant", "acme").run();
    assert_eq!(*seen.lock(), ["tenant=acme"]);
}

#[test]
fn scientist_s28_a_structured_value_of_context_arrives_intact() {
    struct Page {
        number: u32,
        tags: Vec<&'static str>,
    }
    let (lab, seen) = looking(|result| {
        let page = result.context().next().and_then(|(_, value)| value.downcast_ref::<Page>());
        page.map_or_else(String::new, |page| format!("{} {:?}", page.number, page.tags))
    });
    let page = Page { number: 3, tags: vec!["a", "b"] };
    lab.experiment("x").control(|| 1).candidate("new", || 1).context("page", ContextValue::other(&page)).run();
    assert_eq!(*seen.lock(), ["3 [\"a\", \"b\"]"]);
}

#[test]
fn scientist_s29_no_context_is_empty_and_not_absent() {
    let (lab, seen) = looking(|result| result.context().count().to_string());
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    assert_eq!(*seen.lock(), ["0"]);
}

#[test]
fn scientist_s31_a_raised_mismatch_has_the_name_and_the_very_same_result() {
    let seen = Arc::new(Mutex::new((String::new(), 0)));
    let keep = Arc::clone(&seen);
    let bench = Bench::with(Lab::new().reaction(Reaction::Raise).raise_with(move |mismatch| {
        *keep.lock() = (mismatch.experiment().to_owned(), mismatch.result().run());
    }));
    bench.x().control(|| 1).candidate("new", || 2).run();
    assert_eq!(*seen.lock(), ("x".to_owned(), bench.published()[0].run));
}

#[test]
fn scientist_s32_a_global_switch_is_consulted_and_leaves_the_control() {
    let consulted = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&consulted);
    let bench = Bench::with(Lab::new().enabled_by(move |name| {
        keep.lock().push(name);
        false
    }));
    assert_eq!(bench.x().control(|| 1).candidate("new", || unreachable!()).run(), 1);
    assert_eq!(*consulted.lock(), ["x"]);
}

#[test]
fn scientist_s35_words_are_kept_also_from_other_threads() {
    let bench = Bench::new();
    for _ in 0..4 {
        let call = bench.x().control(|| 1).candidate("new", || 2).observe(|value| *value);
        call.describe_with(|value| format!("<{value}>")).run_in_background();
    }
    bench.lab.settle(Duration::from_mins(1)).unwrap();
    let published = bench.published();
    let words = published.iter().filter_map(|result| result.candidates[0].sample.as_ref()?.candidate.as_deref());
    assert_eq!(words.collect::<Vec<_>>(), ["<2>"; 4]);
}

#[test]
fn scientist_s36_a_concurrency_of_zero_cannot_be_said() {
    assert!(NonZeroUsize::new(0).is_none());
    let _one: Limits = Limits::new().concurrency(NonZeroUsize::MIN);
}

#[test]
fn scientist_s38_without_a_candidate_the_control_runs() {
    assert_eq!(Bench::new().x().control(|| 1).run(), 1);
}

#[test]
fn scientist_s39_without_a_candidate_nothing_is_put_into_words() {
    Bench::new().x().control(|| 1).describe_with(|_| unreachable!()).run();
}

#[test]
fn scientist_s40_without_a_candidate_run_if_is_not_asked() {
    Bench::new().x().control(|| 1).run_if(|| unreachable!()).run();
}

#[test]
fn scientist_s42_without_a_candidate_nothing_is_published() {
    let bench = Bench::new();
    bench.x().control(|| 1).run();
    assert!(bench.published().is_empty());
}

#[test]
fn scientist_s43_a_missing_publisher_cannot_be_said() {
    // A publisher is a value, so there is no way to give none; a lab without one records all the same.
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    assert_eq!(lab.experiment("x").report().runs, 1);
}

#[test]
fn scientist_s45_s2_holds_for_an_own_lab() {
    both_fail_alike(Lab::new().experiment("x"));
}

#[test]
fn scientist_s46_s3_holds_for_an_own_lab() {
    an_asynchronous_error_is_the_controls_own(Lab::new().experiment("x"));
}

#[test]
fn scientist_s47_s4_holds_for_an_own_lab() {
    both_run_and_match(Lab::new().experiment("x"));
}

#[test]
fn scientist_s48_s5_holds_for_an_own_lab() {
    an_asynchronous_mismatch_is_reported(Lab::new().experiment("x"));
}

#[test]
fn scientist_s49_a_mismatch_is_no_match() {
    let bench = Bench::new();
    let matched = Cell::new(None);
    bench.x().control(|| 1).candidate("new", || 2).after(|result| matched.set(Some(result.matched()))).run();
    assert_eq!((matched.get(), bench.count(Outcome::Mismatch)), (Some(false), 1));
}

#[test]
fn scientist_s50_an_asynchronous_mismatch_is_no_match() {
    let bench = Bench::new();
    let matched = Cell::new(None);
    let call = bench.x().control_async(ready(1)).candidate("new", ready(2));
    finish(call.after(|result| matched.set(Some(result.matched()))).run());
    assert_eq!((matched.get(), bench.count(Outcome::Mismatch)), (Some(false), 1));
}

// Ordering.

/// Which behaviours ran first in so many runs.
fn first_runners(lab: &Lab, runs: u32) -> Vec<&'static str> {
    let first = |_| {
        let first = Cell::new(None);
        let note = |name| first.set(first.get().or(Some(name)));
        lab.experiment("x").control(|| note("control")).candidate("new", || note("new")).run();
        first.get().expect("somebody ran")
    };
    (0..runs).map(first).collect()
}

fn first_futures(lab: &Lab, runs: u32) -> Vec<&'static str> {
    let first = |_| {
        let first = Cell::new(None);
        let note = |name| {
            let first = &first;
            async move { first.set(first.get().or(Some(name))) }
        };
        finish(lab.experiment("x").control_async(note("control")).candidate("new", note("new")).run());
        first.get().expect("somebody ran")
    };
    (0..runs).map(first).collect()
}

fn both() -> BTreeSet<&'static str> {
    ["control", "new"].into()
}

#[test]
fn scientist_os1_the_default_order_is_random() {
    // A hundred runs: that one of the two never comes first has a chance of 2^-99.
    assert_eq!(first_runners(&Lab::new(), 100).into_iter().collect::<BTreeSet<_>>(), both());
}

#[test]
fn scientist_os2_the_control_runs_first_where_asked() {
    assert_eq!(first_runners(&Lab::new().order(Order::ControlFirst), 20), ["control"; 20]);
}

#[test]
fn scientist_os4_a_seeded_order_can_be_repeated() {
    let seeded = || first_runners(&Lab::new().order(Order::Seeded(3)), 50);
    assert_eq!(seeded(), seeded());
    assert_eq!(seeded().into_iter().collect::<BTreeSet<_>>(), both());
}

#[test]
fn scientist_oa1_the_default_order_of_futures_is_random() {
    assert_eq!(first_futures(&Lab::new(), 100).into_iter().collect::<BTreeSet<_>>(), both());
}

#[test]
fn scientist_oa3_the_controls_future_runs_last_where_asked() {
    assert_eq!(first_futures(&Lab::new().order(Order::ControlLast), 20), ["new"; 20]);
}

#[test]
fn scientist_oa4_a_seeded_order_of_futures_can_be_repeated() {
    let seeded = || first_futures(&Lab::new().order(Order::Seeded(3)), 50);
    assert_eq!(seeded(), seeded());
    assert_eq!(seeded().into_iter().collect::<BTreeSet<_>>(), both());
}

// Publisher.

/// Publishes each result once it is let go, and fails where asked.
struct Slow {
    let_go: Mutex<Receiver<()>>,
    published: Arc<Mutex<u32>>,
    fails: bool,
}

impl Publisher for Slow {
    fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
        self.let_go.lock().recv().map_err(PublishError::refused)?;
        *self.published.lock() += 1;
        if self.fails { Err(PublishError::refused("late")) } else { Ok(()) }
    }
}

#[test]
fn scientist_f1_a_slow_publisher_holds_up_nobody_and_flush_waits_for_it() {
    let (let_go, receiver) = channel();
    let published = Arc::default();
    let slow = Slow { let_go: Mutex::new(receiver), published: Arc::clone(&published), fails: false };
    let queued = QueuedPublisher::new(slow, NonZeroUsize::new(100).unwrap(), |_| {});
    let lab = Lab::new().publisher(queued);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| lab.experiment("x").control(|| 1).candidate("new", || 1).run());
        }
    });
    // All ten returned, and none has gone out: nobody has let it go.
    assert_eq!(*published.lock(), 0);
    (0..10).for_each(|_| let_go.send(()).unwrap());
    lab.flush().unwrap();
    assert_eq!(*published.lock(), 10);
}

#[test]
fn scientist_f3_a_late_failure_is_told_once_and_flush_ends() {
    let (let_go, receiver) = channel();
    let told = Arc::new(Mutex::new(0));
    let keep = Arc::clone(&told);
    let slow = Slow { let_go: Mutex::new(receiver), published: Arc::default(), fails: true };
    let queued = QueuedPublisher::new(slow, NonZeroUsize::MIN, move |_| *keep.lock() += 1);
    let lab = Lab::new().publisher(queued);
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1);
    let_go.send(()).unwrap();
    lab.flush().unwrap();
    assert_eq!(*told.lock(), 1);
}

// Thrown.

#[test]
fn scientist_t1_a_failing_comparator_is_told_and_the_control_returned() {
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).compare_with(|_, _| fail()).run(), 1);
    assert_eq!(bench.told(), [(Operation::Compare, "planted".to_owned())]);
}

#[test]
fn scientist_t2_a_failing_gate_is_told() {
    let bench = Bench::with(Lab::new().enabled_by(|_| fail()));
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).run(), 1);
    assert_eq!(bench.told(), [(Operation::Gate, "planted".to_owned())]);
}

#[test]
fn scientist_t4_a_failing_publisher_is_told() {
    let lab = Lab::new().publisher(Looks(Arc::default(), |_: &RunResult<'_>| fail()));
    let bench = Bench::with(lab);
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).run(), 1);
    assert_eq!(bench.told(), [(Operation::Publish, "planted".to_owned())]);
}

#[test]
fn scientist_t5_a_failing_run_if_is_told() {
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).run_if(fail).run(), 1);
    assert_eq!(bench.told(), [(Operation::RunIf, "planted".to_owned())]);
}

#[test]
fn scientist_t7_the_default_lab_and_its_publishers_cannot_be_replaced_once_used() {
    the_default_lab();
    assert!(matches!(install_default_lab(Lab::new()), Err(InstallError::AlreadyInUse { .. })));
}

// Cancellation. A token is, in Rust, dropping the future; the kill switch cancels what waits in the background.

#[test]
fn scientist_c1_a_run_cancelled_before_it_began_has_no_value_and_ran_nothing() {
    let bench = Bench::new();
    drop(bench.x().control_async(async { unreachable!() }).candidate("new", ready(1)).run());
    assert_eq!(bench.x().report().runs, 0);
}

#[test]
fn scientist_c3_a_cancelled_control_gives_its_own_error() {
    let bench = Bench::new();
    let run = bench.x().control_async(ready(Err::<u8, _>("cancelled"))).candidate("new", ready(Ok(1))).run();
    assert_eq!(finish(run), Err("cancelled"));
}

#[test]
fn scientist_c4_a_candidate_cancelled_before_it_began_is_not_called_and_marked() {
    let executor = ManualExecutor::new();
    let bench = Bench::with(Lab::new().executor(executor.clone()));
    let call = bench.x().control(|| 1).candidate("new", || unreachable!()).observe(|value| *value);
    assert_eq!(call.run_in_background(), 1);
    bench.x().switch_off();
    executor.run_all();
    assert_eq!(bench.count(Outcome::Cancelled), 1);
}

#[test]
fn scientist_c5_the_controls_own_cancellation_comes_before_that_of_the_run() {
    // The run is about to be dropped, but the control has ended by itself: its error is what the caller gets.
    let bench = Bench::with(Lab::new().order(Order::ControlFirst));
    let mut context = Context::from_waker(Waker::noop());
    let executor = Mutex::new(Vec::new());
    let call =
        bench.x().control_async(ready(Err::<u8, _>("its own"))).candidate("new", pending()).observe(Result::is_ok);
    {
        let mut run = pin!(call.run_in_background(|task| executor.lock().push(task)));
        let std::task::Poll::Ready(value) = run.as_mut().poll(&mut context) else { panic!("the control has ended") };
        assert_eq!(value, Err("its own"));
    }
    executor.lock().clear();
    assert_eq!(bench.count(Outcome::Cancelled), 1);
    bench.lab.settle(Duration::ZERO).unwrap();
}
