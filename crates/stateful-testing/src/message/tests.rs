use std::time::Duration;

use super::Message;
use crate::Command;
use crate::cause::Cause;
use crate::execute::{Outcome, Unusable};
use crate::reference::RefId;

#[derive(Debug, Clone, Command)]
enum Todo {
    #[allow(dead_code, reason = "only its name is asked for")]
    Add,
}

#[test]
fn every_message_is_read_as_it_was_written() {
    let text = || "a\tb\nc%0Ad %".to_owned();
    let causes = [
        Cause::Mismatch { expected: text(), actual: String::new() },
        Cause::Check { message: text() },
        Cause::Invariant { message: text() },
        Cause::Error { message: text() },
        Cause::Panic { message: text(), place: None, during: "run" },
        Cause::Panic { message: text(), place: Some(text()), during: "teardown" },
        Cause::Teardown { message: text() },
        Cause::Unbound { reference: RefId::new(7), command: "add" },
        Cause::Deadline { deadline: Duration::from_millis(3) },
        Cause::Hung { limit: Duration::from_secs(1) },
        Cause::Died { status: text() },
    ];
    let outcomes = causes.into_iter().map(|cause| Outcome::Failed { commands: 3, cause }).chain([
        Outcome::Passed,
        Outcome::Unusable(Unusable::Setup { message: text() }),
        Outcome::Unusable(Unusable::Model { function: "next", message: text(), place: None }),
    ]);
    for message in outcomes.map(Message::Done).chain([Message::Ready, Message::At, Message::Gave(text())]) {
        let line = format!("half a line of the system {}", message.write());
        assert_eq!(line.lines().count(), 1);
        let read = Message::read::<Todo>(&line).unwrap();
        assert_eq!(format!("{read:?}"), format!("{message:?}"));
    }
}

#[test]
fn other_lines_are_no_messages() {
    assert!(Message::read::<Todo>("running 1 test").is_none());
    assert!(Message::read::<Todo>("@stateful nonsense").is_none());
}
