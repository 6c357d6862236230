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
