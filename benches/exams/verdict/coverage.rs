//! In how many streams is a bound ever wrong, if one looks after every run?

#[path = "in_use.rs"]
mod in_use;
#[path = "paths.rs"]
mod paths;

use super::dice::Dice;
use cutover_benches::Exam;
use verdict::guard::{ErrorGuard, SampleRatio};
use verdict::mixture::{BernoulliSequence, BetaPrior};
use verdict::pairs::{Discordant, LogRatioSequence, LogRatios, NoiseSequence, SignSequence, Signs};
use verdict::quantile::{Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Interval, Rate, anytime, fixed};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;
const IN_RANGE: &str = "the exam's own parameters are in range";

pub(crate) fn all(exam: &mut Exam, streams: u64) {
    let mut hall = Hall { exam, streams };
    hall.rare_events(1e-2);
    hall.rare_events(1e-3);
    hall.rare_events(1e-4);
    hall.drifting_rate();
    hall.constant_rate();
    hall.signs();
    hall.noise();
    hall.paths();
    hall.log_ratios();
    hall.quantile();
    hall.error_guard();
    hall.sample_ratio();
    hall.in_use();
}

/// Where the streams are judged.
struct Hall<'a> {
    exam: &'a mut Exam,
    streams: u64,
}

/// How one stream went: whether the anytime bound and the bound for one look were ever wrong.
#[derive(Default, Clone, Copy)]
struct Ever {
    anytime: bool,
    naive: bool,
}

impl Hall<'_> {
    /// Runs all streams; full marks if the bound is ever wrong in at most alpha of them.
    ///
    /// With fewer than 10,000 streams chance gets three standard deviations of room.
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    fn simulate(&mut self, part: &str, stream: impl Fn(u64) -> Ever) {
        let (mut wrong, mut naive) = (0_u32, 0_u32);
        for number in 0..self.streams {
            let ever = stream(number);
            wrong += u32::from(ever.anytime);
            naive += u32::from(ever.naive);
        }
        let streams = self.streams as f64;
        let chance =
            if self.streams < 10_000 { 3.0 * (streams * ALPHA.get() * ALPHA.confidence()).sqrt() } else { 0.0 };
        let percent = |count: u32| 100.0 * f64::from(count) / streams;
        println!(
            "verdict/{part}: ever wrong in {:.2} % of {} streams (may be {} %); made for one look: {:.2} %",
            percent(wrong),
            self.streams,
            100.0 * ALPHA.get(),
            percent(naive)
        );
        self.exam.check(part, f64::from(wrong) <= ALPHA.get() * streams + chance);
    }

    /// Independent runs with one rate, on average 100 events a stream; both sides of the anytime bound.
    ///
    /// Between two events the upper bound only falls and the lower one too, so looking just before and at each event is
    /// looking after every run.
    fn rare_events(&mut self, rate: f64) {
        let horizon = 100.0 / rate;
        let bounds: Vec<(f64, f64)> = (0..400).map(due).collect();
        let part = |side: &str| format!("coverage-{side}-{rate}");
        self.simulate(&part("upper"), |stream| {
            let mut dice = Dice::new(rate.to_bits(), stream);
            let (mut ever, mut runs, mut events) = (Ever::default(), 0, 0);
            while runs < whole(horizon) && !(ever.anytime && ever.naive) {
                let next = (runs + dice.tries(rate)).min(whole(horizon) + 1);
                let last = next - 1;
                ever.anytime |= rate * float(last) > bounds[index(events)].1;
                ever.naive |=
                    !ever.naive && last > 0 && fixed::clopper_pearson_upper(counts(events, last), ALPHA) < rate;
                (runs, events) = (next, events + 1);
            }
            ever
        });
        self.simulate(&part("lower"), |stream| {
            let mut dice = Dice::new(rate.to_bits() ^ 1, stream);
            let (mut ever, mut runs, mut events) = (Ever::default(), 0, 0);
            loop {
                runs += dice.tries(rate);
                events += 1;
                if runs > whole(horizon) || (ever.anytime && ever.naive) {
                    return ever;
                }
                ever.anytime |= rate * float(runs) < bounds[index(events)].0;
                ever.naive |= !ever.naive && fixed::clopper_pearson_lower(counts(events, runs), ALPHA) > rate;
            }
        });
    }

    /// A rate that swings, and that jumps to 5 % for 20 runs after each event: what is bounded is the mean rate so far.
    fn drifting_rate(&mut self) {
        let bounds: Vec<(f64, f64)> = (0..4_000).map(due).collect();
        for (side, question) in [("upper", 11), ("lower", 12)] {
            self.simulate(&format!("coverage-drift-{side}"), |stream| {
                let mut dice = Dice::new(question, stream);
                let (mut ever, mut due, mut events, mut calm_at) = (Ever::default(), 0.0, 0, 0_u64);
                for run in 1..=20_000_u64 {
                    let swing = 0.002 * (1.0 + (float(run) / 400.0).sin());
                    let rate = if run <= calm_at { 0.05 } else { swing };
                    due += rate;
                    if dice.happens(rate) {
                        events += 1;
                        calm_at = run + 20;
                    }
                    let (least, most) = bounds[index(events)];
                    let normal = 1.645 * (float(events)).sqrt();
                    if side == "upper" {
                        ever.anytime |= due > most;
                        ever.naive |= due > float(events) + normal && events >= 5;
                    } else {
                        ever.anytime |= due < least;
                        ever.naive |= due < float(events) - normal && events >= 5;
                    }
                }
                ever
            });
        }
    }

    /// The two-sided sequences for a constant rate.
    fn constant_rate(&mut self) {
        let tuned = BernoulliSequence::new(1_000.0, ALPHA).expect(IN_RANGE);
        for rate in [0.5, 0.03] {
            for (name, interval) in [
                ("bernoulli", &(|counts| tuned.interval(counts, ALPHA)) as &dyn Fn(Counts) -> Interval),
                ("jeffreys", &|counts| BetaPrior::JEFFREYS.interval(counts, ALPHA)),
            ] {
                let allowed = Allowed::new(5_000, |counts| interval(counts).contains(rate));
                let naive = Allowed::new(5_000, |counts| fixed::wilson(counts, ALPHA).contains(rate));
                self.tosses(&format!("coverage-{name}-{rate}"), &allowed, &naive, |_| rate);
            }
        }
    }

    /// The candidate is as fast or slower, sometimes much: it is never found faster.
    fn signs(&mut self) {
        let sequence = SignSequence::new(1_000.0, ALPHA).expect(IN_RANGE);
        let signs = |counts: Counts| Signs::new(counts.events(), counts.others(), 0);
        let allowed = Allowed::new(5_000, |counts| !sequence.evidence_faster(signs(counts)).rejects(ALPHA));
        let naive = Allowed::new(5_000, |counts| normal_excess(counts, 0.5) < 1.645);
        self.tosses("coverage-signs", &allowed, &naive, |run| if run % 1_000 < 900 { 0.5 } else { 0.48 });
    }

    /// The candidate differs exactly as often as the control from itself: it is never found worse.
    fn noise(&mut self) {
        let sequence = NoiseSequence::new(500.0, ALPHA).expect(IN_RANGE);
        let worse = |counts: Counts| {
            let runs = Discordant::new(counts.events(), counts.others(), counts.runs()).expect(IN_RANGE);
            (sequence.evidence_worse(runs).rejects(ALPHA), runs.p_value())
        };
        let allowed = Allowed::new(3_000, |counts| !worse(counts).0);
        let naive = Allowed::new(3_000, |counts| worse(counts).1 >= 2.0 * ALPHA.get() || counts.share() <= 0.5);
        self.tosses("coverage-noise", &allowed, &naive, |_| 0.5);
    }

    /// No difference, heavy tails: never found faster or slower.
    fn log_ratios(&mut self) {
        let sequence = LogRatioSequence::new(1_000.0, ALPHA).expect(IN_RANGE);
        self.simulate("coverage-log-ratios", |stream| {
            let mut dice = Dice::new(31, stream);
            let (mut ever, mut sum, mut squares) = (Ever::default(), 0.0, 0.0);
            for run in 1..=10_000_u64 {
                let ratio = dice.student();
                sum += ratio;
                squares += ratio * ratio;
                if run >= LogRatioSequence::FIRST_LOOK {
                    let ratios = LogRatios::from_sums(run, sum, squares).expect(IN_RANGE);
                    ever.anytime |= !sequence.mean(&ratios, ALPHA).contains(0.0);
                    ever.naive |= ratios.mean().abs() > 1.96 * ratios.deviation() / float(run).sqrt();
                }
            }
            ever
        });
    }

    /// The true p95 is always between the ranks.
    fn quantile(&mut self) {
        let p95 = QuantileSequence::new(Quantile::P95, 1_000.0, ALPHA).expect(IN_RANGE);
        let allowed = Allowed::new(5_000, |counts| {
            let ranks = p95.ranks(counts.runs(), ALPHA);
            // So many observations are not above the true quantile: it lies between the ranks of that and the next one.
            let high_enough = ranks.lowest().is_none_or(|lowest| lowest <= counts.events());
            high_enough && ranks.highest().is_none_or(|highest| counts.events() < highest)
        });
        let naive = Allowed::new(5_000, |counts| fixed::wilson(counts, ALPHA).contains(0.95));
        self.tosses("coverage-p95", &allowed, &naive, |_| 0.95);
    }

    /// As many failures as the share of traffic explains: never trips.
    fn error_guard(&mut self) {
        let guard = ErrorGuard::new(Rate::new(0.1).expect(IN_RANGE), ALPHA).expect(IN_RANGE);
        let allowed = Allowed::new(3_000, |counts| !guard.trips(counts.events(), counts.others()));
        let naive =
            Allowed::new(3_000, |counts| counts.runs() == 0 || fixed::clopper_pearson_lower(counts, ALPHA) <= 0.1);
        self.tosses("coverage-error-guard", &allowed, &naive, |_| 0.1);
    }

    /// Traffic that splits as it was set.
    fn sample_ratio(&mut self) {
        let test = SampleRatio::new(1_000.0, ALPHA).expect(IN_RANGE);
        let allowed = Allowed::new(5_000, |counts| {
            !test.evidence(&[(counts.events(), 1.0), (counts.others(), 3.0)]).expect(IN_RANGE).rejects(ALPHA)
        });
        let naive = Allowed::new(5_000, |counts| normal_excess(counts, 0.25).abs() < 1.96);
        self.tosses("coverage-sample-ratio", &allowed, &naive, |_| 0.25);
    }

    /// Streams of events, judged by how many there may be after so many runs.
    fn tosses(&mut self, part: &str, allowed: &Allowed, naive: &Allowed, rate: impl Fn(u64) -> f64) {
        let question = part.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        self.simulate(part, |stream| {
            let mut dice = Dice::new(question, stream);
            let (mut ever, mut events) = (Ever::default(), 0);
            for run in 1..=allowed.runs() {
                events += u64::from(dice.happens(rate(run)));
                ever.anytime |= !allowed.holds(events, run);
                ever.naive |= run >= 10 && !naive.holds(events, run);
            }
            ever
        });
    }
}

/// For every number of runs the fewest and the most events at which a statement holds.
///
/// Both only grow with the runs, so that the table costs a few questions per row; the statement is asked through the public
/// functions, as an application would.
struct Allowed(Vec<(u64, u64)>);

impl Allowed {
    fn new(runs: u64, holds: impl Fn(Counts) -> bool) -> Self {
        let (mut fewest, mut most) = (0_u64, 0_u64);
        let row = |run: u64| {
            most = most.max(fewest);
            while fewest < run && !holds(counts(fewest, run)) && fewest < most + 1 {
                fewest += 1;
            }
            most = most.max(fewest).min(run);
            while most < run && holds(counts(most + 1, run)) {
                most += 1;
            }
            (fewest, most)
        };
        Self((1..=runs).map(row).collect())
    }

    fn runs(&self) -> u64 {
        self.0.len() as u64
    }

    fn holds(&self, events: u64, run: u64) -> bool {
        let (fewest, most) = self.0[index(run - 1)];
        (fewest..=most).contains(&events)
    }
}

fn due(events: u64) -> (f64, f64) {
    (anytime::expected_at_least(events, ALPHA), anytime::expected_at_most(events, ALPHA))
}

/// How many standard deviations the events are above what the rate explains.
fn normal_excess(counts: Counts, rate: f64) -> f64 {
    let runs = float(counts.runs());
    (float(counts.events()) - rate * runs) / (runs * rate * (1.0 - rate)).sqrt().max(1e-9)
}

fn counts(events: u64, runs: u64) -> Counts {
    Counts::new(events, runs).expect("never more events than runs")
}

#[allow(clippy::cast_precision_loss, reason = "small counts")]
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn whole(value: f64) -> u64 {
    value as u64
}

fn index(count: u64) -> usize {
    usize::try_from(count).expect("a table of a few thousand rows")
}
