//! Engines of feature flags beside ours: the same users, the same flags, one process.

mod cases;
mod datadog;
mod eppo;
mod flagsmith;
mod growthbook;
mod launchdarkly;
mod ours;
mod scenario;
mod segment;
mod targets;
mod threads;
mod ufc;
mod unleash;

use cutover_benches::machine_facts;

fn main() {
    if peers_measure::serve_if_asked(cases::all) {
        return;
    }
    println!("{}", machine_facts());
    let table = peers_measure::measure(cases::all());
    let threads = threads::measure();
    targets::print(&table, &threads);
}
