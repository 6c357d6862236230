//! Undoing.

use feature_flags::{Flag, Revision, Segment};
use feature_flags_sqlite::StoreError;
use proptest::prelude::*;

use crate::store::{Place, ada, share};

#[test]
fn undoing_a_put_removes_and_undoing_a_removal_puts_back() {
    let place = Place::new();
    let store = place.store();
    let put = store.put(&share("a", "1%"), &ada()).unwrap();
    let undone = store.undo(put, &ada()).unwrap();
    assert!(store.flag("a").unwrap().is_none());
    store.undo(undone, &ada().because("it was fine")).unwrap();
    assert_eq!(store.flag("a").unwrap().unwrap().0, share("a", "1%"));
    let line = store.history(None, 1).unwrap()[0].to_string();
    assert!(line.ends_with("ada: undo 2 of a (it was fine)"), "{line}");
    assert_eq!(store.history(None, 1).unwrap()[0].undoes(), Some(undone));
}

#[test]
fn parts_that_others_changed_since_stay() {
    let place = Place::new();
    let store = place.store();
    store.put(&share("a", "1%"), &ada()).unwrap();
    let owner = store.put(&share("a", "1%").owner("web"), &ada()).unwrap();
    store.put(&share("a", "5%").owner("web"), &ada()).unwrap();
    store.undo(owner, &ada()).unwrap();
    assert_eq!(store.flag("a").unwrap().unwrap().0, share("a", "5%"));
}

#[test]
fn an_undo_that_later_changes_stand_on_is_refused_and_says_which() {
    let place = Place::new();
    let store = place.store();
    let first = store.put(&share("a", "1%"), &ada()).unwrap();
    let raised = store.put(&share("a", "5%"), &ada()).unwrap();
    let again = store.put(&share("a", "9%"), &ada()).unwrap();
    let before = store.revision().unwrap();
    match store.undo(raised, &ada()).unwrap_err() {
        StoreError::UndoConflict { parts, later, .. } => {
            assert_eq!((parts, later), (vec!["rules".to_owned()], vec![again]));
        }
        other => panic!("{other}"),
    }
    let error = store.undo(first, &ada()).unwrap_err();
    assert_eq!(error.to_string(), "change 1 of `a` cannot be undone, since changes 2, 3 changed it later");
    assert_eq!(store.revision().unwrap(), before, "nothing changed");
    assert!(matches!(store.undo(Revision::new(99), &ada()), Err(StoreError::NoSuchChange { .. })));
}

#[test]
fn segments_are_undone_unless_they_changed_since() {
    let place = Place::new();
    let store = place.store();
    let first = store.put_segment("beta", &Segment::of(["1"]), &ada()).unwrap();
    let second = store.put_segment("beta", &Segment::of(["2"]), &ada()).unwrap();
    assert!(matches!(store.undo(first, &ada()), Err(StoreError::UndoConflict { .. })));
    store.undo(second, &ada()).unwrap();
    assert!(store.contents().unwrap().segments().all(|(_, segment)| segment.contains("1")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// From the last to the first, every change can be undone, and everything is as it was before each.
    #[test]
    fn all_changes_can_be_undone_in_reverse(changes in prop::collection::vec((0_u8..3, 0_u8..5), 1..12)) {
        let place = Place::new();
        let store = place.store();
        let mut states = vec![Vec::new()];
        let mut made = Vec::new();
        for (name, what) in changes {
            let name = format!("flag-{name}");
            let before = store.revision().unwrap();
            let after = match what {
                0 => store.remove(&name, &ada()),
                1 => store.put(&Flag::new(name).enabled(true), &ada()),
                2 => store.put(&Flag::new(name).enabled(false).owner("x"), &ada()),
                more => store.put(&share(&name, &format!("{more}%")), &ada()),
            }.unwrap();
            if after > before {
                made.push(after);
                states.push(store.contents().unwrap().flags().to_vec());
            }
        }
        while let Some(last) = made.pop() {
            states.pop();
            store.undo(last, &ada()).unwrap();
            let contents = store.contents().unwrap();
            prop_assert_eq!(contents.flags(), states.last().unwrap().as_slice());
        }
    }
}
