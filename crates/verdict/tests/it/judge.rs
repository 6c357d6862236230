//! Verdicts, and what they say.

use verdict::judge::{RateClaim, RateFinding, RateVerdict, SpeedClaim, SpeedFinding, SpeedMeasure, Tally};
use verdict::pairs::{Discordant, LogRatioSequence, LogRatios, SignSequence, Signs};
use verdict::quantile::{Bucket, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate, anytime};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;

fn rate(value: f64) -> Rate {
    Rate::new(value).unwrap()
}

fn tally(events: u64, runs: u64) -> Tally {
    Tally::new(Counts::new(events, runs).unwrap())
}

#[test]
fn enough_clean_runs_match_and_one_fewer_is_undecided() {
    let claim = RateClaim::new(rate(1e-4), ALPHA);
    assert_eq!(claim.judge(tally(0, 34_411)).finding(), RateFinding::Matches);
    let early = claim.judge(tally(0, 34_410));
    assert!(matches!(early.finding(), RateFinding::Undecided { more_runs: Some(1), .. }));
    assert_eq!(
        early.to_string(),
        "34,410 runs, 0 mismatches: undecided, the mismatch rate is below 0.011 % (95 %, at any time), \
         about 1 more run needed to decide on 0.01 %"
    );
}

#[test]
fn no_runs_are_no_verdict() {
    let nothing = RateClaim::new(rate(1e-4), ALPHA).judge(tally(0, 0));
    assert_eq!(
        nothing.to_string(),
        "0 runs, 0 mismatches: undecided, about 34,411 more runs needed to decide on 0.01 %"
    );
}

#[test]
fn a_claim_of_one_is_not_granted_without_runs() {
    assert!(matches!(RateClaim::new(rate(1.0), ALPHA).judge(tally(0, 0)).finding(), RateFinding::Undecided { .. }));
}

#[test]
fn many_mismatches_differ() {
    let verdict = RateClaim::new(rate(0.001), ALPHA).judge(tally(50, 1_000).not_sampled(9_000));
    assert_eq!(verdict.finding(), RateFinding::Differs);
    assert_eq!(
        verdict.to_string(),
        "1,000 runs, 50 mismatches: the mismatch rate is above 2.9 % (95 %, at any time); 10 % of the calls took part"
    );
}

#[test]
fn a_rate_at_the_claim_promises_no_end() {
    let verdict = RateClaim::new(rate(0.01), ALPHA).judge(tally(100, 10_000));
    assert!(matches!(verdict.finding(), RateFinding::Undecided { more_runs: None, .. }));
}

#[test]
fn the_runs_still_needed_are_about_right() {
    for (events, runs, claimed) in [(1, 500, 0.01), (3, 1_000, 0.001), (40, 10_000, 0.006), (700, 10_000, 0.065)] {
        let claim = RateClaim::new(rate(claimed), ALPHA);
        let RateFinding::Undecided { more_runs: Some(more), .. } = claim.judge(tally(events, runs)).finding() else {
            panic!("decided, or no end: {events} of {runs}");
        };
        let at = |scale: f64| {
            let then = scale * (runs + more) as f64;
            let share = events as f64 / runs as f64;
            claim.judge(tally((share * then).round() as u64, then as u64)).finding()
        };
        assert!(!matches!(at(1.1), RateFinding::Undecided { .. }), "{events} of {runs}, {more} more: too few");
        assert!(matches!(at(0.85), RateFinding::Undecided { .. }), "{events} of {runs}, {more} more: too many");
    }
}

#[test]
fn missing_runs_are_named_and_counted_at_worst() {
    let verdict = RateClaim::new(rate(1e-3), ALPHA).judge(tally(0, 10_000).panicked(2).cancelled(1));
    assert_eq!(
        verdict.to_string(),
        "10,000 runs, 0 mismatches: the mismatch rate is below 0.035 % (95 %, at any time), \
         2 panicked, 1 cancelled (counted as mismatches: below 0.12 %)"
    );
}

#[test]
fn every_way_to_be_missing_counts_once_in_the_worst_case() {
    let ways: [fn(Tally, u64) -> Tally; 4] = [Tally::dropped, Tally::timed_out, Tally::panicked, Tally::cancelled];
    for way in ways {
        assert_eq!(way(tally(3, 1_000), 7).worst_case(), Counts::new(10, 1_007).unwrap());
    }
    assert_eq!(tally(3, 1_000).not_sampled(7).worst_case(), Counts::new(3, 1_000).unwrap());
}

#[test]
fn noise_of_the_control_is_not_held_against_the_candidate() {
    let claim = RateClaim::new(rate(0.01), ALPHA);
    let verdict = claim.judge_with_noise(tally(1_500, 50_000), Discordant::new(1_550, 1_475, 50_000).unwrap());
    assert_eq!(verdict.finding(), RateFinding::NoWorseThanNoise);
    assert_eq!(
        verdict.to_string(),
        "50,000 runs, 1,500 mismatches: no worse than noise, the mismatch rate beyond noise is below 0.79 % \
         (95 %, at any time)"
    );
    let worse = claim.judge_with_noise(tally(3_000, 50_000), Discordant::new(2_900, 500, 50_000).unwrap());
    assert_eq!(worse.finding(), RateFinding::Differs);
    let early = claim.judge_with_noise(tally(3, 100), Discordant::new(3, 1, 100).unwrap());
    assert!(matches!(early.finding(), RateFinding::Undecided { more_runs: Some(_), .. }));
}

fn more_runs(verdict: RateVerdict) -> Option<u64> {
    match verdict.finding() {
        RateFinding::Undecided { more_runs, .. } => more_runs,
        decided => panic!("{decided:?}"),
    }
}

#[test]
fn where_the_control_runs_twice_in_a_tenth_of_the_runs_ten_times_as_many_are_needed() {
    let claim = RateClaim::new(rate(0.001), ALPHA);
    let noise = Discordant::new(30, 28, 1_000).unwrap();
    let more = |runs: u64| more_runs(claim.judge_with_noise(tally(30 * runs / 1_000, runs), noise)).unwrap() as f64;
    assert!((9.99..10.01).contains(&(more(10_000) / more(1_000))), "{} and {}", more(1_000), more(10_000));
}

#[test]
fn with_noise_the_rate_by_itself_may_be_decided_sooner() {
    let claim = RateClaim::new(rate(0.01), ALPHA);
    let early = claim.judge_with_noise(tally(0, 300), Discordant::new(0, 0, 30).unwrap());
    let clean = anytime::clean_runs_for(rate(0.01), Alpha::new(0.025).unwrap()).unwrap();
    assert_eq!(more_runs(early), Some(clean - 300));
    let then = claim.judge_with_noise(tally(0, clean), Discordant::new(0, 0, clean / 10).unwrap());
    assert_eq!(then.finding(), RateFinding::Matches);
}

#[test]
fn equivalent_goes_before_faster() {
    let claim = SpeedClaim::new(rate(0.05), ALPHA);
    let sequence = LogRatioSequence::new(10_000.0, ALPHA).unwrap();
    // Two per cent faster, known to half a per cent.
    let ratios = LogRatios::from_sums(10_000, -200.0, 10_000.0 * (0.01 + 0.0004)).unwrap();
    let verdict = claim.judge_pairs(&sequence, &ratios);
    assert_eq!(verdict.finding(), SpeedFinding::Equivalent);
    assert_eq!(
        verdict.to_string(),
        "10,000 runs: typically equivalent within 5 % (2.3 % faster to 1.6 % faster; 95 %, at any time)"
    );
    let strict = SpeedClaim::new(rate(0.0), ALPHA).judge_pairs(&sequence, &ratios);
    assert_eq!(strict.finding(), SpeedFinding::Faster);
}

#[test]
fn slower_is_said_as_plainly() {
    let claim = SpeedClaim::new(rate(0.05), ALPHA);
    let sequence = LogRatioSequence::new(10_000.0, ALPHA).unwrap();
    let ratios = LogRatios::from_sums(10_000, 2_000.0, 10_000.0 * (0.25 + 0.04)).unwrap();
    let verdict = claim.judge_pairs(&sequence, &ratios);
    assert_eq!((verdict.finding(), verdict.measure()), (SpeedFinding::Slower, SpeedMeasure::TypicalRatio));
    assert_eq!(verdict.to_string(), "10,000 runs: typically 22.1 % slower (20.3-24.1 %; 95 %, at any time)");
}

#[test]
fn before_the_first_look_nothing_is_said_of_speed() {
    let claim = SpeedClaim::new(rate(0.05), ALPHA);
    let sequence = LogRatioSequence::new(10_000.0, ALPHA).unwrap();
    let ratios = LogRatios::from_sums(99, -99.0, 100.0).unwrap();
    assert_eq!(
        claim.judge_pairs(&sequence, &ratios).to_string(),
        "99 runs: typically undecided, too early or too close to say how many more runs are needed"
    );
}

#[test]
fn a_quantile_is_undecided_until_the_bounds_part() {
    let claim = SpeedClaim::new(rate(0.0), ALPHA);
    let p95 = QuantileSequence::new(Quantile::P95, 1_000.0, ALPHA).unwrap();
    let side = |scale: f64, times: u64| {
        (1..=100_u32).map(move |i| Bucket::new(scale * f64::from(i), scale * f64::from(i + 1), times))
    };
    let early = claim.judge_quantile(&p95, side(1.0, 10), side(0.97, 10)).unwrap();
    let SpeedFinding::Undecided { more_runs: Some(more), .. } = early.finding() else { panic!("{early}") };
    assert!(more > 500, "{early}");
    let late = claim.judge_quantile(&p95, side(1.0, 1_000), side(0.97, 1_000)).unwrap();
    assert_eq!(late.finding(), SpeedFinding::Faster, "{late}");
}

#[test]
fn signs_may_be_even() {
    let claim = SpeedClaim::new(rate(0.05), ALPHA);
    let sequence = SignSequence::new(10_000.0, ALPHA).unwrap();
    let even = claim.judge_signs(&sequence, Signs::new(5_010, 4_990, 7));
    assert_eq!(even.finding(), SpeedFinding::Equivalent);
    assert_eq!(claim.judge_signs(&sequence, Signs::new(4_000, 6_000, 0)).finding(), SpeedFinding::Slower);
    assert!(matches!(
        claim.judge_signs(&sequence, Signs::default()).finding(),
        SpeedFinding::Undecided { more_runs: None, .. }
    ));
}
