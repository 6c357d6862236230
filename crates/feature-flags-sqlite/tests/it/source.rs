//! The store as a source.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feature_flags::testing::{source_conformance, wrapper_conformance};
use feature_flags::{Changes, Flag, Flags, MapContext, Revision, Rule, Segment, Source};
use feature_flags_sqlite::{Options, SqliteStore};

use crate::store::{Place, ada};

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_store_conforms() {
    let place = Place::new();
    let number = AtomicUsize::new(0);
    source_conformance(|| {
        let name = format!("{}.db", number.fetch_add(1, Ordering::Relaxed));
        Arc::new(SqliteStore::open(place.file(&name)).unwrap())
    });
}

#[test]
fn a_store_that_another_connection_edits_conforms() {
    let place = Place::new();
    let number = AtomicUsize::new(0);
    wrapper_conformance(|| {
        let name = format!("{}.db", number.fetch_add(1, Ordering::Relaxed));
        let editor = Arc::new(SqliteStore::open(place.file(&name)).unwrap());
        (editor, SqliteStore::open_with(place.file(&name), Options::new().read_only()).unwrap())
    });
}

#[test]
fn changes_of_flags_and_segments_are_served() {
    let place = Place::new();
    let store = Arc::new(place.store());
    let in_beta = Rule::new().when(r#"segment("beta")"#.parse().unwrap());
    let flags = Flags::builder().source(Arc::clone(&store)).unwrap();
    store.put(&Flag::new("a").rule(in_beta), &ada()).unwrap();
    let with = store.put_segment("beta", &Segment::of(["7"]), &ada()).unwrap();
    assert!(flags.wait_for_revision(with, PATIENCE));
    let user = MapContext::new().with("id", 7);
    assert!(flags.enabled("a", &user));
    let without = store.remove_segment("beta", &ada()).unwrap();
    assert!(flags.wait_for_revision(without, PATIENCE));
    assert!(!flags.enabled("a", &user));
}

#[test]
fn a_store_that_went_back_to_an_earlier_state_is_loaded_anew() {
    let place = Place::new();
    let store = place.store();
    assert!(matches!(store.changes(Revision::new(9), Duration::ZERO).unwrap(), Changes::Unknown));
    assert!(matches!(store.changes(Revision::ZERO, Duration::ZERO).unwrap(), Changes::None));
}

#[test]
fn a_row_that_is_torn_harms_its_flag_alone() {
    let place = Place::new();
    let store = Arc::new(place.store());
    feature_flags::EditableSource::put(&store, Flag::new("good").enabled(true)).unwrap();
    feature_flags::EditableSource::put(&store, Flag::new("torn").enabled(true)).unwrap();
    let flags = Flags::builder().source(Arc::clone(&store)).unwrap();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute("UPDATE flag_states SET body = substr(body, 1, 20), revision = 3 WHERE name = 'torn'", []).unwrap();
    other.execute("UPDATE flag_store SET revision = 3", []).unwrap();
    assert!(flags.wait_for_revision(Revision::new(3), PATIENCE));
    assert!(flags.enabled("good", &()) && flags.enabled("torn", &()), "as it was");
    let problems = flags.status().problems().to_vec();
    assert!(problems.len() == 1 && problems[0].flag() == "torn" && problems[0].keeps_last_good(), "{problems:?}");
    let started_now = Flags::builder().source(store).unwrap();
    assert!(started_now.enabled("good", &()) && !started_now.enabled("torn", &()), "its default");
}
