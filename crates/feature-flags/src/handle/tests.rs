//! Of the counts; they are not beside them, since an exam compiles that file with other threads.

use std::thread;

use super::counts::{Counts, Shards};

#[test]
fn no_count_of_any_thread_is_lost() {
    let counts = Counts::new(20, Shards::of_this_machine());
    thread::scope(|scope| {
        for thread in 0..40 {
            let (counts, number) = (&counts, (thread < 35).then_some(thread));
            scope.spawn(move || (0..1_000).for_each(|_| counts.add(19, number)));
        }
    });
    assert_eq!((counts.total(19), counts.total(0), counts.cells()), (40_000, 0, 20));
}
