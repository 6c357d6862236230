//! A fuzzer decides instead of chance.

use proptest::prelude::{any, proptest};
use stateful_testing::{Failure, Origin, check};

use crate::machines::Numbers;

fn wrong_from_57() -> Numbers {
    Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if element >= 57 { 0 } else { elements.len() })
    })
}

proptest! {
    #[test]
    fn any_bytes_make_a_sequence_the_model_allows(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(Numbers::right()).run_bytes(&bytes);
    }
}

#[test]
fn bytes_that_lead_to_a_failure_are_shrunk() {
    let found = (0..=u8::MAX).find_map(|byte| match check(wrong_from_57()).try_bytes(&[byte; 12]) {
        Err(Failure::Falsified(failure)) => Some(failure),
        _ => None,
    });
    let failure = found.expect("some byte leads there");
    assert_eq!(failure.sequence().to_string(), "[push 57]");
    assert_eq!(failure.origin(), &Origin::Bytes);
}

#[test]
fn the_same_bytes_do_the_same() {
    let commands = |bytes: &[u8]| check(Numbers::right()).try_bytes(bytes).map(|passed| passed.tally().commands());
    assert_eq!(commands(b"a fuzzer's input").unwrap(), commands(b"a fuzzer's input").unwrap());
    assert!(commands(b"a long input leads to more commands than").unwrap() > commands(b"a short one").unwrap());
}

#[test]
fn no_bytes_are_no_test() {
    assert!(matches!(check(Numbers::right()).try_bytes(&[]), Err(Failure::NothingGenerated { .. })));
    check(Numbers::right()).run_bytes(&[]);
}
