//! Threads that read flags while others change them, in thousands of orders that a scheduler chooses.
//!
//! What is run is the source of the crate: the swap of snapshots with what each thread keeps (`seat.rs`) and the counts without a shared
//! cache line (`counts.rs`), compiled once more with the primitives of shuttle, which lets another thread go on at every step.
//!
//! What this proves, and what not: memory, addresses and their reuse are real, and each step is interleaved with each other.
//! The inside of `arc-swap` is not looked at, it stands here as a lock around a pointer, one step each time. Every step
//! is sequentially consistent, so that an ordering which is too weak is not found. The orders are a random sample.

use std::panic::catch_unwind;

use cutover_benches::{Exam, full_form};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::Arc;
use shuttle::{Config, Runner, thread};

use self::counts::{Counts, Shards};
use self::seat::Served;
use self::snapshot::Snapshot;
use self::sync::{AtomicU64, AtomicUsize, Ordering};

#[path = "../../../crates/feature-flags/src/handle/counts.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the crate has for others is not asked for here")]
mod counts;
#[path = "../../../crates/feature-flags/src/handle/seat.rs"]
mod seat;

/// The snapshots of two handles.
mod snapshot {
    pub(super) struct Snapshot {
        pub(super) handle: usize,
        pub(super) number: u64,
    }
}

/// The same names as in the crate.
mod sync {
    use std::sync::{Arc, MutexGuard, PoisonError};

    pub(super) use shuttle::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    pub(super) use shuttle::thread_local;

    /// A pointer that is read and replaced in one step each.
    pub(super) struct ArcSwap<T>(shuttle::sync::Mutex<Arc<T>>);

    impl<T> ArcSwap<T> {
        pub(super) fn new(value: Arc<T>) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        pub(super) fn load_full(&self) -> Arc<T> {
            Arc::clone(&self.0.lock().expect("nobody panics while it is held"))
        }

        pub(super) fn swap(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut self.0.lock().expect("nobody panics while it is held"), value)
        }
    }

    /// A lock that is taken and let go in one step: no thread is stopped while it has it. It outlives the schedules, as what
    /// it guards does.
    pub(super) struct Mutex<T>(std::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(super) const fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }

        pub(super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

const HANDLES: usize = 2;

/// Each scenario in random orders, and in orders with few changes of the thread, which find what needs a rare one.
pub(crate) fn examine(exam: &mut Exam) {
    let schedules = if full_form() { 50_000 } else { 500 };
    let scenarios: [(&str, fn()); 3] = [
        ("snapshot-swap", readers_while_two_handles_change),
        ("nested-reads", reads_within_reads_while_flags_change),
        ("thread-numbers", counts_of_threads_that_come_and_go),
    ];
    for (name, scenario) in scenarios {
        let random = held(RandomScheduler::new_from_seed(0x5eed, schedules), scenario);
        let rare = held(PctScheduler::new_from_seed(0x5eed, 3, schedules), scenario);
        exam.part(name, random + rare, 2 * schedules);
    }
}

/// In how many schedules the scenario held; the first in which it does not ends them.
fn held(scheduler: impl Scheduler + std::panic::UnwindSafe + 'static, scenario: fn()) -> usize {
    catch_unwind(|| Runner::new(scheduler, Config::default()).run(scenario)).unwrap_or(0)
}

/// What is served, and how far each handle got for sure.
struct World {
    served: [Served; HANDLES],
    published: [AtomicU64; HANDLES],
}

impl World {
    fn new() -> Arc<Self> {
        let first = |handle| Served::new(Arc::new(Snapshot { handle, number: 0 }));
        Arc::new(Self { served: [first(0), first(1)], published: [AtomicU64::new(0), AtomicU64::new(0)] })
    }

    /// As a handle does it, under its lock: one change after the other.
    fn change(&self, handle: usize, changes: u64) {
        for number in 1..=changes {
            self.served[handle].store(Arc::new(Snapshot { handle, number }));
            self.published[handle].store(number, Ordering::SeqCst);
        }
    }

    /// The number of what is served: of this handle, and no older than what was published before.
    fn read(&self, handle: usize) -> u64 {
        let published = self.published[handle].load(Ordering::SeqCst);
        let number = self.served[handle].read(|snapshot, _| {
            assert_eq!(snapshot.handle, handle, "the snapshot is that of another handle");
            snapshot.number
        });
        assert!(number >= published, "snapshot {number} was read after {published} was served");
        number
    }
}

fn readers_while_two_handles_change() {
    let world = World::new();
    let mut threads = Vec::new();
    for handle in 0..HANDLES {
        let world = Arc::clone(&world);
        threads.push(thread::spawn(move || world.change(handle, 3)));
    }
    for reader in 0..2 {
        let world = Arc::clone(&world);
        threads.push(thread::spawn(move || {
            let mut last = [0; HANDLES];
            for turn in 0..6 {
                let handle = (reader + turn) % HANDLES;
                let number = world.read(handle);
                assert!(number >= last[handle], "snapshots never go back");
                last[handle] = number;
            }
        }));
    }
    for thread in threads {
        thread.join().expect("a panic stops the schedule");
    }
    assert_eq!([world.read(0), world.read(1)], [3, 3], "the last change is served");
}

/// A flag that asks for a flag, also of another handle, and changes flags in between.
fn reads_within_reads_while_flags_change() {
    let world = World::new();
    let changing = Arc::clone(&world);
    let writer = thread::spawn(move || changing.change(0, 2));
    let readers = (0..2).map(|_| {
        let world = Arc::clone(&world);
        thread::spawn(move || {
            for _ in 0..2 {
                let outer = world.served[0].read(|snapshot, thread| {
                    let inner = world.read(0);
                    assert!(inner >= snapshot.number, "what is asked for within is no older");
                    world.read(1);
                    assert!(thread.is_some() && snapshot.handle == 0, "the outer one is as it was");
                    inner
                });
                assert!(world.read(0) >= outer);
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    readers.into_iter().chain([writer]).for_each(|thread| thread.join().expect("a panic stops the schedule"));
}

/// Threads count without atomic additions in shards that are theirs by their number: two that have the same would lose some.
fn counts_of_threads_that_come_and_go() {
    const EACH: u64 = 3;
    let (world, counts) = (World::new(), Arc::new(Counts::new(2, Shards::of_this_machine())));
    let living: Arc<Vec<AtomicUsize>> = Arc::new((0..16).map(|_| AtomicUsize::new(0)).collect());
    let mut started = 0;
    for _ in 0..2 {
        let wave = (0..3).map(|_| {
            let (world, counts, living) = (Arc::clone(&world), Arc::clone(&counts), Arc::clone(&living));
            thread::spawn(move || {
                let number = world.served[0].read(|_, thread| thread).expect("it is not ending");
                assert_eq!(living[number].fetch_add(1, Ordering::SeqCst), 0, "two threads have the same number");
                (0..EACH).for_each(|_| counts.add(1, Some(number)));
                living[number].fetch_sub(1, Ordering::SeqCst);
            })
        });
        let wave: Vec<_> = wave.collect();
        started += wave.len() as u64;
        // A thread that goes on while the others end, and takes what they left.
        for thread in wave {
            thread.join().expect("a panic stops the schedule");
        }
    }
    assert_eq!((counts.total(0), counts.total(1)), (0, started * EACH), "no count is lost");
}
