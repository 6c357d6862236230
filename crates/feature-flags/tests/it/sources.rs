use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feature_flags::{
    Change, Changes, Contents, EditableSource, Flag, Flags, LoadError, MemorySource, Reason, Revision, Rule, Source,
    SourceError,
};
use proptest::prelude::*;

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(feature = "testing")]
#[test]
fn the_source_in_memory_conforms() {
    feature_flags::testing::source_conformance(|| Arc::new(MemorySource::new()));
}

#[test]
fn changes_of_a_source_are_served() {
    let source = Arc::new(MemorySource::new());
    source.put(Flag::new("a").enabled(true)).unwrap();
    let flags = Flags::builder().flag(Flag::new("below").enabled(true)).source(Arc::clone(&source)).unwrap();
    assert!(flags.enabled("a", &()) && flags.enabled("below", &()));
    source.put(Flag::new("below").enabled(false)).unwrap();
    let revision = source.remove("a").unwrap();
    assert!(flags.wait_for_revision(revision, PATIENCE));
    assert_eq!(flags.decide("a", &()).reason(), Reason::Unknown);
    assert!(!flags.enabled("below", &()));
    let revision = source.remove("below").unwrap();
    assert!(flags.wait_for_revision(revision, PATIENCE));
    assert!(flags.enabled("below", &()), "what is in code comes to light again");
}

#[test]
fn a_flag_of_a_source_that_is_wrong_is_listed_until_it_is_mended() {
    let source = Arc::new(MemorySource::new());
    let flags = Flags::builder().source(Arc::clone(&source)).unwrap();
    let wrong = source.put(Flag::new("a").variant("x", 1).rule(Rule::new())).unwrap();
    assert!(flags.wait_for_revision(wrong, PATIENCE));
    assert_eq!(
        flags.status().problems()[0].to_string(),
        "memory: flag `a`: a rule does not say what it serves, expected one of `x`"
    );
    let mended = source.put(Flag::new("a").enabled(true)).unwrap();
    assert!(flags.wait_for_revision(mended, PATIENCE));
    assert_eq!(flags.status().problems(), []);
    assert!(flags.enabled("a", &()));
    let wrong = source.put(Flag::new("a").variant("x", 1).rule(Rule::new())).unwrap();
    assert!(flags.wait_for_revision(wrong, PATIENCE));
    assert!(flags.enabled("a", &()), "as it was");
    assert!(flags.status().problems()[0].keeps_last_good());
}

/// A source that can be cut off.
struct Flaky {
    inner: MemorySource,
    down: AtomicBool,
}

impl Flaky {
    fn check(&self) -> Result<(), SourceError> {
        if self.down.load(Ordering::Relaxed) { Err(SourceError::unavailable("the cable is out")) } else { Ok(()) }
    }
}

impl Source for Flaky {
    fn name(&self) -> String {
        "flaky".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        self.check()?;
        self.inner.load()
    }

    fn changes(&self, since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
        self.check()?;
        self.inner.changes(since, Duration::from_millis(1))
    }
}

#[test]
fn a_source_that_fails_is_asked_again_and_the_last_good_flags_are_served() {
    let source = Arc::new(Flaky { inner: MemorySource::new(), down: AtomicBool::new(true) });
    let error = Flags::builder().source(Arc::clone(&source)).unwrap_err();
    assert!(matches!(error, LoadError::Source { .. }) && error.to_string() == "flaky could not be loaded", "{error}");
    source.down.store(false, Ordering::Relaxed);
    source.inner.put(Flag::new("a").enabled(true)).unwrap();
    let flags = Flags::builder().source(Arc::clone(&source)).unwrap();
    source.down.store(true, Ordering::Relaxed);
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(flags.enabled("a", &()));
    let revision = source.inner.put(Flag::new("a").enabled(false)).unwrap();
    source.down.store(false, Ordering::Relaxed);
    assert!(flags.wait_for_revision(revision, PATIENCE));
    assert!(!flags.enabled("a", &()));
    assert!(flags.status().last_error().is_none());
}

/// Hands out changes as they are, in whatever order, then nothing more.
struct Shuffled(std::sync::Mutex<Vec<Vec<Change>>>);

impl Source for Shuffled {
    fn name(&self) -> String {
        "shuffled".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        Ok(Contents::new(Revision::ZERO))
    }

    fn changes(&self, _since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
        Ok(self.0.lock().unwrap().pop().map_or(Changes::None, Changes::Some))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn changes_in_any_order_end_in_the_same_flags(
        changes in prop::collection::vec((0_usize..40, any::<bool>(), any::<bool>()), 1..80).prop_shuffle(),
        order: u64,
    ) {
        let name = |index| format!("flag-{index}");
        let change = |(revision, (index, put, on)): (u64, &(usize, bool, bool))| {
            let revision = Revision::new(revision);
            if *put { Change::put(revision, Flag::new(name(*index)).enabled(*on)) } else { Change::removed(revision, name(*index)) }
        };
        let in_order: Vec<Change> = (1..).zip(&changes).map(change).collect();
        let mut shuffled = in_order.clone();
        shuffled.sort_by_key(|change| change.revision().number().wrapping_mul(order | 1));
        let serve = |batches: Vec<Vec<Change>>| {
            let flags = Flags::builder().source(Shuffled(std::sync::Mutex::new(batches))).unwrap();
            assert!(flags.wait_for_revision(Revision::new(in_order.len() as u64), PATIENCE));
            flags
        };
        let one = serve(vec![in_order.clone()]);
        let other = serve(vec![shuffled]);
        for index in 0..40 {
            let (one, other) = (one.decide(&name(index), &()), other.decide(&name(index), &()));
            prop_assert_eq!((one.enabled(), one.reason()), (other.enabled(), other.reason()));
        }
        prop_assert_eq!(one.status().snapshot().content(), other.status().snapshot().content());
    }
}

#[cfg(feature = "testing")]
#[test]
fn a_source_without_its_edits_conforms() {
    feature_flags::testing::wrapper_conformance(|| {
        let inner = Arc::new(MemorySource::new());
        (Arc::clone(&inner), feature_flags::ReadOnlySource::new(inner))
    });
}

#[cfg(all(feature = "testing", feature = "edit"))]
#[test]
fn embedded_flags_conform() {
    feature_flags::testing::fixed_conformance(|held| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flags.toml");
        std::fs::write(&path, "format = 1\n").unwrap();
        let edit = feature_flags::Edit::open(&path).unwrap();
        let edit = held.iter().fold(edit, |edit, flag| edit.put(flag).unwrap());
        feature_flags::EmbeddedSource::owned(edit.text())
    });
}

#[test]
fn embedded_flags_that_are_wrong_are_listed_and_malformed_ones_refused() {
    let source = feature_flags::EmbeddedSource::new("format = 1\n[flags]\ngood = true\nbad = \"a lot\"");
    let flags = Flags::builder().source(source).unwrap();
    assert!(flags.enabled("good", &()));
    assert_eq!(flags.status().problems().iter().map(feature_flags::Problem::line).collect::<Vec<_>>(), [4]);
    let error = Flags::builder().source(feature_flags::EmbeddedSource::new("format = 2")).unwrap_err();
    assert!(error.in_one_line().contains("reads format 1"), "{error:?}");
    let error = Flags::from_bytes(b"format = 1\n\xff").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 1: expected text in UTF-8");
}

#[cfg(all(feature = "testing", feature = "edit", feature = "watch"))]
#[test]
fn a_file_as_a_source_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    feature_flags::testing::source_conformance(|| {
        let path = directory.path().join(format!("{}.toml", number.fetch_add(1, Ordering::Relaxed)));
        std::fs::write(&path, "format = 1\n").unwrap();
        Arc::new(feature_flags::FileSource::new(path).unwrap())
    });
}

#[test]
fn an_application_starts_without_its_source_and_serves_it_when_it_is_up() {
    let source = Arc::new(Flaky { inner: MemorySource::new(), down: AtomicBool::new(true) });
    source.inner.put(Flag::new("a").enabled(true)).unwrap();
    let from_code = Flag::new("below").enabled(true);
    let flags = Flags::builder().flag(from_code).source_when_up(Arc::clone(&source)).unwrap();
    assert!(flags.enabled("below", &()) && !flags.enabled("a", &()));
    assert_eq!(
        flags.status().readiness().to_string(),
        "waiting for the source (flaky could not be loaded: the source cannot be reached: the cable is out)"
    );
    assert!(!flags.wait_until_ready(Duration::from_millis(1)));
    source.down.store(false, Ordering::Relaxed);
    assert!(flags.wait_until_ready(PATIENCE));
    assert!(flags.enabled("below", &()) && flags.enabled("a", &()));
    source.down.store(true, Ordering::Relaxed);
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(matches!(flags.status().readiness(), feature_flags::Readiness::Stale { .. }));
}

#[test]
fn what_a_source_says_of_itself_is_in_the_status() {
    struct Odd;
    impl Source for Odd {
        fn name(&self) -> String {
            "odd".to_owned()
        }
        fn load(&self) -> Result<Contents, SourceError> {
            Ok(Contents::new(Revision::FIRST)
                .with(Flag::new("a").rule(Rule::new().when(r#"segment("beta")"#.parse().unwrap())))
                .with_segment("beta", feature_flags::Segment::of(["7"]))
                .with_broken("b", true, "its row is torn")
                .with_warning("the disk is slow")
                .standing_in(feature_flags::Standing::stand_in("spare", "the first is gone")))
        }
        fn changes(&self, _since: Revision, patience: Duration) -> Result<Changes, SourceError> {
            std::thread::sleep(patience);
            Ok(Changes::None)
        }
    }
    let flags = Flags::builder().source(Odd).unwrap();
    assert!(flags.enabled("a", &crate::people::user(7)) && !flags.enabled("a", &crate::people::user(8)));
    assert!(flags.enabled("b", &()), "its default");
    let status = flags.status();
    assert_eq!(status.problems()[0].to_string(), "odd: flag `b`: its row is torn");
    assert_eq!(status.warnings(), ["the disk is slow"]);
    assert_eq!(status.readiness().to_string(), "the source is down (the first is gone), spare stands in");
    assert!(status.to_string().ends_with(", 1 flag is wrong, the disk is slow"), "{status}");
}
