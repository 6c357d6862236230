//! What the libraries are measured against: no library.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use peers_measure::Workload;

use crate::work;

/// The control alone.
pub(crate) fn control() -> Workload {
    Box::new(|calls| {
        for record in 0..calls {
            black_box(work::old(black_box(record)));
        }
    })
}

/// The control, one candidate and a comparison, and nothing measured: the least that any experiment does.
pub(crate) fn control_and_candidate() -> Workload {
    Box::new(|calls| {
        for record in 0..calls {
            let old = work::old(black_box(record));
            let new = work::new(black_box(record));
            black_box(old == new);
            black_box(old);
        }
    })
}

/// The experiment as one writes it by hand: three clock readings, one comparison, three relaxed additions.
pub(crate) fn by_hand() -> Workload {
    let (old_nanoseconds, new_nanoseconds, mismatches) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    Box::new(move |calls| {
        for record in 0..calls {
            let start = Instant::now();
            let old = work::old(black_box(record));
            let middle = Instant::now();
            let new = work::new(black_box(record));
            let end = Instant::now();
            old_nanoseconds.fetch_add(nanoseconds(start, middle), Ordering::Relaxed);
            new_nanoseconds.fetch_add(nanoseconds(middle, end), Ordering::Relaxed);
            mismatches.fetch_add(u64::from(old != new), Ordering::Relaxed);
            black_box(old);
        }
    })
}

fn nanoseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from((to - from).as_nanos()).expect("no behaviour takes 584 years")
}
