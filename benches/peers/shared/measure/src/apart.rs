//! Processes of their own, in which the bench starts itself again for one contender.
//!
//! Counting needs one because Callgrind interprets the whole process. Timing needs one where a few nanoseconds are looked
//! for: beside the others in one process the same machine code took up to 40 ns longer, depending on who had its turn
//! before.

use std::env;
use std::process::{Command, Stdio};

use cutover_benches::Counts;

use crate::case::{Case, Contender};
use crate::timing;

/// Asks the process to be the one under Callgrind; followed by case, contender and calls.
const COUNT: &str = "--collect";
/// Asks it to print the nanoseconds per call of each batch; followed by case, contender and batches.
const TIME: &str = "--time";

/// Any more calls change the figures only after the comma.
const CALLS: u64 = 1024;

/// Does the work of a process that was started for one contender, and tells whether this process is one.
///
/// To be called first in `main` with the very cases that [`measure`](crate::measure) gets later.
///
/// # Panics
/// Where the process that started this one has other cases.
pub fn serve_if_asked(cases: impl FnOnce() -> Vec<Case>) -> bool {
    let arguments: Vec<String> = env::args().collect();
    let [_, flag, case, contender, amount] = arguments.as_slice() else { return false };
    if ![COUNT, TIME].contains(&flag.as_str()) {
        return false;
    }
    let amount: u64 = amount.parse().expect("the process that started this one passed a number");
    let mut case = cases().into_iter().find(|known| known.name == case).expect("both processes have the same cases");
    let contender = case.contenders.drain(..).find(|known| known.name == contender);
    let mut workload = (contender.expect("both processes have the same contenders").prepare)();
    if flag == COUNT {
        workload(amount);
        cutover_benches::collected(&mut workload, amount);
    } else {
        for figure in timing::time_alone(&mut workload, amount, case.batch, case.clock) {
            println!("{figure}");
        }
    }
    true
}

/// Counts one contender; `None` where Valgrind does not run it.
pub(crate) fn count(case: &Case, contender: &Contender) -> Option<Counts> {
    cutover_benches::count(&[COUNT, case.name, contender.name, &CALLS.to_string()], CALLS)
}

/// The nanoseconds per call of so many batches of one contender; none where the process failed.
pub(crate) fn time(case: &Case, contender: &Contender, batches: usize) -> Vec<f64> {
    let Ok(own) = env::current_exe() else { return Vec::new() };
    let arguments = [TIME, case.name, contender.name, &batches.to_string()];
    let printed = Command::new(own).args(arguments).stderr(Stdio::inherit()).output();
    let Some(printed) = printed.ok().filter(|printed| printed.status.success()) else { return Vec::new() };
    String::from_utf8_lossy(&printed.stdout).lines().filter_map(|line| line.parse().ok()).collect()
}
