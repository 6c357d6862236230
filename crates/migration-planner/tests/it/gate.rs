//! Gates open only on evidence that is there, fresh, long enough and not contradicted.

use std::time::Duration;

use migration_planner::run::Judgement;
use migration_planner::{
    Change, Column, ColumnRef, Evidence, Finding, Gate, GateReason, GateState, Planner, Schema, Server, Table,
    Timestamp, Window,
};
use proptest::prelude::*;

fn object() -> ColumnRef {
    ColumnRef::new("users", "legacy_name")
}

/// One minute of observation that ended at most ten seconds ago.
fn gate() -> Gate {
    Gate::new("etl", object(), Duration::from_mins(1), Duration::from_secs(10))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1000)
}

fn seen(finding: Finding, from: u64, to: u64, author: &str) -> Evidence {
    Evidence::new("etl", object(), finding, Window::new(at(from), at(to)).unwrap(), author)
}

fn quiet(from: u64, to: u64) -> Evidence {
    seen(Finding::usage(1, 0, 0, 0), from, to, "etl-1")
}

fn used(from: u64, to: u64) -> Evidence {
    seen(Finding::usage(1, 5, 0, 0), from, to, "etl-1")
}

#[track_caller]
fn closed(evidence: &[Evidence], now: u64) -> Vec<GateReason> {
    match gate().evaluate(evidence, at(now)) {
        GateState::Closed { reasons, .. } => reasons,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn unknown(evidence: &[Evidence], now: u64) -> Vec<GateReason> {
    match gate().evaluate(evidence, at(now)) {
        GateState::Unknown { reasons, .. } => reasons,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn open(evidence: &[Evidence], now: u64) {
    let state = gate().evaluate(evidence, at(now));
    assert!(state.is_open(), "{state}");
}

#[test]
fn no_evidence_closes() {
    assert!(matches!(closed(&[], 0).as_slice(), [GateReason::Missing { .. }]));
}

#[test]
fn evidence_about_somebody_or_something_else_does_not_count() {
    let window = Window::new(at(0), at(60)).unwrap();
    let other_consumer = Evidence::new("reporting", object(), Finding::usage(1, 0, 0, 0), window, "x");
    let other_column = Evidence::new("etl", ColumnRef::new("users", "name"), Finding::usage(1, 0, 0, 0), window, "x");
    assert!(matches!(closed(&[other_consumer, other_column], 60).as_slice(), [GateReason::Missing { .. }]));
}

#[test]
fn a_long_enough_quiet_window_opens_until_it_is_stale() {
    open(&[quiet(0, 60)], 60);
    open(&[quiet(0, 60)], 69);
    assert!(matches!(closed(&[quiet(0, 60)], 70).as_slice(), [GateReason::Stale { .. }]));
    assert!(matches!(closed(&[quiet(0, 59)], 59).as_slice(), [GateReason::TooShort { .. }]));
}

#[test]
fn windows_that_touch_are_joined_and_a_gap_starts_anew() {
    open(&[quiet(0, 20), quiet(20, 40), quiet(40, 60)], 60);
    open(&[quiet(40, 60), quiet(0, 20), quiet(15, 45)], 60);
    assert!(matches!(closed(&[quiet(0, 30), quiet(31, 61)], 61).as_slice(), [GateReason::TooShort { .. }]));
}

#[test]
fn windows_of_two_processes_are_not_joined() {
    let other = seen(Finding::usage(1, 0, 0, 0), 30, 60, "etl-2");
    closed(&[quiet(0, 30), other], 60);
}

#[test]
fn a_use_closes_and_the_observation_starts_anew_after_it() {
    assert!(matches!(closed(&[used(0, 10)], 10).as_slice(), [GateReason::Contrary { .. }]));
    closed(&[used(0, 10), quiet(10, 60)], 60);
    open(&[used(0, 10), quiet(10, 70)], 70);
    closed(&[quiet(0, 100), seen(Finding::usage(1, 0, 1, 0), 90, 95, "etl-2")], 100);
}

#[test]
fn a_probe_without_connections_proves_nothing() {
    let unwatched = seen(Finding::usage(0, 0, 0, 0), 0, 60, "etl-1");
    assert!(matches!(unknown(&[unwatched], 60).as_slice(), [GateReason::NothingWatched { .. }]));
}

#[test]
fn a_use_is_named_first_even_where_nothing_was_watched_since() {
    let unwatched = seen(Finding::usage(0, 0, 0, 0), 10, 70, "etl-1");
    let reasons = closed(&[used(0, 10), unwatched], 70);
    assert!(matches!(reasons.as_slice(), [GateReason::Contrary { .. }, GateReason::NothingWatched { .. }]));
}

#[test]
fn an_unwatched_stretch_breaks_the_observation() {
    let unwatched = seen(Finding::usage(0, 0, 0, 0), 20, 40, "etl-1");
    closed(&[quiet(0, 20), unwatched, quiet(40, 60)], 60);
}

#[test]
fn inserts_with_unseen_columns_need_a_rehearsal() {
    let inserting = seen(Finding::usage(1, 0, 0, 7), 0, 60, "etl-1");
    let rehearsal = |failing: &[&str], now| {
        seen(Finding::rehearsal(3, failing.iter().map(|&sql| sql.to_owned()).collect()), now, now, "ci")
    };
    assert!(matches!(unknown(std::slice::from_ref(&inserting), 60).as_slice(), [GateReason::InsertsUnseen { .. }]));
    open(&[inserting.clone(), rehearsal(&[], 59)], 60);
    closed(&[inserting.clone(), rehearsal(&["no such column"], 59)], 60);
    unknown(&[inserting.clone(), rehearsal(&[], 40)], 60);
    unknown(&[inserting, seen(Finding::rehearsal(0, Vec::new()), 59, 59, "ci")], 60);
}

#[test]
fn a_rehearsal_or_a_search_of_the_code_alone_does_not_open() {
    closed(&[seen(Finding::rehearsal(3, Vec::new()), 60, 60, "ci"), seen(Finding::code_scan(9, 0), 60, 60, "ci")], 60);
}

#[test]
fn what_a_search_of_the_code_finds_closes() {
    closed(&[quiet(0, 60), seen(Finding::code_scan(9, 2), 60, 60, "ci")], 60);
}

#[test]
fn somebody_may_answer_for_a_consumer_until_a_use_is_seen() {
    let said = |now| seen(Finding::attestation("retired"), now, now, "ada");
    open(&[said(60)], 60);
    closed(&[said(60)], 70);
    closed(&[said(60), used(60, 61)], 61);
    open(&[used(50, 55), said(60)], 60);
}

#[test]
fn evidence_that_has_expired_closes() {
    let expiring = quiet(0, 60).expires(at(62));
    open(std::slice::from_ref(&expiring), 61);
    assert!(matches!(closed(&[expiring], 62).as_slice(), [GateReason::Stale { .. }]));
}

#[test]
fn an_observation_counts_no_longer_than_the_first_of_its_windows() {
    let joined = [quiet(0, 30).expires(at(62)), quiet(30, 60)];
    open(&joined, 61);
    assert!(matches!(closed(&joined, 62).as_slice(), [GateReason::Stale { .. }]));
}

#[test]
fn counts_without_end_are_uses_all_the_same() {
    let (half, most) = (1 << 63, u64::MAX);
    closed(&[quiet(0, 60), seen(Finding::usage(1, half, half, 0), 50, 60, "etl-2")], 60);
    unknown(
        &[seen(Finding::usage(1, 0, 0, most), 0, 30, "etl-1"), seen(Finding::usage(1, 0, 0, 1), 30, 60, "etl-1")],
        60,
    );
}

#[test]
fn evidence_from_the_future_is_unknown() {
    assert!(matches!(unknown(&[quiet(0, 60)], 59).as_slice(), [GateReason::FromTheFuture { .. }]));
}

fn any_evidence() -> impl Strategy<Value = Evidence> {
    let finding = prop_oneof![
        (0..2_u64, 0..2_u64, 0..2_u64, 0..2_u64).prop_map(|(c, r, w, i)| Finding::usage(c, r, w, i)),
        (0..3_u64, any::<bool>())
            .prop_map(|(n, bad)| Finding::rehearsal(n, if bad { vec!["x".into()] } else { vec![] })),
        (0..2_u64).prop_map(|mentions| Finding::code_scan(1, mentions)),
        Just(Finding::attestation("so")),
    ];
    (finding, 0..100_u64, 0..100_u64, 0..3_u8)
        .prop_map(|(finding, from, length, author)| seen(finding, from, from + length, &format!("a{author}")))
}

proptest! {
    #[test]
    fn nothing_opens_after_a_use_that_was_seen_last(mut evidence in prop::collection::vec(any_evidence(), 0..12)) {
        evidence.push(used(198, 199));
        prop_assert!(!gate().evaluate(&evidence, at(199)).is_open());
    }

    #[test]
    fn the_order_of_the_records_does_not_matter(
        (evidence, shuffled) in prop::collection::vec(any_evidence(), 0..10)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        now in 0..220_u64,
    ) {
        let (one, other) = (gate().evaluate(&evidence, at(now)), gate().evaluate(&shuffled, at(now)));
        prop_assert_eq!(one.is_open(), other.is_open());
    }

    #[test]
    fn an_open_gate_says_until_when_and_is_then_not_open(
        evidence in prop::collection::vec(any_evidence(), 0..10),
        now in 0..220_u64,
    ) {
        if let GateState::Open { until, .. } = gate().evaluate(&evidence, at(now)) {
            prop_assert!(until > at(now));
            let before = Timestamp::from_unix_millis(until.as_unix_millis() - 1);
            prop_assert!(gate().evaluate(&evidence, before).is_open());
            prop_assert!(!gate().evaluate(&evidence, until.plus(Duration::from_secs(200))).is_open());
        }
    }

    #[test]
    fn a_gate_that_is_not_open_says_why(evidence in prop::collection::vec(any_evidence(), 0..10), now in 0..220_u64) {
        let state = gate().evaluate(&evidence, at(now));
        prop_assert_eq!(state.is_open(), state.reasons().is_empty());
    }

    #[test]
    fn states_and_evidence_survive_being_stored(evidence in any_evidence(), now in 0..220_u64) {
        let text = serde_json::to_string(&evidence).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Evidence>(&text).unwrap(), &evidence);
        let state = gate().evaluate(&[evidence], at(now));
        let text = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<GateState>(&text).unwrap(), state);
    }
}

#[test]
fn where_two_names_differ_in_case_alone_what_is_known_of_one_does_not_open_the_gate_of_the_other() {
    let table = |name: &str| {
        Table::new(name).with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("name", "text"))
    };
    let schema = Schema::new().with_table(table("Users")).with_table(table("users"));
    let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::drop_column("users", "name")).unwrap();
    let gate = plan.gates_before(1).next().expect("an application that uses the column");
    let known = |table: &str, finding: Finding| {
        let now = at(1_000_000);
        Evidence::new(gate.consumer(), ColumnRef::new(table, "name"), finding, Window::new(at(0), now).unwrap(), "ada")
    };
    let attested = |table: &str| known(table, Finding::attestation("moved"));
    let judge = |evidence: &[Evidence]| Judgement::of(&plan, 0, evidence, at(1_000_000)).is_open();

    assert!(judge(&[attested("users")]));
    assert!(!judge(&[attested("Users")]));
    let used = known("Users", Finding::usage(1, 5, 0, 0));
    assert!(!judge(&[attested("users"), used]), "somebody may have meant this one");
}
