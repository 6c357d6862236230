//! Where in a value something is, and how that is written.

use std::fmt::Write;

use super::mark::At;
use super::pattern::is_plain;
use super::tree::Value;
use super::words;

/// One step on the way from the whole value to a part of it.
#[derive(Clone, Copy)]
pub(super) enum PathStep<'a> {
    Field(&'a str),
    /// The key of an entry; `named` where a rule says that keys are names.
    Key {
        key: At<'a>,
        named: bool,
    },
    Element(usize),
    Position(usize),
}

/// How the places of elements are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// `users[3].email`, and keys of maps that may be shown.
    Full,
    /// `users[*].email`, so that paths can be counted; keys of maps are `*` unless they are names.
    Wiped,
}

/// Longer paths end in an ellipsis.
const LONGEST: usize = 200;

pub(super) fn text(path: &[PathStep<'_>], detail: Detail) -> String {
    if path.is_empty() {
        return "$".to_owned();
    }
    let mut text = String::new();
    for step in path {
        if text.len() > LONGEST {
            text.push('…');
            break;
        }
        write_step(&mut text, *step, detail);
    }
    text
}

fn write_step(text: &mut String, step: PathStep<'_>, detail: Detail) {
    match step {
        PathStep::Field(name) => write_name(text, name),
        PathStep::Key { key, named } => {
            let visible = named || (detail == Detail::Full && key.is_shown());
            match key.value() {
                Value::Text(span) if visible => write_name(text, key.side.tree.text(span)),
                _ if visible => {
                    text.push('{');
                    words::write_shown(text, key);
                    text.push('}');
                }
                _ => write_plain(text, "*"),
            }
        }
        PathStep::Element(_) if detail == Detail::Wiped => text.push_str("[*]"),
        PathStep::Element(place) | PathStep::Position(place) => {
            write!(text, "[{place}]").expect("writing to a string cannot fail");
        }
    }
}

/// As a pattern would have it: names that are not plain are in quotes.
fn write_name(text: &mut String, name: &str) {
    if !name.is_empty() && name.chars().all(is_plain) {
        return write_plain(text, &words::shortened(name, LONGEST));
    }
    text.push_str("[\"");
    for character in words::shortened(name, LONGEST).chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            _ if character.is_control() => text.extend(character.escape_default()),
            _ => text.push(character),
        }
    }
    text.push_str("\"]");
}

fn write_plain(text: &mut String, name: &str) {
    if !text.is_empty() {
        text.push('.');
    }
    text.push_str(name);
}
