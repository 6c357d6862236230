//! Two threads against one, on one engine that counts its usage.

use peers_measure::{Workload, nanoseconds_on};

use crate::scenario::Scene;
use crate::{ours, unleash};

/// Some tens of milliseconds per round.
const CALLS: u64 = 200_000;

/// Processor time per call in nanoseconds, with one thread and with two.
pub(crate) struct Slowdown {
    pub(crate) one: f64,
    pub(crate) two: f64,
}

/// Prints all figures and returns those of ours.
pub(crate) fn measure() -> Slowdown {
    println!("\ncountry in 3, then 50 %, usage counted, on one thread and on two: ns CPU per call");
    let own = of(&ours::sharing(Scene::three("country")));
    print("ours enabled", &own);
    print("unleash is_enabled, count_toggle", &of(&unleash::sharing(Scene::three("country"))));
    own
}

fn of(prepare: &(dyn Fn() -> Workload + Sync)) -> Slowdown {
    Slowdown { one: nanoseconds_on(1, CALLS, prepare), two: nanoseconds_on(2, CALLS, prepare) }
}

fn print(contender: &str, Slowdown { one, two }: &Slowdown) {
    println!("  {contender:36} {one:>10.1} {two:>10.1}   throughput {:.2} times", 2.0 * one / two);
}
