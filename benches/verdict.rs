//! Does every bound cost at most 5 µs, for any counts?
//!
//! Each case takes a thousand pairs of counts spread over k to 10^6 and n to 10^12 in turn, so that no branch predictor learns
//! one of them. Allocations are counted and must be 0.
#![allow(clippy::print_stdout, reason = "what it prints is the result")]

use cutover_benches::Target;
use divan::{AllocProfiler, Bencher, black_box};
use std::cell::Cell;
use std::time::Instant;
use verdict::guard::{ErrorGuard, LatencyGuard};
use verdict::judge::{RateClaim, Tally};
use verdict::mixture::{BernoulliSequence, BetaBinomial, BetaPrior, GammaExponential, GammaPoisson, NormalMixture};
use verdict::pairs::{Discordant, LogRatioSequence, LogRatios, SignSequence, Signs};
use verdict::quantile::{DoubleStitching, EmpiricalBand, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate, anytime, fixed};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const ALPHA: Alpha = Alpha::FIVE_PERCENT;
const IN_RANGE: &str = "the parameter is in range";

fn main() {
    println!("{}", cutover_benches::machine_facts());
    for (case, ratio) in slowest_counts() {
        println!("{}", Target { bench: "verdict", case, ratio, at_most: 1.0 });
    }
    divan::main();
}

/// For every one-sided bound the slowest of all counts, as a share of 5 µs: the best of 20 calls each, so that what else the
/// machine does is left out.
fn slowest_counts() -> Vec<(&'static str, f64)> {
    let tuned = BernoulliSequence::new(1000.0, ALPHA).expect(IN_RANGE);
    let binomial = BetaBinomial::two_sided(1000.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    let one_sided = BetaBinomial::one_sided(1000.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    let exponential = GammaExponential::new(1000.0, 2.0, ALPHA).expect(IN_RANGE);
    let poisson = GammaPoisson::new(1000.0, 2.0, ALPHA).expect(IN_RANGE);
    let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, ALPHA).expect(IN_RANGE);
    let guard = ErrorGuard::new(Rate::new(0.1).expect(IN_RANGE), ALPHA).expect(IN_RANGE);
    // Functions that give two bounds at once count half.
    let cases: [Case<'_>; 13] = [
        ("anytime-rate-at-most", 1.0, &|c| anytime::rate_at_most(c, ALPHA)),
        ("anytime-rate-at-least", 1.0, &|c| anytime::rate_at_least(c, ALPHA)),
        ("clopper-pearson-upper", 1.0, &|c| fixed::clopper_pearson_upper(c, ALPHA)),
        ("clopper-pearson-lower", 1.0, &|c| fixed::clopper_pearson_lower(c, ALPHA)),
        ("wilson", 1.0, &|c| fixed::wilson(c, ALPHA).upper()),
        ("beta-prior", 2.0, &|c| BetaPrior::JEFFREYS.interval(c, ALPHA).upper()),
        ("bernoulli-sequence", 2.0, &|c| tuned.interval(c, ALPHA).upper()),
        ("beta-binomial", 1.0, &|c| binomial.bound(runs(c), ALPHA)),
        ("beta-binomial-one-sided", 1.0, &|c| one_sided.bound(runs(c), ALPHA)),
        ("gamma-exponential", 1.0, &|c| exponential.bound(runs(c), ALPHA)),
        ("gamma-poisson", 1.0, &|c| poisson.bound(runs(c), ALPHA)),
        ("quantile-radius", 2.0, &|c| p95.radius(c.runs(), ALPHA).above),
        ("error-guard", 1.0, &|c| guard.evidence(c.events(), c.others()).ln()),
    ];
    let counts = spread();
    let slowest = |bound: &dyn Fn(Counts) -> f64| {
        let best = |counts: &Counts| {
            let once = || {
                let start = Instant::now();
                black_box(bound(black_box(*counts)));
                start.elapsed()
            };
            (0..20).map(|_| once()).min().unwrap_or_default()
        };
        counts.iter().map(best).max().unwrap_or_default()
    };
    cases.map(|(case, bounds, bound)| (case, slowest(bound).as_secs_f64() / (5e-6 * bounds))).into()
}

/// A name, how many bounds one call gives, and the call.
type Case<'a> = (&'static str, f64, &'a dyn Fn(Counts) -> f64);

/// Counts of all magnitudes: k to 10^6, n from k to 10^12.
fn spread() -> Vec<Counts> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut unit = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap_or(u32::MAX)) / f64::from(1_u32 << 31)
    };
    (0..1000)
        .map(|_| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10^12")]
            let up_to = |top: f64, share: f64| (top.powf(share)) as u64;
            let events = up_to(1e6, unit());
            Counts::from_parts(events, up_to(1e12, unit()))
        })
        .collect()
}

/// Times `bound` over the spread, one call per iteration.
fn each<T>(bencher: Bencher, bound: impl Fn(Counts) -> T) {
    let counts = spread();
    let next = Cell::new(0);
    bencher.bench_local(|| {
        let at = next.get();
        next.set((at + 1) % counts.len());
        bound(black_box(counts[at]))
    });
}

#[divan::bench]
fn anytime_rate_at_most(bencher: Bencher) {
    each(bencher, |counts| anytime::rate_at_most(counts, ALPHA));
}

#[divan::bench]
fn anytime_rate_at_least(bencher: Bencher) {
    each(bencher, |counts| anytime::rate_at_least(counts, ALPHA));
}

#[divan::bench]
fn fixed_clopper_pearson_upper(bencher: Bencher) {
    each(bencher, |counts| fixed::clopper_pearson_upper(counts, ALPHA));
}

#[divan::bench]
fn fixed_clopper_pearson_both(bencher: Bencher) {
    each(bencher, |counts| fixed::clopper_pearson(counts, ALPHA));
}

#[divan::bench]
fn fixed_wilson(bencher: Bencher) {
    each(bencher, |counts| fixed::wilson(counts, ALPHA));
}

#[divan::bench]
fn beta_prior_both(bencher: Bencher) {
    each(bencher, |counts| BetaPrior::JEFFREYS.interval(counts, ALPHA));
}

#[divan::bench]
fn bernoulli_sequence_both(bencher: Bencher) {
    let sequence = BernoulliSequence::new(1000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| sequence.interval(counts, ALPHA));
}

#[divan::bench]
fn normal_mixture_bound(bencher: Bencher) {
    let mixture = NormalMixture::two_sided(1000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn normal_mixture_one_sided_bound(bencher: Bencher) {
    let mixture = NormalMixture::one_sided(1000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn gamma_exponential_bound(bencher: Bencher) {
    let mixture = GammaExponential::new(1000.0, 2.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn gamma_poisson_bound(bencher: Bencher) {
    let mixture = GammaPoisson::new(1000.0, 2.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn beta_binomial_bound(bencher: Bencher) {
    let mixture = BetaBinomial::two_sided(1000.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn beta_binomial_one_sided_bound(bencher: Bencher) {
    let mixture = BetaBinomial::one_sided(1000.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| mixture.bound(runs(counts), ALPHA));
}

#[divan::bench]
fn quantile_ranks(bencher: Bencher) {
    let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| p95.ranks(counts.runs(), ALPHA));
}

#[divan::bench]
fn quantile_all_stitched(bencher: Bencher) {
    let all = DoubleStitching::new(100.0).expect(IN_RANGE);
    each(bencher, |counts| all.bound(Quantile::P95, counts.runs(), ALPHA));
}

#[divan::bench]
fn quantile_band_made(bencher: Bencher) {
    each(bencher, |counts| EmpiricalBand::new(counts.runs().max(1), ALPHA));
}

#[divan::bench]
fn sign_share(bencher: Bencher) {
    let sequence = SignSequence::new(1000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| sequence.faster_share(Signs::new(counts.events(), counts.others(), 0), ALPHA));
}

#[divan::bench]
fn sign_evidence(bencher: Bencher) {
    let sequence = SignSequence::new(1000.0, ALPHA).expect(IN_RANGE);
    each(bencher, |counts| sequence.evidence_faster(Signs::new(counts.events(), counts.others(), 0)));
}

#[divan::bench]
fn sign_exact_p_value(bencher: Bencher) {
    each(bencher, |counts| Signs::new(counts.events(), counts.others(), 0).p_value());
}

#[divan::bench]
fn log_ratio_bounds(bencher: Bencher) {
    let sequence = LogRatioSequence::new(1000.0, ALPHA).expect(IN_RANGE);
    let ratios = LogRatios::from_sums(10_000, -1_000.0, 2_600.0).expect(IN_RANGE);
    bencher.bench_local(|| sequence.ratio(black_box(&ratios), ALPHA));
}

#[divan::bench]
fn noise_excess(bencher: Bencher) {
    each(bencher, |counts| {
        Discordant::new(counts.events() / 2, counts.events() / 3, counts.runs()).expect(IN_RANGE).excess(ALPHA)
    });
}

#[divan::bench]
fn error_guard(bencher: Bencher) {
    let guard = ErrorGuard::new(Rate::new(0.1).expect(IN_RANGE), ALPHA).expect(IN_RANGE);
    each(bencher, |counts| guard.trips(counts.events(), counts.others()));
}

#[divan::bench]
fn latency_guard(bencher: Bencher) {
    let guard = LatencyGuard::new(Quantile::P95, ALPHA);
    each(bencher, |counts| guard.check(counts));
}

#[divan::bench]
fn rate_verdict(bencher: Bencher) {
    let claim = RateClaim::new(Rate::new(0.001).expect(IN_RANGE), ALPHA);
    each(bencher, |counts| claim.judge(Tally::new(counts)));
}

#[allow(clippy::cast_precision_loss, reason = "below 2^53")]
fn runs(counts: Counts) -> f64 {
    counts.runs() as f64
}
