use std::pin::pin;
use std::task::{Context, Poll, Waker};

use feature_flags::testing::{Scope, all_combinations, pairwise};
use feature_flags::{Flag, Flags, Overrides, Reason};

fn flags() -> Flags {
    Flags::builder().flag(Flag::new("a").enabled(true)).flag(Flag::new("b").enabled(false)).build()
}

#[test]
fn a_handle_with_overrides_answers_with_them_and_its_origin_does_not() {
    let flags = flags();
    let over = flags.overriding(Overrides::new().off("a").value("limit", 7));
    let nested = over.overriding(Overrides::new().on("b"));
    assert!(!over.enabled("a", &()) && !over.enabled("b", &()));
    assert!(!nested.enabled("a", &()) && nested.enabled("b", &()));
    assert_eq!(nested.integer("limit", &(), 0), 7);
    assert_eq!(over.explain("a", &()).reason(), Reason::Override);
    assert!(flags.enabled("a", &()));
    assert_eq!(flags.usage().len(), 2, "overridden answers are no use of a flag");
}

#[test]
fn scopes_nest_and_end_even_by_a_panic() {
    let flags = flags();
    let outer = Scope::new(Overrides::new().off("a").on("b"));
    outer.run(|| {
        Scope::new(Overrides::new().off("b")).run(|| assert!(!flags.enabled("a", &()) && !flags.enabled("b", &())));
        assert!(flags.enabled("b", &()));
        let panicked = std::panic::catch_unwind(|| Scope::new(Overrides::new().on("a")).run(|| panic!("expected")));
        assert!(panicked.is_err() && !flags.enabled("a", &()));
    });
    assert!(Scope::current().is_none() && flags.enabled("a", &()));
}

#[test]
fn a_future_takes_its_scope_along_from_thread_to_thread() {
    let flags = flags();
    let scope = Scope::new(Overrides::new().off("a"));
    let mut polls = 0;
    let work = scope.future(std::future::poll_fn(|_| {
        polls += 1;
        assert!(!flags.enabled("a", &()), "poll {polls}");
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    }));
    let mut work = pin!(work);
    for _ in 0..3 {
        std::thread::scope(|threads| {
            threads.spawn(|| work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()).join().unwrap()
        });
        assert!(flags.enabled("a", &()), "between polls, the scope is left");
    }
}

#[test]
fn a_flag_that_the_test_does_not_declare_fails_it() {
    let scope = Scope::new(Overrides::new().on("a"));
    scope.run(|| flags().enabled("a", &()));
    scope.report().assert_all_declared();
    scope.run(|| flags().integer("limit", &(), 3));
    assert_eq!(
        (scope.report().read(), scope.report().undeclared()),
        (&["a".to_owned(), "limit".to_owned()][..], &["limit".to_owned()][..])
    );
    let report = scope.report();
    assert!(std::panic::catch_unwind(move || report.assert_all_declared()).is_err());
}

#[test]
fn combinations_cover_what_they_say() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let flags = flags();
    let met = |overrides: Vec<Overrides>| {
        let mut pairs = std::collections::BTreeSet::new();
        for overrides in &overrides {
            let flags = flags.overriding(overrides.clone());
            let on = names.map(|name| flags.enabled(name, &()));
            for (i, one) in on.iter().enumerate() {
                for (j, other) in on.iter().enumerate().skip(i + 1) {
                    pairs.insert((i, j, *one, *other));
                }
            }
        }
        (overrides.len(), pairs.len())
    };
    assert_eq!(met(pairwise(&names).collect()), (8, 21 * 4));
    assert_eq!(met(all_combinations(&names).collect()), (128, 21 * 4));
    assert_eq!(pairwise(&[]).count(), 2);
}
