//! Reads `flags.toml`.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::error::LoadError;
use super::place::{Lines, offset_in_file, place};
use super::problem::Problem;
use crate::expression::{ExpressionError, Place};
use crate::handle::{ContentId, nearest};
use crate::model::{Flag, FlagValue, PercentError, Rollout, Rule, Segment, Serve, Share};

/// Larger texts are refused before they are parsed.
pub(super) const MAX_BYTES: u64 = 8 << 20;
/// Some ten million keys.
const MAX_SEGMENT_BYTES: u64 = 512 << 20;
const MAX_RULES: usize = 1_000;

/// Reads and parses a file.
pub(crate) fn read_file(path: &Path) -> Result<Document, LoadError> {
    let text = read_text(path, MAX_BYTES)?;
    read_toml(&text, Some(path.display().to_string()))
}

/// The text of a regular file of at most `limit` bytes.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, LoadError> {
    let origin = path.display().to_string();
    let unreadable = |source| LoadError::Unreadable { origin: origin.clone(), source };
    // Asked before it is opened, since opening a pipe waits for whoever writes to it.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
        return Err(unreadable(io::Error::new(kind, "it is not a regular file")));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    let file = fs::File::open(path).map_err(unreadable)?;
    let read = file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)? as u64;
    if read > limit {
        let bytes = metadata.len().max(read);
        return Err(LoadError::TooLarge { origin: Some(origin), bytes, limit });
    }
    decode(&bytes, Some(&origin)).map(str::to_owned)
}

/// Bytes as text.
pub(crate) fn decode<'a>(bytes: &'a [u8], origin: Option<&str>) -> Result<&'a str, LoadError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = error.valid_up_to();
        let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
        let (line, column) = place(&text, valid);
        let message = "expected text in UTF-8".to_owned();
        LoadError::Malformed { origin: origin.map(str::to_owned), line, column, message }
    })
}

/// Parses a text; `origin` is the file that errors name.
pub(crate) fn read_toml(text: &str, origin: Option<String>) -> Result<Document, LoadError> {
    if text.len() as u64 > MAX_BYTES {
        return Err(LoadError::TooLarge { origin, bytes: text.len() as u64, limit: MAX_BYTES });
    }
    let reader = Reader { text, lines: Lines::of(text), origin };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        reader.malformed(at, error.message().replace('\n', ", "))
    })?;
    reader.document(table.get_ref())
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    origin: Option<String>,
}

/// What is wrong, and where in the file.
struct Wrong {
    at: usize,
    message: String,
}

type Table<'a> = DeTable<'a>;
type Value<'a> = Spanned<DeValue<'a>>;

const FLAG_KEYS: [&str; 13] = [
    "default",
    "description",
    "enabled",
    "expires",
    "meta",
    "owner",
    "requires",
    "rollout",
    "rules",
    "salt",
    "serve",
    "variants",
    "when",
];
const RULE_KEYS: [&str; 4] = ["name", "rollout", "serve", "when"];

impl Reader<'_> {
    fn document(&self, table: &Table<'_>) -> Result<Document, LoadError> {
        self.format(table)?;
        if let Some((key, _)) =
            table.iter().find(|(key, _)| !matches!(key.get_ref().as_ref(), "format" | "flags" | "meta" | "segments"))
        {
            let message = unknown_key(key.get_ref(), &["flags", "format", "meta", "segments"]);
            return Err(self.malformed(key.span().start, message));
        }
        let mut document = Document::new(self.origin.clone(), ContentId::of(self.text));
        self.segments(table, &mut document)?;
        let Some(flags) = table.get("flags") else { return Ok(document) };
        let Some(flags) = flags.get_ref().as_table() else {
            return Err(self.malformed(flags.span().start, format!("expected a table of flags, found {}", kind(flags))));
        };
        for (name, value) in flags {
            match flag(name.get_ref(), value, self.text) {
                Ok(flag) => document.add(Arc::new(flag), || self.lines.place(name.span().start)),
                Err(wrong) => {
                    let default = value.get_ref().get("default").and_then(|value| value.get_ref().as_bool());
                    document.add_broken(name.get_ref(), default.unwrap_or(false), self.problem(name.get_ref(), wrong));
                }
            }
        }
        Ok(document)
    }

    /// A segment that is wrong is an error of the file: nobody can tell whom its flags would leave out.
    fn segments(&self, table: &Table<'_>, document: &mut Document) -> Result<(), LoadError> {
        let Some(segments) = table.get("segments") else { return Ok(()) };
        let Some(segments) = segments.get_ref().as_table() else {
            let message = format!("expected a table of segments, found {}", kind(segments));
            return Err(self.malformed(segments.span().start, message));
        };
        let beside = self.origin.as_deref().and_then(|origin| Path::new(origin).parent());
        for (name, value) in segments {
            let segment = segment(value, beside).map_err(|Wrong { at, message }| {
                self.malformed(at, format!("segment `{}`: {message}", name.get_ref()))
            })?;
            document.add_segment(name.get_ref(), segment);
        }
        Ok(())
    }

    fn format(&self, table: &Table<'_>) -> Result<(), LoadError> {
        let Some(format) = table.get("format") else {
            return Err(self.malformed(0, "expected `format = 1` at the top of the file".to_owned()));
        };
        match format.get_ref().as_integer().and_then(|number| number.as_str().parse::<u32>().ok()) {
            Some(1) => Ok(()),
            Some(newer) => {
                let message = format!("the file has format {newer}; this version of feature-flags reads format 1");
                Err(self.malformed(format.span().start, message))
            }
            None => Err(self.malformed(format.span().start, format!("expected `format = 1`, found {}", kind(format)))),
        }
    }

    fn malformed(&self, at: usize, message: String) -> LoadError {
        let (line, column) = self.lines.place(at);
        LoadError::Malformed { origin: self.origin.clone(), line, column, message }
    }

    fn problem(&self, flag: &str, wrong: Wrong) -> Problem {
        let (line, column) = self.lines.place(wrong.at);
        Problem::new(self.origin.as_deref(), flag, (line, column), wrong.message)
    }
}

/// `keys` in the file itself, or one per line in a `file` beside it.
fn segment(value: &Value<'_>, beside: Option<&Path>) -> Result<Segment, Wrong> {
    let Some(table) = value.get_ref().as_table() else {
        return Err(wrong(value, format!("expected a table with `keys` or `file`, found {}", kind(value))));
    };
    check_keys(table, &["by", "file", "keys"])?;
    let segment = match (table.get("keys"), table.get("file")) {
        (Some(keys), None) => {
            let Some(keys) = keys.get_ref().as_array() else {
                return Err(wrong(keys, format!("expected a list of keys, found {}", kind(keys))));
            };
            let key = |key: &Value<'_>| match key.get_ref() {
                DeValue::String(key) => Ok(key.to_string()),
                DeValue::Integer(key) if key.radix() == 10 => Ok(key.as_str().to_owned()),
                _ => Err(wrong(key, format!("expected text or a whole number, found {}", kind(key)))),
            };
            Segment::of(keys.iter().map(key).collect::<Result<Vec<_>, _>>()?)
        }
        (None, Some(file)) => {
            let path = beside.unwrap_or_else(|| Path::new("")).join(expect_string(file)?);
            let text = read_text(&path, MAX_SEGMENT_BYTES).map_err(|error| wrong(file, error.in_one_line()))?;
            Segment::of(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')))
        }
        _ => return Err(wrong(value, "expected either `keys` or `file`".to_owned())),
    };
    Ok(match string(table, "by")? {
        Some(path) => segment.by(path),
        None => segment,
    })
}

/// One entry of `[flags]`: `true`, `false`, `"25%"` or a table.
fn flag(name: &str, value: &Value<'_>, text: &str) -> Result<Flag, Wrong> {
    let flag = Flag::new(name);
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(wrong(value, "a flag's name has 1 to 200 bytes and no control characters".to_owned()));
    }
    match value.get_ref() {
        DeValue::Boolean(enabled) => Ok(flag.enabled(*enabled)),
        DeValue::String(_) => Ok(flag.rule(Rule::new().rollout(rollout(value, text)?))),
        DeValue::Table(table) => flag_table(flag, value.span(), table, text),
        _ => Err(wrong(value, format!("expected true, false, a rollout or a table, found {}", kind(value)))),
    }
}

fn flag_table(mut flag: Flag, span: Range<usize>, table: &Table<'_>, text: &str) -> Result<Flag, Wrong> {
    check_keys(table, &FLAG_KEYS)?;
    if let Some(description) = string(table, "description")? {
        flag = flag.description(description);
    }
    if let Some(owner) = string(table, "owner")? {
        flag = flag.owner(owner);
    }
    if let Some(expires) = string(table, "expires")? {
        flag = flag.expires(expires);
    }
    if let Some(salt) = string(table, "salt")? {
        flag = flag.salt(salt);
    }
    flag = values(flag, table)?;
    for name in strings(table, "requires")? {
        flag = flag.requires(name);
    }
    let rules = rules(table, text)?;
    let enabled = boolean(table, "enabled")?;
    // An empty list of rules says so: it is off.
    if rules.is_empty() && enabled.is_none() && !table.contains_key("rules") {
        let message = "nothing turns it on or off: expected `enabled`, `when`, `rollout` or `rules`".to_owned();
        return Err(Wrong { at: span.start, message });
    }
    for rule in rules {
        flag = flag.rule(rule);
    }
    Ok(match enabled {
        Some(enabled) => flag.enabled(enabled),
        None => flag,
    })
}

/// Variants, and what is served without a rule: a variant's name where there are variants, else true or false.
fn values(mut flag: Flag, table: &Table<'_>) -> Result<Flag, Wrong> {
    if let Some(variants) = table.get("variants") {
        let Some(variants) = variants.get_ref().as_table() else {
            return Err(wrong(variants, format!("expected a table of variants, found {}", kind(variants))));
        };
        for (name, value) in variants {
            flag = flag.variant(name.get_ref().as_ref(), flag_value(value)?);
        }
        if let Some(default) = string(table, "default")? {
            flag = flag.default_variant(default);
        }
    } else if let Some(default) = boolean(table, "default")? {
        flag = flag.default_to(default);
    }
    Ok(flag)
}

fn flag_value(value: &Value<'_>) -> Result<FlagValue, Wrong> {
    match value.get_ref() {
        DeValue::Boolean(value) => Ok(FlagValue::Bool(*value)),
        DeValue::String(text) => Ok(FlagValue::from(text.as_ref())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(FlagValue::Integer)
            .map_err(|_| wrong(value, "expected a whole number of 64 bits".to_owned())),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(FlagValue::Float(number)),
            _ => Err(wrong(value, "expected a finite number".to_owned())),
        },
        DeValue::Array(items) => items.iter().map(flag_value).collect::<Result<Vec<_>, _>>().map(FlagValue::from),
        DeValue::Table(table) => {
            let members = table.iter().map(|(name, value)| Ok((name.get_ref().to_string(), flag_value(value)?)));
            members.collect::<Result<_, _>>().map(|members| FlagValue::Table(Arc::new(members)))
        }
        DeValue::Datetime(_) => Err(wrong(value, "expected a value; times are written as text".to_owned())),
    }
}

/// `true`, `false`, the name of a variant, or a table of weights.
fn serve(value: &Value<'_>) -> Result<Serve, Wrong> {
    match value.get_ref() {
        DeValue::Boolean(true) => Ok(Serve::On),
        DeValue::Boolean(false) => Ok(Serve::Off),
        DeValue::String(name) => Ok(Serve::Variant(name.to_string())),
        DeValue::Table(weights) => {
            let share = |(name, weight): (&Spanned<Cow<'_, str>>, &Value<'_>)| {
                let written = expect_string(weight)?;
                let weight = written.parse().map_err(|error: PercentError| wrong(weight, error.to_string()))?;
                Ok(Share::new(name.get_ref().as_ref(), weight))
            };
            weights.iter().map(share).collect::<Result<_, _>>().map(Serve::Split)
        }
        _ => Err(wrong(value, format!("expected true, false, a variant or weights, found {}", kind(value)))),
    }
}

/// The rules of a flag: a single one written in the flag itself, or a list.
fn rules(table: &Table<'_>, text: &str) -> Result<Vec<Rule>, Wrong> {
    let single = ["when", "rollout", "serve"].iter().any(|key| table.contains_key(*key));
    let Some(list) = table.get("rules") else {
        return if single { Ok(vec![rule(Rule::new(), table, text)?]) } else { Ok(Vec::new()) };
    };
    if single {
        return Err(wrong(list, "`when`, `rollout` and `serve` go into the rules where there are `rules`".to_owned()));
    }
    let Some(items) = list.get_ref().as_array() else {
        return Err(wrong(list, format!("expected a list of rules, found {}", kind(list))));
    };
    if items.len() > MAX_RULES {
        return Err(wrong(list, format!("a flag has at most {MAX_RULES} rules")));
    }
    items.iter().map(|item| rule_item(item, text)).collect()
}

fn rule_item(item: &Value<'_>, text: &str) -> Result<Rule, Wrong> {
    let Some(table) = item.get_ref().as_table() else {
        return Err(wrong(item, format!("expected a rule, found {}", kind(item))));
    };
    check_keys(table, &RULE_KEYS)?;
    let mut new = Rule::new();
    if let Some(name) = string(table, "name")? {
        new = new.named(name);
    }
    rule(new, table, text)
}

fn rule(mut rule: Rule, table: &Table<'_>, text: &str) -> Result<Rule, Wrong> {
    if let Some(value) = table.get("when") {
        let condition = expect_string(value)?;
        rule = rule.when(condition.parse().map_err(|error| moved(error, condition, value, text))?);
    }
    if let Some(value) = table.get("rollout") {
        rule = rule.rollout(rollout(value, text)?);
    }
    if let Some(value) = table.get("serve") {
        rule = rule.serve(serve(value)?);
    }
    Ok(rule)
}

fn rollout(value: &Value<'_>, text: &str) -> Result<Rollout, Wrong> {
    let written = expect_string(value)?;
    written.parse().map_err(|error| moved(error, written, value, text))
}

/// The error of an expression, at its place in the file.
#[allow(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn moved(error: ExpressionError, expression: &str, value: &Value<'_>, text: &str) -> Wrong {
    let inner = Place { line: error.line(), column: error.column() }.offset_in(expression);
    Wrong { at: offset_in_file(text, value.span(), inner), message: error.message() }
}

fn check_keys(table: &Table<'_>, known: &[&str]) -> Result<(), Wrong> {
    match table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
        Some((key, _)) => Err(Wrong { at: key.span().start, message: unknown_key(key.get_ref(), known) }),
        None => Ok(()),
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(meant) => format!("unknown key `{key}`, did you mean `{meant}`?"),
        None => format!("unknown key `{key}`, expected one of `{}`", known.join("`, `")),
    }
}

fn string<'a>(table: &'a Table<'_>, key: &str) -> Result<Option<&'a str>, Wrong> {
    table.get(key).map(expect_string).transpose()
}

fn expect_string<'a>(value: &'a Value<'_>) -> Result<&'a str, Wrong> {
    value.get_ref().as_str().ok_or_else(|| wrong(value, format!("expected text in quotes, found {}", kind(value))))
}

fn boolean(table: &Table<'_>, key: &str) -> Result<Option<bool>, Wrong> {
    let read = |value: &Value<'_>| {
        value.get_ref().as_bool().ok_or_else(|| wrong(value, format!("expected true or false, found {}", kind(value))))
    };
    table.get(key).map(read).transpose()
}

fn strings<'a>(table: &'a Table<'_>, key: &str) -> Result<Vec<&'a str>, Wrong> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let Some(items) = value.get_ref().as_array() else {
        return Err(wrong(value, format!("expected a list of texts, found {}", kind(value))));
    };
    items.iter().map(expect_string).collect()
}

fn wrong(value: &Value<'_>, message: String) -> Wrong {
    Wrong { at: value.span().start, message }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
