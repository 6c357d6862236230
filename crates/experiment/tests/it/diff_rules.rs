//! What counts as a difference, rule by rule.

use std::collections::{BTreeMap, HashMap};

use experiment::Comparator;
use experiment::diff::{Kind, Limits, PatternProblem, RuleError, Rules, Tolerance};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

#[derive(Serialize, Clone, Debug)]
struct User {
    id: u32,
    email: String,
    tags: Vec<&'static str>,
    score: f64,
}

fn user(id: u32) -> User {
    User { id, email: format!("{id}@example.org"), tags: vec!["a", "b"], score: 1.0 }
}

fn users(ids: impl IntoIterator<Item = u32>) -> Vec<User> {
    ids.into_iter().map(user).collect()
}

/// The paths and kinds of all changes, of which there must be no more than those listed.
fn found<A: Serialize + ?Sized, B: Serialize + ?Sized>(rules: &Rules, a: &A, b: &B) -> Vec<(String, Kind)> {
    let differences = rules.differences(a, b).expect("it can be serialised");
    assert!(differences.is_complete());
    differences.changes().iter().map(|change| (change.path.clone(), change.kind)).collect()
}

fn change(path: &str, kind: Kind) -> (String, Kind) {
    (path.to_owned(), kind)
}

#[test]
fn equal_values_do_not_differ() {
    assert_eq!(found(&Rules::new(), &users(0..100), &users(0..100)), []);
}

#[test]
fn a_nested_value_that_differs_is_one_change_at_its_path() {
    let (old, mut new) = (users(0..100), users(0..100));
    new[40].email = "x".to_owned();
    assert_eq!(found(&Rules::new(), &old, &new), [change("[40].email", Kind::Changed)]);
}

#[test]
fn one_element_inserted_at_the_front_of_a_hundred_is_one_change() {
    assert_eq!(found(&Rules::new(), &users(1..=100), &users(0..=100)), [change("[0]", Kind::Extra)]);
}

#[test]
fn one_element_removed_from_the_middle_is_one_change() {
    let new = users((0..100).filter(|id| *id != 50));
    assert_eq!(found(&Rules::new(), &users(0..100), &new), [change("[50]", Kind::Missing)]);
}

#[test]
fn insertions_and_removals_far_apart_are_told_apart() {
    let new = users((0..100).filter(|id| *id != 10).chain([500]).chain(100..110));
    let expected = [change("[10]", Kind::Missing), change("[99]", Kind::Extra)];
    assert_eq!(found(&Rules::new(), &users(0..110), &new), expected);
}

#[test]
fn the_same_elements_in_another_order_are_one_change() {
    let expected = [change("$", Kind::Reordered)];
    assert_eq!(found(&Rules::new(), &users(0..100), &users((0..100).rev())), expected);
}

#[test]
fn lists_that_differ_in_everything_are_compared_index_by_index() {
    let changes = found(&Rules::new(), &vec![1; 600], &(0..500).collect::<Vec<_>>());
    assert_eq!(changes.len(), 500);
    assert_eq!(changes.last(), Some(&change("$", Kind::Length)));
    assert!(changes[..499].iter().all(|(_, kind)| *kind == Kind::Changed));
}

#[test]
fn values_of_other_types_differ_in_type() {
    assert_eq!(found(&Rules::new(), "7", &7), [change("$", Kind::Type)]);
    assert_eq!(found(&Rules::new(), &1.0, &1), [change("$", Kind::Type)]);
    assert_eq!(found(&Rules::new(), &vec![1], &(1,)), [change("$", Kind::Type)]);
}

#[test]
fn widths_of_numbers_do_not_count() {
    assert_eq!(found(&Rules::new(), &7_u8, &7_i128), []);
    assert_eq!(found(&Rules::new(), &0.5_f32, &0.5_f64), []);
}

#[test]
fn integers_of_128_bits_keep_all_their_digits() {
    assert_eq!(found(&Rules::new(), &u128::MAX, &(u128::MAX - 1)), [change("$", Kind::Changed)]);
    assert_eq!(found(&Rules::new(), &i128::MIN, &(i128::MIN + 1)), [change("$", Kind::Changed)]);
    assert_eq!(found(&Rules::new(), &i128::from(i64::MIN), &i64::MIN), []);
    let shown = Rules::new().show("$").unwrap().differences(&u128::MAX, &i128::MIN).unwrap();
    assert_eq!(shown.to_string(), format!("$ changed: {} became {}\n", u128::MAX, i128::MIN));
}

#[test]
fn bytes_are_no_text_and_no_list() {
    struct Bytes(&'static [u8]);
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    assert_eq!(found(&Rules::new(), &Bytes(b"a"), "a"), [change("$", Kind::Type)]);
    assert_eq!(found(&Rules::new(), &Bytes(b"a"), &Bytes(b"b")), [change("$", Kind::Changed)]);
}

#[test]
fn a_variant_is_more_than_its_content() {
    #[derive(Serialize)]
    enum Status {
        Active,
        Failed { code: u16 },
        Retried { code: u16 },
    }
    let rules = Rules::new();
    assert_eq!(found(&rules, &Status::Failed { code: 1 }, &Status::Retried { code: 1 }), [change("$", Kind::Variant)]);
    assert_eq!(found(&rules, &Status::Active, &Status::Failed { code: 1 }), [change("$", Kind::Variant)]);
    let (old, new) = (Status::Failed { code: 1 }, Status::Failed { code: 2 });
    assert_eq!(found(&rules, &old, &new), [change("code", Kind::Changed)]);
}

#[test]
fn none_and_some_are_variants() {
    assert_eq!(found(&Rules::new(), &None::<u8>, &Some(1)), [change("$", Kind::Variant)]);
    assert_eq!(found(&Rules::new(), &Some(None::<u8>), &None::<Option<u8>>), [change("$", Kind::Variant)]);
    assert_eq!(found(&Rules::new(), &Some(1), &Some(2)), [change("$", Kind::Changed)]);
}

#[test]
fn keys_of_maps_need_not_be_text() {
    let old = BTreeMap::from([((1, 'a'), "x"), ((2, 'b'), "y")]);
    let new = BTreeMap::from([((1, 'a'), "z"), ((3, 'c'), "y")]);
    let rules = Rules::new().show("$").unwrap();
    let expected = "\
{(1, 'a')} changed: \"x\" became \"z\"
{(2, 'b')} is missing: \"y\"
{(3, 'c')} is extra: \"y\"
";
    assert_eq!(rules.differences(&old, &new).unwrap().to_string(), expected);
}

#[test]
fn the_order_of_map_entries_does_not_count() {
    let old: HashMap<String, usize> = (0..100).map(|id| (id.to_string(), id)).collect();
    let new: BTreeMap<String, usize> = (0..100).map(|id| (id.to_string(), id)).collect();
    assert_eq!(found(&Rules::new(), &old, &new), []);
}

#[test]
fn the_order_of_map_entries_does_not_keep_elements_from_being_aligned() {
    struct Row(u32, bool);
    impl Serialize for Row {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut entries = [("id", self.0), ("group", self.0 / 10)];
            if self.1 {
                entries.reverse();
            }
            serializer.collect_map(entries)
        }
    }
    let old: Vec<_> = (1..100).map(|id| Row(id, false)).collect();
    let new: Vec<_> = (0..100).map(|id| Row(id, true)).collect();
    assert_eq!(found(&Rules::new(), &old, &new), [change("[0]", Kind::Extra)]);
}

#[test]
fn a_field_that_only_one_type_has_is_missing_or_extra() {
    #[derive(Serialize)]
    struct Old {
        id: u32,
        legacy_name: &'static str,
    }
    #[derive(Serialize)]
    struct New {
        name: &'static str,
        id: u32,
    }
    let changes = found(&Rules::new(), &Old { id: 1, legacy_name: "a" }, &New { name: "a", id: 1 });
    assert_eq!(changes, [change("legacy_name", Kind::Missing), change("name", Kind::Extra)]);
}

#[test]
fn tuples_differ_in_length_and_place_by_place() {
    let changes = found(&Rules::new(), &(1, 2), &(1, 3, 4));
    assert_eq!(changes, [change("$", Kind::Length), change("[1]", Kind::Changed)]);
}

#[test]
fn not_a_number_differs_from_itself_unless_a_rule_says_otherwise() {
    assert_eq!(found(&Rules::new(), &[f64::NAN], &[f64::NAN]), [change("[0]", Kind::Changed)]);
    assert_eq!(found(&Rules::new().nan_equals_nan(), &[f64::NAN], &[f64::NAN]), []);
    assert_eq!(found(&Rules::new().nan_equals_nan(), &[f64::NAN], &[0.0]), [change("[0]", Kind::Changed)]);
}

#[test]
fn both_zeros_are_the_same() {
    assert_eq!(found(&Rules::new(), &0.0, &-0.0), []);
}

#[test]
fn ignore_hides_what_matches_and_what_is_below_it() {
    let (old, mut new) = (users(0..3), users(0..3));
    new[1].score = 2.0;
    new[2].tags = vec!["c"];
    let rules = Rules::new().ignore("[*].score").unwrap().ignore("**.tags").unwrap();
    assert_eq!(found(&rules, &old, &new), []);
}

#[test]
fn what_is_ignored_may_be_missing() {
    let old = BTreeMap::from([("a", 1), ("b", 2)]);
    let new = BTreeMap::from([("a", 1)]);
    assert_eq!(found(&Rules::new().ignore("b").unwrap(), &old, &new), []);
    assert_eq!(found(&Rules::new().ignore("a").unwrap(), &old, &new), [change("*", Kind::Missing)]);
}

#[test]
fn what_is_ignored_does_not_keep_elements_from_being_aligned() {
    let old = users(1..=100);
    let mut new = users(0..=100);
    for user in &mut new {
        user.score = f64::from(user.id);
    }
    let rules = Rules::new().ignore("[*].score").unwrap();
    assert_eq!(found(&rules, &old, &new), [change("[0]", Kind::Extra)]);
}

#[test]
fn tolerance_absolute() {
    let rules = Rules::new().tolerance("[*]", Tolerance::absolute(0.5).unwrap()).unwrap();
    assert_eq!(found(&rules, &[1.0, 1.0], &[1.5, 1.6]), [change("[1]", Kind::Changed)]);
    assert_eq!(found(&rules, &[1, 1], &[2, 1]), [change("[0]", Kind::Changed)]);
}

#[test]
fn tolerance_relative() {
    let rules = Rules::new().tolerance("[*]", Tolerance::relative(0.01).unwrap()).unwrap();
    assert_eq!(
        found(&rules, &[100.0, 100.0, 0.0], &[101.0, 102.0, 1e-300]),
        [change("[1]", Kind::Changed), change("[2]", Kind::Changed)]
    );
}

#[test]
fn tolerance_in_steps_of_the_last_place() {
    let rules = Rules::new().tolerance("$", Tolerance::ulps(2)).unwrap();
    let steps = |value: f64, steps: u64| f64::from_bits(value.to_bits() + steps);
    assert_eq!(found(&rules, &0.3, &steps(0.3, 2)), []);
    assert_eq!(found(&rules, &0.3, &steps(0.3, 3)), [change("$", Kind::Changed)]);
    assert_eq!(found(&rules, &f64::from_bits(1), &-f64::from_bits(1)), []);
    let single = |steps: u32| f32::from_bits(0.3_f32.to_bits() + steps);
    assert_eq!(found(&rules, &single(0), &single(2)), []);
    assert_eq!(found(&rules, &single(0), &single(3)), [change("$", Kind::Changed)]);
}

#[test]
fn a_tolerance_joins_integers_and_floats() {
    let rules = Rules::new().tolerance("$", Tolerance::absolute(0.1).unwrap()).unwrap();
    assert_eq!(found(&rules, &1, &1.05), []);
    assert_eq!(found(&rules, &1, &1.2), [change("$", Kind::Changed)]);
    assert_eq!(found(&rules, &f64::INFINITY, &f64::INFINITY), []);
    assert_eq!(found(&rules, &f64::INFINITY, &f64::MAX), [change("$", Kind::Changed)]);
}

#[test]
fn of_two_tolerances_the_later_wins() {
    let rules = Rules::new().tolerance("**", Tolerance::absolute(10.0).unwrap()).unwrap();
    let rules = rules.tolerance("[0]", Tolerance::absolute(0.0).unwrap()).unwrap();
    assert_eq!(found(&rules, &(1, 1), &(2, 2)), [change("[0]", Kind::Changed)]);
}

#[test]
fn elements_within_a_tolerance_are_aligned() {
    let old: Vec<(u32, f64)> = (1..=50).map(|id| (id, 1.0)).collect();
    let new: Vec<(u32, f64)> = (0..=50).map(|id| (id, 1.0 + 1e-12)).collect();
    let rules = Rules::new().tolerance("**", Tolerance::absolute(1e-9).unwrap()).unwrap();
    assert_eq!(found(&rules, &old, &new), [change("[0]", Kind::Extra)]);
}

#[test]
fn unordered_lists_are_compared_by_how_often_each_element_is_there() {
    let rules = Rules::new().unordered("$").unwrap();
    assert_eq!(found(&rules, &[1, 2, 2, 3], &[2, 3, 1, 2]), []);
    assert_eq!(found(&rules, &vec![1, 2, 2], &vec![2, 1]), [change("[1]", Kind::Missing)]);
    assert_eq!(found(&rules, &vec![1, 2], &vec![2, 1, 2]), [change("[0]", Kind::Extra)]);
}

#[test]
fn unordered_is_said_of_the_list_and_not_of_lists_in_it() {
    let rules = Rules::new().unordered("$").unwrap();
    let changes = found(&rules, &vec![vec![1, 2], vec![3]], &vec![vec![3], vec![2, 1]]);
    assert_eq!(changes, [change("[0]", Kind::Reordered)]);
}

#[test]
fn sets_do_not_count_how_often() {
    let rules = Rules::new().set("$").unwrap();
    assert_eq!(found(&rules, &vec![1, 2, 2], &vec![2, 1, 1, 1]), []);
    assert_eq!(found(&rules, &vec![1, 1], &vec![1, 3, 3]), [change("[1]", Kind::Extra)]);
}

#[test]
fn elements_are_paired_by_key() {
    let old = users(0..5);
    let mut new = users([0, 1, 3, 4, 9]);
    for user in &mut new {
        user.email.push('!');
    }
    let rules = Rules::new().by("$", "id").unwrap();
    assert_eq!(
        found(&rules, &old, &new),
        [
            change("[0].email", Kind::Changed),
            change("[1].email", Kind::Changed),
            change("[2]", Kind::Missing),
            change("[3].email", Kind::Changed),
            change("[4].email", Kind::Changed),
            change("[4]", Kind::Extra),
        ]
    );
}

#[test]
fn pairs_by_key_in_another_order_are_one_change_more() {
    let mut new = users((0..5).rev());
    new[0].score = 0.0;
    let by_key = Rules::new().by("$", "id").unwrap();
    let expected = [change("[4].score", Kind::Changed), change("$", Kind::Reordered)];
    assert_eq!(found(&by_key, &users(0..5), &new), expected);
    let unordered = by_key.unordered("$").unwrap();
    assert_eq!(found(&unordered, &users(0..5), &new), expected[..1]);
}

#[test]
fn a_key_that_is_used_twice_or_missing_pairs_nothing() {
    let rules = Rules::new().by("$", "id").unwrap();
    let old = users([1, 1, 2]);
    let new = users([0, 1, 1, 2]);
    assert_eq!(found(&rules, &old, &new), [change("[0]", Kind::Extra)]);
    let other_key = Rules::new().by("$", "uuid").unwrap();
    assert_eq!(found(&other_key, &old, &new), [change("[0]", Kind::Extra)]);
}

#[test]
fn keys_are_found_in_maps_as_well() {
    let row = |id: u32, name: &'static str| BTreeMap::from([("id", id.to_string()), ("name", name.to_owned())]);
    let (old, new) = (vec![row(1, "a"), row(2, "b")], vec![row(2, "B"), row(1, "a")]);
    let rules = Rules::new().by("$", "id").unwrap().unordered("$").unwrap().keys_are_names("**").unwrap();
    assert_eq!(found(&rules, &old, &new), [change("[1].name", Kind::Changed)]);
}

#[test]
fn no_value_is_shown_unless_a_rule_says_so() {
    let (old, mut new) = (users(0..2), users([0]));
    new[0].email = "secret".to_owned();
    let text = Rules::new().differences(&old, &new).unwrap().to_string();
    assert_eq!(text, "[0].email changed: text became text\n[1] is missing: struct\n");
}

#[test]
fn keys_of_maps_are_values_unless_a_rule_says_that_they_are_names() {
    let (old, new) = (BTreeMap::from([("ann@x", 1)]), BTreeMap::from([("ann@x", 2)]));
    let text = |rules: Rules| rules.differences(&old, &new).unwrap().to_string();
    assert_eq!(text(Rules::new()), "* changed: integer became integer\n");
    assert_eq!(text(Rules::new().keys_are_names("$").unwrap()), "[\"ann@x\"] changed: integer became integer\n");
    assert_eq!(text(Rules::new().show("$").unwrap()), "[\"ann@x\"] changed: 1 became 2\n");
}

#[test]
fn redact_wins_over_show_also_within_a_value_that_is_shown() {
    let rules = Rules::new().redact("[*].email").unwrap().show("**").unwrap();
    let text = rules.differences(&users([]), &users([7])).unwrap().to_string();
    assert_eq!(text, "[0] is extra: User {id: 7, email: text, tags: [\"a\", \"b\"], score: 1.0}\n");
}

#[test]
fn what_is_shown_is_cut_to_a_hundred_characters() {
    let rules = Rules::new().show("$").unwrap();
    let differences = rules.differences(&"ä".repeat(5_000), &vec![1; 5_000]).unwrap();
    let change = &differences.changes()[0];
    for side in [&change.control, &change.candidate] {
        assert!(side.as_ref().is_some_and(|words| words.chars().count() == 101 && words.ends_with('…')), "{side:?}");
    }
}

#[test]
fn patterns_with_quotes_reach_fields_that_are_no_plain_names() {
    let (old, new) =
        (BTreeMap::from([("x-trace.id", 1), ("a\"b", 1)]), BTreeMap::from([("x-trace.id", 2), ("a\"b", 2)]));
    let rules = Rules::new().ignore(r#"["x-trace.id"]"#).unwrap().ignore(r#"$["a\"b"]"#).unwrap();
    assert_eq!(found(&rules, &old, &new), []);
}

#[test]
fn a_star_is_any_field_and_not_any_depth() {
    let nested = |value: u32| BTreeMap::from([("a", BTreeMap::from([("x", value)]))]);
    assert_eq!(found(&Rules::new().ignore("*.x").unwrap(), &nested(1), &nested(2)), []);
    assert_eq!(found(&Rules::new().ignore("*").unwrap(), &nested(1), &nested(2)), []);
    assert_eq!(found(&Rules::new().ignore("x").unwrap(), &nested(1), &nested(2)).len(), 1);
    assert_eq!(found(&Rules::new().ignore("**.x").unwrap(), &nested(1), &nested(2)), []);
    assert_eq!(found(&Rules::new().ignore("**.a.**.x").unwrap(), &nested(1), &nested(2)), []);
}

#[test]
fn bad_patterns_say_what_is_wrong_and_where() {
    let cases = [
        ("", 0, PatternProblem::Empty),
        (".a", 0, PatternProblem::ExpectedName),
        ("a..b", 2, PatternProblem::ExpectedName),
        ("a.", 2, PatternProblem::ExpectedName),
        ("a b", 1, PatternProblem::ExpectedStep),
        ("a[", 2, PatternProblem::ExpectedIndex),
        ("a[x]", 2, PatternProblem::ExpectedIndex),
        ("a[-1]", 2, PatternProblem::ExpectedIndex),
        ("a[99999999999999999999999]", 2, PatternProblem::ExpectedIndex),
        ("a[*", 3, PatternProblem::UnclosedBracket),
        ("a[1.b", 3, PatternProblem::UnclosedBracket),
        ("a[\"b", 3, PatternProblem::UnclosedQuote),
        ("a***", 1, PatternProblem::PartOfAnyDepth),
        ("é[", 3, PatternProblem::ExpectedIndex),
    ];
    for (text, expected_at, expected) in cases {
        match Rules::new().ignore(text).unwrap_err() {
            RuleError::Pattern { pattern, at, problem, .. } => {
                assert_eq!((pattern.as_str(), at, problem), (text, expected_at, expected));
            }
            other => panic!("{text}: {other}"),
        }
    }
    let error = Rules::new().ignore(&"a".repeat(2_000)).unwrap_err();
    assert!(matches!(error, RuleError::Pattern { problem: PatternProblem::TooLong, .. }));
}

#[test]
fn bad_tolerances_and_too_many_rules_are_refused() {
    for bound in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Tolerance::absolute(bound), Err(RuleError::Tolerance { .. })));
        assert!(matches!(Tolerance::relative(bound), Err(RuleError::Tolerance { .. })));
    }
    let full = (0..256).try_fold(Rules::new(), |rules, _| rules.ignore("a")).unwrap();
    assert!(matches!(full.ignore("a"), Err(RuleError::TooMany { most: 256, .. })));
}

#[test]
fn a_value_that_cannot_be_serialised_is_an_error() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    assert_eq!(Rules::new().differences(&1, &Broken).unwrap_err().message, "no");
    assert_eq!(Comparator::judge(&Rules::new(), &Broken, &Broken), None);
}

#[test]
fn a_serialize_that_swallows_errors_makes_an_incomplete_comparison() {
    struct HalfDone;
    impl Serialize for HalfDone {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_seq(None)?.serialize_element(&1)?;
            Err(serde::ser::Error::custom("no"))
        }
    }
    struct Sloppy(u32);
    impl Serialize for Sloppy {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            drop(map.serialize_key(&HalfDone));
            drop(map.serialize_value(&self.0));
            map.end()
        }
    }
    let differences = Rules::new().differences(&Sloppy(1), &Sloppy(1)).unwrap();
    assert!(differences.is_empty() && !differences.is_complete());
    assert!(!Rules::new().differences(&Sloppy(1), &Sloppy(2)).unwrap().is_complete());
}

#[test]
fn the_rules_decide_what_is_the_same() {
    let rules = Rules::new().unordered("$").unwrap();
    assert!(rules.same(&vec![1, 2], &vec![2, 1]));
    assert!(!rules.same(&vec![1, 2], &vec![2, 2]));
}

#[test]
fn beyond_the_limits_nothing_is_claimed() {
    let mut limits = Limits::default();
    limits.nodes = 100;
    let rules = Rules::new().limits(limits);
    let (old, new) = (users(0..1_000), users(0..1_000));
    let differences = rules.differences(&old, &new).unwrap();
    assert!(differences.is_empty() && !differences.is_complete());
    assert_eq!(rules.judge(&old, &new), None);
    assert_eq!(rules.judge(&old, &users(1..2)), Some(false));
}

#[test]
fn a_list_that_was_cut_off_has_no_missing_elements() {
    let mut limits = Limits::default();
    limits.nodes = 50;
    let rules = Rules::new().limits(limits);
    let (short, long): (Vec<u32>, Vec<u32>) = ((0..40).collect(), (0..60).collect());
    assert!(rules.differences(&short, &long).unwrap().is_empty());
    let shifted: Vec<u32> = [99].into_iter().chain(0..60).collect();
    let differences = rules.differences(&long, &shifted).unwrap();
    assert_eq!(differences.changes().len(), 1);
    assert_eq!(differences.changes()[0].path, "[0]");
}

#[test]
fn changes_are_listed_up_to_the_limit() {
    let mut limits = Limits::default();
    limits.changes = 10;
    let rules = Rules::new().limits(limits);
    let differences = rules.differences(&vec![0; 1_000], &vec![1; 1_000]).unwrap();
    assert_eq!((differences.changes().len(), differences.is_complete()), (10, false));
}

#[derive(Serialize)]
struct Deep {
    value: u32,
    inner: Option<Box<Deep>>,
}

fn deep(levels: u32, bottom: u32) -> Deep {
    (0..levels).fold(Deep { value: bottom, inner: None }, |inner, _| Deep { value: 0, inner: Some(Box::new(inner)) })
}

#[test]
fn ten_thousand_levels_are_looked_at_as_deep_as_the_limit() {
    let differences = Rules::new().differences(&deep(10_000, 1), &deep(10_000, 2)).unwrap();
    assert!(differences.is_empty() && !differences.is_complete());
    let mut limits = Limits::default();
    limits.depth = usize::MAX;
    let differences = Rules::new().limits(limits).differences(&deep(100, 1), &deep(100, 2)).unwrap();
    assert!(differences.changes().len() == 1 && differences.is_complete());
}

#[test]
fn two_lists_of_a_hundred_thousand_elements_in_all_ways_of_differing() {
    let mut limits = Limits::default();
    limits.nodes = 1_000_000;
    let rules = Rules::new().limits(limits);
    let list = |make: fn(u32) -> u32| (0..100_000).map(make).collect::<Vec<_>>();
    let same = list(|id| id);
    assert_eq!(found(&rules, &same, &list(|id| 99_999 - id)), [change("$", Kind::Reordered)]);
    let differences = rules.differences(&same, &list(|id| id + 100_000)).unwrap();
    assert_eq!((differences.changes().len(), differences.is_complete()), (1_000, false));
    let inserted: Vec<u32> = [7].into_iter().chain(same.iter().copied()).collect();
    assert_eq!(found(&rules, &same, &inserted), [change("[0]", Kind::Extra)]);
    let differences = rules.differences(&same, &list(|id| id / 2)).unwrap();
    assert!(!differences.is_empty());
    let tolerant = rules.tolerance("**", Tolerance::absolute(0.25).unwrap()).unwrap().unordered("$").unwrap();
    let differences = tolerant.differences(&same, &list(|id| id / 2)).unwrap();
    assert!(!differences.is_complete(), "a tolerance may pair each element with each, which is beyond the limit");
}

#[test]
fn ten_megabytes_of_text_are_compared_where_the_limits_allow_it() {
    let mut limits = Limits::default();
    limits.bytes = 11 << 20;
    let texts = |last: &'static str| (0..10).map(|_| "x".repeat(1 << 20)).chain([last.to_owned()]).collect::<Vec<_>>();
    let (old, new) = (texts("a"), texts("b"));
    assert_eq!(found(&Rules::new().limits(limits), &old, &new), [change("[10]", Kind::Changed)]);
    let differences = Rules::new().differences(&old, &new).unwrap();
    assert!(differences.is_empty() && !differences.is_complete());
}
