//! The statements as an application uses them: the latency guard, the quantiles of two groups that are pairs, and the rate
//! of runs that stand for different numbers of calls.

use super::super::dice::Dice;
use super::{ALPHA, Allowed, Ever, Hall, IN_RANGE, float, index};
use verdict::anytime::Weighted;
use verdict::guard::{LatencyGuard, LatencyState};
use verdict::judge::{SpeedClaim, SpeedFinding};
use verdict::quantile::{Bucket, Quantile, QuantileSequence};
use verdict::{Counts, Rate, fixed};

impl Hall<'_> {
    pub(super) fn in_use(&mut self) {
        self.latency_guard();
        self.paired_quantiles();
        self.weighted();
    }

    /// Exactly 5 % are slower than the limit, so it is not exceeded; then a little more, so it is not kept.
    fn latency_guard(&mut self) {
        let guard = LatencyGuard::new(Quantile::P95, ALPHA);
        let never = |state: LatencyState| Allowed::new(3_000, move |counts| guard.check(counts) != state);
        let naive = Allowed::new(3_000, |counts: Counts| {
            counts.runs() == 0 || fixed::clopper_pearson_lower(counts, ALPHA) <= 0.05
        });
        self.tosses("coverage-latency-exceeded", &never(LatencyState::Exceeded), &naive, |_| 0.05);
        let naive = Allowed::new(3_000, |counts: Counts| {
            counts.runs() == 0 || fixed::clopper_pearson_upper(counts, ALPHA) >= 0.05
        });
        self.tosses("coverage-latency-kept", &never(LatencyState::Kept), &naive, |_| 0.050_001);
    }

    /// Control and candidate take equally long, and long on the same inputs: the median is never found faster or slower.
    fn paired_quantiles(&mut self) {
        let claim = SpeedClaim::new(Rate::new(0.05).expect(IN_RANGE), ALPHA);
        let p50 = QuantileSequence::new(Quantile::P50, 500.0, ALPHA).expect(IN_RANGE);
        self.simulate("coverage-paired-p50", |stream| {
            let mut dice = Dice::new(41, stream);
            let mut ever = Ever::default();
            let mut counts = [[0_u64; BUCKETS]; 2];
            let mut lead = 0_i64;
            for run in 1..=500_u64 {
                let input = 24.0 * dice.unit();
                let [control, candidate] = [(); 2].map(|()| slot(input + 8.0 * dice.unit()));
                counts[0][control] += 1;
                counts[1][candidate] += 1;
                lead += i64::from(control > candidate);
                lead -= i64::from(control < candidate);
                let [control, candidate] = counts.each_ref().map(buckets);
                let verdict = claim.judge_quantile(&p50, control, candidate).expect(IN_RANGE);
                ever.anytime |= matches!(verdict.finding(), SpeedFinding::Faster | SpeedFinding::Slower);
                ever.naive |= run >= 10 && float(lead.unsigned_abs()) > 1.96 * float(run).sqrt();
            }
            ever
        });
    }

    /// Half of the runs are of a cohort that is sampled twenty times as often and differs ten times as often.
    ///
    /// What was due grows and the bound stands still between two events, so looking just before each is looking after every
    /// run.
    fn weighted(&mut self) {
        self.simulate("coverage-weighted", |stream| {
            let mut dice = Dice::new(51, stream);
            let mut ever = Ever::default();
            let (mut calls, mut due, mut events, mut squares, mut seen) = (0.0, 0.0, 0.0, 0.0, 0_u32);
            for run in 1..=5_000_u32 {
                let (weight, rate) = if dice.happens(0.5) { (1.0, 0.02) } else { (20.0, 0.002) };
                calls += weight;
                due += weight * rate;
                let differs = dice.happens(rate);
                if differs || run == 5_000 {
                    let bound = Weighted::new(calls, events, 20.0).expect(IN_RANGE).rate_at_most(ALPHA);
                    ever.anytime |= bound < due / calls;
                    ever.naive |= seen >= 5 && events + 1.645 * f64::sqrt(squares) < due;
                }
                if differs {
                    events += weight;
                    squares += weight * weight;
                    seen += 1;
                }
            }
            ever
        });
    }
}

const BUCKETS: usize = 32;

/// The bucket of a duration in `0.0..32.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn slot(duration: f64) -> usize {
    index(duration as u64)
}

fn buckets(counts: &[u64; BUCKETS]) -> impl Iterator<Item = Bucket> + Clone {
    let edges = (0_u32..).map(f64::from);
    edges.zip(counts).map(|(from, count)| Bucket::new(100.0 + from, 101.0 + from, *count))
}
