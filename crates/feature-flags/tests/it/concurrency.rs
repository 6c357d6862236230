use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use feature_flags::Flags;

use crate::people::{User, user};

#[test]
fn a_handle_goes_wherever_threads_go() {
    fn is_shareable<T: Clone + Send + Sync + 'static>() {}
    is_shareable::<Flags>();
}

#[test]
fn readers_see_whole_snapshots_while_flags_change() {
    let flags = Flags::builder().define("old", |_: &User| true).build();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let user = user(1);
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    assert!(flags.enabled("old", &user), "there in every snapshot");
                    let number = flags.decide("old", &user).snapshot().number();
                    assert!(number >= last, "snapshots never go back");
                    last = number;
                }
            });
        }
        for number in 0..200 {
            flags.define(&format!("new-{number}"), |_: &User| false);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(flags.status().snapshot().number(), 201);
}

#[test]
fn no_use_is_lost_when_flags_change_under_way() {
    let flags = Flags::builder().define("used", |_: &User| true).build();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let user = user(1);
                (0..5_000).for_each(|_| assert!(flags.enabled("used", &user)));
            });
        }
        for number in 0..50 {
            flags.group(&format!("group-{number}"), |_: &User| true);
            let _so_far = flags.usage();
        }
    });
    let usage = flags.usage();
    assert_eq!(usage.len(), 1);
    assert_eq!(
        (usage[0].flag.as_str(), usage[0].enabled, usage[0].reason, usage[0].count),
        ("used", true, "function", 20_000)
    );
}

/// Asks for a flag while a flag is evaluated for it, and changes flags in between.
struct Asks {
    flags: Flags,
    change: bool,
}

impl feature_flags::Context for Asks {
    fn attribute(&self, path: &str) -> Option<feature_flags::Value<'_>> {
        if self.change {
            self.flags.define("inner", |_: &User| true);
        }
        (path == "x").then(|| feature_flags::Value::from(self.flags.enabled("inner", &user(1))))
    }
}

#[test]
fn a_flag_may_be_asked_for_while_another_is_evaluated() {
    let flags =
        Flags::builder().define("inner", |_: &User| false).toml("format = 1\n[flags.outer]\nwhen = \"x\"").unwrap();
    assert!(!flags.enabled("outer", &Asks { flags: flags.clone(), change: false }));
    assert!(flags.enabled("outer", &Asks { flags: flags.clone(), change: true }), "the change is seen at once");
    assert!(flags.enabled("outer", &Asks { flags: flags.clone(), change: false }));
}

#[test]
fn many_handles_on_one_thread_do_not_get_mixed_up() {
    let handles: Vec<Flags> = (0..7)
        .map(|number| Flags::builder().flag(feature_flags::Flag::new(format!("f{number}")).enabled(true)).build())
        .collect();
    for round in 0..50 {
        let (handle, flag) = (round % 7, round % 5);
        assert_eq!(handles[handle].enabled(&format!("f{flag}"), &()), handle == flag);
    }
}

#[test]
fn functions_go_with_the_last_handle() {
    let kept = std::sync::Arc::new(());
    let inside = std::sync::Arc::clone(&kept);
    let flags = Flags::builder().define("f", move |_: &User| std::sync::Arc::strong_count(&inside) > 1).build();
    assert!(flags.enabled("f", &user(1)));
    drop(flags);
    assert_eq!(std::sync::Arc::strong_count(&kept), 1);
}
