//! Layers and holdouts in the store.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use feature_flags::testing::contents_conformance;
use feature_flags::{Flag, Flags, Holdout, Layer, Reason, Revision};
use feature_flags_sqlite::{Absent, Options, SqliteStore, StoreError, Subject};

use crate::store::{HandClock, Place, ada};

/// Far longer than any of this takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn layer(band: &str) -> Layer {
    Layer::new().slot("new-form", [band.parse().unwrap()]).unwrap()
}

fn five_percent() -> Holdout {
    Holdout::new("5%".parse().unwrap()).layer("checkout")
}

#[test]
fn the_store_holds_whole_contents() {
    let place = Place::new();
    let number = std::cell::Cell::new(0);
    contents_conformance(|contents| {
        number.set(number.get() + 1);
        let store = SqliteStore::open(place.file(&format!("{}.db", number.get()))).unwrap();
        store.import(&contents, Absent::Go, &ada()).unwrap();
        store
    });
}

#[test]
fn layers_and_holdouts_are_served_as_they_change() {
    let place = Place::new();
    let store = Arc::new(place.store());
    store.put(&Flag::new("new-form").enabled(true), &ada()).unwrap();
    let flags = Flags::builder().source(Arc::clone(&store)).unwrap();
    let reasons = || -> Vec<Reason> {
        let mut reasons: Vec<Reason> = (0..500).map(|id| flags.decide("new-form", &("id", id)).reason()).collect();
        reasons.sort_by_key(|reason| format!("{reason:?}"));
        reasons.dedup();
        reasons
    };
    assert_eq!(reasons(), [Reason::Fixed]);
    let put = store.put_layer("checkout", &layer("0%..30%"), &ada()).unwrap();
    assert!(flags.wait_for_revision(put, PATIENCE));
    assert_eq!(reasons(), [Reason::Fixed, Reason::Layer]);
    let put = store.put_holdout("q4", &five_percent(), &ada()).unwrap();
    assert!(flags.wait_for_revision(put, PATIENCE));
    assert_eq!(reasons(), [Reason::Fixed, Reason::Holdout, Reason::Layer]);
    store.remove_holdout("q4", &ada()).unwrap();
    let removed = store.remove_layer("checkout", &ada()).unwrap();
    assert!(flags.wait_for_revision(removed, PATIENCE));
    assert_eq!(reasons(), [Reason::Fixed]);
}

#[test]
fn their_history_is_kept_and_undone_part_by_part() {
    let place = Place::new();
    let clock = HandClock::default();
    let store = place.store_with(Options::new().clock(clock.clone()));
    clock.set(10);
    store.put_layer("checkout", &layer("0%..30%"), &ada()).unwrap();
    clock.set(20);
    let larger = store.put_layer("checkout", &layer("0%..50%"), &ada().because("more of them")).unwrap();
    clock.set(30);
    store.put_layer("checkout", &layer("0%..50%").by("org.id"), &ada()).unwrap();
    let entry = &store.history(Some("checkout"), 2).unwrap()[1];
    assert_eq!(entry.subject(), &Subject::Layer("checkout".to_owned()));
    let differences: Vec<String> = entry.differences().iter().map(ToString::to_string).collect();
    assert_eq!(differences, [r#"flags.new-form: "0%..30%" -> "0%..50%""#]);
    let json = serde_json::to_value(entry).unwrap();
    assert_eq!((&json["layer"], &json["verb"]), (&"checkout".into(), &"change".into()));
    let undone = store.undo(larger, &ada()).unwrap();
    let now = |store: &SqliteStore| store.contents().unwrap().layers().next().map(|(_, layer)| layer.clone());
    assert_eq!(now(&store), Some(layer("0%..30%").by("org.id")), "what was changed since stays");
    assert!(matches!(store.undo(larger, &ada()), Err(StoreError::UndoConflict { .. })));
    store.undo(undone, &ada()).unwrap();
    assert_eq!(now(&store), Some(layer("0%..50%").by("org.id")));
    let as_of = |seconds| {
        let contents = store.contents_at(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        contents.layers().next().map(|(_, layer)| layer.clone())
    };
    assert_eq!((as_of(9), as_of(10), as_of(25)), (None, Some(layer("0%..30%")), Some(layer("0%..50%"))));
    let then = store
        .flags_at(UNIX_EPOCH + Duration::from_secs(10), Flags::builder().flag(Flag::new("new-form").enabled(true)));
    let then = then.unwrap();
    assert!((0..500).any(|id| then.decide("new-form", &("id", id)).reason() == Reason::Layer));
}

#[test]
fn a_holdout_always_has_its_layers() {
    let place = Place::new();
    let store = place.store();
    let missing = |error: StoreError| matches!(error, StoreError::NoSuchLayer { layer, .. } if layer == "checkout");
    assert!(missing(store.put_holdout("q4", &five_percent(), &ada()).unwrap_err()));
    assert_eq!(store.revision().unwrap(), Revision::ZERO, "nothing changed");
    let put = store.put_layer("checkout", &layer("0%..30%"), &ada()).unwrap();
    store.put_holdout("q4", &five_percent(), &ada()).unwrap();
    assert!(missing(store.remove_layer("checkout", &ada()).unwrap_err()));
    assert!(missing(store.undo(put, &ada()).unwrap_err()), "undoing is no way around it");
    let error = store.put_layer("page", &Layer::new().by("a b"), &ada()).unwrap_err();
    assert_eq!(error.to_string(), "layer page is wrong: line 1, column 18: expected the name of an attribute");
}

#[test]
fn one_that_cannot_be_read_stops_the_store_and_not_the_application() {
    let place = Place::new();
    let store = Arc::new(place.store());
    store.put(&Flag::new("new-form").enabled(true), &ada()).unwrap();
    store.put_layer("checkout", &layer("0%..0%"), &ada()).unwrap();
    let flags = Flags::builder().source(Arc::clone(&store)).unwrap();
    let other = rusqlite::Connection::open(place.file("flags.db")).unwrap();
    other.execute_batch("INSERT INTO flag_section_changes VALUES (3, 0, NULL, NULL, 'layer', 'checkout', NULL, '{', NULL); UPDATE flag_store SET revision = 3").unwrap();
    assert!(flags.wait_for_source_error(PATIENCE));
    assert!(!flags.enabled("new-form", &("id", 1)), "as it was");
    let error = store.contents().unwrap_err();
    assert!(matches!(error, StoreError::WrongSection { subject: Subject::Layer(_), .. }), "{error:?}");
}
