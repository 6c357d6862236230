//! Who, when, why, what.

use std::time::{Duration, UNIX_EPOCH};

use feature_flags::{Flag, Flags, MapContext, Revision, Segment};
use feature_flags_sqlite::{Options, Subject};

use crate::store::{HandClock, Place, ada, share};

#[test]
fn the_history_says_who_changed_what_when_and_why() {
    let place = Place::new();
    let clock = HandClock::default();
    clock.set(1_796_112_000);
    let store = place.store_with(Options::new().clock(clock.clone()));
    store.put(&share("a", "1% by id"), &ada().because("a try")).unwrap();
    clock.set(1_796_112_060);
    store.put(&share("a", "10% by id").owner("web"), &ada()).unwrap();
    store.put_segment("beta", &Segment::of(["1", "2"]).by("org.id"), &feature_flags_sqlite::Author::unknown()).unwrap();
    store.remove("a", &ada().because("done")).unwrap();
    let lines: Vec<String> = store.history(None, 10).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "4, 2026-12-01T08:01:00Z, ada: remove a (done)",
            "3, 2026-12-01T08:01:00Z, somebody: put segment beta",
            r#"2, 2026-12-01T08:01:00Z, ada: change a, owner: now "web", rules[0].rollout: "1% by id" -> "10% by id""#,
            "1, 2026-12-01T08:00:00Z, ada: put a (a try)",
        ]
    );
    let of_a = store.history(Some("a"), 2).unwrap();
    assert_eq!(of_a.iter().map(|entry| entry.revision().number()).collect::<Vec<_>>(), [4, 2]);
    assert_eq!(of_a[0].after(), None);
    assert_eq!(store.history(Some("beta"), 1).unwrap()[0].subject(), &Subject::Segment("beta".to_owned()));
    let json = serde_json::to_value(&of_a[1]).unwrap();
    assert_eq!(json["differences"][1]["path"], "rules[0].rollout");
    assert_eq!((&json["who"], &json["verb"], &json["flag"]), (&"ada".into(), &"change".into(), &"a".into()));
}

#[test]
fn what_changes_nothing_is_no_change() {
    let place = Place::new();
    let store = place.store();
    let put = store.put(&share("a", "1%"), &ada()).unwrap();
    assert_eq!(store.put(&share("a", "1%"), &ada()).unwrap(), put);
    assert_eq!(store.remove("b", &ada()).unwrap(), put);
    assert_eq!(store.remove_segment("b", &ada()).unwrap(), put);
    assert_eq!(store.history(None, 10).unwrap().len(), 1);
}

#[test]
fn flags_are_evaluated_as_of_any_time() {
    let place = Place::new();
    let clock = HandClock::default();
    let store = place.store_with(Options::new().clock(clock.clone()));
    let ramp = r#"0% -> 100% over 100s from t"1970-01-01T00:00:00Z" by id"#;
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    clock.set(10);
    store.put(&Flag::new("a").enabled(true), &ada()).unwrap();
    store.put(&share("ramp", ramp), &ada()).unwrap();
    clock.set(20);
    store.put(&Flag::new("a").enabled(false), &ada()).unwrap();
    clock.set(5);
    store.remove("a", &ada()).unwrap();
    let said = |seconds| {
        let flags = store.flags_at(at(seconds), Flags::builder()).unwrap();
        let on = (0..1_000).filter(|id| flags.enabled("ramp", &MapContext::new().with("id", *id))).count();
        (flags.status().flags(), flags.enabled("a", &()), on / 100)
    };
    assert_eq!(said(9), (0, false, 0));
    assert_eq!(said(10), (2, true, 1).min(said(10)), "a tenth of the ramp");
    assert_eq!((said(10).0, said(10).1), (2, true));
    assert_eq!((said(19).0, said(19).1), (2, true));
    assert_eq!(said(50).0, 1, "removed by a clock that was set back, and therefore at 20 too");
    assert!((4..=5).contains(&said(50).2), "half of the ramp");
    assert_eq!(store.contents_as_of(Revision::new(3)).unwrap().flags().len(), 2);
    let entries = store.history(None, 10).unwrap();
    assert!(
        entries.windows(2).all(|pair| pair[0].at() >= pair[1].at()),
        "the history is in order whatever the clock does"
    );
}

#[test]
fn segments_are_as_they_were_too() {
    let place = Place::new();
    let store = place.store();
    let first = store.put_segment("beta", &Segment::of(["1"]), &ada()).unwrap();
    let second = store.put_segment("beta", &Segment::of(["1", "2"]), &ada()).unwrap();
    store.remove_segment("beta", &ada()).unwrap();
    let sizes = |revision| store.contents_as_of(revision).unwrap().segments().map(|(_, s)| s.len()).collect::<Vec<_>>();
    assert_eq!((sizes(first), sizes(second)), (vec![1], vec![2]));
    assert_eq!(store.contents().unwrap().segments().count(), 0);
}
