use std::pin::pin;
use std::task::{Context, Poll, Waker};

use feature_flags::testing::{
    Scope, TestSource, all_combinations, only_in_scopes, pairwise, run_all_combinations, run_pairwise,
    source_conformance,
};
use feature_flags::{Flag, FlagName, FlagValue, Flags, Overrides, Reason, inherit, inherit_async};

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

/// What a closure that must panic says.
fn panic_of(work: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn threads_inherit_all_scopes_and_hand_them_on() {
    let flags = flags();
    let (a, b) = (Scope::new(Overrides::new().off("a")), Scope::new(Overrides::new().on("b")));
    let in_both = || (flags.enabled("a", &()), flags.enabled("b", &())) == (false, true);
    a.run(|| {
        b.run(|| {
            std::thread::scope(|threads| {
                let of_a_thread = || std::thread::scope(|inner| inner.spawn(inherit(in_both)).join().unwrap());
                assert!(threads.spawn(inherit(of_a_thread)).join().unwrap());
                assert!(!threads.spawn(in_both).join().unwrap(), "nothing was handed on");
            });
        });
        assert!(!flags.enabled("b", &()), "only the inner scope is left");
    });
    let after = a.run(|| inherit(|| flags.enabled("a", &())));
    assert!(!after() && flags.enabled("a", &()), "work keeps its scope until it is run");
    assert_eq!(
        (a.report().read(), b.report().read()),
        (&["a".to_owned(), "b".to_owned()][..], &["a".to_owned(), "b".to_owned()][..])
    );
}

#[test]
fn a_handle_of_a_scope_takes_it_along_by_itself() {
    let shared = flags();
    let scope = Scope::new(Overrides::new().off("a"));
    let (handle, more) = (scope.flags(&shared), scope.flags(&shared).overriding(Overrides::new().on("b")));
    let application = std::thread::spawn(move || {
        let seen = std::thread::spawn({
            let handle = handle.clone();
            move || (handle.enabled("a", &()), handle.decide("a", &()).reason())
        });
        assert_eq!(seen.join().unwrap(), (false, Reason::Override));
        assert!(!more.enabled("a", &()) && more.enabled("b", &()), "also under more overrides");
        handle.integer("limit", &(), 3)
    });
    assert_eq!(application.join().unwrap(), 3);
    assert_eq!(scope.report().undeclared(), ["limit"], "what was read elsewhere is known too");
    assert!(shared.enabled("a", &()));
}

/// Many tests at once on one runtime and one handle: each sees its own overrides, in tasks of tasks and on blocking threads.
#[test]
fn tasks_of_a_real_runtime_inherit_their_scopes() {
    let flags = flags();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let work = |flags: Flags| async move {
        let mut all = Vec::new();
        for _ in 0..8 {
            let flags = flags.clone();
            all.push(tokio::spawn(inherit_async(async move {
                tokio::task::yield_now().await;
                let blocking = flags.clone();
                let blocking = tokio::task::spawn_blocking(inherit(move || blocking.enabled("a", &())));
                let inner = tokio::spawn(inherit_async(async move {
                    tokio::task::yield_now().await;
                    flags.enabled("a", &())
                }));
                (blocking.await.unwrap(), inner.await.unwrap())
            })));
        }
        let mut seen = Vec::new();
        for task in all {
            seen.push(task.await.unwrap());
        }
        seen
    };
    let tests = (0..16).map(|number| {
        let scope = Scope::new(Overrides::new().set("a", number % 2 == 0));
        (number, runtime.spawn(scope.future(work(flags.clone()))))
    });
    for (number, test) in tests.collect::<Vec<_>>() {
        assert_eq!(runtime.block_on(test).unwrap(), vec![(number % 2 == 0, number % 2 == 0); 8], "test {number}");
    }
    assert!(runtime.block_on(inherit_async(async { flags.enabled("a", &()) })), "outside of a scope it is as it was");
}

#[test]
fn a_task_that_no_scope_was_handed_on_to_fails_the_test() {
    let flags = only_in_scopes(&flags());
    let scope = Scope::new(Overrides::new().off("a"));
    assert!(!scope.run(|| flags.enabled("a", &())));
    let forgotten = |flags: Flags| scope.run(|| std::thread::spawn(move || flags.enabled("a", &())).join());
    let panic = forgotten(flags.clone()).unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("flag `a` was read outside of every `testing::Scope`") && said.contains("inherit"), "{said}");
    let handed_on = flags.clone();
    assert!(!scope.run(|| std::thread::spawn(inherit(move || handed_on.enabled("a", &()))).join()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let task = flags.clone();
    let task = scope.future(async { tokio::spawn(async move { task.enabled("a", &()) }).await });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    assert!(!scope.flags(&flags).enabled("a", &()), "the handle of a scope is in one");
}

#[test]
fn a_test_is_run_with_every_combination_and_those_that_fail_are_named() {
    let (flags, names) = (flags(), ["a", "b", "c"]);
    let met = std::cell::RefCell::new(std::collections::BTreeSet::new());
    run_all_combinations(&names, |_| {
        met.borrow_mut().insert(names.map(|name| flags.enabled(name, &())));
    });
    assert_eq!(met.borrow().len(), 8);
    let said = panic_of(|| {
        run_pairwise(&names, |scope| {
            let flags = scope.flags(&flags);
            assert!(!(flags.enabled("a", &()) && flags.enabled("c", &())), "a and c do not get along");
        });
    });
    assert!(said.starts_with("2 of 6 combinations failed\n"), "{said}");
    assert!(said.lines().skip(1).all(|line| line.contains("a and c do not get along")), "{said}");
    let said = panic_of(|| run_pairwise(&["a"], |_| assert!(!flags.enabled("d", &()))));
    assert!(said.contains(r#"flags were read that are not among them: ["d"]"#), "{said}");
}

#[test]
fn a_test_source_conforms_and_serves_what_it_is_told_at_once() {
    source_conformance(|| std::sync::Arc::new(TestSource::new()));
    let source = TestSource::new();
    source.on("a");
    let (flags, more) = (source.flags(), source.attach(Flags::builder().group("staff", |_: &String| true)));
    for number in 0..50 {
        if number % 2 == 0 {
            source.off("a");
        } else {
            source.on("a");
        }
        let on = number % 2 == 1;
        assert_eq!((flags.enabled("a", &()), more.enabled("a", &())), (on, on), "{number}");
    }
    source.remove("a");
    assert_eq!(flags.decide("a", &()).reason(), Reason::Unknown);
    source.fail("the cable is out");
    assert!(flags.status().readiness().to_string().contains("the cable is out"));
    source.recover();
    source.put(Flag::new("a").enabled(true));
    assert!(flags.enabled("a", &()) && flags.status().readiness().is_ready());
    drop((flags, more));
    source.off("a");
}

#[test]
fn names_that_remember_where_their_flag_is_see_scopes_too() {
    let (flags, a, limit) = (flags(), FlagName::new("a"), FlagName::new("limit"));
    assert!(flags.enabled_by(&a, &()));
    let scope = Scope::new(Overrides::new().off("a").value("limit", 7));
    scope.run(|| {
        assert!(!flags.enabled_by(&a, &()));
        assert_eq!(flags.resolve_by(&a, &()).decision().reason(), Reason::Override);
        assert_eq!(flags.resolve_by(&limit, &()).value(), Some(&FlagValue::from(7)));
    });
    assert!(flags.enabled_by(&a, &()));
    assert_eq!(scope.report().read(), ["a", "limit"]);
}
