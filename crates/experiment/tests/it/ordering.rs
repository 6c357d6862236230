//! Which behaviour runs first.

use std::cell::RefCell;
use std::collections::BTreeMap;

use experiment::{Lab, Order};

/// The order of one run with two candidates, as `c`, `1` and `2`.
fn order_of_a_run(lab: &Lab) -> String {
    let order = RefCell::new(String::new());
    let note = |letter| order.borrow_mut().push(letter);
    lab.experiment("x").control(|| note('c')).candidate("one", || note('1')).candidate("two", || note('2')).run();
    order.into_inner()
}

#[test]
fn random_order_is_the_default_and_reaches_every_order_about_equally_often() {
    let lab = Lab::new();
    let mut counts = BTreeMap::new();
    for _ in 0..6_000 {
        *counts.entry(order_of_a_run(&lab)).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6, "{counts:?}");
    // Eight standard deviations of Bin(6000, 1/6).
    assert!(counts.values().all(|count| (770..=1_230).contains(count)), "{counts:?}");
}

#[test]
fn a_seed_gives_the_same_sequence_of_orders_again_and_another_seed_another() {
    let sequence = |seed| {
        let lab = Lab::new().order(Order::Seeded(seed));
        (0..50).map(|_| order_of_a_run(&lab)).collect::<Vec<_>>()
    };
    assert_eq!(sequence(7), sequence(7));
    assert_ne!(sequence(7), sequence(8));
}

#[test]
fn a_seeded_sequence_reaches_every_order() {
    let lab = Lab::new().order(Order::Seeded(7));
    let orders: std::collections::BTreeSet<_> = (0..200).map(|_| order_of_a_run(&lab)).collect();
    assert_eq!(orders.len(), 6);
}

#[test]
fn the_control_runs_first_or_last_where_asked() {
    assert_eq!(order_of_a_run(&Lab::new().order(Order::ControlFirst)), "c12");
    assert_eq!(order_of_a_run(&Lab::new().order(Order::ControlLast)), "12c");
}

#[test]
fn results_tell_the_position_of_each_behaviour() {
    let lab = Lab::new().order(Order::ControlLast);
    order_of_a_run(&lab);
    let report = lab.experiment("x").report();
    assert!(report.control.latency_when_first.is_none());
    assert_eq!(report.candidates[0].behavior.latency_when_first.as_ref().map(|latency| latency.n), Some(1));
    assert_eq!(report.candidates[1].behavior.latency_when_later.as_ref().map(|latency| latency.n), Some(1));
}
