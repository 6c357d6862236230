//! Machines that no list of published ones holds: what is promised for those must hold for any.

use std::collections::BTreeSet;
use std::fmt::Debug;

use stateful_testing::{Command, Env, Failed, Gen, Menu, Model};

use crate::machines::falsified;

/// One command, of which the argument has to become small.
struct Value<T> {
    make: fn(&mut Gen) -> T,
    holds: fn(&T) -> bool,
}

#[derive(Debug, Clone, Command)]
enum Attempt<T: Debug + Clone + 'static> {
    Try(T),
}

impl<T: Debug + Clone + 'static> Model for Value<T> {
    type State = ();
    type Command = Attempt<T>;
    type Output = bool;
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Attempt<T>>) {
        menu.offer(1, |g| Attempt::Try((self.make)(g)));
    }
    fn next(&self, _state: &mut (), _command: &Attempt<T>) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), Attempt::Try(value): &Attempt<T>, _env: &mut Env) -> Result<bool, Failed> {
        Ok((self.holds)(value))
    }
}

/// All of 20 seeds end in `minimum`, with at most `runs` runs of the system in the mean.
fn ends_in<T: Debug + Clone + 'static>(make: fn(&mut Gen) -> T, holds: fn(&T) -> bool, minimum: &str, runs: u32) {
    let failures: Vec<_> = (0..20).map(|seed| falsified(Value { make, holds }, seed)).collect();
    let ends: BTreeSet<String> = failures.iter().map(|failure| failure.sequence().to_string()).collect();
    assert_eq!(ends, BTreeSet::from([format!("[try {minimum}]")]));
    let mean = failures.iter().map(stateful_testing::Falsified::shrink_runs).sum::<u32>() / 20;
    assert!(mean <= runs, "{mean} runs in the mean");
}

#[test]
fn a_sum_is_gathered_in_one_number() {
    ends_in(|g| g.list(0..=8, |g| g.int(0..=2000_u32)), |list| list.iter().sum::<u32>() < 1000, "[1000]", 80);
}

#[test]
fn a_record_in_a_list_loses_what_does_not_matter() {
    let make = |g: &mut Gen| g.list(0..=10, |g| (g.int(0..=50_u8), g.text(0..=5), g.option(|g| g.int(0..=9_u8))));
    let holds = |list: &Vec<(u8, String, Option<u8>)>| list.iter().all(|(key, _, extra)| *key < 20 || extra.is_none());
    ends_in(make, holds, r#"[(20, "", Some(0))]"#, 60);
}

#[test]
fn the_same_key_twice_ends_as_the_simplest_key() {
    let make = |g: &mut Gen| g.list(0..=12, |g| (g.int(0..=30_u8), g.int::<i32>(..)));
    let holds = |list: &Vec<(u8, i32)>| list.iter().map(|(key, _)| key).collect::<BTreeSet<_>>().len() == list.len();
    ends_in(make, holds, "[(0, 0), (0, 0)]", 60);
}

#[test]
fn negative_numbers_keep_their_sign_only_where_it_matters() {
    ends_in(|g| (g.int::<i64>(..), g.int::<i64>(..)), |(a, b)| *a > -77 || b.unsigned_abs() < 5, "(-77, 5)", 200);
}

#[test]
fn a_difference_of_signed_numbers_is_moved_to_zero() {
    let make = |g: &mut Gen| (g.int(-1000..=1000_i32), g.int(-1000..=1000_i32));
    ends_in(make, |(a, b)| b - a != 40, "(0, 40)", 120);
}

#[derive(Debug, Clone)]
struct Tree(Option<Box<(Tree, u8, Tree)>>);

impl Tree {
    fn make(g: &mut Gen, depth: u8) -> Self {
        if depth == 0 {
            return Self(None);
        }
        let node = |g: &mut Gen| Box::new((Self::make(g, depth - 1), g.int(0..=100), Self::make(g, depth - 1)));
        Self(g.option(node))
    }

    fn any(&self, holds: &impl Fn(&Self, u8, &Self) -> bool) -> bool {
        self.0.as_ref().is_some_and(|node| holds(&node.0, node.1, &node.2) || node.0.any(holds) || node.2.any(holds))
    }
}

#[test]
fn what_is_wrong_deep_in_a_tree_comes_up_to_its_root() {
    let holds = |tree: &Tree| !tree.any(&|_, value, right| value >= 42 && right.0.is_some());
    let minimum = "Tree(Some((Tree(None), 42, Tree(Some((Tree(None), 0, Tree(None)))))))";
    ends_in(|g| Tree::make(g, 6), holds, minimum, 120);
}

#[test]
fn a_list_within_a_list_is_told_apart_from_what_stands_behind_it() {
    let make = |g: &mut Gen| (g.list(0..=4, |g| g.list(0..=4, |g| g.int(0..=9_u8))), g.int(0..=99_u8));
    let holds = |(lists, last): &(Vec<Vec<u8>>, u8)| *last < 31 || !lists.iter().any(|list| list.len() > 2);
    ends_in(make, holds, "([[0, 0, 0]], 31)", 60);
}
