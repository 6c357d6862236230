//! Expectations on flags, beside their file.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use super::super::tree::{Content, Table, Tree, Wrong};
use super::{LoadError, MAX_BYTES, Reader, format, read_text, tree, value};
use crate::context::{Attribute, MapContext, Timestamp, Value};
use crate::evaluate::CODES;
use crate::handle::nearest;
use crate::model::FlagValue;

/// A file of expectations.
pub(crate) struct Golden {
    /// The file of flags, as it is written.
    pub(crate) flags: Option<String>,
    pub(crate) cases: Vec<Case>,
}

/// What one flag is expected to say for one context.
pub(crate) struct Case {
    pub(crate) line: usize,
    pub(crate) name: Option<String>,
    pub(crate) flag: String,
    pub(crate) context: MapContext,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) at: Option<SystemTime>,
    pub(crate) expected: Expected,
}

/// What is looked at; the rest may be anything.
#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) enabled: Option<bool>,
    pub(crate) variant: Option<String>,
    pub(crate) value: Option<FlagValue>,
    pub(crate) reason: Option<String>,
    pub(crate) rule: Option<u16>,
}

const KEYS: [&str; 3] = ["flags", "format", "tests"];
const CASE_KEYS: [&str; 10] =
    ["at", "context", "enabled", "flag", "groups", "name", "reason", "rule", "value", "variant"];

/// Reads `flags.tests.toml`. One expectation that is wrong is an error of the file: a test that is not run is no test.
pub(crate) fn read(path: &Path) -> Result<Golden, LoadError> {
    let text = read_text(path, MAX_BYTES)?;
    let reader = Reader::of(&text, Some(path.display().to_string()))?;
    let read = || {
        let tree = tree::parse_toml(&text)?;
        let table = tree.table("tests")?;
        format(table)?;
        table.only(&KEYS)?;
        let tests = table.get("tests").map_or(Ok([].as_slice()), |tests| tests.list("tests"))?;
        let cases = tests.iter().map(|test| case(test, reader.lines.place(test.at.start).0));
        Ok(Golden { flags: table.text("flags")?.map(str::to_owned), cases: cases.collect::<Result<_, _>>()? })
    };
    read().map_err(|wrong| reader.malformed(wrong))
}

fn case(test: &Tree<'_>, line: usize) -> Result<Case, Wrong> {
    let Content::Table(table) = &test.content else { return Err(test.unexpected("a test")) };
    table.only(&CASE_KEYS)?;
    let Some(flag) = table.text("flag")? else { return Err(test.wrong("expected the name of a `flag`")) };
    let expected = expected(table)?;
    let expects = [
        expected.enabled.is_some(),
        expected.variant.is_some(),
        expected.value.is_some(),
        expected.reason.is_some(),
        expected.rule.is_some(),
    ];
    if !expects.contains(&true) {
        return Err(test.wrong("nothing is expected: say `enabled`, `variant`, `value`, `reason` or `rule`"));
    }
    Ok(Case {
        line,
        name: table.text("name")?.map(str::to_owned),
        flag: flag.to_owned(),
        context: table.get("context").map_or_else(|| Ok(MapContext::new()), context)?,
        groups: table.texts("groups")?.into_iter().map(str::to_owned).collect(),
        at: table.get("at").map(time).transpose()?,
        expected,
    })
}

fn expected(table: &Table<'_>) -> Result<Expected, Wrong> {
    let rule = |rule: &Tree<'_>| match &rule.content {
        Content::Integer(digits, 10) => digits.parse().map_err(|_| rule.wrong("expected the number of a rule")),
        _ => Err(rule.unexpected("the number of a rule")),
    };
    let reason = |reason: &Tree<'_>| {
        let text = reason.text()?;
        if CODES.contains(&text) {
            return Ok(text.to_owned());
        }
        let meant =
            nearest(text, CODES.into_iter()).map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
        Err(reason.wrong(format!("there is no reason `{text}`{meant}")))
    };
    Ok(Expected {
        enabled: table.boolean("enabled")?,
        variant: table.text("variant")?.map(str::to_owned),
        value: table.get("value").map(value::read).transpose()?,
        reason: table.get("reason").map(reason).transpose()?,
        rule: table.get("rule").map(rule).transpose()?,
    })
}

fn time(at: &Tree<'_>) -> Result<SystemTime, Wrong> {
    let time = match &at.content {
        Content::Date(text) => Timestamp::parse(text),
        Content::Text(text) => Timestamp::parse(text),
        _ => None,
    };
    time.and_then(Timestamp::to_system)
        .ok_or_else(|| at.wrong("expected a time with an offset, such as 2026-12-01T08:00:00Z, or a date"))
}

/// A table of attributes; tables in it become dotted paths, as in JSON.
fn context(value: &Tree<'_>) -> Result<MapContext, Wrong> {
    let mut context = MapContext::new();
    for (key, value) in value.table("attributes")?.entries() {
        match &value.content {
            Content::Text(kind) if key.name == "kind" => context = context.kind(kind.as_ref()),
            Content::Table(_) => context = add(context.part_of(key.name.as_ref()), &key.name, value)?,
            _ => context = add(context, &key.name, value)?,
        }
    }
    Ok(context)
}

fn add(context: MapContext, path: &str, value: &Tree<'_>) -> Result<MapContext, Wrong> {
    match &value.content {
        Content::Table(table) => {
            let mut members = table.entries().iter();
            members.try_fold(context, |context, (key, value)| add(context, &format!("{path}.{}", key.name), value))
        }
        _ => Ok(context.with(path, item(value)?)),
    }
}

/// What is written, as an attribute.
enum Item<'a> {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
    List(Vec<Item<'a>>),
}

fn item<'a>(value: &'a Tree<'_>) -> Result<Item<'a>, Wrong> {
    match &value.content {
        Content::Bool(value) => Ok(Item::Bool(*value)),
        Content::Integer(digits, radix) => {
            i128::from_str_radix(digits, *radix).map(Item::Integer).map_err(|_| value.wrong("expected a whole number"))
        }
        Content::Float(number) => number.parse().map(Item::Float).map_err(|_| value.wrong("expected a number")),
        Content::Text(text) => Ok(Item::Text(text)),
        Content::Date(text) => Ok(Item::Text(text)),
        Content::List(items) => items.iter().map(item).collect::<Result<_, _>>().map(Item::List),
        _ => Err(value.unexpected("an attribute")),
    }
}

impl Attribute for Item<'_> {
    fn value(&self) -> Option<Value<'_>> {
        Some(match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(text) => Value::Text(text),
            Self::List(items) => Value::List(items),
        })
    }
}
