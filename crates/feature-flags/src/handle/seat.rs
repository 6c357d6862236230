//! What each thread keeps for itself.
//!
//! Reading the served snapshot through its swap costs more than most evaluations, and counting on shared counters more
//! still. So each thread keeps the snapshots it used last, and has a small number of its own for counting. Both are
//! process-wide because threads are: a handle cannot own them. They carry no meaning; who asks twice gets the same.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::snapshot::Snapshot;
use super::sync::{ArcSwap, AtomicUsize, Mutex, Ordering, thread_local};

/// The snapshot that is served.
pub(super) struct Served {
    snapshot: ArcSwap<Snapshot>,
    /// Its address: while somebody keeps a snapshot, no other can have its address.
    address: AtomicUsize,
}

impl Served {
    pub(super) fn new(snapshot: Arc<Snapshot>) -> Self {
        let address = AtomicUsize::new(Arc::as_ptr(&snapshot).addr());
        Self { snapshot: ArcSwap::new(snapshot), address }
    }

    pub(super) fn store(&self, snapshot: Arc<Snapshot>) {
        let address = Arc::as_ptr(&snapshot).addr();
        // The old one is let go only once nobody can still take its address for the current one: else another handle's
        // snapshot could be given the same memory in between.
        let old = self.snapshot.swap(snapshot);
        self.address.store(address, Ordering::Release);
        drop(old);
    }

    pub(super) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Hands `then` the snapshot and the number of the current thread, which no other living thread has. A thread that
    /// is ending has none.
    ///
    /// A thread that reads no flags keeps the last snapshots it used until it ends.
    #[inline]
    pub(super) fn read<T>(&self, then: impl Fn(&Snapshot, Option<usize>) -> T) -> T {
        let address = self.address.load(Ordering::Acquire);
        let answer = SEAT.try_with(|seat| {
            // An evaluation inside an evaluation shares them: both only look.
            let kept = seat.kept.try_borrow().ok()?;
            let kept = kept.iter().find(|kept| kept.address == address)?;
            Some(then(kept.snapshot.as_ref()?, Some(seat.number)))
        });
        match answer {
            Ok(Some(answer)) => answer,
            _ => self.read_anew(then),
        }
    }

    /// By a thread that does not keep what is served now.
    #[cold]
    fn read_anew<T>(&self, then: impl Fn(&Snapshot, Option<usize>) -> T) -> T {
        let snapshot = self.load();
        let number = SEAT.try_with(|seat| {
            seat.keep(Arc::clone(&snapshot));
            seat.number
        });
        then(&snapshot, number.ok())
    }
}

thread_local! {
    static SEAT: Seat = Seat::claim();
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: BTreeSet::new() });

struct Numbers {
    next: usize,
    free: BTreeSet<usize>,
}

struct Seat {
    number: usize,
    /// The last used first.
    kept: RefCell<[Kept; 2]>,
}

#[derive(Default)]
struct Kept {
    /// That of the snapshot; 0, which is none, where there is none.
    address: usize,
    snapshot: Option<Arc<Snapshot>>,
}

impl Seat {
    /// The lowest free number.
    fn claim() -> Self {
        let mut numbers = NUMBERS.lock();
        let number = numbers.free.pop_first().unwrap_or_else(|| {
            numbers.next += 1;
            numbers.next - 1
        });
        Self { number, kept: RefCell::default() }
    }

    /// Keeps a snapshot in place of the one used longest ago; none while an evaluation uses one that is kept.
    #[cold]
    fn keep(&self, snapshot: Arc<Snapshot>) {
        let dropped = self.kept.try_borrow_mut().ok().map(|mut kept| {
            let [first, second] = &mut *kept;
            std::mem::swap(first, second);
            let address = Arc::as_ptr(&snapshot).addr();
            std::mem::replace(first, Kept { address, snapshot: Some(snapshot) })
        });
        // Only now, when nothing is borrowed any more.
        drop(dropped);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        NUMBERS.lock().free.insert(self.number);
    }
}
