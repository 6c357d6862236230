//! What a caller waits for where the candidate follows in the background.
//!
//! Here a batch would mislead: the queue would be full within microseconds and every further call a refusal. So each call is
//! timed by itself, on the wall clock and with a pause after it, in turns with the calls it is compared to.

use std::hint::black_box;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cutover_benches::Target;
use experiment::Lab;

use crate::{shadow, work};

const NAME: &str = "checksum";

/// Nanoseconds of single calls, in the order in which they were made.
struct Calls(Vec<u64>);

/// So many calls make a round: few, so that some rounds meet no neighbour.
const ROUND: usize = 1_000;

impl Calls {
    fn quantile(&self, share: f64) -> f64 {
        quantile(&self.0, share)
    }

    /// The median of the fastest round: a neighbour on the machine slows the others down.
    fn quietest_p50(&self) -> f64 {
        self.0.chunks(ROUND).map(|round| quantile(round, 0.5)).fold(f64::INFINITY, f64::min)
    }
}

fn quantile(calls: &[u64], share: f64) -> f64 {
    let mut sorted = calls.to_vec();
    sorted.sort_unstable();
    let last = (sorted.len() - 1) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the list")]
    let at = (last * share).round() as usize;
    sorted[at] as f64
}

/// Prints the tables and the targets of ours.
pub(crate) fn measure() {
    hand_off();
    sleeping_candidate();
}

/// The candidate is as quick as the control.
fn hand_off() {
    let lab = Lab::new();
    let experiment = lab.experiment(NAME);
    let by_hand = by_hand();
    let ours = |record| {
        let run = experiment.control(|| work::old(record)).candidate("new", move || work::new(record));
        run.observe(|value| *value).run_in_background()
    };
    let channel = |record| {
        let value = work::old(record);
        // A queue that is full refuses; the caller does not wait.
        let _ = by_hand.try_send(Box::new(move || work::new(record) == value));
        value
    };
    let [bare, by_hand, ours] =
        each_in_turns(20_000, Duration::from_micros(20), [&|record| work::old(record), &channel, &ours]);

    println!(
        "\nhand-off to the background, each call by itself: ns of the wall clock, p50, p99, and p50 of the fastest round"
    );
    print("the control alone", &bare);
    print("by hand: boxed closure to a bounded channel", &by_hand);
    print("ours run_in_background", &ours);
    let over = ours.quietest_p50() - bare.quietest_p50();
    line("background-p50-to-250-ns-over-bare", over / 250.0, 1.0);
    // Of all calls: where a neighbour keeps the worker from falling asleep, by hand wakes nobody, and is quickest.
    let over = |calls: &Calls| calls.quantile(0.5) - bare.quantile(0.5);
    line("background-p50-over-bare-to-by-hand", over(&ours) / over(&by_hand), 1.0);
}

/// The candidate sleeps for ten seconds.
fn sleeping_candidate() {
    let lab = Lab::new();
    let experiment = lab.experiment("sleeping");
    let ours = |record| {
        let run = experiment.control(|| work::old(record)).candidate("new", move || {
            thread::sleep(Duration::from_secs(10));
            record
        });
        run.observe(|value| *value).run_in_background()
    };
    let beside_lab = Lab::new();
    let beside = beside_lab.experiment("sleeping");
    let concurrent = |record| {
        let run = beside.control(|| work::old(record)).candidate("new", move || {
            thread::sleep(Duration::from_secs(10));
            record
        });
        run.observe(|value| *value).run_concurrently()
    };
    let pause = Duration::from_micros(200);
    let [bare, ours, concurrent] = each_in_turns(2_000, pause, [&|record| work::old(record), &ours, &concurrent]);

    println!("\nthe candidate sleeps for 10 s: ns of the wall clock, p50, p99, and p50 of the fastest round");
    print("the control alone", &bare);
    print("ours run_in_background", &ours);
    print("ours run_concurrently", &concurrent);
    let shadowed = shadow::one_call_with_sleeping_candidate();
    println!("  {:46} {:>12} ns, one call: it waits for its time-out", "request-shadow", shadowed.as_nanos());
    let over = ours.quantile(0.99) - bare.quantile(0.99);
    line("sleeping-candidate-p99-to-50-us-over-bare", over / 50_000.0, 1.0);
    let over = concurrent.quantile(0.99) - bare.quantile(0.99);
    line("sleeping-candidate-concurrent-p99-to-50-us-over-bare", over / 50_000.0, 1.0);
    // The end of the process does not wait for those who sleep, and neither does this bench.
    std::mem::forget((lab, beside_lab));
}

/// A worker behind a bounded channel, as one writes it without a library.
fn by_hand() -> SyncSender<Box<dyn FnOnce() -> bool + Send>> {
    let (sender, receiver) = sync_channel::<Box<dyn FnOnce() -> bool + Send>>(1024);
    thread::spawn(move || {
        for job in receiver {
            black_box(job());
        }
    });
    sender
}

/// Times each of the calls `rounds` times, in turns, with a pause after each.
fn each_in_turns<const N: usize>(rounds: u64, pause: Duration, calls: [&dyn Fn(u64) -> u64; N]) -> [Calls; N] {
    let mut times = [const { Vec::new() }; N];
    for record in 0..rounds {
        for (call, times) in calls.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(call(black_box(record)));
            let end = Instant::now();
            times.push(u64::try_from((end - start).as_nanos()).expect("no call takes 584 years"));
            // Not a sleep, after which every call would find cold caches.
            while end.elapsed() < pause {
                std::hint::spin_loop();
            }
        }
    }
    times.map(Calls)
}

fn print(contender: &str, calls: &Calls) {
    let [p50, p99, quietest] = [calls.quantile(0.5), calls.quantile(0.99), calls.quietest_p50()];
    println!("  {contender:46} {p50:>12.0} {p99:>12.0} {quietest:>12.0}");
}

fn line(case: &str, ratio: f64, at_most: f64) {
    println!("{}", Target { bench: "experiment", case, ratio, at_most });
}
