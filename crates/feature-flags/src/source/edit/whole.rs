//! Whole files, and sections of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table};

use super::super::error::LoadError;
use super::super::flag_file::FlagFile;
use super::super::read::{file_of_toml, is_json, parse_file};
use super::section_item::{holdout_item, layer_item, segment_item};
use super::{Edit, EditError, create_beside, flag_item, put_item};
use crate::ContentId;
use crate::model::{FlagValue, Holdout, Layer};

impl FlagFile {
    /// The file as a new text in TOML: one text for one model.
    pub fn to_toml(&self) -> String {
        let mut document = DocumentMut::new();
        document.insert("format", toml_edit::value(1));
        rewrite(&mut document, &Self::new(), self);
        document.to_string()
    }

    /// Writes the file at `path`: as JSON where its name ends in `.json` (feature `json`), as TOML otherwise. What is there is
    /// replaced in one step. In a file in TOML, comments, order and spaces stay where what they stand at stays.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n\n[flags]\nsearch = true # since spring\nmenu = true\n")?;
    /// let file = FlagFile::read(&path)?.with(Flag::new("menu").enabled(false))?;
    /// file.save(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "format = 1\n\n[flags]\nsearch = true # since spring\nmenu = false\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the file could not be read back as it is written, such as when a file of keys that it names is not there: the
    /// error says where. If a file that is there in TOML cannot be read, or the file not be written. Nothing is changed
    /// then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<ContentId, EditError> {
        let path = path.as_ref();
        if !is_json(path) && path.exists() {
            return Edit::open(path)?.replace_all(self)?.save();
        }
        let text = if is_json(path) { json(self)? } else { self.to_toml() };
        let _read_back = parse_file(path, &text).map_err(|source| EditError::Unusable { source })?;
        write(path, &text).map_err(|source| EditError::Unwritable { path: path.to_owned(), source })?;
        Ok(ContentId::of(&text))
    }
}

#[cfg(feature = "json")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn json(file: &FlagFile) -> Result<String, EditError> {
    Ok(file.to_json())
}

#[cfg(not(feature = "json"))]
fn json(_: &FlagFile) -> Result<String, EditError> {
    let message = "this program was built without the feature `json`, which writes it".to_owned();
    Err(EditError::Unusable { source: LoadError::Malformed { origin: None, line: 1, column: 1, message } })
}

/// Whole files, and the sections beside the flags.
impl Edit {
    /// What the file says so far, without the flags that are wrong in it.
    ///
    /// # Errors
    /// If it is malformed as a whole.
    pub fn file(&self) -> Result<FlagFile, EditError> {
        let (file, _left_out) = self.read_all()?;
        Ok(file)
    }

    /// Makes the file say what `file` says, and nothing else.
    ///
    /// ```
    /// use feature_flags::{Edit, Flag, FlagFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1 # of the shop\n[flags]\nold-menu = true\n")?;
    /// let file = FlagFile::new().with(Flag::new("new-menu").enabled(true))?;
    /// let edit = Edit::open(&path)?.replace_all(&file)?;
    /// assert_eq!(edit.text(), "format = 1 # of the shop\n[flags]\nnew-menu = true\n");
    /// assert_eq!(edit.file()?, file);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If it is malformed as a whole.
    pub fn replace_all(mut self, file: &FlagFile) -> Result<Self, EditError> {
        let (before, _replaced) = self.read_all()?;
        rewrite(&mut self.document, &before, file);
        match FlagFile::from_toml(&self.text()).map_err(|source| EditError::Unusable { source })? {
            written if written == *file => Ok(self),
            _ => {
                let message = "what is written in it is not what was meant, so it is left as it was".to_owned();
                Err(Self::unusable(message))
            }
        }
    }

    /// Puts a layer, in place of one of the same name.
    ///
    /// ```
    /// use feature_flags::{Edit, Layer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n")?;
    /// let edit = Edit::open(&path)?.put_layer("checkout", &Layer::new().slot("new-form", ["0%..30%".parse()?])?);
    /// assert_eq!(edit.text(), "format = 1\n\n[layers.checkout]\nflags = { new-form = \"0%..30%\" }\n");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn put_layer(mut self, name: &str, layer: &Layer) -> Self {
        put_in(&mut self.document, "layers", name, layer_item(layer));
        self
    }

    /// Puts a holdout, in place of one of the same name; the layers that it names must be there when the file is saved.
    ///
    /// ```
    /// use feature_flags::{Edit, Holdout};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\nlayers.old.flags = {}\n")?;
    /// let edit = Edit::open(&path)?.remove_layer("old").put_holdout("q4", &Holdout::new("5%".parse()?).flag("new-form"));
    /// assert!(edit.text().contains("[holdouts.q4]\nshare = \"5%\"\nflags = [\"new-form\"]\n"));
    /// assert_eq!(edit.remove_holdout("q4").file()?.holdouts().len(), 0);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn put_holdout(mut self, name: &str, holdout: &Holdout) -> Self {
        put_in(&mut self.document, "holdouts", name, holdout_item(holdout));
        self
    }

    /// Removes a layer with its comments; one that is not there is no change.
    #[must_use]
    pub fn remove_layer(mut self, name: &str) -> Self {
        remove_from(&mut self.document, "layers", name);
        self
    }

    /// Removes a holdout with its comments; one that is not there is no change.
    #[must_use]
    pub fn remove_holdout(mut self, name: &str) -> Self {
        remove_from(&mut self.document, "holdouts", name);
        self
    }

    fn read_all(&self) -> Result<(FlagFile, Vec<crate::Problem>), EditError> {
        let origin = Some(self.path.display().to_string());
        file_of_toml(&self.text(), origin).map_err(|source| EditError::Unusable { source })
    }

    fn unusable(message: String) -> EditError {
        EditError::Unusable { source: LoadError::Malformed { origin: None, line: 1, column: 1, message } }
    }
}

/// What is the same before and after is not touched.
fn rewrite(document: &mut DocumentMut, before: &FlagFile, after: &FlagFile) {
    if before.meta != after.meta {
        match &after.meta {
            Some(meta) => drop(document.insert("meta", meta_item(meta))),
            None => drop(document.remove("meta")),
        }
    }
    section(document, "segments", &before.segments, &after.segments, segment_item);
    section(document, "layers", &before.layers, &after.layers, layer_item);
    section(document, "holdouts", &before.holdouts, &after.holdouts, holdout_item);
    section(document, "flags", &before.flags, &after.flags, flag_item::flag_item);
}

fn section<T: PartialEq>(
    document: &mut DocumentMut,
    key: &str,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    item: impl Fn(&T) -> Item,
) {
    let there: Vec<String> = match document.get(key).and_then(Item::as_table_like) {
        Some(table) => table.iter().map(|(name, _)| name.to_owned()).collect(),
        None => Vec::new(),
    };
    for name in there.iter().filter(|name| !after.contains_key(*name)) {
        remove_from(document, key, name);
    }
    for (name, value) in after.iter().filter(|(name, value)| before.get(*name) != Some(*value)) {
        put_in(document, key, name, item(value));
    }
}

pub(super) fn put_in(document: &mut DocumentMut, key: &str, name: &str, item: Item) {
    let section = document.entry(key).or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let is_inline = section.is_inline_table();
    if let Some(section) = section.as_table_like_mut() {
        put_item(section, name, item, is_inline);
    }
}

fn remove_from(document: &mut DocumentMut, key: &str, name: &str) {
    if let Some(section) = document.get_mut(key).and_then(Item::as_table_like_mut) {
        section.remove(name);
    }
}

fn meta_item(meta: &FlagValue) -> Item {
    let FlagValue::Table(members) = meta else { return toml_edit::value(flag_item::value(meta)) };
    let mut table = Table::new();
    for (name, member) in members.iter() {
        table.insert(name, toml_edit::value(flag_item::value(member)));
    }
    Item::Table(table)
}

/// Writes beside the file, brings it to the disk and renames over it; what is there keeps its permissions.
fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link is followed, so that the file it points to is replaced and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.exists() {
        return super::replace_file(&target, text);
    }
    let (mut file, beside) = create_beside(&target)?;
    let mut write = || {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &target)
    };
    write().inspect_err(|_| {
        let _may_not_exist = fs::remove_file(&beside);
    })
}
