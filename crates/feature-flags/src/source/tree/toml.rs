//! TOML into a tree.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Content, Key, Table, Tree, Wrong};

/// The table that the text is.
pub(in super::super) fn parse(text: &str) -> Result<Tree<'_>, Wrong> {
    let table = DeTable::parse(text).map_err(|error| Wrong {
        at: error.span().map_or(0, |span| span.start),
        message: error.message().replace('\n', ", "),
    })?;
    let at = table.span();
    Ok(Tree { at, content: Content::Table(table_of(table.into_inner())) })
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
