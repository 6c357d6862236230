//! Instructions and allocations per call, counted by Valgrind's Callgrind.
//!
//! A program starts itself again under Callgrind. Collection is on only inside [`collected`], so the preparation is
//! interpreted but not counted. Allocations are read from the same profile: a counting allocator would have to stand in
//! the way of timed calls as well, and would so charge whoever allocates for our curiosity.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};

/// The functions of the C library by which Rust's system allocator asks for memory.
const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// What one call costs, the same on every run.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a plain record that only benches read")]
pub struct Counts {
    /// Instructions of the processor.
    pub instructions: f64,
    /// Requests to the allocator, growing a block included.
    pub allocations: f64,
}

/// Does the work `calls` times; Callgrind starts to collect when this is entered and stops when it is left.
///
/// Call it with the same work before: what happens once is then not part of the count.
#[inline(never)]
pub fn collected(work: &mut dyn FnMut(u64), calls: u64) {
    work(calls);
}

/// Whether Valgrind is on this machine.
///
/// ```
/// println!("counting instructions: {}", cutover_benches::can_count());
/// ```
pub fn can_count() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Starts this very program with `arguments` under Callgrind and divides what it counts by `calls`; `None` where
/// Valgrind does not run it.
///
/// The program has to answer these arguments with one call of [`collected`].
pub fn count(arguments: &[&str], calls: u64) -> Option<Counts> {
    let own = env::current_exe().ok()?;
    let profile = env::temp_dir().join(format!("cutover-{}.callgrind", std::process::id()));
    let mut out_file = OsStr::new("--callgrind-out-file=").to_owned();
    out_file.push(&profile);
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=*callgrind*collected*"])
        .args(["--dump-instr=yes", "--compress-strings=no", "--compress-pos=no"])
        .arg(out_file)
        .arg(own)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let text = fs::read_to_string(&profile);
    // Nobody else reads it, and what cannot be removed from the temporary folder is removed by the system.
    let _may_stay = fs::remove_file(&profile);
    if !done.ok()?.success() {
        return None;
    }
    read_profile(&text.ok()?, calls)
}

/// Reads the totals, and how often the allocator's functions were entered, out of a profile that names each function in
/// full and gives the cost of each instruction.
///
/// The counts of calls in a profile are useless here: Callgrind counts calls even while it does not collect. The
/// instructions collected at the entry of a function, its lowest address, say how often it was entered meanwhile.
fn read_profile(text: &str, calls: u64) -> Option<Counts> {
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
    Some(Counts { instructions: per_call(instructions?, calls), allocations: per_call(allocations, calls) })
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per_call(count: u64, calls: u64) -> f64 {
    count as f64 / calls as f64
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
        assert_eq!(read_profile(profile, 1024), Some(Counts { instructions: 10.0, allocations: 3.0 }));
    }

    #[test]
    fn the_cost_of_what_the_allocator_calls_is_not_its_own() {
        let profile = "fn=malloc\n0x8 0 1024\ncfn=other\ncalls=1 0\n0x4 0 77\ntotals: 1024\n";
        assert_eq!(read_profile(profile, 1024), Some(Counts { instructions: 1.0, allocations: 1.0 }));
    }

    #[test]
    fn a_profile_without_totals_is_no_count() {
        assert_eq!(read_profile("events: Ir\n", 1024), None);
    }
}
