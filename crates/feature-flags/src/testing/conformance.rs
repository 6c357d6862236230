//! What every source must do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Change, Changes, Contents, EditableSource, Flag, Revision, Rule};

/// Far longer than any source needs: a source that fails waits so long, one that works does not.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks the contract of [`Source`](crate::Source) and [`EditableSource`] on empty sources that `empty` makes.
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
    an_empty_source_is_empty(&*empty());
    what_is_put_is_there(&*empty());
    every_change_has_a_higher_revision(&*empty());
    what_is_removed_leaves_a_tombstone(&*empty());
    changes_are_those_since_a_revision(&*empty());
    waiting_ends_in_time(&*empty());
    waiting_ends_with_a_change(&empty());
    flags_come_back_as_they_went(&*empty());
    changes_lead_where_loading_leads(&*empty());
    edits_at_the_same_time_are_all_there(&empty());
}

fn an_empty_source_is_empty(source: &dyn EditableSource) {
    assert!(load(source).flags().is_empty(), "an empty source has no flags");
    assert!(!source.name().is_empty(), "a source has a name");
}

fn what_is_put_is_there(source: &dyn EditableSource) {
    let revision = put(source, Flag::new("a").enabled(true));
    let contents = load(source);
    assert_eq!(contents.flags(), [Flag::new("a").enabled(true)], "a flag that was put is loaded");
    assert!(contents.revision() >= revision, "what is loaded is as new as the last change");
    let _revision = put(source, Flag::new("a").enabled(false));
    assert_eq!(load(source).flags(), [Flag::new("a").enabled(false)], "a flag replaces one of the same name");
}

fn every_change_has_a_higher_revision(source: &dyn EditableSource) {
    let mut last = Revision::ZERO;
    for round in 0..5 {
        let revision = put(source, Flag::new("a").enabled(round % 2 == 0));
        assert!(revision > last, "revision {revision} does not come after {last}");
        last = revision;
    }
    assert!(remove(source, "a") > last, "removing is a change");
}

fn what_is_removed_leaves_a_tombstone(source: &dyn EditableSource) {
    let before = put(source, Flag::new("a"));
    let removed = remove(source, "a");
    assert!(load(source).flags().is_empty(), "a flag that was removed is not loaded");
    if let Some(changes) = known(source, before) {
        assert_eq!(changes, [Change::Removed { revision: removed, name: "a".to_owned() }], "removing is told");
    }
    assert_eq!(remove(source, "a"), removed, "removing what is gone changes nothing");
    assert_eq!(remove(source, "never-there"), removed, "removing what was never there changes nothing");
}

fn changes_are_those_since_a_revision(source: &dyn EditableSource) {
    let first = put(source, Flag::new("a"));
    let second = put(source, Flag::new("b"));
    let third = put(source, Flag::new("a").enabled(true));
    for (since, names) in
        [(Revision::ZERO, vec!["a", "b"]), (first, vec!["a", "b"]), (second, vec!["a"]), (third, vec![])]
    {
        let Some(changes) = known(source, since) else { continue };
        let mut told: Vec<&str> = changes.iter().map(Change::name).collect();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, names, "changes since {since}");
        assert!(changes.iter().all(|change| change.revision() > since), "older changes are not told");
    }
}

fn waiting_ends_in_time(source: &dyn EditableSource) {
    let newest = put(source, Flag::new("a"));
    let start = Instant::now();
    let changes = source.changes(newest, Duration::from_millis(20)).expect("the source works");
    assert!(matches!(changes, Changes::None | Changes::Unknown), "nothing changed");
    assert!(start.elapsed() < PATIENCE, "a source waits no longer than it is asked to");
}

fn waiting_ends_with_a_change<S: EditableSource>(source: &Arc<S>) {
    let before = put(&**source, Flag::new("a"));
    let editor = Arc::clone(source);
    let start = Instant::now();
    thread::scope(|scope| {
        let edited = scope.spawn(move || put(&*editor, Flag::new("b")));
        let mut told = false;
        while !told && start.elapsed() < PATIENCE {
            told = !matches!(source.changes(before, PATIENCE).expect("the source works"), Changes::None);
        }
        assert!(told, "a change ends the waiting");
        let _revision = edited.join().expect("the source works");
    });
    assert!(start.elapsed() < PATIENCE, "a change is told when it happens");
}

fn flags_come_back_as_they_went(source: &dyn EditableSource) {
    let rule = Rule::new()
        .named("staff first")
        .when(r#"group("staff") or x > 1.5 and not y in ["\"", "é"]"#.parse().expect("a condition"));
    let flag = Flag::new("a flag: with ünusual name")
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
        );
    let _revision = put(source, flag.clone());
    assert_eq!(load(source).flags(), [flag], "every part of a flag is kept");
}

/// Changes applied in any order, twice, lead to what is loaded.
fn changes_lead_where_loading_leads(source: &dyn EditableSource) {
    let mut all = Vec::new();
    let mut last = Revision::ZERO;
    for round in 0..30_u32 {
        let name = format!("flag-{}", round % 7);
        let _revision =
            if round % 5 == 4 { remove(source, &name) } else { put(source, Flag::new(name).enabled(round % 2 == 0)) };
        if let Some(changes) = known(source, last) {
            last = changes.iter().map(Change::revision).max().unwrap_or(last);
            all.extend(changes);
        } else {
            return;
        }
    }
    let loaded: BTreeMap<String, Flag> =
        load(source).flags.into_iter().map(|flag| (flag.name().to_owned(), flag)).collect();
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

fn edits_at_the_same_time_are_all_there<S: EditableSource>(source: &Arc<S>) {
    let revisions: Vec<Revision> = thread::scope(|scope| {
        let editors = (0..4).map(|editor| {
            let source = Arc::clone(source);
            scope.spawn(move || (0..10).map(|n| put(&*source, Flag::new(format!("{editor}-{n}")))).collect::<Vec<_>>())
        });
        let editors: Vec<_> = editors.collect();
        editors.into_iter().flat_map(|editor| editor.join().expect("the source works")).collect()
    });
    assert_eq!(load(&**source).flags().len(), 40, "no edit is lost");
    let mut different = revisions.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), revisions.len(), "each change has a revision of its own");
}

fn load(source: &dyn EditableSource) -> Contents {
    source.load().expect("the source works")
}

fn put(source: &dyn EditableSource, flag: Flag) -> Revision {
    source.put(flag).expect("the source works")
}

fn remove(source: &dyn EditableSource, name: &str) -> Revision {
    source.remove(name).expect("the source works")
}

/// The changes since then, without waiting; `None` if the source cannot tell.
fn known(source: &dyn EditableSource, since: Revision) -> Option<Vec<Change>> {
    match source.changes(since, Duration::ZERO).expect("the source works") {
        Changes::None => Some(Vec::new()),
        Changes::Some(changes) => Some(changes),
        Changes::Unknown => None,
    }
}
