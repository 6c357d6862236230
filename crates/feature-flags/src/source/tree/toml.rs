//! TOML into a tree.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Content, Key, Table, Tree, Wrong};

/// The table that the text is.
pub(in super::super) fn parse(text: &str) -> Result<Tree<'_>, Wrong> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        match error.message() {
            message if message.contains("recurs") => too_deep(text, at),
            message => Wrong { at: at.unwrap_or(0), message: message.replace('\n', ", ") },
        }
    })?;
    let at = table.span();
    Ok(Tree { at, content: Content::Table(table_of(table.into_inner())) })
}

/// What the parser refuses to go down into. Of names with too many parts it does not say where they stand.
const MAX_DEPTH: usize = 80;

fn too_deep(text: &str, at: Option<usize>) -> Wrong {
    let is_deep = |line: &&str| line.split('.').count() > MAX_DEPTH;
    let long_name = || text.lines().find(is_deep).map_or(0, |line| line.as_ptr().addr() - text.as_ptr().addr());
    Wrong { at: at.unwrap_or_else(long_name), message: format!("at most {MAX_DEPTH} levels are read") }
}

fn table_of(table: DeTable<'_>) -> Table<'_> {
    Table::of(table.into_iter().map(entry).collect()).expect("TOML refuses keys that are there twice")
}

fn entry<'a>((name, value): (Spanned<Cow<'a, str>>, Spanned<DeValue<'a>>)) -> (Key<'a>, Tree<'a>) {
    let at = name.span().start;
    (Key { name: name.into_inner(), at }, tree(value))
}

fn tree(value: Spanned<DeValue<'_>>) -> Tree<'_> {
    let at = value.span();
    let content = match value.into_inner() {
        DeValue::String(text) => Content::Text(text.into()),
        DeValue::Integer(number) => Content::Integer(number.as_str().to_owned().into(), number.radix()),
        DeValue::Float(number) => Content::Float(number.as_str().to_owned().into()),
        DeValue::Boolean(value) => Content::Bool(value),
        DeValue::Datetime(date) => Content::Date(date.to_string()),
        DeValue::Array(items) => Content::List(items.into_iter().map(tree).collect()),
        DeValue::Table(table) => Content::Table(table_of(table)),
    };
    Tree { at, content }
}
