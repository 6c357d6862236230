//! Two threads against one, on one engine that counts its usage.

use peers_measure::{Workload, nanoseconds_on};

use crate::scenario::Scene;
use crate::unleash;

/// Some tens of milliseconds per round.
const CALLS: u64 = 200_000;

/// Processor time per call with two threads, divided by that with one; 1 is perfect.
struct Slowdown {
    one: f64,
    two: f64,
}

/// Prints the rivals' figures.
pub(crate) fn measure() {
    println!("\ncountry in 3, then 50 %, usage counted, on one thread and on two: ns CPU per call");
    print("unleash is_enabled, count_toggle", &of(&unleash::sharing(Scene::three("country"))));
}

fn of(prepare: &(dyn Fn() -> Workload + Sync)) -> Slowdown {
    Slowdown { one: nanoseconds_on(1, CALLS, prepare), two: nanoseconds_on(2, CALLS, prepare) }
}

fn print(contender: &str, Slowdown { one, two }: &Slowdown) {
    println!("  {contender:36} {one:>10.1} {two:>10.1}   throughput {:.2} times", 2.0 * one / two);
}
