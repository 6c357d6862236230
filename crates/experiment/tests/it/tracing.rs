//! Results as events of `tracing`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::OnceLock;
use std::time::Duration;

use experiment::testing::{self, ManualClock, ManualExecutor};
use experiment::{ContextValue, Lab, Order, Rate, TracingPublisher};
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the events of all threads; tests tell theirs by the name of the experiment.
#[derive(Default)]
struct Recording(Mutex<Vec<(Level, Fields)>>);

struct Recorder(&'static Recording);

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "experiment"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = FieldsOf::default();
        event.record(&mut fields);
        self.0.0.lock().push((*event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct FieldsOf(Fields);

impl Visit for FieldsOf {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// The events about an experiment, so far.
fn events(experiment: &'static str) -> Vec<(Level, Fields)> {
    recording().0.lock().iter().filter(|(_, fields)| fields["experiment"] == experiment).cloned().collect()
}

fn recording() -> &'static Recording {
    static RECORDING: OnceLock<&'static Recording> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let recording: &'static Recording = Box::leak(Box::default());
        tracing::subscriber::set_global_default(Recorder(recording)).expect("nobody else installs one");
        recording
    })
}

fn lab(publisher: TracingPublisher) -> Lab {
    recording();
    Lab::new().publisher(publisher)
}

#[test]
fn an_event_says_who_ran_how_it_fared_and_how_long_it_took() {
    let clock = ManualClock::new();
    let lab = lab(TracingPublisher::new()).clock(clock.clone()).order(Order::ControlFirst);
    lab.experiment("fields")
        .control(|| clock.advance(Duration::from_millis(20)))
        .candidate("new", || clock.advance(Duration::from_millis(10)))
        .compare_with(|(), ()| false)
        .run();
    let (level, fields) = &events("fields")[0];
    let expected = [
        ("candidate", "new"),
        ("control_duration_seconds", "0.02"),
        ("control_panicked", "false"),
        ("duration_seconds", "0.01"),
        ("experiment", "fields"),
        ("outcome", "mismatch"),
        ("position", "1"),
        ("run", "1"),
    ];
    assert_eq!(*level, Level::WARN);
    assert_eq!(fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn each_outcome_has_its_level() {
    let lab = lab(TracingPublisher::new()).executor(ManualExecutor::new());
    let silent = || std::panic::resume_unwind(Box::new("planted"));
    let x = || lab.experiment("levels");
    x().control(|| 1).candidate("match", || 1).run();
    x().control(|| 1).candidate("mismatch", || 2).run();
    x().control(|| 1).candidate("ignored", || 2).ignore(|_, _| true).run();
    x().control(|| 1).candidate("panicked", silent).run();
    x().control(|| 1).candidate("dropped", || 1).compare_with(|_, _| std::panic::resume_unwind(Box::new(()))).run();
    x().control(|| 1).candidate("control", || 1).run();
    x().control(|| 1).candidate("match", || 1).control_again(Rate::ALWAYS, || 2).run();
    let level = |name: &str| {
        let of = |(level, fields): &(Level, Fields)| (fields["candidate"] == name).then_some(*level);
        events("levels").iter().find_map(of)
    };
    assert_eq!(level("match"), Some(Level::TRACE));
    assert_eq!(level("mismatch"), Some(Level::WARN));
    assert_eq!(level("ignored"), Some(Level::DEBUG));
    assert_eq!(level("panicked"), Some(Level::WARN));
    assert_eq!(level("dropped"), Some(Level::INFO));
    assert_eq!(level("control"), Some(Level::DEBUG), "skipped, since that is no name for a candidate");
    assert_eq!(level("control again"), Some(Level::DEBUG));
}

#[test]
fn no_value_is_in_an_event_unless_it_was_asked_for() {
    let run = |lab: &Lab, name| {
        lab.experiment(name)
            .control(|| "secret of the control")
            .candidate("new", || "secret of the candidate")
            .describe_debug()
            .explain_with(|_, _| String::from("secret difference"))
            .context("tenant", "secret tenant")
            .run();
    };
    run(&lab(TracingPublisher::new()), "silent");
    run(&lab(TracingPublisher::new().with_samples()), "with samples");
    let silent = format!("{:?}", events("silent"));
    assert!(!silent.contains("secret"), "{silent}");
    let (_, fields) = &events("with samples")[0];
    assert_eq!(fields["sample_control"], "\"secret of the control\"");
    assert_eq!(fields["sample_candidate"], "\"secret of the candidate\"");
    assert_eq!(fields["sample_difference"], "secret difference");
    assert!(!fields.contains_key("context"));
}

#[test]
fn of_the_context_only_the_named_entries_are_in_an_event() {
    let lab = lab(TracingPublisher::new().with_context(["tenant", "page", "share", "beta", "shape"]));
    lab.experiment("context")
        .control(|| 1)
        .candidate("new", || 2)
        .context("tenant", "ac\nme\" page=7")
        .context("page", 3)
        .context("share", 0.5)
        .context("beta", true)
        .context("shape", ContextValue::other(&[1_u8]))
        .context("user", "ann@example.org")
        .run();
    assert_eq!(events("context")[0].1["context"], r#"tenant="ac\nme\" page=7" page=3 share=0.5 beta=true"#);
}

#[test]
fn a_storm_of_warnings_is_held_back_and_counted() {
    let lab = lab(TracingPublisher::new());
    for _ in 0..2_000 {
        lab.experiment("storm").control(|| 1).candidate("new", || 2).run();
    }
    // The breaker skips most of them, which is no warning.
    let mismatches = lab.experiment("storm").report().candidates[0].mismatches();
    let warnings: Vec<_> = events("storm").into_iter().filter(|(level, _)| *level == Level::WARN).collect();
    let passed_over = |fields: &Fields| fields.get("passed_over").map_or(0, |count| count.parse().unwrap_or(u64::MAX));
    let left_out: u64 = warnings.iter().map(|(_, fields)| passed_over(fields)).sum();
    assert!((5..20).contains(&warnings.len()), "{} of {mismatches}", warnings.len());
    assert!(warnings.len() as u64 + left_out <= mismatches);
}

#[test]
fn the_tracing_publisher_keeps_the_contract() {
    recording();
    testing::publisher_conformance(|| {
        let before = events("conformance").len();
        (TracingPublisher::new().unlimited(), move || events("conformance").len() - before)
    });
}

#[test]
fn a_storm_of_drops_is_held_back_and_keeps_no_warning_away() {
    let lab = lab(TracingPublisher::new());
    let silent = |_: &i32, _: &i32| -> bool { std::panic::resume_unwind(Box::new(())) };
    for _ in 0..2_000 {
        lab.experiment("drops").control(|| 1).candidate("new", || 1).compare_with(silent).run();
    }
    lab.experiment("drops").control(|| 1).candidate("new", || 2).run();
    let (drops, warnings): (Vec<_>, Vec<_>) = events("drops").into_iter().partition(|(level, _)| *level == Level::INFO);
    // Five, and ten in each second that the machine takes for the calls.
    assert!((5..500).contains(&drops.len()), "{}", drops.len());
    assert_eq!(warnings.len(), 1);
}
