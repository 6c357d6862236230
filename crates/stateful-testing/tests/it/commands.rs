//! What the derive makes of an enum.

use stateful_testing::{Command, Sequence};

#[derive(Debug, Clone, PartialEq)]
struct Email(&'static str);

#[derive(Debug, Clone, Command)]
enum Shop {
    AddToCart {
        item: String,
        count: Option<u8>,
    },
    #[command(name = "pay")]
    PayInFull(Email),
    Leave,
}

#[test]
fn variants_print_as_words_with_their_arguments() {
    let sequence = Sequence::from(vec![
        Shop::AddToCart { item: "a \"b\"".into(), count: Some(2) },
        Shop::PayInFull(Email("x")),
        Shop::Leave,
    ]);
    assert_eq!(sequence.to_string(), r#"[add_to_cart "a \"b\"" Some(2), pay Email("x"), leave]"#);
}

#[test]
fn names_and_kinds_follow_the_declaration() {
    assert_eq!(Shop::NAMES, ["add_to_cart", "pay", "leave"]);
    assert_eq!(Shop::Leave.kind(), 2);
    assert_eq!(Shop::Leave.name(), "leave");
}

#[test]
fn an_empty_sequence_prints_as_one() {
    assert_eq!(Sequence::<Shop>::default().to_string(), "[]");
}

#[test]
fn the_example_of_two_users_who_vote_is_short() {
    let lines = include_str!("../../examples/votes/main.rs").lines();
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).count();
    assert!(lines < 40, "{lines} lines");
}
