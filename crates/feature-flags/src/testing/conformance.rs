//! What every source must do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Change, Changes, Contents, EditableSource, Flag, Holdout, Layer, Revision, Rule, Segment, Source};

/// Far longer than any source needs: a source that fails waits so long, one that works does not.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks the contract of [`Source`] and [`EditableSource`] on empty sources that `empty` makes.
///
/// ```
/// use std::sync::Arc;
/// use feature_flags::MemorySource;
/// use feature_flags::testing::source_conformance;
///
/// source_conformance(|| Arc::new(MemorySource::new()));
/// ```
///
/// # Panics
/// If the source breaks the contract, saying how.
pub fn source_conformance<S: EditableSource>(empty: impl Fn() -> Arc<S>) {
    conformance(|| {
        let source = empty();
        Rig { editor: Arc::clone(&source) as _, source, own_revisions: true }
    });
}

/// Checks the contract of [`Source`] on sources that are edited elsewhere, such as wrappers: `empty` makes an empty one and
/// what it is edited through.
///
/// ```
/// use std::sync::Arc;
/// use feature_flags::{MemorySource, ReadOnlySource};
/// use feature_flags::testing::wrapper_conformance;
///
/// wrapper_conformance(|| {
///     let inner = Arc::new(MemorySource::new());
///     (Arc::clone(&inner), ReadOnlySource::new(inner))
/// });
/// ```
///
/// # Panics
/// If the source breaks the contract, saying how.
pub fn wrapper_conformance<E: EditableSource, S: Source>(empty: impl Fn() -> (Arc<E>, S)) {
    conformance(|| {
        let (editor, source) = empty();
        Rig { editor, source: Arc::new(source), own_revisions: false }
    });
}

/// Checks the contract of [`Source`] on sources that nobody edits: `holding` makes one that holds these flags.
///
/// ```
/// use feature_flags::{Changes, Contents, Flag, Revision, Source, SourceError};
/// use feature_flags::testing::fixed_conformance;
///
/// struct Fixed(Vec<Flag>);
///
/// impl Source for Fixed {
///     fn name(&self) -> String {
///         "fixed".to_owned()
///     }
///     fn load(&self) -> Result<Contents, SourceError> {
///         Ok(self.0.iter().cloned().fold(Contents::new(Revision::FIRST), Contents::with))
///     }
///     fn changes(&self, since: Revision, patience: std::time::Duration) -> Result<Changes, SourceError> {
///         if since != Revision::FIRST {
///             return Ok(Changes::Unknown);
///         }
///         std::thread::sleep(patience);
///         Ok(Changes::None)
///     }
/// }
///
/// fixed_conformance(Fixed);
/// ```
///
/// # Panics
/// If the source breaks the contract, saying how.
pub fn fixed_conformance<S: Source>(holding: impl Fn(Vec<Flag>) -> S) {
    for flags in [vec![], vec![Flag::new("a").enabled(true)], vec![Flag::new("a").enabled(false), elaborate_flag()]] {
        let source = holding(flags.clone());
        assert!(!source.name().is_empty(), "a source has a name");
        let contents = source.load().expect("the source works");
        let by_name = |flags: &[Flag]| -> BTreeMap<String, Flag> {
            flags.iter().map(|flag| (flag.name().to_owned(), flag.clone())).collect()
        };
        assert_eq!(by_name(contents.flags()), by_name(&flags), "every flag is there, with every part of it");
        let again = source.load().expect("the source works");
        assert_eq!(again.revision(), contents.revision(), "nothing changed");
        let start = Instant::now();
        let changes = source.changes(contents.revision(), Duration::from_millis(20)).expect("the source works");
        assert!(matches!(changes, Changes::None | Changes::Unknown), "nothing changed");
        assert!(start.elapsed() < PATIENCE, "a source waits no longer than it is asked to");
        a_revision_never_reached_is_unknown(&source);
    }
}

/// Checks that all there is in a source gets through: `holding` makes one that holds these contents, or wraps one that does.
/// Flags that exclude each other would not any more if a source lost their layer on the way.
///
/// ```
/// use feature_flags::{Changes, Contents, Revision, Source, SourceError};
/// use feature_flags::testing::contents_conformance;
///
/// struct Fixed(Contents);
///
/// impl Source for Fixed {
///     fn name(&self) -> String {
///         "fixed".to_owned()
///     }
///     fn load(&self) -> Result<Contents, SourceError> {
///         Ok(self.0.clone())
///     }
///     fn changes(&self, since: Revision, _: std::time::Duration) -> Result<Changes, SourceError> {
///         Ok(if since == self.0.revision() { Changes::None } else { Changes::Unknown })
///     }
/// }
///
/// contents_conformance(Fixed);
/// ```
///
/// # Panics
/// If something is lost or added, saying what.
pub fn contents_conformance<S: Source>(holding: impl Fn(Contents) -> S) {
    for contents in [Contents::new(Revision::FIRST), elaborate_contents()] {
        let loaded = holding(contents.clone()).load().expect("the source works");
        let flags = |contents: &Contents| -> BTreeMap<String, Flag> {
            contents.flags().iter().map(|flag| (flag.name().to_owned(), flag.clone())).collect()
        };
        assert_eq!(flags(&loaded), flags(&contents), "every flag is there");
        assert!(loaded.segments().eq(contents.segments()), "every segment is there");
        assert!(loaded.layers().eq(contents.layers()), "every layer is there");
        assert!(loaded.holdouts().eq(contents.holdouts()), "every holdout is there");
    }
}

/// Contents with everything there is.
fn elaborate_contents() -> Contents {
    let band = |text: &str| text.parse().expect("a range");
    let layer = Layer::new().by("org.id").salt("s").slot("a", [band("0%..30%"), band("40.5%..50%")]);
    let layer = layer.and_then(|layer| layer.slot("b", [])).expect("nothing overlaps");
    let holdout = Holdout::new("0.001%".parse().expect("a share")).flag("c").layer("a layer: \"ünusual\"");
    Contents::new(Revision::FIRST)
        .with(elaborate_flag())
        .with(Flag::new("c").enabled(true))
        .with_segment("a segment", Segment::of(["7", "é"]).by("org.id"))
        .with_segment("nobody", Segment::of::<&str>([]))
        .with_layer("a layer: \"ünusual\"", layer)
        .with_layer("empty", Layer::new())
        .with_holdout("a holdout", holdout.by("org.id").salt("t"))
}

fn conformance(empty: impl Fn() -> Rig) {
    an_empty_source_is_empty(&empty());
    what_is_put_is_there(&empty());
    every_change_has_a_higher_revision(&empty());
    what_is_removed_leaves_a_tombstone(&empty());
    changes_are_those_since_a_revision(&empty());
    waiting_ends_in_time(&empty());
    waiting_ends_with_a_change(&empty());
    flags_come_back_as_they_went(&empty());
    changes_lead_where_loading_leads(&empty());
    edits_at_the_same_time_are_all_there(&empty());
    let source = empty().source;
    a_revision_never_reached_is_unknown(&*source);
}

/// A source, and what it is edited through.
struct Rig {
    source: Arc<dyn Source>,
    editor: Arc<dyn EditableSource>,
    /// Whether the revisions of edits are those of the source.
    own_revisions: bool,
}

impl Rig {
    fn load(&self) -> Contents {
        self.source.load().expect("the source works")
    }

    fn put(&self, flag: Flag) -> Revision {
        let revision = self.editor.put(flag).expect("the source works");
        self.revision_after(revision)
    }

    fn remove(&self, name: &str) -> Revision {
        let revision = self.editor.remove(name).expect("the source works");
        self.revision_after(revision)
    }

    fn revision_after(&self, edit: Revision) -> Revision {
        if self.own_revisions { edit } else { self.load().revision() }
    }

    fn changes(&self, since: Revision, patience: Duration) -> Changes {
        self.source.changes(since, patience).expect("the source works")
    }

    /// The changes since then, without waiting; `None` if the source cannot tell.
    fn known(&self, since: Revision) -> Option<Vec<Change>> {
        match self.changes(since, Duration::ZERO) {
            Changes::None => Some(Vec::new()),
            Changes::Some(changes) => Some(changes),
            Changes::Unknown => None,
        }
    }
}

fn an_empty_source_is_empty(rig: &Rig) {
    assert!(rig.load().flags().is_empty(), "an empty source has no flags");
    assert!(!rig.source.name().is_empty(), "a source has a name");
}

fn what_is_put_is_there(rig: &Rig) {
    let revision = rig.put(Flag::new("a").enabled(true));
    let contents = rig.load();
    assert_eq!(contents.flags(), [Flag::new("a").enabled(true)], "a flag that was put is loaded");
    assert!(contents.revision() >= revision, "what is loaded is as new as the last change");
    let _revision = rig.put(Flag::new("a").enabled(false));
    assert_eq!(rig.load().flags(), [Flag::new("a").enabled(false)], "a flag replaces one of the same name");
}

fn every_change_has_a_higher_revision(rig: &Rig) {
    let mut last = Revision::ZERO;
    for round in 0..5 {
        let revision = rig.put(Flag::new("a").enabled(round % 2 == 0));
        assert!(revision > last, "revision {revision} does not come after {last}");
        last = revision;
    }
    assert!(rig.remove("a") > last, "removing is a change");
}

fn what_is_removed_leaves_a_tombstone(rig: &Rig) {
    let before = rig.put(Flag::new("a"));
    let removed = rig.remove("a");
    assert!(rig.load().flags().is_empty(), "a flag that was removed is not loaded");
    if let Some(changes) = rig.known(before) {
        assert_eq!(changes, [Change::Removed { revision: removed, name: "a".to_owned() }], "removing is told");
    }
    assert_eq!(rig.remove("a"), removed, "removing what is gone changes nothing");
    assert_eq!(rig.remove("never-there"), removed, "removing what was never there changes nothing");
}

fn changes_are_those_since_a_revision(rig: &Rig) {
    let first = rig.put(Flag::new("a"));
    let second = rig.put(Flag::new("b"));
    let third = rig.put(Flag::new("a").enabled(true));
    for (since, names) in
        [(Revision::ZERO, vec!["a", "b"]), (first, vec!["a", "b"]), (second, vec!["a"]), (third, vec![])]
    {
        let Some(changes) = rig.known(since) else { continue };
        let mut told: Vec<&str> = changes.iter().map(Change::name).collect();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, names, "changes since {since}");
        assert!(changes.iter().all(|change| change.revision() > since), "older changes are not told");
    }
}

fn waiting_ends_in_time(rig: &Rig) {
    let newest = rig.put(Flag::new("a"));
    let start = Instant::now();
    let changes = rig.changes(newest, Duration::from_millis(20));
    assert!(matches!(changes, Changes::None | Changes::Unknown), "nothing changed");
    assert!(start.elapsed() < PATIENCE, "a source waits no longer than it is asked to");
}

fn waiting_ends_with_a_change(rig: &Rig) {
    let before = rig.put(Flag::new("a"));
    let start = Instant::now();
    thread::scope(|scope| {
        let edited = scope.spawn(|| rig.put(Flag::new("b")));
        let mut told = false;
        while !told && start.elapsed() < PATIENCE {
            told = !matches!(rig.changes(before, PATIENCE), Changes::None);
        }
        assert!(told, "a change ends the waiting");
        let _revision = edited.join().expect("the source works");
    });
    assert!(start.elapsed() < PATIENCE, "a change is told when it happens");
}

fn flags_come_back_as_they_went(rig: &Rig) {
    let _revision = rig.put(elaborate_flag());
    assert_eq!(rig.load().flags(), [elaborate_flag()], "every part of a flag is kept");
}

fn a_revision_never_reached_is_unknown(source: &dyn Source) {
    let never = Revision::new(u64::MAX / 2);
    let changes = source.changes(never, Duration::ZERO).expect("the source works");
    assert!(
        matches!(changes, Changes::Unknown),
        "a source that was never at a revision cannot tell what changed since"
    );
}

/// A flag with everything there is.
fn elaborate_flag() -> Flag {
    let rule = Rule::new()
        .named("staff first")
        .when(r#"group("staff") or x > 1.5 and not y in ["\"", "é"]"#.parse().expect("a condition"));
    Flag::new("a flag: with ünusual name")
        .description("what it is for")
        .owner("somebody")
        .expires("2031-01-01")
        .salt("salt")
        .default_variant("two")
        .variant("one", 1)
        .variant("two", "2")
        .requires("other")
        .rule(
            rule.rollout("12.345% by user.id salt \"s\"".parse().expect("a rollout"))
                .serve(crate::Serve::Variant("one".to_owned())),
        )
}

/// Changes applied in any order, twice, lead to what is loaded.
fn changes_lead_where_loading_leads(rig: &Rig) {
    let mut all = Vec::new();
    let mut last = Revision::ZERO;
    for round in 0..30_u32 {
        let name = format!("flag-{}", round % 7);
        let _revision =
            if round % 5 == 4 { rig.remove(&name) } else { rig.put(Flag::new(name).enabled(round % 2 == 0)) };
        if let Some(changes) = rig.known(last) {
            last = changes.iter().map(Change::revision).max().unwrap_or(last);
            all.extend(changes);
        } else {
            return;
        }
    }
    let loaded: BTreeMap<String, Flag> =
        rig.load().flags.into_iter().map(|flag| (flag.name().to_owned(), flag)).collect();
    let reversed: Vec<&Change> = all.iter().rev().chain(&all).collect();
    let interleaved: Vec<&Change> = all.iter().skip(1).step_by(2).chain(all.iter().step_by(2)).collect();
    for order in [reversed, interleaved] {
        let mut newest: BTreeMap<&str, &Change> = BTreeMap::new();
        for change in order {
            let entry = newest.entry(change.name()).or_insert(change);
            if change.revision() > entry.revision() {
                *entry = change;
            }
        }
        let applied: BTreeMap<String, Flag> = newest
            .into_values()
            .filter_map(|change| match change {
                Change::Put { flag, .. } => Some((flag.name().to_owned(), flag.clone())),
                Change::Removed { .. } => None,
            })
            .collect();
        assert_eq!(applied, loaded, "changes lead where loading leads, in any order");
    }
}

fn edits_at_the_same_time_are_all_there(rig: &Rig) {
    let revisions: Vec<Revision> = thread::scope(|scope| {
        let editors = (0..4).map(|editor| {
            let edit = move |n| rig.editor.put(Flag::new(format!("{editor}-{n}"))).expect("the source works");
            scope.spawn(move || (0..10).map(edit).collect::<Vec<_>>())
        });
        let editors: Vec<_> = editors.collect();
        editors.into_iter().flat_map(|editor| editor.join().expect("the source works")).collect()
    });
    assert_eq!(rig.load().flags().len(), 40, "no edit is lost");
    let mut different = revisions.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), revisions.len(), "each change has a revision of its own");
}
