//! Several at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use feature_flags::{Flag, Revision};
use feature_flags_sqlite::{Options, SqliteStore, StoreError};

use crate::store::{Place, ada};

/// Each has a store of its own, as each process would.
#[test]
fn increments_of_many_writers_are_all_there() {
    let place = Place::new();
    place.store().put(&Flag::new("count").description("0"), &ada()).unwrap();
    let conflicts = AtomicU64::new(0);
    let increment = |store: &SqliteStore| loop {
        let (flag, seen) = store.flag("count").unwrap().unwrap();
        let count: u32 = flag.description_text().unwrap().parse().unwrap();
        match store.put_if(&flag.description((count + 1).to_string()), seen, &ada()) {
            Ok(_) => return,
            Err(StoreError::Conflict { .. }) => drop(conflicts.fetch_add(1, Ordering::Relaxed)),
            Err(error) => panic!("{error}"),
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = place.store();
                (0..25).for_each(|_| increment(&store));
            });
        }
    });
    let store = place.store();
    assert_eq!(store.flag("count").unwrap().unwrap().0.description_text(), Some("100"));
    let history = store.history(Some("count"), 1_000).unwrap();
    assert_eq!(history.len(), 101, "one entry for each, none for {} refused ones", conflicts.load(Ordering::Relaxed));
    // Each builds on the one before.
    assert!(history.windows(2).all(|pair| pair[0].before() == pair[1].after()));
}

/// Often, since the moment in which two of them get into each other's way is short.
#[test]
fn many_may_make_the_store_at_once() {
    for _ in 0..40 {
        let place = Place::new();
        let together = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (place, together) = (&place, &together);
                scope.spawn(move || {
                    together.wait();
                    place.store().put(&Flag::new(format!("flag-{number}")), &ada()).unwrap();
                });
            }
        });
        assert_eq!(place.store().contents().unwrap().flags().len(), 8);
    }
}

#[test]
fn a_flag_that_was_removed_meanwhile_is_a_conflict_too() {
    let place = Place::new();
    let store = place.store();
    store.put(&Flag::new("a").enabled(true), &ada()).unwrap();
    let (flag, seen) = store.flag("a").unwrap().unwrap();
    let other = place.store_with(Options::new());
    other.remove("a", &ada()).unwrap();
    let error = store.put_if(&flag, seen, &ada()).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { found, .. } if found == Revision::new(2)), "{error:?}");
    assert!(matches!(store.remove_if("a", seen, &ada()), Err(StoreError::Conflict { .. })));
}
