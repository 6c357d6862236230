//! No panic, no hang, and order where order must be, on any input.

use proptest::prelude::*;
use std::num::NonZeroU32;
use verdict::anytime::Weighted;
use verdict::guard::{ErrorGuard, LatencyGuard, SampleRatio};
use verdict::judge::{RateClaim, SpeedClaim, Tally};
use verdict::mixture::{
    BernoulliSequence, BetaBinomial, BetaPrior, GammaExponential, GammaPoisson, NormalMixture, PolyStitching,
};
use verdict::pairs::{Discordant, LogRatioSequence, LogRatios, NoiseSequence, SignSequence, Signs};
use verdict::quantile::{Arms, Bucket, DoubleStitching, EmpiricalBand, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, EValue, Interval, Rate, anytime, fixed};

/// Counts of every magnitude, the extremes included.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => (0_u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
        1 => prop_oneof![Just(0), Just(1), Just(2), Just(u64::MAX), Just(u64::MAX - 1)],
    ]
}

fn any_counts() -> impl Strategy<Value = Counts> {
    (any_count(), any_count()).prop_map(|(a, b)| Counts::new(a.min(b), a.max(b)).unwrap())
}

fn any_alpha() -> impl Strategy<Value = Alpha> {
    prop_oneof![Just(0.05), Just(0.5), Just(1e-300), (-300.0..-0.31_f64).prop_map(|e| 10.0_f64.powf(e))]
        .prop_map(|alpha| Alpha::new(alpha).unwrap())
}

fn any_rate() -> impl Strategy<Value = Rate> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0_f64, (-300.0..0.0_f64).prop_map(|e| 10.0_f64.powf(e))]
        .prop_map(|rate| Rate::new(rate).unwrap())
}

/// Any float at all: tuning parameters come from configuration files.
fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        0.0..1e6_f64,
        (-300.0..300.0_f64).prop_map(|e| 10.0_f64.powf(e)),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(0.0),
    ]
}

#[track_caller]
fn is_rate_interval(interval: Interval, counts: Counts) {
    let (lower, upper) = (interval.lower(), interval.upper());
    let share = counts.share();
    assert!((0.0..=1.0).contains(&lower) && (0.0..=1.0).contains(&upper), "{interval:?} for {counts}");
    let slack = 1e-9 * share.max(1e-300);
    assert!(lower <= share + slack && share <= upper + slack, "{interval:?} leaves out {share} of {counts}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_bound_on_a_rate_encloses_what_was_seen(counts in any_counts(), alpha in any_alpha()) {
        is_rate_interval(anytime::rate_between(counts, alpha), counts);
        is_rate_interval(fixed::clopper_pearson(counts, alpha), counts);
        is_rate_interval(fixed::wilson(counts, alpha), counts);
        is_rate_interval(BetaPrior::UNIFORM.interval(counts, alpha), counts);
        is_rate_interval(BetaPrior::JEFFREYS.interval(counts, alpha), counts);
        prop_assert!(fixed::expected_at_most(counts.events(), alpha) >= 0.0);
    }

    #[test]
    fn a_weighted_bound_encloses_what_was_seen_and_one_weight_changes_nothing(
        calls in any_float(),
        events in any_float(),
        heaviest in any_float(),
        grew in any::<u32>(),
        counts in any_counts(),
        alpha in any_alpha(),
    ) {
        if let Ok(weighted) = Weighted::new(calls, events, heaviest) {
            let bound = weighted.heaviest_grew(grew).rate_at_most(alpha);
            prop_assert!((0.0..=1.0).contains(&bound) && bound >= weighted.share() * (1.0 - 1e-6), "{bound} {weighted:?}");
        }
        // A hundred times the weight everywhere is the same statement about a hundred times the calls.
        let counts = Counts::new(counts.events().min(1 << 40), counts.runs().min(1 << 41)).unwrap();
        let weighted = |weight: f64| {
            let float = |count: u64| f64::from(u32::try_from(count >> 32).unwrap()) * 4_294_967_296.0 * weight;
            let float = |count: u64| float(count) + f64::from(u32::try_from(count & 0xffff_ffff).unwrap()) * weight;
            Weighted::new(float(counts.runs()), float(counts.events()), weight).unwrap()
        };
        let [one, hundred] = [1.0, 100.0].map(|weight| weighted(weight).rate_at_most(alpha));
        prop_assert!((one - hundred).abs() <= 1e-9 * one, "{one} {hundred}");
        prop_assert!(counts.runs() == 0 || one >= anytime::rate_at_most(counts, alpha) * (1.0 - 1e-9));
    }

    #[test]
    fn tuned_intervals_enclose_what_was_seen(counts in any_counts(), tuned in any_float(), alpha in any_alpha()) {
        if let Ok(sequence) = BernoulliSequence::new(tuned, alpha) {
            is_rate_interval(sequence.interval(counts, alpha), counts);
            prop_assert!(sequence.interval(counts, alpha).lower() >= 0.0);
        }
        if let Ok(sequence) = SignSequence::new(tuned, alpha) {
            let signs = Signs::new(counts.events(), counts.others(), 3);
            is_rate_interval(sequence.faster_share(signs, alpha), counts);
            let both = sequence.evidence_faster(signs).rejects(alpha) && sequence.evidence_slower(signs).rejects(alpha);
            prop_assert!(!both);
            prop_assert!((0.0..=1.0).contains(&signs.p_value()));
        }
    }

    #[test]
    fn more_events_never_lower_a_bound(k in 0_u64..2_000_000, more in 1_u64..1_000, alpha in any_alpha()) {
        prop_assert!(anytime::expected_at_most(k + more, alpha) > anytime::expected_at_most(k, alpha));
        prop_assert!(anytime::expected_at_least(k + more, alpha) >= anytime::expected_at_least(k, alpha));
        prop_assert!(anytime::expected_at_most(k, alpha) > fixed::expected_at_most(k, alpha));
        let n = 10_000_000;
        let (less, more) = (Counts::new(k, n).unwrap(), Counts::new(k + more, n).unwrap());
        prop_assert!(fixed::clopper_pearson_upper(more, alpha) > fixed::clopper_pearson_upper(less, alpha));
        prop_assert!(fixed::clopper_pearson_lower(more, alpha) >= fixed::clopper_pearson_lower(less, alpha));
    }

    #[test]
    fn more_confidence_never_narrows_a_bound(counts in any_counts(), a in any_alpha(), b in any_alpha()) {
        let (strict, loose) = if a.get() < b.get() { (a, b) } else { (b, a) };
        let slack = 1.0 + 1e-9;
        prop_assert!(anytime::rate_at_most(counts, strict) * slack >= anytime::rate_at_most(counts, loose));
        prop_assert!(anytime::rate_at_least(counts, strict) <= anytime::rate_at_least(counts, loose) * slack);
        prop_assert!(
            fixed::clopper_pearson_upper(counts, strict) * slack >= fixed::clopper_pearson_upper(counts, loose)
        );
    }

    #[test]
    fn mixtures_answer_any_float(
        (tuned, g, h) in (any_float(), any_float(), any_float()),
        (s, v) in (any_float(), any_float()),
        alpha in any_alpha(),
    ) {
        let fine = |bound: f64, evidence: EValue| {
            assert!(bound >= 0.0 && !evidence.ln().is_nan(), "{bound} {evidence:?}");
        };
        if let Ok(m) = NormalMixture::two_sided(tuned, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = NormalMixture::one_sided(tuned, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = GammaExponential::new(tuned, g, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = GammaPoisson::new(tuned, g, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = BetaBinomial::two_sided(tuned, g, h, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = BetaBinomial::one_sided(tuned, g, h, alpha) {
            fine(m.bound(v, alpha), m.evidence(s, v));
        }
        if let Ok(m) = PolyStitching::new(tuned, g) {
            let _ = m.bound(v, alpha);
        }
        if let Ok(prior) = BetaPrior::new(g, h) {
            let _ = prior.clean_runs_for(Rate::new(0.01).unwrap(), alpha);
        }
    }

    #[test]
    fn quantiles_answer_any_buckets(
        level in any_float(),
        tuned in any_float(),
        buckets in proptest::collection::vec((any_float(), any_float(), any_count()), 0..12),
        alpha in any_alpha(),
    ) {
        let Ok(quantile) = Quantile::new(level) else { return Ok(()) };
        let Ok(sequence) = QuantileSequence::new(quantile, tuned, alpha) else { return Ok(()) };
        let raw = buckets.iter().map(|&(lower, upper, count)| Bucket::new(lower, upper, count));
        let _ = sequence.of_buckets(raw, alpha);
        let mut edges: Vec<f64> = buckets.iter().map(|bucket| bucket.0).filter(|edge| edge.is_finite()).collect();
        edges.sort_by(f64::total_cmp);
        let ordered = edges.windows(2).zip(&buckets).map(|(pair, bucket)| Bucket::new(pair[0], pair[1], bucket.2));
        let found = sequence.of_buckets(ordered, alpha).unwrap();
        if found.observations() > 0 {
            prop_assert!(found.bounds().contains(found.estimate()), "{found:?}");
        }
        for arms in [Arms::Independent, Arms::Paired] {
            let counts = buckets.iter().map(|bucket| (bucket.2, bucket.2.rotate_left(7)));
            prop_assert!(!sequence.compare_buckets(counts, arms).ln().is_nan());
        }
        if let Ok(all) = DoubleStitching::new(tuned) {
            prop_assert!(!all.bound(quantile, found.observations(), alpha).is_nan());
        }
    }

    #[test]
    fn the_same_group_twice_is_never_told_apart(
        counts in proptest::collection::vec(0_u64..1_000_000, 1..20),
        level in 0.01..0.99_f64,
    ) {
        let sequence = QuantileSequence::new(Quantile::new(level).unwrap(), 1_000.0, Alpha::FIVE_PERCENT).unwrap();
        for arms in [Arms::Independent, Arms::Paired] {
            let evidence = sequence.compare_buckets(counts.iter().map(|&count| (count, count)), arms);
            prop_assert!(!evidence.rejects(Alpha::FIVE_PERCENT));
        }
    }

    #[test]
    fn bands_answer_any_size(from in any_count(), n in any_count(), alpha in any_alpha()) {
        if let Ok(band) = EmpiricalBand::new(from, alpha) {
            prop_assert!(band.radius(n) > 0.0);
        }
    }

    #[test]
    fn guards_answer_any_counts(
        (a, b, c) in (any_count(), any_count(), any_count()),
        (share, factor, weight) in (any_rate(), any_float(), any_float()),
        alpha in any_alpha(),
        counts in any_counts(),
    ) {
        if let Ok(guard) = ErrorGuard::with_tolerance(share, factor, alpha) {
            prop_assert!(!guard.evidence(a, b).ln().is_nan());
        }
        if let Ok(guard) = ErrorGuard::new(share, alpha) {
            prop_assert!(!guard.evidence(a, b).ln().is_nan());
            let _ = guard.next_stage(a, b, Rate::HALF).unwrap().trips(b, c);
        }
        let _ = LatencyGuard::new(Quantile::P95, alpha).check(counts);
        if let Ok(test) = SampleRatio::new(weight, alpha) {
            let evidence = test.evidence(&[(a, 1.0), (b, 1e9), (c, 1e-9)]).unwrap();
            prop_assert!(!evidence.ln().is_nan());
            let _ = test.evidence(&[(a, weight), (b, factor)]);
        }
        if let Ok(noise) = Discordant::new(a, b, c) {
            let excess = noise.excess(alpha);
            prop_assert!((-1.0..=1.0).contains(&excess.lower()) && (-1.0..=1.0).contains(&excess.upper()));
            prop_assert!((0.0..=1.0).contains(&noise.p_value()));
            if let Ok(sequence) = NoiseSequence::new(weight, alpha) {
                prop_assert!(!sequence.evidence_worse(noise).ln().is_nan());
            }
        }
    }

    #[test]
    fn verdicts_answer_anything_in_words(
        counts in any_counts(),
        (dropped, timed_out, skipped) in (any_count(), any_count(), any_count()),
        (at_most, within) in (any_rate(), any_rate()),
        (sum, squares) in (any_float(), any_float()),
        alpha in any_alpha(),
    ) {
        let tally = Tally::new(counts).dropped(dropped).timed_out(timed_out).not_sampled(skipped);
        let claim = RateClaim::new(at_most, alpha);
        let verdict = claim.judge(tally);
        let words = verdict.to_string();
        prop_assert!(!words.contains("NaN") && !words.contains("inf"), "{words}");
        if let Ok(noise) = Discordant::new(dropped.min(timed_out), skipped / 3, skipped) {
            let words = claim.judge_with_noise(tally, noise).to_string();
            prop_assert!(!words.contains("NaN") && !words.contains("inf"), "{words}");
        }
        let speed = SpeedClaim::new(within, alpha);
        if let (Ok(ratios), Ok(sequence)) =
            (LogRatios::from_sums(counts.runs(), sum, squares), LogRatioSequence::new(100.0, alpha))
        {
            let words = speed.judge_pairs(&sequence, &ratios).to_string();
            prop_assert!(!words.contains("NaN"), "{words}");
        }
        let sequence = SignSequence::new(1_000.0, alpha).unwrap();
        let words = speed.judge_signs(&sequence, Signs::new(counts.events(), counts.others(), dropped)).to_string();
        prop_assert!(!words.contains("NaN") && !words.contains("inf"), "{words}");
    }

    #[test]
    fn merging_in_any_order_gives_the_same(
        ratios in proptest::collection::vec((0.001..1e3_f64, 0.001..1e3_f64), 1..60),
        cut in 0_usize..60,
    ) {
        let of = |part: &[(f64, f64)]| {
            let mut sum = LogRatios::default();
            for &(control, candidate) in part {
                sum.record(control, candidate).unwrap();
            }
            sum
        };
        let (left, right) = ratios.split_at(cut.min(ratios.len()));
        let (whole, merged) = (of(&ratios), of(right).and(of(left)));
        prop_assert_eq!(whole.pairs(), merged.pairs());
        prop_assert!((whole.mean() - merged.mean()).abs() < 1e-9);
        prop_assert!((whole.deviation() - merged.deviation()).abs() < 1e-9);
    }

    #[test]
    fn splitting_alpha_spends_no_more_than_there_is(alpha in any_alpha(), parts in 1_u32..10_000) {
        let each = alpha.split(NonZeroU32::new(parts).unwrap());
        prop_assert!(each.get() * f64::from(parts) <= alpha.get() * (1.0 + 1e-12) || each.get() == 1e-300);
        prop_assert!(!alpha.to_string().contains("100 %"), "{}", alpha);
    }
}
