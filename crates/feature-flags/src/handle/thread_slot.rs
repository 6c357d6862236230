//! A small number for each living thread.
//!
//! Counting on a path of a few nanoseconds wants a counter per thread. The numbers are process-wide because threads
//! are: a handle cannot own them. They carry no meaning and no state of any handle.

use std::collections::BTreeSet;

use parking_lot::Mutex;

/// The number of the current thread, which no other living thread has; `None` while the thread is ending.
#[inline]
pub(super) fn current() -> Option<usize> {
    SLOT.try_with(|slot| slot.0).ok()
}

thread_local! {
    static SLOT: Slot = Slot::claim();
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: BTreeSet::new() });

struct Numbers {
    next: usize,
    free: BTreeSet<usize>,
}

struct Slot(usize);

impl Slot {
    /// The lowest free number.
    fn claim() -> Self {
        let mut numbers = NUMBERS.lock();
        let number = numbers.free.pop_first().unwrap_or_else(|| {
            numbers.next += 1;
            numbers.next - 1
        });
        Self(number)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        NUMBERS.lock().free.insert(self.0);
    }
}
