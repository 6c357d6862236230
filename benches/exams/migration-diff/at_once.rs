//! Cases that go on at once, and are told of one after the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use super::databases::Databases;

/// How many cases go on at once for each processor: this program and the server take turns in waiting for each other.
const FOR_EACH_PROCESSOR: usize = 2;

/// Does `work` for every case, several at once, each with databases of its own, and tells `hear` what came of it: of one case after the
/// other, in their order, whichever was done first.
pub(crate) fn in_order<C: Sync, R: Send>(
    cases: &[C],
    work: impl Fn(&mut Databases, &C) -> R + Sync,
    mut hear: impl FnMut(&C, R),
) {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (tell, listen) = channel();
    std::thread::scope(|scope| {
        for _ in 0..(processors * FOR_EACH_PROCESSOR).min(cases.len()) {
            let tell = tell.clone();
            scope.spawn(|| {
                let (tell, mut databases) = (tell, Databases::default());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { return };
                    // Whoever listens does so until all are done.
                    let _heard = tell.send((at, work(&mut databases, case)));
                }
            });
        }
        drop(tell);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (at, result) in listen {
            early.insert(at, result);
            while let Some(result) = early.remove(&due) {
                hear(&cases[due], result);
                due += 1;
            }
        }
    });
}
