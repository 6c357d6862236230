//! Sources around sources.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::testing::{contents_conformance, wrapper_conformance};
use feature_flags::{
    CachedSource, Changes, Clock, Contents, EditableSource, EmbeddedSource, FailoverSource, Flag, Flags, Holdout,
    Layer, MemorySource, ReadOnlySource, Readiness, Revision, Rule, Segment, Source, SourceError, StrictSource,
};

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A source in memory that can be cut off.
#[derive(Default)]
struct Flaky {
    inner: MemorySource,
    down: AtomicBool,
}

impl Flaky {
    fn cut(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), SourceError> {
        if self.down.load(Ordering::SeqCst) { Err(SourceError::unavailable("the cable is out")) } else { Ok(()) }
    }
}

impl Source for Flaky {
    fn name(&self) -> String {
        "flaky".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        self.check()?;
        let contents = self.inner.load()?;
        Ok(contents.with_segment("beta", Segment::of(["7"]).by("org.id")))
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        self.check()?;
        self.inner.changes(since, patience.min(Duration::from_millis(5)))
    }
}

/// Milliseconds since 1970.
#[derive(Clone, Default)]
struct HandClock(Arc<AtomicU64>);

impl HandClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn memory() -> Arc<MemorySource> {
    Arc::new(MemorySource::new())
}

#[test]
fn strict_and_failing_over_and_cached_sources_conform() {
    wrapper_conformance(|| {
        let inner = memory();
        (Arc::clone(&inner), StrictSource::new(inner))
    });
    wrapper_conformance(|| {
        let inner = memory();
        (Arc::clone(&inner), FailoverSource::new(inner).or(MemorySource::new()))
    });
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let file = || directory.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
    wrapper_conformance(|| {
        let inner = memory();
        (Arc::clone(&inner), CachedSource::new(inner, file()))
    });
}

#[test]
fn a_stand_in_conforms_and_wrappers_compose() {
    wrapper_conformance(|| {
        let (first, inner) = (Flaky::default(), memory());
        first.cut(true);
        (Arc::clone(&inner), FailoverSource::new(first).or(inner))
    });
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let file = || directory.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
    wrapper_conformance(|| {
        let inner = memory();
        let strict = StrictSource::new(CachedSource::new(Arc::clone(&inner), file()));
        (inner, ReadOnlySource::new(FailoverSource::new(strict).or(MemorySource::new())))
    });
}

#[test]
fn an_application_starts_with_what_was_kept_and_serves_the_source_when_it_is_up() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("flags.cache");
    let clock = HandClock::default();
    let source = Arc::new(Flaky::default());
    source.inner.put(Flag::new("a").enabled(true)).unwrap();
    let flags = Flags::builder().source(CachedSource::new(Arc::clone(&source), &cache).clock(clock.clone())).unwrap();
    let changed =
        source.inner.put(Flag::new("b").rule(Rule::new().when(r#"segment("beta")"#.parse().unwrap()))).unwrap();
    assert!(flags.wait_for_revision(changed, PATIENCE), "changes are kept too");
    drop(flags);

    source.cut(true);
    clock.advance(Duration::from_secs(90));
    let again = CachedSource::new(Arc::clone(&source), &cache).clock(clock.clone());
    let flags = Flags::builder().clock(clock).source(again).unwrap();
    let status = flags.status();
    assert!(flags.enabled("a", &()) && flags.enabled("b", &feature_flags::MapContext::new().with("org.id", 7)));
    assert_eq!(status.age(), Duration::from_secs(90));
    assert!(matches!(status.readiness(), Readiness::Kept { why, .. } if why.contains("the cable is out")), "{status}");
    let missed = source.inner.remove("a").unwrap();
    source.cut(false);
    assert!(flags.wait_for_revision(missed, PATIENCE) && flags.wait_until_ready(PATIENCE));
    assert!(!flags.enabled("a", &()) && flags.status().age().is_zero());
}

#[test]
fn a_cache_that_is_damaged_anywhere_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("flags.cache");
    let source = Arc::new(Flaky::default());
    source.inner.put(Flag::new("a").enabled(true)).unwrap();
    CachedSource::new(Arc::clone(&source), &cache).load().unwrap();
    source.cut(true);
    let good = fs::read(&cache).unwrap();
    let load = || CachedSource::new(Arc::clone(&source), &cache).load();
    assert_eq!(load().unwrap().flags(), [Flag::new("a").enabled(true)]);
    for at in 0..good.len() {
        let mut torn = good.clone();
        torn[at] ^= 1;
        fs::write(&cache, torn).unwrap();
        assert!(load().is_err(), "byte {at} is another");
        fs::write(&cache, &good[..at]).unwrap();
        assert!(load().is_err(), "only {at} bytes are left");
    }
    fs::write(&cache, "feature-flags cache 3\n").unwrap();
    let flags = Flags::builder().source_when_up(CachedSource::new(Arc::clone(&source), &cache)).unwrap();
    let why = flags.status().readiness().to_string();
    assert!(why.contains("the cable is out; ") && why.contains("is no cache of this version"), "{why}");
    source.cut(false);
    assert!(flags.wait_until_ready(PATIENCE));
    source.cut(true);
    assert!(load().is_ok(), "the file is good again");
}

/// The file that version 1 wrote; later versions go on reading it.
#[test]
fn a_cache_of_version_1_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("flags.cache");
    fs::write(&cache, include_str!("cache-1.txt")).unwrap();
    let source = Flaky::default();
    source.cut(true);
    let contents = CachedSource::new(source, &cache).load().unwrap();
    assert_eq!((contents.revision(), contents.flags()), (Revision::new(1), &[Flag::new("a").enabled(true)][..]));
    assert!(contents.segments().all(|(name, segment)| name == "beta" && *segment == Segment::of(["7"]).by("org.id")));
}

/// The file that version 2 wrote, for contents with layers or holdouts.
#[test]
fn a_cache_of_version_2_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("flags.cache");
    fs::write(&cache, include_str!("cache-2.txt")).unwrap();
    let source = Flaky::default();
    source.cut(true);
    let contents = CachedSource::new(source, &cache).load().unwrap();
    let layer = Layer::new().slot("a", ["0%..30%".parse().unwrap()]).unwrap();
    assert_eq!(contents.layers().collect::<Vec<_>>(), [("check out", &layer)]);
    assert_eq!(
        contents.holdouts().collect::<Vec<_>>(),
        [("q4", &Holdout::new("5%".parse().unwrap()).layer("check out"))]
    );
}

/// Until there is a layer or holdout, versions that know none can use the file.
#[test]
fn a_cache_is_of_version_2_only_where_it_must_be() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("flags.cache");
    let written = |text: &'static str| {
        CachedSource::new(EmbeddedSource::new(text), &cache).load().unwrap();
        fs::read_to_string(&cache).unwrap()
    };
    assert!(written("format = 1\n[flags]\na = true").starts_with("feature-flags cache 1\n"));
    assert!(written("format = 1\nlayers.l.flags = {}").starts_with("feature-flags cache 2\n"));
    assert!(written("format = 1\nholdouts.h.share = '5%'").starts_with("feature-flags cache 2\n"));
}

#[test]
fn all_that_a_source_holds_gets_through_the_wrappers() {
    contents_conformance(Fixed);
    contents_conformance(|contents| ReadOnlySource::new(Fixed(contents)));
    contents_conformance(|contents| StrictSource::new(Fixed(contents)));
    contents_conformance(|contents| FailoverSource::new(Fixed(contents)).or(MemorySource::new()));
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let cache = || directory.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
    contents_conformance(|contents| CachedSource::new(Fixed(contents), cache()));
    // What is kept of it, too.
    contents_conformance(|contents| {
        let cache = cache();
        CachedSource::new(Fixed(contents), &cache).load().unwrap();
        let down = Flaky::default();
        down.cut(true);
        Kept(CachedSource::new(down, cache))
    });
}

struct Fixed(Contents);

impl Source for Fixed {
    fn name(&self) -> String {
        "fixed".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        Ok(self.0.clone())
    }

    fn changes(&self, since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
        Ok(if since == self.0.revision() { Changes::None } else { Changes::Unknown })
    }
}

/// What an earlier run kept, as if it were what the source holds.
struct Kept(CachedSource<Flaky>);

impl Source for Kept {
    fn name(&self) -> String {
        self.0.name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        self.0.load()
    }

    fn changes(&self, _since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
        Ok(Changes::Unknown)
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let source = Arc::new(Flaky::default());
    let flags = Flags::builder().source(CachedSource::new(source, "no/such/folder/flags.cache")).unwrap();
    let status = flags.status();
    assert!(status.readiness().is_ready());
    assert!(status.warnings()[0].starts_with("no/such/folder/flags.cache could not be written: "), "{status}");
}

#[test]
fn the_first_source_is_served_again_after_answers_in_a_row_only() {
    let clock = HandClock::default();
    let (first, spare) = (Arc::new(Flaky::default()), memory());
    first.inner.put(Flag::new("a").enabled(true)).unwrap();
    let pause = Duration::from_secs(1);
    let source = FailoverSource::new(Arc::clone(&first)).or(spare).healthy_after(2, pause).clock(clock.clone());
    let loaded = source.load().unwrap();
    assert_eq!(loaded.flags().len(), 1);

    first.cut(true);
    let mut known = loaded.revision();
    let mut turn = |down: bool| {
        first.cut(down);
        clock.advance(pause);
        let told = source.changes(known, Duration::ZERO).unwrap();
        if matches!(told, Changes::Unknown) {
            let contents = source.load().unwrap();
            assert!(contents.revision() > known, "revisions grow whoever is served");
            known = contents.revision();
        }
        source.load().unwrap().flags().len()
    };
    assert_eq!(turn(true), 0, "the spare has no flags");
    assert_eq!([turn(false), turn(true), turn(false)], [0, 0, 0], "one answer is too few, twice");
    assert_eq!(turn(false), 1, "two in a row are enough");
}

#[test]
fn where_no_source_answers_the_error_is_that_of_the_first() {
    let (first, second) = (Flaky::default(), Flaky::default());
    first.cut(true);
    second.cut(true);
    let error = Flags::builder().source(FailoverSource::new(first).or(second)).unwrap_err();
    assert_eq!(error.to_string(), "flaky or flaky could not be loaded");
}

#[test]
fn a_strict_source_serves_what_was_right_until_all_is() {
    let inner = memory();
    inner.put(Flag::new("a").enabled(true)).unwrap();
    let flags = Flags::builder().source(StrictSource::new(Arc::clone(&inner))).unwrap();
    inner.put(Flag::new("a").enabled(false)).unwrap();
    inner.put(Flag::new("b").variant("x", 1).rule(Rule::new())).unwrap();
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(flags.status().readiness().to_string().contains("flag `b`: a rule does not say what it serves"));
    let mended = inner.remove("b").unwrap();
    assert!(flags.wait_for_revision(mended, PATIENCE));
    assert!(!flags.enabled("a", &()) && flags.status().readiness().is_ready());
}
