//! Exposures: once per window, bounded, delivered, never silently lost.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::{
    Clock, Event, Exposure, ExposureOptions, ExposureSink, Exposures, Flag, FlagName, Flags, Listener, MapContext,
    MemorySink, Overrides, Rule, SubjectKey, SubjectKeys, Tracked,
};
use parking_lot::Mutex;

use crate::people::user;

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than any test: nothing is delivered unless somebody asks.
const NEVER: Duration = Duration::from_secs(100_000);

#[derive(Clone, Default)]
struct HandClock(Arc<AtomicU64>);

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn options() -> ExposureOptions {
    ExposureOptions::new(SubjectKeys::plain()).clock(HandClock::default())
}

fn half() -> Flag {
    Flag::new("half").rule(Rule::new().rollout("50%".parse().unwrap()))
}

fn flags(exposures: &Exposures) -> Flags {
    Flags::builder().flag(half()).flag(Flag::new("on").enabled(true)).hook(exposures.clone()).build()
}

#[test]
fn whatever_way_a_flag_is_read_its_subject_is_exposed_once() {
    let exposures = Exposures::new(options());
    let flags = flags(&exposures);
    let (name, ada) = (FlagName::new("half"), user(7));
    let enabled = flags.enabled("half", &ada);
    assert_eq!(flags.enabled_by(&name, &ada), enabled);
    assert_eq!(flags.decide("half", &ada).enabled(), enabled);
    assert_eq!(flags.resolve("half", &ada).decision().enabled(), enabled);
    assert!(flags.explain("half", &ada).flag() == "half");
    let taken = exposures.take(10);
    assert_eq!(taken.len(), 1, "{taken:?}");
    let Exposure { flag, subject, reason, snapshot, .. } = &taken[0];
    assert_eq!((flag.as_str(), subject), ("half", &SubjectKey::Plain("7".to_owned())));
    assert_eq!((*snapshot, *reason), (flags.status().snapshot(), flags.decide("half", &ada).reason()));
    assert_eq!((taken[0].enabled, taken[0].variant.as_str()), (enabled, if enabled { "on" } else { "off" }));
}

#[test]
fn in_the_next_window_it_is_news_again_and_so_is_another_variant() {
    let clock = HandClock::default();
    let exposures = Exposures::new(options().clock(clock.clone()).window(Duration::from_mins(1)));
    let flags = Flags::builder().flag(Flag::new("on").enabled(true)).hook(exposures.clone()).build();
    let ask = |second: u64| {
        clock.0.store(second, Ordering::SeqCst);
        assert!(flags.enabled("on", &user(1)));
        exposures.take(10).len()
    };
    assert_eq!([ask(0), ask(59), ask(60), ask(119), ask(120), ask(7_200)], [1, 0, 1, 0, 1, 1]);
    flags.define("other", |user: &crate::people::User| user.staff);
    let mut staff = user(1);
    assert!(!flags.enabled("other", &staff));
    staff.staff = true;
    assert!(flags.enabled("other", &staff));
    let variants: Vec<String> = exposures.take(10).into_iter().map(|exposure| exposure.variant).collect();
    assert_eq!(variants, ["off", "on"]);
}

#[test]
fn only_flags_that_are_wanted_are_tracked() {
    let text = "format = 1\n[flags]\na = { enabled = true, meta = { exposures = true } }\nb = { enabled = true, meta = { exposures = false } }\nc = true";
    for (tracked, expected) in
        [(Tracked::All, &["a", "b", "c"][..]), (Tracked::Marked, &["a"]), (Tracked::only(["b", "none"]), &["b"])]
    {
        let exposures = Exposures::new(options().track(tracked));
        let flags = Flags::builder().hook(exposures.clone()).toml(text).unwrap();
        assert!(["a", "b", "c"].iter().all(|name| flags.enabled(name, &user(1))));
        let seen: Vec<String> = exposures.take(10).into_iter().map(|exposure| exposure.flag).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_is_no_answer_of_a_flag_is_no_exposure() {
    let exposures = Exposures::new(options());
    let flags = flags(&exposures);
    assert!(!flags.enabled("none", &user(1)));
    assert!(!flags.overriding(Overrides::new().off("on")).enabled("on", &user(1)));
    assert_eq!(flags.integer("on", &user(1), 3), 3, "of another type");
    assert!(exposures.take(10).is_empty());
    assert!(flags.enabled("on", &()) && flags.enabled("on", &("key", "x".repeat(257).as_str())));
    assert_eq!((exposures.take(10).len(), exposures.counts().without_key), (0, 2));
}

#[test]
fn the_subject_may_be_another_attribute() {
    let exposures = Exposures::new(options().subject("organisation.id"));
    let flags = flags(&exposures);
    assert!(flags.enabled("on", &user(1)) && flags.enabled("on", &user(2)));
    let taken = exposures.take(10);
    assert_eq!((taken.len(), taken[0].subject.to_string().as_str()), (1, "acme"));
}

#[test]
fn keys_are_hashed_or_plain_as_was_chosen_and_never_printed_by_debug() {
    let exposures = Exposures::new(ExposureOptions::new(SubjectKeys::hashed("salt")));
    let plain = Exposures::new(options());
    let flags = flags(&exposures).with_hook(plain.clone());
    assert!(flags.enabled("on", &("key", "ada@example.com")));
    let (hashed, plain) = (exposures.take(1), plain.take(1));
    assert_eq!(hashed[0].subject, SubjectKey::hashed("salt", "ada@example.com"));
    // Public contract: other programs compute it too.
    assert_eq!(hashed[0].subject.to_string(), "025ca7211be7db0f");
    assert_eq!(plain[0].subject.to_string(), "ada@example.com");
    assert!(!format!("{plain:?} {hashed:?} {exposures:?}").contains("ada"));
}

#[test]
fn a_full_queue_drops_what_is_new_counts_it_and_takes_it_when_it_comes_again() {
    let exposures = Exposures::new(options().queue(3));
    let flags = flags(&exposures);
    let ask = |ids: std::ops::Range<u64>| ids.for_each(|id| assert!(flags.enabled("on", &user(id))));
    ask(0..5);
    ask(3..5);
    let counts = exposures.counts();
    assert_eq!((counts.recorded, counts.dropped, counts.delivered), (3, 4, 0));
    let first: Vec<String> = exposures.take(9).into_iter().map(|exposure| exposure.subject.to_string()).collect();
    assert_eq!(first, ["0", "1", "2"]);
    ask(0..5);
    let then: Vec<String> = exposures.take(9).into_iter().map(|exposure| exposure.subject.to_string()).collect();
    assert_eq!(then, ["3", "4"], "what was dropped is not taken for seen, and what was kept is");
    assert_eq!(exposures.counts().delivered, 5);
}

#[test]
fn threads_that_see_the_same_subjects_record_each_once() {
    let exposures = Exposures::new(options().queue(10_000));
    let flags = flags(&exposures);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|id| assert!(flags.enabled("on", &user(id)))));
        }
    });
    let taken = exposures.take(usize::MAX);
    let subjects: BTreeSet<String> = taken.iter().map(|exposure| exposure.subject.to_string()).collect();
    assert_eq!((taken.len(), subjects.len()), (500, 500));
}

#[test]
fn a_sink_gets_batches_in_order_when_asked_and_the_rest_at_the_end() {
    let sink = MemorySink::new();
    let exposures = Exposures::deliver(options().queue(4_096), sink.clone(), NEVER).unwrap();
    let flags = flags(&exposures);
    (0..1_500).for_each(|id| assert!(flags.enabled("on", &user(id))));
    assert!(exposures.flush(PATIENCE));
    let order: Vec<String> = sink.exposures().iter().map(|exposure| exposure.subject.to_string()).collect();
    assert_eq!(order, (0..1_500).map(|id: u32| id.to_string()).collect::<Vec<_>>());
    assert!(flags.enabled("on", &user(9_999)));
    drop(exposures);
    assert_eq!(sink.exposures().len(), 1_500, "handles keep it alive");
    drop(flags);
    assert_eq!(sink.exposures().len(), 1_501, "the last handle waits for the rest");
}

/// Says how large batches are.
struct Batches(mpsc::Sender<usize>);

impl ExposureSink for Batches {
    fn deliver(&mut self, batch: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.0.send(batch.len())?)
    }
}

#[test]
fn half_a_full_queue_is_delivered_before_its_time() {
    let (sender, batches) = mpsc::channel();
    let exposures = Exposures::deliver(options().queue(10), Batches(sender), NEVER).unwrap();
    let flags = flags(&exposures);
    // The news may come before the thread waits for it; then the next one is what it hears.
    let mut id = 0;
    let got = loop {
        assert!(flags.enabled("on", &user(id)));
        id += 1;
        match batches.recv_timeout(Duration::from_millis(20)) {
            Ok(got) => break got,
            Err(_) => assert!(id < 1_000, "nothing is delivered"),
        }
    };
    assert!((5..=10).contains(&got), "{got}");
}

/// Fails while it is told to, in one way or another.
struct Moody {
    down: Arc<AtomicBool>,
    panics: bool,
    taken: MemorySink,
}

impl ExposureSink for Moody {
    fn deliver(&mut self, batch: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>> {
        if self.down.load(Ordering::SeqCst) {
            assert!(!self.panics, "it cannot go on");
            return Err("the disk is full".into());
        }
        self.taken.deliver(batch)
    }
}

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Listener for Told {
    fn event(&self, event: &Event<'_>) {
        self.0.lock().push(event.to_string());
    }
}

#[test]
fn a_sink_that_fails_gets_the_same_again_and_what_is_lost_at_the_end_is_told() {
    for panics in [false, true] {
        let (told, taken, down) = (Told::default(), MemorySink::new(), Arc::new(AtomicBool::new(true)));
        let sink = Moody { down: Arc::clone(&down), panics, taken: taken.clone() };
        let exposures = Exposures::deliver(options().listener(told.clone()), sink, NEVER).unwrap();
        let flags = flags(&exposures);
        (0..3).for_each(|id| assert!(flags.enabled("on", &user(id))));
        assert!(!exposures.flush(PATIENCE), "it was not taken");
        assert!(!exposures.flush(PATIENCE) && !exposures.flush(PATIENCE));
        let why = if panics { "the sink panicked: it cannot go on" } else { "the disk is full" };
        let line = format!("exposures could not be delivered: {why}; 3 are kept, 0 are lost");
        assert_eq!(*told.0.lock(), [line.as_str(), line.as_str()], "the first time and the second");
        down.store(false, Ordering::SeqCst);
        assert!(exposures.flush(PATIENCE));
        assert_eq!((taken.exposures().len(), exposures.counts().delivered), (3, 3));
        down.store(true, Ordering::SeqCst);
        assert!(flags.enabled("on", &user(9)));
        drop((flags, exposures));
        assert!(told.0.lock().last().unwrap().ends_with("0 are kept, 1 are lost"), "{:?}", told.0.lock());
    }
}

#[test]
fn without_a_sink_no_thread_is_needed_and_flush_says_whether_something_waits() {
    let exposures = Exposures::new(options());
    let flags = flags(&exposures);
    assert!(exposures.flush(Duration::ZERO));
    assert!(flags.enabled("on", &MapContext::new().with("id", 1)) && !exposures.flush(Duration::ZERO));
}
