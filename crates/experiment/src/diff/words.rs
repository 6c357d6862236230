//! A value in a few words: itself where it may be shown, else what kind of value it is.

use std::borrow::Cow;
use std::fmt::Write;

use super::mark::At;
use super::tree::{Value, Wide};

/// Texts with more characters end in an ellipsis.
const LONGEST: usize = 100;

/// The value, if a rule shows it, in at most a hundred characters; else its type.
pub(super) fn of(at: At<'_>) -> String {
    let mut text = String::new();
    write_visible(&mut text, at);
    shortened(&text, LONGEST).into_owned()
}

/// How many elements a list has, where it may be shown; else its type.
pub(super) fn of_length(at: At<'_>) -> String {
    if at.is_shown() { format!("{} elements", at.all_children().count()) } else { kind(at).to_owned() }
}

/// The beginning of a text, with an ellipsis where it was cut.
pub(super) fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn write_visible(text: &mut String, at: At<'_>) {
    if at.is_shown() { write_shown(text, at) } else { text.push_str(kind(at)) }
}

/// The value, although no rule may show it: for keys that are names.
pub(super) fn write_shown(text: &mut String, at: At<'_>) {
    if text.len() > LONGEST {
        if !text.ends_with('…') {
            text.push('…');
        }
        return;
    }
    let tree = at.side.tree;
    let written = match at.value() {
        Value::Unit => write!(text, "()"),
        Value::Bool(value) => write!(text, "{value}"),
        Value::Int(value) => write!(text, "{value}"),
        Value::Wide(index) => {
            let Wide { negative, magnitude } = at.wide(index);
            write!(text, "{}{magnitude}", if negative { "-" } else { "" })
        }
        Value::F32(value) => write!(text, "{value:?}"),
        Value::F64(value) => write!(text, "{value:?}"),
        Value::Char(value) => write!(text, "{value:?}"),
        Value::Text(span) => write!(text, "{:?}", shortened(tree.text(span), LONGEST)),
        Value::Bytes(span) => write!(text, "{} bytes", tree.bytes(span).len()),
        Value::None => write!(text, "none"),
        Value::Some => {
            at.content().into_iter().for_each(|content| write_visible(text, content));
            Ok(())
        }
        Value::Variant(name) => {
            text.push_str(tree.name(name));
            if let Some(content) = at.content() {
                text.push(' ');
                write_visible(text, content);
            }
            Ok(())
        }
        Value::Seq => write_list(text, '[', at, ']'),
        Value::Tuple => write_list(text, '(', at, ')'),
        Value::Struct(name) => {
            let name = tree.name(name);
            write!(text, "{name}{}", if name.is_empty() { "" } else { " " }).and_then(|()| write_fields(text, at))
        }
        Value::Map => write_entries(text, at),
        Value::Cut => write!(text, "…"),
    };
    written.expect("writing to a string cannot fail");
}

/// The type of a value, which says nothing about it but whether it is there.
fn kind(at: At<'_>) -> &'static str {
    match at.value() {
        Value::Unit => "unit",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Wide(_) => "integer",
        Value::F32(_) | Value::F64(_) => "float",
        Value::Char(_) => "character",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::None => "none",
        Value::Some => at.content().map_or("some", kind),
        Value::Seq => "list",
        Value::Tuple => "tuple",
        Value::Map => "map",
        Value::Struct(_) => "struct",
        Value::Variant(_) => "variant",
        Value::Cut => "…",
    }
}

fn write_list(text: &mut String, open: char, at: At<'_>, close: char) -> std::fmt::Result {
    text.push(open);
    for (place, child) in at.all_children().enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        write_visible(text, child);
        if text.len() > LONGEST {
            break;
        }
    }
    text.write_char(close)
}

fn write_fields(text: &mut String, at: At<'_>) -> std::fmt::Result {
    text.push('{');
    for (place, child) in at.all_children().enumerate() {
        let separator = if place > 0 { ", " } else { "" };
        write!(text, "{separator}{}: ", at.side.tree.field(child.id))?;
        write_visible(text, child);
        if text.len() > LONGEST {
            break;
        }
    }
    text.write_char('}')
}

fn write_entries(text: &mut String, at: At<'_>) -> std::fmt::Result {
    text.push('{');
    let mut children = at.all_children();
    let mut separator = "";
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        text.push_str(separator);
        if at.mark().names {
            write_shown(text, key);
        } else {
            write_visible(text, key);
        }
        text.push_str(": ");
        write_visible(text, value);
        separator = ", ";
        if text.len() > LONGEST {
            break;
        }
    }
    text.write_char('}')
}
