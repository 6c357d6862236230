//! Changes to a file of flags that keep everything else in it as it is.

mod error;
mod flag_item;
mod section_item;
mod whole;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use error::EditError;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::document::Document;
use super::error::LoadError;
use super::place::place;
use super::problem::Problem;
use super::read::{MAX_BYTES, read_text, read_toml};
use crate::ContentId;
use crate::compile::Definition;
use crate::model::{Flag, Percent, Rollout, Segment};

/// Changes to a file of flags: comments, order and spaces stay, the file is replaced in one step.
///
/// ```
/// use feature_flags::{Edit, Flags, Percent};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.toml");
/// std::fs::write(&path, "format = 1\n\n[flags.new-search]\nrollout = \"1% by user.id\" # carefully\n")?;
/// Edit::open(&path)?.set_rollout("new-search", Percent::whole(10).expect("below 100"))?.save()?;
/// assert!(std::fs::read_to_string(&path)?.ends_with("rollout = \"10% by user.id\" # carefully\n"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Edit {
    path: PathBuf,
    read: String,
    document: DocumentMut,
}

impl Edit {
    /// Reads the file to change.
    ///
    /// # Errors
    /// If it cannot be read or is malformed as a whole.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, EditError> {
        let path = path.as_ref().to_owned();
        let origin = path.display().to_string();
        let read = read_text(&path, MAX_BYTES).map_err(|source| EditError::Unusable { source })?;
        let _checked = read_toml(&read, Some(origin.clone())).map_err(|source| EditError::Unusable { source })?;
        let document = read.parse().map_err(|error: toml_edit::TomlError| {
            let (line, column) = place(&read, error.span().map_or(0, |span| span.start));
            let message = error.message().to_owned();
            EditError::Unusable { source: LoadError::Malformed { origin: Some(origin), line, column, message } }
        })?;
        Ok(Self { path, read, document })
    }

    /// Sets the share of a flag that has one rollout, or none but is nothing else than on or off. What decides (`by`)
    /// and the salt stay.
    ///
    /// # Errors
    /// If there is no such flag, or it has several rollouts.
    pub fn set_rollout(mut self, flag: &str, share: Percent) -> Result<Self, EditError> {
        let item = self.flag(flag)?;
        if let Some(value) = item.as_value_mut().filter(|value| value.is_bool() || value.is_str()) {
            replace(value, share);
            return Ok(self);
        }
        let Some(table) = item.as_table_like_mut() else { return Err(Self::ambiguous(flag, 0)) };
        let mut rollouts = Vec::new();
        let has_rules = table.contains_key("rules") || table.contains_key("when");
        collect_rollouts(table, &mut rollouts);
        match rollouts.as_mut_slice() {
            [value] => replace(value, share),
            [] if !has_rules => {
                table.insert("rollout", toml_edit::value(share.to_string()));
            }
            several => return Err(Self::ambiguous(flag, several.len())),
        }
        Ok(self)
    }

    /// Turns a flag off for all, whatever its rules say, or lets its rules decide again. One that is nothing but a percentage
    /// becomes a table, which has a place for this.
    ///
    /// ```
    /// use feature_flags::Edit;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true # since spring\n")?;
    /// let edit = Edit::open(&path)?.set_enabled("new-search", false)?;
    /// assert!(edit.text().ends_with("new-search = false # since spring\n"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If there is no such flag, or it is written in a way that has no place for this.
    pub fn set_enabled(mut self, flag: &str, enabled: bool) -> Result<Self, EditError> {
        let item = self.flag(flag)?;
        if let Some(value) = item.as_value_mut().filter(|value| value.is_bool()) {
            let decor = value.decor().clone();
            *value = Value::from(enabled);
            *value.decor_mut() = decor;
            return Ok(self);
        }
        if let Some(value) = item.as_value_mut().filter(|value| value.is_str()) {
            if !enabled {
                let decor = value.decor().clone();
                let mut share = std::mem::replace(value, Value::from(false));
                share.decor_mut().clear();
                let whole = [("rollout", share), ("enabled", Value::from(false))];
                *value = Value::InlineTable(InlineTable::from_iter(whole));
                *value.decor_mut() = decor;
            }
            return Ok(self);
        }
        let Some(table) = item.as_table_like_mut() else { return Err(Self::ambiguous(flag, 1)) };
        match table.get_mut("enabled").and_then(Item::as_value_mut) {
            Some(value) => {
                let decor = value.decor().clone();
                *value = Value::from(enabled);
                *value.decor_mut() = decor;
            }
            None => {
                table.insert("enabled", toml_edit::value(enabled));
            }
        }
        Ok(self)
    }

    /// Whether the file has a flag of this name.
    pub fn has(&self, flag: &str) -> bool {
        let flags = self.document.get("flags").and_then(Item::as_table_like);
        flags.is_some_and(|flags| flags.contains_key(flag))
    }

    /// Puts a flag, in place of one of the same name, whose comments stay where what they stand at stays.
    ///
    /// ```
    /// use feature_flags::{Edit, Flag, Rule};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n")?;
    /// let half = Flag::new("new-search").owner("web team").rule(Rule::new().rollout("50% by user.id".parse()?));
    /// let edit = Edit::open(&path)?.put(&half)?;
    /// assert_eq!(edit.text(), "format = 1\n\n[flags.new-search]\nowner = \"web team\"\nrollout = \"50% by user.id\"\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the flag is wrong in itself.
    pub fn put(mut self, flag: &Flag) -> Result<Self, EditError> {
        whole::put_in(&mut self.document, "flags", flag.name(), flag_item::flag_item(flag));
        if self.holds(flag) {
            return Ok(self);
        }
        let written = self.read(flag.name())?;
        let problem = written.problems().iter().find(|problem| problem.flag() == flag.name());
        let message = problem.map_or("it cannot be written in a file", Problem::message).to_owned();
        Err(EditError::WouldBreak { flag: flag.name().to_owned(), message })
    }

    /// Whether the file has just this flag.
    ///
    /// ```
    /// use feature_flags::{Edit, Flag, Segment};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\nsegments.beta.keys = [7]\nflags.new-search = true\n")?;
    /// let edit = Edit::open(&path)?;
    /// assert!(edit.has("new-search") && edit.holds(&Flag::new("new-search").enabled(true)));
    /// assert!(edit.has_segment("beta") && !edit.holds_segment("beta", &Segment::of(["8"])));
    /// # Ok(()) }
    /// ```
    pub fn holds(&self, flag: &Flag) -> bool {
        let read = self.read(flag.name());
        read.is_ok_and(|read| matches!(read.get(flag.name()), Some(Definition::Flag(there)) if **there == *flag))
    }

    /// The names of the flags in the file.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        let flags = self.document.get("flags").and_then(Item::as_table_like);
        flags.into_iter().flat_map(|flags| flags.iter().map(|(name, _)| name))
    }

    /// Whether the file has a segment of this name.
    pub fn has_segment(&self, segment: &str) -> bool {
        let segments = self.document.get("segments").and_then(Item::as_table_like);
        segments.is_some_and(|segments| segments.contains_key(segment))
    }

    /// Whether the file has just this segment.
    pub fn holds_segment(&self, name: &str, segment: &Segment) -> bool {
        let read = self.read_one("segments", name);
        read.is_ok_and(|read| read.segments().get(name).is_some_and(|there| **there == *segment))
    }

    /// One flag as it is written so far.
    fn read(&self, flag: &str) -> Result<Document, EditError> {
        self.read_one("flags", flag)
    }

    /// One entry as it is written so far. The others are left out: files have thousands.
    fn read_one(&self, section: &str, name: &str) -> Result<Document, EditError> {
        let mut alone = DocumentMut::new();
        alone.insert("format", toml_edit::value(1));
        let written = self.document.get(section).and_then(Item::as_table_like).and_then(|section| section.get(name));
        if let Some(written) = written {
            let mut one = Table::new();
            one.insert(name, written.clone());
            alone.insert(section, Item::Table(one));
        }
        let origin = Some(self.path.display().to_string());
        read_toml(&alone.to_string(), origin).map_err(|source| EditError::Unusable { source })
    }

    /// Removes a flag with its comments.
    ///
    /// ```
    /// use feature_flags::Edit;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true\n# to be removed\nold-menu = true\n")?;
    /// assert_eq!(Edit::open(&path)?.remove("old-menu")?.text(), "format = 1\n[flags]\nnew-search = true\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If there is no such flag.
    pub fn remove(mut self, flag: &str) -> Result<Self, EditError> {
        let _is_there = self.flag(flag)?;
        if let Some(flags) = self.document.get_mut("flags").and_then(Item::as_table_like_mut) {
            flags.remove(flag);
        }
        Ok(self)
    }

    /// The text as it will be saved.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Replaces the file in one step, keeping its permissions, and says which content to wait for.
    ///
    /// # Errors
    /// If a flag would be wrong that is not wrong now, if the file was changed since it was opened, or if it cannot be
    /// written. The file is then as it was.
    pub fn save(self) -> Result<ContentId, EditError> {
        let text = self.text();
        self.check(&text)?;
        let unwritable = |source| EditError::Unwritable { path: self.path.clone(), source };
        if fs::read_to_string(&self.path).map_err(unwritable)? != self.read {
            return Err(EditError::ChangedMeanwhile { path: self.path });
        }
        // A link is followed, so that the file it points to is replaced and not the link.
        let target = fs::canonicalize(&self.path).map_err(unwritable)?;
        replace_file(&target, &text).map_err(unwritable)?;
        Ok(ContentId::of(&text))
    }

    fn check(&self, text: &str) -> Result<(), EditError> {
        let origin = self.path.display().to_string();
        let read = |text: &str| read_toml(text, Some(origin.clone())).map_err(|source| EditError::Unusable { source });
        let (before, after) = (read(&self.read)?, read(text)?);
        let is_new = |flag: &str| !before.problems().iter().any(|problem| problem.flag() == flag);
        match after.problems().iter().find(|problem| is_new(problem.flag())) {
            Some(problem) => {
                Err(EditError::WouldBreak { flag: problem.flag().to_owned(), message: problem.message().to_owned() })
            }
            None => Ok(()),
        }
    }

    fn flag(&mut self, flag: &str) -> Result<&mut Item, EditError> {
        let flags = self.document.get_mut("flags").and_then(Item::as_table_like_mut);
        let Some(flags) = flags else {
            return Err(EditError::NoSuchFlag { flag: flag.to_owned(), nearest: None });
        };
        if !flags.contains_key(flag) {
            let nearest = crate::handle::nearest(flag, flags.iter().map(|(name, _)| name)).map(str::to_owned);
            return Err(EditError::NoSuchFlag { flag: flag.to_owned(), nearest });
        }
        Ok(flags.get_mut(flag).expect("checked to be there"))
    }

    fn ambiguous(flag: &str, rollouts: usize) -> EditError {
        EditError::Ambiguous { flag: flag.to_owned(), rollouts }
    }
}

/// Puts a flag; what of a table stays the same keeps its place and its comments.
fn put_item(flags: &mut dyn TableLike, name: &str, mut item: Item, is_inline: bool) {
    if is_inline {
        item = item.into_value().map_or_else(|item| item, Item::Value);
    }
    let new = item.as_table();
    match (flags.get_mut(name).and_then(Item::as_table_like_mut), new) {
        (Some(old), Some(new)) => {
            let gone: Vec<String> =
                old.iter().filter(|(key, _)| !new.contains_key(key)).map(|(key, _)| key.to_owned()).collect();
            for key in &gone {
                old.remove(key);
            }
            for (key, item) in new {
                let stays = old.get(key).is_some_and(|old| {
                    old.as_str().is_some() && old.as_str() == item.as_str()
                        || old.as_bool().is_some() && old.as_bool() == item.as_bool()
                });
                if !stays {
                    old.insert(key, item.clone());
                }
            }
        }
        _ => {
            flags.insert(name, item);
        }
    }
}

/// The rollouts of a flag and of its rules.
fn collect_rollouts<'a>(table: &'a mut dyn TableLike, rollouts: &mut Vec<&'a mut Value>) {
    for (key, item) in table.iter_mut() {
        match (key.get(), item) {
            ("rollout", Item::Value(value)) => rollouts.push(value),
            ("rules", Item::ArrayOfTables(rules)) => {
                rules.iter_mut().for_each(|rule: &mut Table| collect_rollouts(rule, rollouts));
            }
            ("rules", Item::Value(Value::Array(rules))) => {
                let tables = rules.iter_mut().filter_map(Value::as_inline_table_mut);
                tables.for_each(|rule| collect_rollouts(rule, rollouts));
            }
            _ => {}
        }
    }
}

/// Another share for a rollout, with what decides, salt, comment and spaces as they are.
fn replace(value: &mut Value, share: Percent) {
    let old: Option<Rollout> = value.as_str().and_then(|text| text.parse().ok());
    let new = old.as_ref().map_or_else(|| Rollout::new(share), |old| old.clone().with_share(share));
    let decor = value.decor().clone();
    *value = Value::from(new.to_string());
    *value.decor_mut() = decor;
}

/// Writes beside the file and renames over it: readers see the old text or the new one, never a part.
fn replace_file(target: &Path, text: &str) -> io::Result<()> {
    let (mut file, beside) = create_beside(target)?;
    let mut write = || {
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(target)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, target)
    };
    write().inspect_err(|_| {
        let _may_not_exist = fs::remove_file(&beside);
    })
}

/// A new file in the same folder that nobody else writes, whatever other threads and processes edit meanwhile.
fn create_beside(target: &Path) -> io::Result<(fs::File, PathBuf)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut attempt = 0_u32;
    loop {
        let beside = target.with_file_name(format!(".{name}.{}.{attempt}.new", std::process::id()));
        match fs::File::create_new(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1_000 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}
