//! Values that others computed.
#![allow(clippy::unreadable_literal, reason = "values as they were published")]

use cutover_benches::Exam;
use verdict::mixture::{
    BernoulliSequence, BetaBinomial, BetaPrior, GammaExponential, GammaPoisson, NormalMixture, PolyStitching,
};
use verdict::pairs::Signs;
use verdict::quantile::{Arms, DoubleStitching, EmpiricalBand, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate, anytime, fixed};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;
const IN_RANGE: &str = "the exam's own parameters are in range";

pub(crate) fn all(exam: &mut Exam) {
    anytime_table(exam);
    runs_without_mismatch(exam);
    confseq_mixtures(exam);
    confseq_bernoulli(exam);
    quantiles(exam);
    scipy_clopper_pearson(exam);
    beta_mixtures(exam);
    exact_tests(exam);
}

/// Counts agreements; prints what disagrees.
#[derive(Default)]
struct Tally {
    right: usize,
    total: usize,
}

impl Tally {
    /// Relative 1e-6.
    fn value(&mut self, ours: f64, theirs: f64) {
        self.within(ours, theirs, 1e-6 * theirs.abs());
    }

    /// Relative 1e-6, or one unit in the last decimal that the source prints, where it prints fewer digits than that.
    fn printed(&mut self, ours: f64, theirs: f64, decimals: i32) {
        self.within(ours, theirs, (1e-6 * theirs.abs()).max(10.0_f64.powi(-decimals)));
    }

    fn within(&mut self, ours: f64, theirs: f64, error: f64) {
        self.total += 1;
        if (ours - theirs).abs() <= error {
            self.right += 1;
        } else {
            println!("verdict: {ours}, not {theirs}");
        }
    }

    fn end(self, exam: &mut Exam, part: &str) {
        exam.part(part, self.right, self.total);
    }
}

fn counts(events: u64, runs: u64) -> Counts {
    Counts::new(events, runs).expect(IN_RANGE)
}

fn anytime_table(exam: &mut Exam) {
    let mut tally = Tally::default();
    for (k, anytime, fixed) in [
        (0, 3.44100114, 2.995728),
        (1, 7.80098968, 4.743856),
        (2, 9.86615896, 6.295780),
        (3, 11.75803095, 7.753638),
        (5, 15.25199638, 10.513006),
        (10, 23.14661551, 16.962160),
        (20, 37.42212962, 29.061887),
        (50, 76.24063150, 63.286654),
        (100, 136.49589917, 118.078205),
        (500, 581.71505272, 538.366163),
    ] {
        tally.value(anytime::expected_at_most(k, ALPHA), anytime);
        // The row for one look was taken at n = 10^6, hence binomial rather than Poisson.
        tally.value(1e6 * fixed::clopper_pearson_upper(counts(k, 1_000_000), ALPHA), fixed);
    }
    tally.end(exam, "anytime-table");
}

fn runs_without_mismatch(exam: &mut Exam) {
    let mut tally = Tally::default();
    for (rate, fixed, ours, jeffreys, uniform) in [
        (1e-2, 299, 345, 680, 984),
        (1e-3, 2_995, 3_442, 8_062, 12_417),
        (1e-4, 29_956, 34_411, 92_872, 149_072),
        (1e-5, 299_572, 344_101, 1_050_021, 1_736_291),
        (1e-6, 2_995_731, 3_441_002, 11_705_893, 19_796_751),
    ] {
        let rate = Rate::new(rate).expect(IN_RANGE);
        for (ours, theirs) in [
            (fixed::clean_runs_for(rate, ALPHA), fixed),
            (anytime::clean_runs_for(rate, ALPHA), ours),
            (BetaPrior::JEFFREYS.clean_runs_for(rate, ALPHA), jeffreys),
            (BetaPrior::UNIFORM.clean_runs_for(rate, ALPHA), uniform),
        ] {
            tally.total += 1;
            if ours == Some(theirs) {
                tally.right += 1;
            } else {
                println!("verdict: {ours:?} clean runs, not {theirs}, for {rate}");
            }
        }
    }
    tally.end(exam, "runs-without-mismatch");
}

/// The unit tests of confseq 0.0.11 (R values).
fn confseq_mixtures(exam: &mut Exam) {
    let mut tally = Tally::default();
    let normal = NormalMixture::two_sided(100.0, ALPHA).expect(IN_RANGE);
    tally.printed(normal.rho(), 12.60056, 5);
    tally.printed(normal.evidence(10.0, 100.0).ln(), -0.6510052, 7);
    tally.printed(normal.bound(100.0, ALPHA), 30.35209, 5);
    let normal = NormalMixture::one_sided(100.0, ALPHA).expect(IN_RANGE);
    tally.printed(normal.evidence(10.0, 100.0).ln(), -0.06502391, 8);
    tally.printed(normal.bound(100.0, ALPHA), 27.66071, 5);
    let exponential = GammaExponential::new(100.0, 2.0, ALPHA).expect(IN_RANGE);
    tally.printed(exponential.evidence(10.0, 100.0).ln(), -0.2490165, 7);
    tally.printed(exponential.bound(100.0, ALPHA), 33.02017, 5);
    let poisson = GammaPoisson::new(100.0, 2.0, ALPHA).expect(IN_RANGE);
    tally.printed(poisson.evidence(10.0, 100.0).ln(), -0.06991219, 8);
    tally.printed(poisson.bound(100.0, ALPHA), 30.1949, 4);
    let binomial = BetaBinomial::two_sided(100.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    tally.printed(binomial.evidence(10.0, 100.0).ln(), -0.6941012, 7);
    tally.printed(binomial.bound(100.0, ALPHA), 31.4308, 4);
    let binomial = BetaBinomial::one_sided(100.0, 0.2, 0.8, ALPHA).expect(IN_RANGE);
    tally.printed(binomial.evidence(10.0, 100.0).ln(), -0.07134019, 8);
    tally.printed(binomial.bound(100.0, ALPHA), 28.41238, 5);
    for (c, bound) in [(3.0, 64.48755), (-1.0, 28.99389)] {
        tally.printed(PolyStitching::new(10.0, c).expect(IN_RANGE).bound(100.0, ALPHA), bound, 5);
    }
    // Johari and others: the mixture sequential test as a normal mixture.
    let sequential = NormalMixture::with_rho(4.0).expect(IN_RANGE);
    tally.value(sequential.evidence(50.0, 200.0).get(), 64.17015094518752);
    tally.end(exam, "confseq-mixtures");
}

fn confseq_bernoulli(exam: &mut Exam) {
    let mut tally = Tally::default();
    for (k, n, tuned_for, lower, upper) in [
        (700, 1_000, 100.0, 0.651629, 0.745949),
        (15, 50, 50.0, 0.129556, 0.511896),
        (5, 50, 50.0, 0.013021, 0.269264),
        (100, 200, 1.0, 0.328923, 0.671076),
        (0, 1, 50.0, 0.0, 1.0),
    ] {
        let interval = BernoulliSequence::new(tuned_for, ALPHA).expect(IN_RANGE).interval(counts(k, n), ALPHA);
        tally.printed(interval.lower(), lower, 6);
        tally.printed(interval.upper(), upper, 6);
    }
    let one = BernoulliSequence::new(50.0, ALPHA).expect(IN_RANGE).interval(counts(1, 50), ALPHA);
    tally.printed(one.lower(), 0.0, 6);
    tally.printed(one.upper(), 0.13489, 5);
    // Computed with the header of confseq.
    for (k, n, lower, upper) in [
        (0, 1_000, 0.0, 0.0041222031),
        (1, 1_000, 0.0, 0.0071398535),
        (5, 1_000, 0.00062802975, 0.014676912),
        (0, 1_000_000, 0.0, 2.9990986e-06),
        (5, 1_000_000, 1.1384428e-07, 2.1001921e-05),
    ] {
        let interval = BernoulliSequence::new(1_000.0, ALPHA).expect(IN_RANGE).interval(counts(k, n), ALPHA);
        tally.value(interval.lower(), lower);
        tally.value(interval.upper(), upper);
    }
    tally.end(exam, "confseq-bernoulli");
}

fn quantiles(exam: &mut Exam) {
    let level = |p: f64| Quantile::new(p).expect(IN_RANGE);
    let mut tally = Tally::default();
    for (p, n, below, above, decimals) in [
        (0.99, 10_000, 0.00346304, 0.00302074, 8),
        (0.99, 1_000_000, 0.00038974, 0.00038382, 8),
        (0.5, 10_000, 0.01621485, 0.01621485, 8),
    ] {
        let radius = QuantileSequence::new(level(p), 1_000.0, ALPHA).expect(IN_RANGE).radius(n, ALPHA);
        tally.printed(radius.below, below, decimals);
        tally.printed(radius.above, above, decimals);
    }
    let all = DoubleStitching::new(100.0).expect(IN_RANGE);
    for (p, bound) in [(0.5, 68.62803), (0.9, 43.72119), (0.1, 59.96521)] {
        tally.printed(all.bound(level(p), 1_000, ALPHA), bound, 5);
    }
    let band = EmpiricalBand::new(100, ALPHA).expect(IN_RANGE);
    // The R value, 0.08204769, is of a minimum found to 1e-6 only; its own test allows 1e-5. Minimised to the last digit it is this:
    tally.within(band.radius(1_000), 0.08204769, 1e-5);
    tally.value(band.radius(1_000), 0.0820477877091);
    tally.printed(band.radius(10_000), 0.02667214, 8);
    for (p, shift, p_value, decimals) in
        [(0.5, 70, 0.814704, 6), (0.5, 85, 0.0838055, 7), (0.5, 100, 0.0054947, 7), (0.9, 55, 0.0340463, 7)]
    {
        let control: Vec<f64> = (1..=1000).map(f64::from).collect();
        let candidate: Vec<f64> = control.iter().map(|value| value + f64::from(shift)).collect();
        let sequence = QuantileSequence::new(level(p), 100.0, ALPHA).expect(IN_RANGE);
        let evidence = sequence.compare_sorted(&control, &candidate, Arms::Independent).expect(IN_RANGE);
        tally.printed(evidence.p_value(), p_value, decimals);
    }
    tally.end(exam, "quantiles");
}

/// scipy 1.17.1: two-sided, and the upper bound alone where it was given.
fn scipy_clopper_pearson(exam: &mut Exam) {
    let mut tally = Tally::default();
    for (k, n, lower, upper, one_sided) in [
        (0, 30, 0.0, 0.1157033082, Some(0.09503385286)),
        (0, 1_000, 0.0, 0.003682083897, Some(0.002991249545)),
        (1, 1_000, 2.531748749e-05, 0.00555892428, Some(0.004734993575)),
        (5, 1_000, 0.001625419518, 0.01162947056, Some(0.01048407691)),
        (3, 100_000, 6.186763959e-06, 8.767020257e-05, Some(7.753472239e-05)),
        (50, 1_000, 0.0373353976, 0.06539048792, None),
        (500, 1_000, 0.468549173, 0.531450827, None),
    ] {
        let interval = fixed::clopper_pearson(counts(k, n), ALPHA);
        tally.value(interval.lower(), lower);
        tally.value(interval.upper(), upper);
        if let Some(upper) = one_sided {
            tally.value(fixed::clopper_pearson_upper(counts(k, n), ALPHA), upper);
        }
    }
    tally.end(exam, "scipy-clopper-pearson");
}

fn beta_mixtures(exam: &mut Exam) {
    let mut tally = Tally::default();
    for (prior, k, lower, upper) in [
        (BetaPrior::UNIFORM, 0, 0.0, 0.0098555992),
        (BetaPrior::UNIFORM, 5, 0.00038908685, 0.019979021),
        (BetaPrior::JEFFREYS, 0, 0.0, 0.0069975025),
        (BetaPrior::JEFFREYS, 5, 0.00053930417, 0.018003859),
        (BetaPrior::JEFFREYS, 500, 0.44241839, 0.55758161),
    ] {
        let interval = prior.interval(counts(k, 1_000), ALPHA);
        tally.value(interval.lower(), lower);
        tally.value(interval.upper(), upper);
    }
    tally.end(exam, "beta-mixtures");
}

fn exact_tests(exam: &mut Exam) {
    let mut tally = Tally::default();
    tally.value(Signs::new(15, 4, 0).p_value(), 0.0192108154296875);
    tally.end(exam, "mcnemar-exact");
}
