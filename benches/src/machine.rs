//! What a figure was measured on.

use std::fs;
use std::thread;

/// One line with the processor, the number of cores, the load average and the operating system.
///
/// Figures without it cannot be compared, so every bench prints it first. What the system does not tell is `unknown`.
///
/// ```
/// assert!(cutover_benches::machine_facts().contains("cores"));
/// ```
pub fn machine_facts() -> String {
    let unknown = || "unknown".to_owned();
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("model name"))
                .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned())
        })
        .unwrap_or_else(unknown);
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next().map(str::to_owned))
        .unwrap_or_else(unknown);
    format!("machine: {processor}, {cores} cores, load average {load}, {}", std::env::consts::OS)
}
