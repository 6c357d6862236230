//! Arguments of types that make themselves of bytes.

use std::num::NonZeroU16;

use stateful_testing::arbitrary::{Arbitrary, Error, Result, Unstructured};
use stateful_testing::testing::generated;
use stateful_testing::{Command, Env, Failed, Failure, Menu, Model, check};

/// A type of a fuzz target.
#[derive(Debug, Clone, PartialEq)]
struct Order {
    amount: u16,
    express: bool,
    notes: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Order {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self { amount: bytes.arbitrary()?, express: bytes.arbitrary()?, notes: bytes.arbitrary()? })
    }
}

#[derive(Debug, Clone, Command)]
enum Shop {
    Buy(Order),
}

/// Sells everything but what is large and urgent.
struct Orders;

impl Model for Orders {
    type State = ();
    type Command = Shop;
    type Output = bool;
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Shop>) {
        menu.offer(1, |g| Shop::Buy(g.arbitrary()));
    }
    fn next(&self, _state: &mut (), _command: &Shop) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> std::result::Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), Shop::Buy(order): &Shop, _env: &mut Env) -> std::result::Result<bool, Failed> {
        Ok(order.amount < 1000 || !order.express)
    }
}

#[test]
fn a_value_shrinks_with_its_bytes() {
    let Err(Failure::Falsified(failure)) = check(Orders).seed(0).cases(5000).try_run() else { panic!("it is wrong") };
    let [Shop::Buy(order)] = failure.sequence().commands() else { panic!("{}", failure.sequence()) };
    // Of the bytes `[0, 4, 1]`: the simplest bytes, not the lowest number.
    assert_eq!(*order, Order { amount: 1024, express: true, notes: Vec::new() });
}

#[test]
fn the_bytes_of_a_fuzzer_reach_it() {
    let reached = (0..=255_u8).filter(|byte| check(Orders).try_bytes(&[*byte; 256]).is_err()).count();
    assert!(reached > 0);
}

#[test]
fn a_type_that_refuses_zeros_is_made_all_the_same() {
    let numbers: Vec<NonZeroU16> = (0..100).map(|seed| generated(seed, |g| g.arbitrary())).collect();
    assert!(numbers.iter().any(|number| number.get() > 256));
}

/// Nothing makes one.
#[derive(Debug)]
struct Never;

impl<'a> Arbitrary<'a> for Never {
    fn arbitrary(_bytes: &mut Unstructured<'a>) -> Result<Self> {
        Err(Error::IncorrectFormat)
    }
}

#[test]
#[should_panic(expected = "Never` makes no value of any bytes")]
fn a_type_that_refuses_everything_is_named() {
    generated::<Never>(1, |g| g.arbitrary());
}
