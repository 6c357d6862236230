//! Instructions and allocations per call, counted by Valgrind's Callgrind.
//!
//! The bench starts itself again under Callgrind for one contender. Collection is on only inside [`collected`], so the
//! preparation is interpreted but not counted. Allocations are read from the same profile: a counting allocator would
//! have to stand in the way of the timed calls as well, and would so charge a rival that allocates for our curiosity.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};

use crate::case::Case;

/// Asks the process to be the one under Callgrind; followed by case, contender and calls.
const FLAG: &str = "--collect";

/// Any more calls change the figures only after the comma.
const CALLS: u64 = 1024;

/// The functions of the C library by which Rust's system allocator asks for memory.
const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// What one call costs, the same on every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// Instructions of the processor.
    pub instructions: f64,
    /// Requests to the allocator, growing a block included.
    pub allocations: f64,
}

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
    collected(&mut workload, calls);
    true
}

/// Callgrind starts to collect when this is entered and stops when it is left.
#[inline(never)]
fn collected(workload: &mut dyn FnMut(u64), calls: u64) {
    workload(calls);
}

/// Whether Valgrind is on this machine.
pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Counts one contender in a process of its own; `None` where Valgrind does not run it.
pub(crate) fn count(case: &str, contender: &str) -> Option<Counts> {
    let own = env::current_exe().ok()?;
    let profile = env::temp_dir().join(format!("peers-{}.callgrind", std::process::id()));
    let mut out_file = OsStr::new("--callgrind-out-file=").to_owned();
    out_file.push(&profile);
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=*callgrind*collected*"])
        .args(["--dump-instr=yes", "--compress-strings=no", "--compress-pos=no"])
        .arg(out_file)
        .arg(own)
        .args([FLAG, case, contender, &CALLS.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let text = fs::read_to_string(&profile);
    // Nobody else reads it, and what cannot be removed from the temporary folder is removed by the system.
    let _ = fs::remove_file(&profile);
    if !done.ok()?.success() {
        return None;
    }
    read_profile(&text.ok()?)
}

/// Reads the totals, and how often the allocator's functions were entered, out of a profile that names each function in
/// full and gives the cost of each instruction.
///
/// The counts of calls in a profile are useless here: Callgrind counts calls even while it does not collect. The
/// instructions collected at the entry of a function, its lowest address, say how often it was entered meanwhile.
fn read_profile(text: &str) -> Option<Counts> {
    let mut instructions = None;
    let mut entries = BTreeMap::new();
    let mut function = "";
    let mut is_of_callee = false;
    for line in text.lines() {
        if let Some(total) = line.strip_prefix("totals: ") {
            instructions = total.trim().parse::<u64>().ok();
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = name;
        } else if line.starts_with("calls=") {
            is_of_callee = true;
        } else if let Some(rest) = line.strip_prefix("0x") {
            if !is_of_callee && ALLOCATING.contains(&function) {
                let (address, count) = read_cost(rest)?;
                let entry = entries.entry(function).or_insert((address, 0));
                if address < entry.0 {
                    *entry = (address, count);
                } else if address == entry.0 {
                    entry.1 += count;
                }
            }
            is_of_callee = false;
        }
    }
    let allocations: u64 = entries.values().map(|(_, count)| count).sum();
    Some(Counts { instructions: instructions? as f64 / CALLS as f64, allocations: allocations as f64 / CALLS as f64 })
}

/// The address and the cost in `ADDRESS LINE COST`.
fn read_cost(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split(' ');
    let address = u64::from_str_radix(words.next()?, 16).ok()?;
    Some((address, words.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_told_by_the_entries_of_the_allocator() {
        let profile = "events: Ir\nfn=malloc\n0x98934 0 9000\n0x98930 0 2048\nfn=work\n0x10 7 5\ncfn=malloc\n\
                       calls=9999 0\n0x12 7 3000\nfn=realloc\n0x5 0 512\n0x5 1 512\n\ntotals: 10240\n";
        assert_eq!(read_profile(profile), Some(Counts { instructions: 10.0, allocations: 3.0 }));
    }

    #[test]
    fn the_cost_of_what_the_allocator_calls_is_not_its_own() {
        let profile = "fn=malloc\n0x8 0 1024\ncfn=other\ncalls=1 0\n0x4 0 77\ntotals: 1024\n";
        assert_eq!(read_profile(profile), Some(Counts { instructions: 1.0, allocations: 1.0 }));
    }

    #[test]
    fn a_profile_without_totals_is_no_count() {
        assert_eq!(read_profile("events: Ir\n"), None);
    }
}
