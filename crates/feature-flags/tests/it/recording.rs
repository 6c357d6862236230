//! What a source delivered, recorded and played again.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::testing::{fixed_conformance, wrapper_conformance};
use feature_flags::{
    Changes, Clock, Contents, Delivered, EditableSource, Flag, Flags, Holdout, Layer, MemorySource, RecordedSource,
    Recording, RecordingError, ReplaySource, Revision, Rule, Segment, Source, SourceError, Standing,
};
use parking_lot::Mutex;
use proptest::prelude::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// Milliseconds since 1970.
#[derive(Clone, Default)]
struct HandClock(Arc<AtomicU64>);

impl HandClock {
    fn set(&self, at: SystemTime) {
        self.0.store(u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn tick(&self) {
        self.0.fetch_add(1_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Answers what it is told to next.
#[derive(Default)]
struct Scripted(Mutex<Vec<Result<Contents, SourceError>>>);

impl Source for Scripted {
    fn name(&self) -> String {
        "scripted".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        self.0.lock().remove(0)
    }

    fn changes(&self, _: Revision, _: Duration) -> Result<Changes, SourceError> {
        Ok(Changes::Unknown)
    }
}

fn everything() -> Contents {
    Contents::new(Revision::new(7))
        .with(Flag::new("a").rule(Rule::new().rollout("5% by id".parse().unwrap())))
        .with_segment("beta", Segment::of(["7", "x"]).by("org.id"))
        .with_layer(
            "checkout",
            Layer::new()
                .by("user.id")
                .salt("s")
                .slot("a", ["0%..30%".parse().unwrap(), "40%..50%".parse().unwrap()])
                .unwrap(),
        )
        .with_holdout("year", Holdout::new("5%".parse().unwrap()).by("id").flag("a").layer("checkout"))
        .with_broken("bad", true, "its row cannot be read")
        .with_warning("the cache is old")
        .standing_in(Standing::stand_in("spare", "the cable is out"))
}

fn told(contents: &Contents) -> String {
    format!("{contents:?}")
}

#[test]
fn recorded_and_replayed_sources_conform() {
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let file = || directory.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
    wrapper_conformance(|| {
        let inner = Arc::new(MemorySource::new());
        (Arc::clone(&inner), RecordedSource::new(inner, file()))
    });
    fixed_conformance(|flags| {
        let (source, path) = (MemorySource::new(), file());
        for flag in flags {
            source.put(flag).unwrap();
        }
        RecordedSource::new(source, &path).load().unwrap();
        ReplaySource::new(Recording::read(&path).unwrap())
    });
}

#[test]
fn all_that_contents_hold_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let scripted = Scripted(Mutex::new(vec![Ok(everything())]));
    RecordedSource::new(scripted, &path).load().unwrap();
    let loaded = ReplaySource::new(Recording::read(&path).unwrap()).load().unwrap();
    assert_eq!(told(&loaded), told(&everything()));
}

#[test]
fn an_incident_is_the_same_at_every_instant_when_it_is_played_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let clock = HandClock::default();
    clock.set(UNIX_EPOCH + Duration::from_hours(500_000));
    let contents = |revision, enabled| Contents::new(Revision::new(revision)).with(Flag::new("a").enabled(enabled));
    let scripted = Scripted(Mutex::new(vec![
        Ok(contents(1, true)),
        Err(SourceError::unavailable("the cable is out")),
        Err(SourceError::malformed("half a row")),
        Ok(contents(2, false)),
    ]));
    let recorded = RecordedSource::new(scripted, &path).clock(clock.clone());
    let mut instants = Vec::new();
    for _ in 0..4 {
        clock.tick();
        let outcome = recorded.load().map(|contents| contents.flags().to_vec()).map_err(|error| error.to_string());
        instants.push((clock.now(), outcome));
    }
    let recording = Recording::read(&path).unwrap();
    assert!(recording.problems().is_empty());
    assert_eq!(recording.to_string().lines().nth(2), Some("2027-01-15T08:00:02Z unreachable: the cable is out"));
    for _ in 0..2 {
        let replay_clock = HandClock::default();
        let replay = ReplaySource::new(recording.clone()).clock(replay_clock.clone());
        assert!(replay.load().is_err(), "it has not begun");
        for (at, outcome) in &instants {
            replay_clock.set(*at);
            let again = replay.load().map(|contents| contents.flags().to_vec()).map_err(|error| error.to_string());
            assert_eq!(&again, outcome, "at {at:?}");
        }
        assert!(replay.is_over());
    }
}

#[test]
fn a_handle_follows_a_replay_through_outages_as_the_clock_goes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let clock = HandClock::default();
    let source = Arc::new(MemorySource::new());
    let recorded = RecordedSource::new(Arc::clone(&source), &path).clock(clock.clone());
    source.put(Flag::new("a").enabled(true)).unwrap();
    let first = recorded.load().unwrap().revision();
    clock.tick();
    let second = source.put(Flag::new("a").enabled(false)).unwrap();
    assert!(matches!(recorded.changes(first, Duration::ZERO).unwrap(), Changes::Some(_)));
    clock.tick();
    let third = source.remove("a").unwrap();
    assert!(matches!(recorded.changes(second, Duration::ZERO).unwrap(), Changes::Some(_)));

    clock.set(UNIX_EPOCH);
    let replay = ReplaySource::new(Recording::read(&path).unwrap()).clock(clock.clone());
    let flags = Flags::builder().clock(clock.clone()).source(replay).unwrap();
    assert!(flags.enabled("a", &()));
    clock.tick();
    assert!(flags.wait_for_revision(second, PATIENCE) && !flags.enabled("a", &()));
    clock.tick();
    assert!(flags.wait_for_revision(third, PATIENCE));
    assert_eq!(flags.status().flags(), 0);
}

#[test]
fn the_file_is_bounded_and_what_is_left_plays_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let source = Arc::new(MemorySource::new());
    let recorded = RecordedSource::new(Arc::clone(&source), &path).limit(2_000);
    let mut known = recorded.load().unwrap().revision();
    for round in 0..300 {
        let next = source.put(Flag::new(format!("flag-{}", round % 5)).enabled(round % 2 == 0)).unwrap();
        assert!(matches!(recorded.changes(known, Duration::ZERO).unwrap(), Changes::Some(_)));
        known = next;
    }
    let sizes = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    let sizes: Vec<u64> = sizes.collect();
    assert!(sizes.len() == 2 && sizes.iter().all(|size| *size <= 2_000), "{sizes:?}");
    let recording = Recording::read(&path).unwrap();
    assert!(matches!(recording.entries()[1].delivered, Delivered::Loaded(_)), "{recording}");
    let flags = |contents: Contents| {
        let mut flags = contents.flags().to_vec();
        flags.sort_by(|one, other| one.name().cmp(other.name()));
        flags
    };
    assert_eq!(flags(ReplaySource::new(recording).load().unwrap()), flags(source.load().unwrap()));
}

#[test]
fn a_process_that_was_killed_within_a_line_harms_that_line_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let source = Arc::new(MemorySource::new());
    source.put(Flag::new("a").enabled(true)).unwrap();
    let record = || RecordedSource::new(Arc::clone(&source), &path).load().unwrap();
    record();
    let whole = fs::read(&path).unwrap();
    let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for end in first_line + 1..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let torn = Recording::read(&path).unwrap();
        assert!(torn.entries().len() <= 2 || end + 1 == whole.len());
        record();
        let mended = Recording::read(&path).unwrap();
        let expected = usize::from(end > first_line + 1 && end + 1 < whole.len());
        assert_eq!(mended.problems().len(), expected, "cut at {end}: {:?}", mended.problems());
        assert_eq!(ReplaySource::new(mended).load().unwrap().flags().len(), 1);
    }
}

#[test]
fn what_is_no_recording_is_refused_and_one_that_cannot_be_written_is_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    assert!(matches!(Recording::read(&path), Err(RecordingError::Unreadable { .. })));
    for text in ["no json", "{\"at\":1,\"event\":\"started\",\"recording\":2,\"source\":\"x\"}"] {
        fs::write(&path, text).unwrap();
        let error = Recording::read(&path).unwrap_err();
        assert!(matches!(error, RecordingError::Malformed { .. }), "{error}");
    }
    let recorded = RecordedSource::new(MemorySource::new(), Path::new("no/such/folder/recording"));
    let warnings = recorded.load().unwrap().warnings().to_vec();
    assert!(warnings[0].starts_with("no/such/folder/recording could not be written: "), "{warnings:?}");
    let small = RecordedSource::new(MemorySource::new(), directory.path().join("small")).limit(10);
    assert!(small.load().unwrap().warnings()[0].contains("larger than a recording may be"));
}

/// The file that version 1 wrote; later versions go on reading it.
#[test]
fn a_recording_of_version_1_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    fs::write(&path, include_str!("recording-1.jsonl")).unwrap();
    let recording = Recording::read(&path).unwrap();
    assert_eq!((recording.entries().len(), recording.problems()), (5, &[][..]));
    let contents = ReplaySource::new(recording).load().unwrap();
    assert_eq!((contents.revision(), contents.flags()), (Revision::new(8), &[Flag::new("b").enabled(true)][..]));
    assert_eq!((contents.segments().len(), contents.layers().len(), contents.holdouts().len()), (1, 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever was edited and whenever it was asked for, a replay stands at each instant where the source stood.
    #[test]
    fn any_history_is_played_as_it_was(edits in proptest::collection::vec((0_u8..4, any::<bool>(), 0_u8..3), 1..30)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("recording");
        let (source, clock) = (Arc::new(MemorySource::new()), HandClock::default());
        let recorded = RecordedSource::new(Arc::clone(&source), &path).clock(clock.clone()).limit(3_000);
        let mut known = recorded.load().unwrap().revision();
        let sorted = |contents: Contents| {
            let mut flags: Vec<String> = contents.flags().iter().map(Flag::to_json).collect();
            flags.sort();
            flags
        };
        let mut states = Vec::new();
        for (name, enabled, how) in edits {
            clock.tick();
            let name = format!("flag-{name}");
            let revision = if how == 0 { source.remove(&name) } else { source.put(Flag::new(name).enabled(enabled)) };
            let _revision = revision.unwrap();
            if how == 2 {
                known = recorded.load().unwrap().revision();
            } else if let Changes::Some(changes) = recorded.changes(known, Duration::ZERO).unwrap() {
                known = changes.iter().map(feature_flags::Change::revision).max().unwrap();
            }
            states.push((clock.now(), sorted(source.load().unwrap())));
        }
        let recording = Recording::read(&path).unwrap();
        let begins = recording.entries()[0].at;
        let replay_clock = HandClock::default();
        let replay = ReplaySource::new(recording).clock(replay_clock.clone());
        for (at, state) in states.into_iter().filter(|(at, _)| *at >= begins) {
            replay_clock.set(at);
            prop_assert_eq!(sorted(replay.load().unwrap()), state);
        }
    }
}

/// Is there once, and cannot be followed.
struct Cut;

impl Source for Cut {
    fn name(&self) -> String {
        "cut".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        Ok(Contents::new(Revision::new(1)))
    }

    fn changes(&self, _: Revision, _: Duration) -> Result<Changes, SourceError> {
        Err(SourceError::unavailable("the cable is out"))
    }
}

#[test]
fn what_fails_while_a_source_is_followed_is_recorded_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("recording");
    let recorded = RecordedSource::new(Cut, &path);
    recorded.load().unwrap();
    recorded.changes(Revision::new(1), Duration::ZERO).unwrap_err();
    let recording = Recording::read(&path).unwrap();
    let last = recording.entries().last().unwrap().to_string();
    assert!(last.ends_with("unreachable: the cable is out"), "{last}");
}
