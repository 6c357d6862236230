use super::{Unreadable, read};
use crate::Command;

#[derive(Debug, Clone, Command)]
enum Todo {
    Add,
    Delete,
}

#[test]
fn commands_are_read_with_offer_and_choices() {
    assert!(matches!((Todo::Add.kind(), Todo::Delete.kind()), (0, 1)));
    let drafts = read::<Todo>("add/0 delete/2:7,0").unwrap();
    assert_eq!(drafts.iter().map(|draft| (draft.kind, draft.offer)).collect::<Vec<_>>(), [(0, 0), (1, 2)]);
    assert_eq!(drafts[1].choices.iter().map(|choice| choice.value).collect::<Vec<_>>(), [7, 0]);
}

#[test]
fn what_cannot_be_read_is_said() {
    for (text, part, why) in [
        ("", "", "there is no command"),
        ("add/0 move/0", "move/0", "there is no such command"),
        ("add", "add", "a command is written `name/offer:choices`"),
        ("add/x", "add/x", "the offer is no number"),
        ("add/0:1,", "add/0:1,", "a choice is no number"),
    ] {
        assert_eq!(read::<Todo>(text).unwrap_err(), Unreadable { part: part.to_owned(), why });
    }
}
