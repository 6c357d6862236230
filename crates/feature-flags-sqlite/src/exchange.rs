//! To and from files of flags.

#[cfg(feature = "export")]
use std::path::Path;

use feature_flags::Contents;
#[cfg(feature = "export")]
use feature_flags::{Edit, EditError};

use crate::author::Author;
use crate::error::StoreError;
use crate::history::Subject;
use crate::query;
use crate::store::SqliteStore;
use crate::write::Version;

/// What happens on import to flags, segments, layers and holdouts that the store has and the imported contents have not.
///
/// ```
/// use feature_flags::{EmbeddedSource, Source};
/// use feature_flags_sqlite::{Absent, Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// let file = EmbeddedSource::new("format = 1\n[flags]\na = true\nb = 7");
/// let imported = store.import(&file.load()?, Absent::Stay, &Author::new("ada").because("moving in"))?;
/// assert_eq!(imported.put(), ["a"]);
/// assert!(imported.left_out()[0].starts_with("line 4, column 5: flag `b`: expected true, false"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absent {
    /// They stay as they are.
    Stay,
    /// They go.
    Go,
}

/// What an import did.
///
/// ```
/// use feature_flags::{EmbeddedSource, Flag, Source};
/// use feature_flags_sqlite::{Absent, Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// let ada = Author::new("ada");
/// store.put(&Flag::new("old-search").enabled(true), &ada)?;
/// let file = EmbeddedSource::new("format = 1\n[flags]\nnew-search = true");
/// let imported = store.import(&file.load()?, Absent::Go, &ada)?;
/// assert_eq!((imported.put(), imported.removed()), (&["new-search".to_owned()][..], &["old-search".to_owned()][..]));
/// assert!(imported.left_out().is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    put: Vec<String>,
    removed: Vec<String>,
    left_out: Vec<String>,
}

impl Imported {
    /// What is new or different now: flags, segments, layers and holdouts, by name.
    pub fn put(&self) -> &[String] {
        &self.put
    }

    /// Those that went.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// What was not imported, and why: flags that are wrong, which stay in the store as they are.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

impl SqliteStore {
    /// Takes over what another source holds, in one change of each flag, segment, layer and holdout: all of it or nothing.
    ///
    /// Comments of files are not kept; [`export`](Self::export) leaves those of the file it writes to where they are.
    /// Examples are at [`Absent`] and [`Imported`].
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn import(&self, contents: &Contents, absent: Absent, author: &Author) -> Result<Imported, StoreError> {
        self.change(author, |changing| {
            let mut imported = Imported::default();
            imported.left_out.extend(contents.problems().map(ToString::to_string));
            imported.left_out.extend(contents.warnings().iter().cloned());
            let before = query::everything(&changing.transaction)?;
            for (name, segment) in contents.segments() {
                let revision = changing.revision;
                if changing.segment(name, Some(&Version::of(segment)), None)? > revision {
                    imported.put.push(name.to_owned());
                }
            }
            for flag in contents.flags() {
                let revision = changing.revision;
                match changing.put(flag, None) {
                    Ok(after) if after > revision => imported.put.push(flag.name().to_owned()),
                    Ok(_) => {}
                    Err(error @ StoreError::WrongFlag { .. }) => imported.left_out.push(error.to_string()),
                    Err(error) => return Err(error),
                }
            }
            let layers = contents.layers().map(|(name, layer)| (Subject::Layer(name.to_owned()), layer.to_json()));
            let holdouts =
                contents.holdouts().map(|(name, holdout)| (Subject::Holdout(name.to_owned()), holdout.to_json()));
            for (subject, body) in layers.chain(holdouts) {
                let revision = changing.revision;
                if changing.put_section(&subject, &body)? > revision {
                    imported.put.push(subject.name().to_owned());
                }
            }
            if absent == Absent::Go {
                let layers = before.layers().filter(|(name, _)| contents.layers().all(|(there, _)| there != *name));
                let holdouts =
                    before.holdouts().filter(|(name, _)| contents.holdouts().all(|(there, _)| there != *name));
                let layers = layers.map(|(name, _)| Subject::Layer(name.to_owned()));
                for subject in holdouts.map(|(name, _)| Subject::Holdout(name.to_owned())).chain(layers) {
                    changing.section(&subject, None, None)?;
                    imported.removed.push(subject.name().to_owned());
                }
                let is_there = |name: &str| {
                    contents.flags().iter().any(|flag| flag.name() == name)
                        || contents.problems().any(|problem| problem.flag() == name)
                };
                for flag in before.flags().iter().filter(|flag| !is_there(flag.name())) {
                    changing.remove(flag.name(), None)?;
                    imported.removed.push(flag.name().to_owned());
                }
                for (name, _) in
                    before.segments().filter(|(name, _)| contents.segments().all(|(there, _)| there != *name))
                {
                    changing.segment(name, None, None)?;
                    imported.removed.push(name.to_owned());
                }
            }
            Ok(imported)
        })
    }
}

/// What an export did.
///
/// ```
/// use feature_flags::Flag;
/// use feature_flags_sqlite::{Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// store.put(&Flag::new("new-search").enabled(true), &Author::new("ada"))?;
/// let file = directory.path().join("flags.toml");
/// std::fs::write(&file, "format = 1\n[flags]\nold-search = true # since spring\n")?;
/// let exported = store.export(&file)?;
/// assert_eq!((exported.put(), exported.removed()), (&["new-search".to_owned()][..], &["old-search".to_owned()][..]));
/// assert!(exported.left_out().is_empty());
/// # Ok(()) }
/// ```
#[cfg(feature = "export")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    put: Vec<String>,
    removed: Vec<String>,
    left_out: Vec<String>,
}

#[cfg(feature = "export")]
impl Exported {
    /// The flags, layers and holdouts that were written, by name.
    pub fn put(&self) -> &[String] {
        &self.put
    }

    /// Those that were in the file and are not in the store.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// What the file does not say: segments with other keys than it has, since the store has hashes of them only.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

#[cfg(feature = "export")]
impl SqliteStore {
    /// Writes flags, layers and holdouts into a `flags.toml`, which is made if it is not there: what is the same there stays as it
    /// is written, comments included; what is not in the store goes. Segments stay as they are in the file.
    ///
    /// ```
    /// use feature_flags::Flag;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (path, file) = (directory.path().join("flags.db"), directory.path().join("flags.toml"));
    /// let store = SqliteStore::open(&path)?;
    /// store.put(&Flag::new("new-search").enabled(true), &Author::new("ada"))?;
    /// store.export(&file)?;
    /// assert_eq!(std::fs::read_to_string(&file)?, "format = 1\n\n[flags]\nnew-search = true\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be read, or the file be written; the file is then as it was.
    pub fn export(&self, file: impl AsRef<Path>) -> Result<Exported, StoreError> {
        let path = file.as_ref();
        let failed = |source| StoreError::Export { path: path.to_owned(), source };
        let contents = self.contents()?;
        let mut exported = Exported::default();
        let new = |path: &Path| std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        match new(path).and_then(|mut file| std::io::Write::write_all(&mut file, b"format = 1\n")) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error.into())),
            _ => {}
        }
        let mut edit = Edit::open(path).map_err(|error| failed(error.into()))?;
        for flag in contents.flags() {
            if edit.holds(flag) {
                continue;
            }
            edit = edit.put(flag).map_err(|error: EditError| failed(error.into()))?;
            exported.put.push(flag.name().to_owned());
        }
        let stays = |name: &str| {
            contents.flags().iter().any(|flag| flag.name() == name)
                || contents.problems().any(|problem| problem.flag() == name)
        };
        let gone: Vec<String> = edit.flags().filter(|name| !stays(name)).map(str::to_owned).collect();
        for name in &gone {
            edit = edit.remove(name).map_err(|error| failed(error.into()))?;
        }
        exported.removed = gone;
        edit = export_sections(edit, &contents, &mut exported).map_err(|error| failed(error.into()))?;
        exported.left_out.extend(contents.problems().map(ToString::to_string));
        let segments = contents.segments().filter(|(name, segment)| !edit.holds_segment(name, segment));
        let unkept = segments.map(|(name, _)| {
            if edit.has_segment(name) {
                format!("segment `{name}`: the file has other keys, and the store none to write, only hashes")
            } else {
                format!("segment `{name}`: the store has no keys to write, only hashes")
            }
        });
        exported.left_out.extend(unkept);
        if !(exported.put.is_empty() && exported.removed.is_empty()) {
            edit.save().map_err(|error| failed(error.into()))?;
        }
        Ok(exported)
    }
}

/// Layers first, since holdouts name them; holdouts go first.
#[cfg(feature = "export")]
fn export_sections(mut edit: Edit, contents: &Contents, exported: &mut Exported) -> Result<Edit, EditError> {
    let there = edit.file()?;
    for (name, _) in there.holdouts().filter(|(name, _)| contents.holdouts().all(|(kept, _)| kept != *name)) {
        edit = edit.remove_holdout(name);
        exported.removed.push(name.to_owned());
    }
    for (name, _) in there.layers().filter(|(name, _)| contents.layers().all(|(kept, _)| kept != *name)) {
        edit = edit.remove_layer(name);
        exported.removed.push(name.to_owned());
    }
    for (name, layer) in contents.layers().filter(|kept| there.layers().all(|there| there != *kept)) {
        edit = edit.put_layer(name, layer);
        exported.put.push(name.to_owned());
    }
    for (name, holdout) in contents.holdouts().filter(|kept| there.holdouts().all(|there| there != *kept)) {
        edit = edit.put_holdout(name, holdout);
        exported.put.push(name.to_owned());
    }
    Ok(edit)
}
