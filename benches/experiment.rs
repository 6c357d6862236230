//! What does an experiment cost over the bare control?
//!
//! `bare` calls the control alone. `handmade` is what one would write without the crate: three readings of the clock, a
//! comparison and three counters. The others are one call of an experiment with one candidate.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use divan::Bencher;
use experiment::{Executor, Job, Lab, Rate};

#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

#[expect(clippy::print_stdout, reason = "figures need the machine they are from")]
fn main() {
    println!("{}", cutover_benches::machine_facts());
    divan::main();
}

#[inline(never)]
fn control(input: u64) -> u64 {
    black_box(input).wrapping_mul(3)
}

#[inline(never)]
fn candidate(input: u64) -> u64 {
    black_box(input).wrapping_mul(3)
}

/// A lab whose experiment has run often, so that its counters are there, and in the caches, before measuring starts.
fn warm_lab() -> Lab {
    let lab = Lab::new();
    for _ in 0..10_000 {
        lab.experiment("users-query").control(|| 0).candidate("new", || 0).candidate("fancy", || 0).run();
    }
    lab
}

#[divan::bench(sample_size = 1_000)]
fn bare(bencher: Bencher<'_, '_>) {
    bencher.bench(|| control(black_box(7)));
}

#[divan::bench(sample_size = 1_000)]
fn handmade(bencher: Bencher<'_, '_>) {
    let counters = [const { AtomicU64::new(0) }; 3];
    bencher.bench(|| {
        let start = Instant::now();
        let value = control(black_box(7));
        let middle = Instant::now();
        let other = candidate(black_box(7));
        let end = Instant::now();
        let nanos = |from: Instant, to: Instant| u64::try_from((to - from).as_nanos()).unwrap_or(u64::MAX);
        counters[0].fetch_add(u64::from(value == other), Ordering::Relaxed);
        counters[1].fetch_add(nanos(start, middle), Ordering::Relaxed);
        counters[2].fetch_add(nanos(middle, end), Ordering::Relaxed);
        value
    });
}

#[divan::bench(sample_size = 1_000)]
fn off(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    experiment.switch_off();
    bencher.bench(|| experiment.control(|| control(black_box(7))).candidate("new", || candidate(black_box(7))).run());
}

#[divan::bench(sample_size = 1_000)]
fn off_by_name(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    lab.experiment("users-query").switch_off();
    bencher.bench(|| {
        lab.experiment("users-query")
            .control(|| control(black_box(7)))
            .candidate("new", || candidate(black_box(7)))
            .run()
    });
}

#[divan::bench(sample_size = 1_000)]
fn sampled_out(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    // One in four thousand million: it draws every time and takes part never, within a bench.
    experiment.set_rate(Rate::new(1.0 / 4_294_967_296.0).expect("it is a share"));
    bencher.bench(|| experiment.control(|| control(black_box(7))).candidate("new", || candidate(black_box(7))).run());
}

#[divan::bench(sample_size = 1_000)]
fn on_match(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    bencher.bench(|| experiment.control(|| control(black_box(7))).candidate("new", || candidate(black_box(7))).run());
}

#[divan::bench(sample_size = 1_000)]
fn on_match_by_name(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    bencher.bench(|| {
        lab.experiment("users-query")
            .control(|| control(black_box(7)))
            .candidate("new", || candidate(black_box(7)))
            .run()
    });
}

#[divan::bench(sample_size = 1_000)]
fn on_match_two_candidates(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    bencher.bench(|| {
        experiment
            .control(|| control(black_box(7)))
            .candidate("new", || candidate(black_box(7)))
            .candidate("fancy", || candidate(black_box(7)))
            .run()
    });
}

#[divan::bench(sample_size = 1_000)]
fn on_mismatch(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    bencher.bench(|| experiment.control(|| control(black_box(7))).candidate("new", || candidate(black_box(8))).run());
}

#[divan::bench(sample_size = 1_000)]
fn on_mismatch_with_words(bencher: Bencher<'_, '_>) {
    let lab = warm_lab();
    let experiment = lab.experiment("users-query");
    bencher.bench(|| {
        experiment
            .control(|| control(black_box(7)))
            .candidate("new", || candidate(black_box(8)))
            .explain_with(|control, candidate| format!("{control} became {candidate}"))
            .run()
    });
}

/// What the caller pays to hand a run over. The executor drops the job, so that neither a queue that fills up nor a pool that shares the
/// cores is measured: dropping costs more than a push.
#[divan::bench(sample_size = 1_000)]
fn background_hand_off_and_drop(bencher: Bencher<'_, '_>) {
    struct Drops;
    impl Executor for Drops {
        fn execute(&self, job: Job) {
            drop(job);
        }
    }
    let lab = Lab::new().executor(Drops);
    let experiment = lab.experiment("users-query");
    let call = || {
        let run = experiment.control(|| control(black_box(7))).candidate("new", || candidate(black_box(7)));
        run.observe(|value| *value).run_in_background()
    };
    call();
    bencher.bench(call);
}
