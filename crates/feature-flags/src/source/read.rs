//! Reads texts of flags.

#[cfg(feature = "json")]
mod direct;
mod flag;
#[cfg(feature = "testing")]
pub(crate) mod golden;
mod layer;
mod read_flags;
mod recent;
mod segment;
mod value;

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use self::read_flags::ReadFlags;
use super::document::Document;
use super::error::LoadError;
use super::flag_file::FlagFile;
use super::place::{Lines, place};
use super::problem::Problem;
use super::tree::{self, Content, Key, Table, Tree, Wrong};
use crate::compile::{Definition, Roster, Sections};
use crate::handle::ContentId;
use crate::model::{Flag, check_parts};
#[cfg(feature = "json")]
use crate::model::{Holdout, Layer};

/// Larger texts are refused before they are parsed.
pub(super) const MAX_BYTES: u64 = 8 << 20;

/// Reads and parses a file: JSON if its name ends in `.json`, TOML otherwise.
pub(crate) fn read_file(path: &Path) -> Result<Document, LoadError> {
    parse_file(path, &read_text(path, MAX_BYTES)?)
}

/// Parses the text of a file.
pub(super) fn parse_file(path: &Path, text: &str) -> Result<Document, LoadError> {
    let origin = Some(path.display().to_string());
    if is_json(path) { read_json(text, origin) } else { read_toml(text, origin) }
}

/// By its name.
pub(super) fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// A whole file as a value, and the flags that are wrong in it and therefore left out.
pub(super) fn file_at(path: &Path) -> Result<(FlagFile, Vec<Problem>), LoadError> {
    let (text, origin) = (read_text(path, MAX_BYTES)?, Some(path.display().to_string()));
    if is_json(path) { file_of_json(&text, origin) } else { file_of_toml(&text, origin) }
}

pub(super) fn file_of_toml(text: &str, origin: Option<String>) -> Result<(FlagFile, Vec<Problem>), LoadError> {
    let reader = Reader::of(text, origin)?;
    let tree = tree::parse_toml(text).map_err(|wrong| reader.malformed(wrong))?;
    reader.file(&tree).map_err(|wrong| reader.malformed(wrong))
}

#[cfg(feature = "json")]
pub(super) fn file_of_json(text: &str, origin: Option<String>) -> Result<(FlagFile, Vec<Problem>), LoadError> {
    let reader = Reader::of(text, origin)?;
    let tree = tree::parse_json(text).map_err(|wrong| reader.malformed(wrong))?;
    reader.file(&tree).map_err(|wrong| reader.malformed(wrong))
}

#[cfg(not(feature = "json"))]
fn file_of_json(_text: &str, origin: Option<String>) -> Result<(FlagFile, Vec<Problem>), LoadError> {
    Err(without_json(origin))
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
    let reader = Reader::of(text, origin)?;
    let tree = tree::parse_toml(text).map_err(|wrong| reader.malformed(wrong))?;
    reader.document(&tree, ReadFlags::default())
}

/// Parses a text; `origin` is the file that errors name.
#[cfg(feature = "json")]
pub(crate) fn read_json(text: &str, origin: Option<String>) -> Result<Document, LoadError> {
    let reader = Reader::of(text, origin)?;
    let mut flags = ReadFlags::of_text(text);
    let read_all = tree::scan_json(text, &mut |name, scanner| {
        let start = scanner.at();
        if let Some(flag) = direct::read(&name.name, scanner, &mut flags.recent) {
            flags.push(&name.name, name.at, flag);
        } else {
            scanner.back_to(start);
            reader.flag(&name, &scanner.value(tree::FLAG_DEPTH)?, &mut flags);
        }
        Some(())
    });
    if let Some(tree) = read_all {
        return reader.document(&tree, flags);
    }
    let tree = tree::parse_json(text).map_err(|wrong| reader.malformed(wrong))?;
    reader.document(&tree, ReadFlags::default())
}

#[cfg(not(feature = "json"))]
fn read_json(_text: &str, origin: Option<String>) -> Result<Document, LoadError> {
    Err(without_json(origin))
}

#[cfg(not(feature = "json"))]
fn without_json(origin: Option<String>) -> LoadError {
    let message = "this program was built without the feature `json`, which reads it".to_owned();
    LoadError::Malformed { origin, line: 1, column: 1, message }
}

/// Parses one flag, written as an object with its `format` and its `name`.
#[cfg(feature = "json")]
pub(crate) fn read_json_flag(text: &str) -> Result<Flag, LoadError> {
    alone(text, |tree, table| {
        let Some(name) = table.get("name") else { return Err(tree.wrong("expected the flag's `name`")) };
        let flag = flag::read_named(name.text()?, tree, text)?;
        check_parts(&flag).map_err(|message| tree.wrong(message))?;
        Ok(flag)
    })
}

/// Parses one layer, written as an object with its `format`.
#[cfg(feature = "json")]
pub(crate) fn read_json_layer(text: &str) -> Result<Layer, LoadError> {
    alone(text, layer::read_layer_alone)
}

/// Parses one holdout, written as an object with its `format`. Whether its layers are there is for others to know.
#[cfg(feature = "json")]
pub(crate) fn read_json_holdout(text: &str) -> Result<Holdout, LoadError> {
    alone(text, layer::read_holdout_alone)
}

#[cfg(feature = "json")]
fn alone<T>(text: &str, read: impl Fn(&Tree<'_>, &Table<'_>) -> Result<T, Wrong>) -> Result<T, LoadError> {
    let reader = Reader::of(text, None)?;
    let parsed = || {
        let tree = tree::parse_json(text)?;
        let Content::Table(table) = &tree.content else { return Err(tree.unexpected("an object")) };
        format(table)?;
        read(&tree, table)
    };
    parsed().map_err(|wrong| reader.malformed(wrong))
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    origin: Option<String>,
}

const KEYS: [&str; 6] = ["flags", "format", "holdouts", "layers", "meta", "segments"];

impl<'a> Reader<'a> {
    fn of(text: &'a str, origin: Option<String>) -> Result<Self, LoadError> {
        match text.len() as u64 {
            bytes if bytes > MAX_BYTES => Err(LoadError::TooLarge { origin, bytes, limit: MAX_BYTES }),
            _ => Ok(Self { text, lines: Lines::of(text), origin }),
        }
    }

    /// The document that a tree is; `flags` are those that are not in the tree any more.
    fn document(&self, tree: &Tree<'a>, flags: ReadFlags<'a>) -> Result<Document, LoadError> {
        let wrong = |wrong| self.malformed(wrong);
        let table = top(tree).map_err(wrong)?;
        let (roster, problems) = self.flags(table, flags).map_err(wrong)?;
        let mut document = Document::read(self.origin.clone(), ContentId::of(self.text), roster, problems);
        self.segments(table, &mut document).map_err(wrong)?;
        sections(table, &mut document).map_err(wrong)?;
        Ok(document)
    }

    /// The same as a value, with the keys of segments, and without those flags that are wrong.
    fn file(&self, tree: &Tree<'a>) -> Result<(FlagFile, Vec<Problem>), Wrong> {
        let table = top(tree)?;
        let mut file = FlagFile { meta: table.get("meta").map(value::read_meta).transpose()?, ..FlagFile::default() };
        for (name, value) in segments(table)? {
            let keys = segment::read_keys(value).map_err(|wrong| about_segment(wrong, &name.name))?;
            file.segments.insert(name.name.to_string(), keys);
        }
        let (roster, problems) = self.flags(table, ReadFlags::default())?;
        let right = roster.into_definitions().filter_map(|definition| match definition {
            Definition::Flag(flag) => Some((flag.name().to_owned(), Flag::clone(&flag))),
            _ => None,
        });
        file.flags = right.collect();
        let mut document = Document::default();
        sections(table, &mut document)?;
        let Sections { holdouts, layers } = Sections::clone(document.sections());
        (file.holdouts, file.layers) = (holdouts, layers);
        Ok((file, problems))
    }

    /// The flags of a file, those that were `read` before and those of its table, and what is wrong with some of them.
    fn flags(&self, table: &Table<'a>, mut read: ReadFlags<'a>) -> Result<(Roster, Vec<Problem>), Wrong> {
        if let Some(section) = table.get("flags") {
            for (name, value) in section.table("flags")?.entries() {
                self.flag(name, value, &mut read);
            }
        }
        read.into_roster()
    }

    /// A flag that is wrong harms no other.
    fn flag(&self, name: &Key<'a>, value: &Tree<'a>, flags: &mut ReadFlags<'a>) {
        let read = flag::read(&name.name, value, self.text, &mut flags.recent);
        let checked = read.and_then(|flag| match check_parts(&flag) {
            Ok(()) => Ok(flag),
            Err(message) => Err(Wrong { at: name.at, message }),
        });
        match checked {
            Ok(flag) => flags.push(&name.name, name.at, flag),
            Err(wrong) => {
                let default = match &value.content {
                    Content::Table(flag) => flag.boolean("default").ok().flatten(),
                    _ => None,
                };
                flags.push_broken(name.at, default.unwrap_or(false), self.problem(&name.name, wrong));
            }
        }
    }

    /// A segment that is wrong is an error of the file: nobody can tell whom its flags would leave out.
    fn segments(&self, table: &Table<'_>, document: &mut Document) -> Result<(), Wrong> {
        let beside = self.origin.as_deref().and_then(|origin| Path::new(origin).parent());
        for (name, value) in segments(table)? {
            let segment = segment::read(value, beside).map_err(|wrong| about_segment(wrong, &name.name))?;
            document.add_segment(&name.name, segment);
        }
        Ok(())
    }

    fn malformed(&self, Wrong { at, message }: Wrong) -> LoadError {
        let (line, column) = self.lines.place(at);
        LoadError::Malformed { origin: self.origin.clone(), line, column, message }
    }

    fn problem(&self, flag: &str, wrong: Wrong) -> Problem {
        Problem::new(self.origin.as_deref(), flag, self.lines.place(wrong.at), wrong.message)
    }
}

/// The table that a file is, if it is one of this format.
fn top<'a, 'b>(tree: &'a Tree<'b>) -> Result<&'a Table<'b>, Wrong> {
    let table = tree.table("flags")?;
    format(table)?;
    table.only(&KEYS)?;
    Ok(table)
}

fn segments<'a, 'b>(table: &'a Table<'b>) -> Result<&'a [(Key<'b>, Tree<'b>)], Wrong> {
    let segments = table.get("segments").map(|segments| segments.table("segments")).transpose()?;
    Ok(segments.map(Table::entries).unwrap_or_default())
}

fn about_segment(wrong: Wrong, name: &str) -> Wrong {
    wrong.about(&format!("segment `{name}`"))
}

/// A layer or holdout that is wrong is an error of the file, as a segment is.
fn sections(table: &Table<'_>, document: &mut Document) -> Result<(), Wrong> {
    let layers = table.get("layers").map(|layers| layers.table("layers")).transpose()?;
    for (name, value) in layers.map(Table::entries).unwrap_or_default() {
        let layer = layer::read_layer(value).map_err(|wrong| wrong.about(&format!("layer `{}`", name.name)))?;
        document.add_layer(&name.name, layer);
    }
    let holdouts = table.get("holdouts").map(|holdouts| holdouts.table("holdouts")).transpose()?;
    for (name, value) in holdouts.map(Table::entries).unwrap_or_default() {
        let about = format!("holdout `{}`", name.name);
        let holdout = layer::read_holdout(value, layers).map_err(|wrong| wrong.about(&about))?;
        document.add_holdout(&name.name, holdout);
    }
    Ok(())
}

fn format(table: &Table<'_>) -> Result<(), Wrong> {
    let Some(format) = table.get("format") else {
        return Err(Wrong { at: 0, message: "expected `format = 1` at the top of the file".to_owned() });
    };
    let number = match &format.content {
        Content::Integer(number, 10) => number.parse::<u32>().ok(),
        _ => None,
    };
    match number {
        Some(1) => Ok(()),
        Some(newer) => {
            Err(format.wrong(format!("the file has format {newer}; this version of feature-flags reads format 1")))
        }
        None => Err(format.unexpected("`format = 1`")),
    }
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use super::{KEYS, flag, layer};

    #[test]
    fn the_schema_knows_the_keys_that_the_reader_knows() {
        let schema: serde_json::Value = serde_json::from_str(crate::JSON_SCHEMA).unwrap();
        let keys = |of: &serde_json::Value| -> Vec<String> {
            let mut keys: Vec<String> = of["properties"].as_object().unwrap().keys().cloned().collect();
            keys.sort_unstable();
            keys
        };
        let defined = |name: &str| &schema["$defs"][name];
        for (of, known) in [
            (&schema, KEYS.as_slice()),
            (&defined("flag")["anyOf"][2], &flag::FLAG_KEYS),
            (defined("rule"), &flag::RULE_KEYS),
            (defined("share"), &flag::SHARE_KEYS),
            (defined("layer"), &layer::LAYER_KEYS),
            (defined("holdout"), &layer::HOLDOUT_KEYS),
        ] {
            assert_eq!(keys(of), known);
        }
    }
}
