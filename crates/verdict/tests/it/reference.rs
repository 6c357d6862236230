//! Values computed independently: with mpmath 1.4 at 30 to 40 digits (quadrature and bisection of the defining equations), or
//! published. Those of other libraries, to the digits they print, are in the exam `benches/exams/verdict.rs`.
#![allow(clippy::unreadable_literal, reason = "values as they were computed")]

use verdict::mixture::{BernoulliSequence, BetaBinomial, BetaPrior, GammaExponential, GammaPoisson, NormalMixture};
use verdict::pairs::Signs;
use verdict::quantile::{Arms, Bucket, DoubleStitching, EmpiricalBand, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate, anytime, fixed};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;

#[track_caller]
fn same(ours: f64, expected: f64) {
    assert!((ours - expected).abs() <= 1e-9 * expected.abs(), "{ours}, not {expected}");
}

fn counts(events: u64, runs: u64) -> Counts {
    Counts::new(events, runs).unwrap()
}

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).unwrap()
}

fn rate(value: f64) -> Rate {
    Rate::new(value).unwrap()
}

#[test]
fn anytime_upper_bounds_agree_with_quadrature() {
    for (a, events, expected) in [
        (0.05, 1, 7.8009896805229),
        (0.05, 7, 18.5140281082426),
        (0.05, 40, 63.6741810750684),
        (0.05, 63, 92.2451455110524),
        (0.05, 64, 93.4638032335431),
        (0.05, 1000, 1116.81790567167),
        (0.05, 99999, 101311.555756016),
        (0.05, 1000000, 1004406.93406905),
        (0.05, 1000000000, 1000162068.8425),
        (0.01, 1, 9.87987403909402),
        (0.01, 7, 21.2088439297409),
        (0.01, 40, 67.9437131387267),
        (0.01, 63, 97.2072194840944),
        (0.01, 64, 98.4527335670272),
        (0.01, 1000, 1131.50814623244),
        (0.01, 99999, 101430.552018632),
        (0.01, 1000000, 1004759.76900919),
        (0.01, 1000000000, 1000171714.12853),
        (1e-9, 1, 28.0870287353723),
        (1e-9, 7, 42.9764745578276),
        (1e-9, 40, 99.8435605179572),
        (1e-9, 63, 133.748713900162),
        (1e-9, 64, 135.175537091706),
        (1e-9, 1000, 1236.22874438911),
        (1e-9, 99999, 102308.995583316),
        (1e-9, 1000000, 1007422.69381451),
        (1e-9, 1000000000, 1000248453.08257),
    ] {
        same(anytime::expected_at_most(events, alpha(a)), expected);
    }
}

#[test]
fn anytime_lower_bounds_agree_with_quadrature() {
    for (a, events, expected) in [
        (0.05, 1, 0.00373966015722073),
        (0.05, 2, 0.0812686691391665),
        (0.05, 5, 0.859972759560758),
        (0.05, 10, 3.06634999913907),
        (0.05, 40, 22.5897953128226),
        (0.05, 64, 40.7308792242185),
        (0.05, 65, 41.5104192898725),
        (0.05, 1000, 886.713179217451),
        (0.05, 99999, 98646.9912218319),
        (0.05, 1000000, 995452.357107077),
        (0.05, 1000000000, 999833727.752207),
        (0.01, 1, 0.000443228405870003),
        (0.01, 2, 0.0315970032119919),
        (0.01, 5, 0.577776254628174),
        (0.01, 10, 2.43780836694094),
        (0.01, 40, 20.6718610162162),
        (0.01, 64, 38.1250175128131),
        (0.01, 65, 38.8790691900201),
        (0.01, 1000, 874.802570229931),
        (0.01, 99999, 98534.305060816),
        (0.01, 1000000, 995112.781381688),
        (0.01, 1000000000, 999824316.220717),
        (1e-9, 1, 2.06521405499028e-13),
        (1e-9, 2, 3.10572978028849e-6),
        (1e-9, 5, 0.0172536128075886),
        (1e-9, 10, 0.377840329074629),
        (1e-9, 40, 10.7320078297867),
        (1e-9, 64, 23.5606747680703),
        (1e-9, 65, 24.1411051683683),
        (1e-9, 1000, 793.88384560451),
        (1e-9, 99999, 97695.1829044985),
        (1e-9, 1000000, 992522.022083449),
        (1e-9, 1000000000, 999748814.675492),
    ] {
        same(anytime::expected_at_least(events, alpha(a)), expected);
    }
}

#[test]
fn clopper_pearson_agrees_with_quadrature() {
    for (each_side, k, n, lower, upper) in [
        (0.025, 1, 1000000000000, 2.53178079842896e-14, 5.57164339092616e-12),
        (0.025, 3, 100000, 6.18676395892203e-6, 8.7670202566362e-5),
        (0.025, 40, 1000000000000, 2.85765864419379e-11, 5.446864696359e-11),
        (0.025, 1000, 1000000, 0.000939001207950072, 0.00106391810731523),
        (0.025, 1000, 1000000000000, 9.38973018435877e-10, 1.06395213598228e-9),
        (0.025, 100000, 1000000000, 9.93811833657097e-5, 0.000100621713458449),
        (0.025, 1000000, 10000000, 0.0998141273049059, 0.100186104322159),
        (0.025, 1000000, 1000000000000, 9.98040984317385e-7, 1.00196191096255e-6),
        (0.025, 500000000000, 1000000000000, 0.499999020017508, 0.500000979982492),
        (0.025, 300, 601, 0.458450364975113, 0.539893953429523),
        (0.025, 63, 130, 0.396097337955545, 0.573849950960087),
        (1e-9, 1000, 1000000, 0.000821905577067389, 0.00120244578880613),
        (1e-9, 1000, 1000000000000, 8.21832753655972e-10, 1.2025676114459e-9),
        (1e-9, 100000, 1000000000, 9.81150618953082e-5, 0.000101909258414129),
        (1e-9, 1000000, 10000000, 0.0994319209220196, 0.100570024591499),
        (1e-9, 1000000, 1000000000000, 9.94013849023715e-7, 1.00601046970904e-6),
        (1e-9, 500000000000, 1000000000000, 0.499997001095993, 0.500002998904007),
        (1e-9, 300, 601, 0.377931785505373, 0.620471042780678),
    ] {
        let interval = fixed::clopper_pearson(counts(k, n), alpha(2.0 * each_side));
        same(interval.lower(), lower);
        same(interval.upper(), upper);
        let mirrored = fixed::clopper_pearson(counts(n - k, n), alpha(2.0 * each_side));
        same(mirrored.upper(), 1.0 - lower);
        same(mirrored.lower(), 1.0 - upper);
    }
}

#[test]
fn bernoulli_sequences_agree_with_bisection() {
    for (k, n, tuned_for, lower, upper) in [
        (700, 1000, 100.0, 0.65162981386993, 0.745949500784987),
        (15, 50, 50.0, 0.129556994975054, 0.511896402536473),
        (5, 50, 50.0, 0.0130217600058474, 0.269264667151058),
        (1, 50, 50.0, 0.0, 0.134891586681793),
        (100, 200, 1.0, 0.328923354126754, 0.671076645873246),
        (0, 1000, 1000.0, 0.0, 0.00412220309995638),
        (1, 1000, 1000.0, 0.0, 0.00713985349003446),
        (5, 1000, 1000.0, 0.000628029751326636, 0.0146769117418382),
        (0, 1000000, 1000.0, 0.0, 2.99909864564182e-6),
        (5, 1000000, 1000.0, 1.13844278498017e-7, 2.10019212893253e-5),
        (1000000, 1000000000000, 100000.0, 9.94827414041507e-7, 1.00518857439793e-6),
        (123456, 1000000000, 1000000.0, 0.000122100501096821, 0.000124820475512069),
        (500000000000, 1000000000000, 1000000.0, 0.499997661281401, 0.500002338718599),
        (2, 1000000000000, 1000.0, 6.25028048812335e-24, 2.91715901498337e-11),
        (999, 1000, 100.0, 0.9921489523004, 1.0),
        (40, 100, 1000.0, 0.230205396063805, 0.591201922879781),
    ] {
        let interval = BernoulliSequence::new(tuned_for, ALPHA).unwrap().interval(counts(k, n), ALPHA);
        same(interval.lower(), lower);
        same(interval.upper(), upper);
    }
}

#[test]
fn with_few_runs_a_bernoulli_sequence_excludes_nothing() {
    for (k, n) in [(0, 0), (0, 1), (1, 1), (1, 2)] {
        let interval = BernoulliSequence::new(50.0, ALPHA).unwrap().interval(counts(k, n), ALPHA);
        assert_eq!((interval.lower(), interval.upper()), (0.0, 1.0), "{k} of {n}");
    }
}

#[test]
fn rank_radii_agree_with_bisection() {
    for (level, n, below, above) in [
        (0.99, 10_000, 0.003463043676, 0.003020738783),
        (0.99, 1_000_000, 0.0003897361217, 0.0003838201523),
        (0.5, 10_000, 0.01621485441, 0.01621485441),
    ] {
        let sequence = QuantileSequence::new(Quantile::new(level).unwrap(), 1000.0, ALPHA).unwrap();
        let radius = sequence.radius(n, ALPHA);
        same(radius.below, below);
        same(radius.above, above);
    }
}

#[test]
fn the_band_for_all_quantiles_has_the_smallest_constant() {
    // The minimum over the ratio of epochs found on a grid refined nine times.
    for (a, radius) in [
        (0.5, 0.07438999018779284),
        (0.05, 0.08204778770914842),
        (0.001, 0.09364584250336977),
        (1e-9, 0.12613670303682903),
        (1e-100, 0.34876953709070263),
        (1e-300, 0.5936547122234318),
    ] {
        same(EmpiricalBand::new(100, alpha(a)).unwrap().radius(1000), radius);
    }
    assert_eq!(EmpiricalBand::new(100, ALPHA).unwrap().radius(99), f64::INFINITY);
}

#[test]
fn a_bound_is_where_the_evidence_reaches_alpha() {
    for a in [0.5, 0.05, 1e-6, 1e-100] {
        let a = alpha(a);
        for v in [0.3, 1.0, 30.0, 1e4, 1e9] {
            let (normal, one_sided) =
                (NormalMixture::two_sided(100.0, ALPHA).unwrap(), NormalMixture::one_sided(100.0, ALPHA).unwrap());
            let exponential = GammaExponential::new(100.0, 2.0, ALPHA).unwrap();
            let poisson = GammaPoisson::new(100.0, 2.0, ALPHA).unwrap();
            for (name, bound, evidence) in [
                ("normal", normal.bound(v, a), normal.evidence(normal.bound(v, a), v)),
                ("one-sided normal", one_sided.bound(v, a), one_sided.evidence(one_sided.bound(v, a), v)),
                ("exponential", exponential.bound(v, a), exponential.evidence(exponential.bound(v, a), v)),
                ("poisson", poisson.bound(v, a), poisson.evidence(poisson.bound(v, a), v)),
            ] {
                let needed = (1.0 / a.get()).ln();
                assert!((evidence.ln() / needed - 1.0).abs() < 1e-7, "{name} at {v}, {a:?}: {bound}, {evidence:?}");
            }
            for mixture in [
                BetaBinomial::two_sided(100.0, 0.2, 0.8, ALPHA).unwrap(),
                BetaBinomial::one_sided(100.0, 0.2, 0.8, ALPHA).unwrap(),
            ] {
                let bound = mixture.bound(v, a);
                let evidence = mixture.evidence(bound, v).ln() / (1.0 / a.get()).ln();
                assert!(
                    (evidence - 1.0).abs() < 1e-7 || (bound == v / 0.2 && evidence < 1.0),
                    "{v}, {a:?}: {evidence}"
                );
            }
        }
    }
}

#[test]
fn evidence_and_bounds_on_rates_say_the_same() {
    for (k, n) in [(0, 100), (1, 100), (7, 1_000), (600, 100_000), (1_000_000, 1_000_000_000)] {
        let counts = counts(k, n);
        let at_most = anytime::rate_at_most(counts, ALPHA);
        assert!(anytime::evidence_below(counts, rate(at_most * 1.000001)).rejects(ALPHA));
        assert!(!anytime::evidence_below(counts, rate(at_most * 0.999999)).rejects(ALPHA));
        let at_least = anytime::rate_at_least(counts, ALPHA);
        if k > 0 {
            assert!(anytime::evidence_above(counts, rate(at_least * 0.999999)).rejects(ALPHA));
            assert!(!anytime::evidence_above(counts, rate(at_least * 1.000001)).rejects(ALPHA));
        }
        let prior = BetaPrior::JEFFREYS.interval(counts, ALPHA);
        assert!(BetaPrior::JEFFREYS.evidence(counts, rate(prior.upper() * 1.000001)).rejects(ALPHA));
        assert!(!BetaPrior::JEFFREYS.evidence(counts, rate(prior.upper() * 0.999999)).rejects(ALPHA));
    }
}

#[test]
fn clean_runs_are_the_first_at_which_the_claim_holds() {
    for r in [0.3, 1e-2, 1e-4, 1e-7] {
        let claim = rate(r);
        let n = anytime::clean_runs_for(claim, ALPHA).unwrap();
        assert!(anytime::rate_at_most(counts(0, n), ALPHA) <= r && anytime::rate_at_most(counts(0, n - 1), ALPHA) > r);
        let n = fixed::clean_runs_for(claim, ALPHA).unwrap();
        assert!(fixed::clopper_pearson_upper(counts(0, n), ALPHA) <= r);
        assert!(fixed::clopper_pearson_upper(counts(0, n - 1), ALPHA) > r);
        for prior in [BetaPrior::UNIFORM, BetaPrior::JEFFREYS, BetaPrior::new(0.001, 3.0).unwrap()] {
            let n = prior.clean_runs_for(claim, ALPHA).unwrap();
            assert!(prior.interval(counts(0, n), ALPHA).upper() <= r * (1.0 + 1e-9), "{prior:?} {r}");
            assert!(prior.interval(counts(0, n - 1), ALPHA).upper() > r, "{prior:?} {r}");
        }
    }
    assert_eq!(anytime::clean_runs_for(rate(0.0), ALPHA), None);
}

#[test]
fn the_exact_sign_test_sums_the_binomial_law() {
    same(Signs::new(15, 4, 0).p_value(), 0.0192108154296875);
    same(Signs::new(4, 15, 7).p_value(), 0.0192108154296875);
    same(Signs::new(0, 10, 0).p_value(), 2.0 / 1024.0);
    assert_eq!(Signs::new(8, 8, 0).p_value(), 1.0);
    // 10^12 tosses, two standard deviations off: the normal tail to the digits that the continuity correction leaves.
    let half = 500_000_000_000;
    let p = Signs::new(half + 1_000_000, half - 1_000_000, 0).p_value();
    assert!((p / 0.04550026389635842 - 1.0).abs() < 1e-5, "{p}");
}

#[test]
fn exact_observations_and_buckets_agree() {
    let values: Vec<f64> = (0..5_000).map(|i| f64::from((i * 7919) % 5_000)).collect();
    let mut sorted = values;
    sorted.sort_by(f64::total_cmp);
    let sequence = QuantileSequence::new(Quantile::P95, 5_000.0, ALPHA).unwrap();
    let exact = sequence.of_sorted(&sorted, ALPHA).unwrap();
    let buckets = (0..50_u32).map(|i| Bucket::new(f64::from(i * 100), f64::from(i * 100 + 100), 100));
    let bucketed = sequence.of_buckets(buckets, ALPHA).unwrap();
    assert!(bucketed.bounds().lower() <= exact.bounds().lower());
    assert!(bucketed.bounds().upper() >= exact.bounds().upper());
    assert!(bucketed.bounds().upper() - exact.bounds().upper() <= 100.0);
    assert!(exact.bounds().contains(4_749.0));
    assert!(sequence.of_sorted(&[1.0, 0.5], ALPHA).is_err() && sequence.of_sorted(&[f64::NAN], ALPHA).is_err());
}

#[test]
fn comparing_buckets_never_claims_more_than_comparing_values() {
    let old: Vec<f64> = (0..2_000).map(f64::from).collect();
    let new: Vec<f64> = (0..2_000).map(|i| f64::from(i) * 0.8).collect();
    let sequence = QuantileSequence::new(Quantile::P50, 1_000.0, ALPHA).unwrap();
    for arms in [Arms::Independent, Arms::Paired] {
        let exact = sequence.compare_sorted(&old, &new, arms).unwrap();
        let in_bucket = |values: &[f64], i: u32| {
            values.iter().filter(|&&v| v >= f64::from(i) * 50.0 && v < f64::from(i + 1) * 50.0).count() as u64
        };
        let bucketed = sequence.compare_buckets((0..40).map(|i| (in_bucket(&old, i), in_bucket(&new, i))), arms);
        assert!(bucketed <= exact && bucketed.rejects(ALPHA), "{bucketed:?} {exact:?}");
    }
    assert!(!sequence.compare_sorted(&old, &old, Arms::Independent).unwrap().rejects(ALPHA));
}

#[test]
fn bounds_for_all_quantiles_are_wider_than_for_one() {
    let all = DoubleStitching::new(100.0).unwrap();
    let one = QuantileSequence::new(Quantile::P99, 1_000.0, ALPHA).unwrap();
    assert!(all.bound(Quantile::P99, 1_000, ALPHA) / 1_000.0 > one.radius(1_000, ALPHA).above);
}

/// Found by the properties: rounding had carried the bound beyond 1.
#[test]
fn no_bound_on_a_rate_is_above_one() {
    let tiny = alpha(3.597115281716747e-87);
    assert!(fixed::clopper_pearson(counts(2, 12), tiny).upper() <= 1.0);
    assert!(BetaPrior::JEFFREYS.interval(counts(2, 12), tiny).upper() <= 1.0);
}

#[test]
fn a_bound_beside_one_is_right_to_the_last_digits() {
    let bound = |alpha| fixed::clopper_pearson_upper(Counts::new(2, 19).unwrap(), Alpha::new(alpha).unwrap());
    // The 17th root of so small an error is below the last digit of 1.
    assert!(1.0 - bound(1e-300) < 1e-14, "{}", 1.0 - bound(1e-300));
    assert!(bound(1e-300) >= bound(4.8e-147));
}
