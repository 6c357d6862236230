//! Instructions and allocations per call: the bench starts itself again under Callgrind for one contender.

use std::env;

use cutover_benches::Counts;

use crate::case::Case;

/// Asks the process to be the one under Callgrind; followed by case, contender and calls.
const FLAG: &str = "--collect";

/// Any more calls change the figures only after the comma.
const CALLS: u64 = 1024;

/// Does the work of a process that was started to be counted, and tells whether this process is one.
///
/// To be called first in `main` with the very cases that [`measure`](crate::measure) gets later.
///
/// # Panics
/// Where the process that started this one has other cases.
pub fn count_if_asked(cases: impl FnOnce() -> Vec<Case>) -> bool {
    let arguments: Vec<String> = env::args().collect();
    let [_, flag, case, contender, calls] = arguments.as_slice() else { return false };
    if flag != FLAG {
        return false;
    }
    let calls = calls.parse().expect("the process that started this one passed a number");
    let mut workload = cases()
        .into_iter()
        .filter(|candidate| candidate.name == case)
        .flat_map(|case| case.contenders)
        .find(|candidate| candidate.name == contender)
        .map(|contender| (contender.prepare)())
        .expect("the process that started this one has the same cases");
    workload(calls);
    cutover_benches::collected(&mut workload, calls);
    true
}

/// Counts one contender in a process of its own; `None` where Valgrind does not run it.
pub(crate) fn count(case: &str, contender: &str) -> Option<Counts> {
    cutover_benches::count(&[FLAG, case, contender, &CALLS.to_string()], CALLS)
}
