//! Engines of feature flags beside ours: the same users, the same flags, one process.

mod cases;
mod datadog;
mod eppo;
mod flagsmith;
mod growthbook;
mod launchdarkly;
mod scenario;
mod segment;
mod threads;
mod ufc;
mod unleash;

use cutover_benches::machine_facts;

fn main() {
    if peers_measure::count_if_asked(cases::all) {
        return;
    }
    println!("{}", machine_facts());
    peers_measure::measure(cases::all());
    threads::measure();
}
