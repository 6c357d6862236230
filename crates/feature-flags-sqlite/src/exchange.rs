//! To and from files of flags.

#[cfg(feature = "export")]
use std::path::Path;

use feature_flags::Contents;
#[cfg(feature = "export")]
use feature_flags::{Edit, EditError};

use crate::author::Author;
use crate::error::StoreError;
use crate::query;
use crate::store::SqliteStore;
use crate::write::Version;

/// What happens on import to flags and segments that the store has and the imported contents have not.
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    put: Vec<String>,
    removed: Vec<String>,
    left_out: Vec<String>,
}

impl Imported {
    /// The flags and segments that are new or different now.
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
    /// Takes over what another source holds, in one change of each flag and segment: all of it or nothing.
    ///
    /// Comments of files are not kept; [`export`](Self::export) leaves those of the file it writes to where they are.
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn import(&self, contents: &Contents, absent: Absent, author: &Author) -> Result<Imported, StoreError> {
        self.change(author, |changing| {
            let mut imported = Imported::default();
            imported.left_out.extend(contents.problems().map(ToString::to_string));
            imported.left_out.extend(contents.warnings().iter().cloned());
            let no_place = |what: &str, name: &str| format!("{what} `{name}`: a store keeps flags and segments");
            imported.left_out.extend(contents.layers().map(|(name, _)| no_place("layer", name)));
            imported.left_out.extend(contents.holdouts().map(|(name, _)| no_place("holdout", name)));
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
            if absent == Absent::Go {
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
#[cfg(feature = "export")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    put: Vec<String>,
    removed: Vec<String>,
    left_out: Vec<String>,
}

#[cfg(feature = "export")]
impl Exported {
    /// The flags that were written.
    pub fn put(&self) -> &[String] {
        &self.put
    }

    /// The flags that were in the file and are not in the store.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// What the file cannot say: segments, of whose keys the store has hashes only.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

#[cfg(feature = "export")]
impl SqliteStore {
    /// Writes the flags into a `flags.toml`, which is made if it is not there: flags that are the same there stay as they are
    /// written, comments included; those that are not in the store go.
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
        exported.left_out.extend(contents.problems().map(ToString::to_string));
        let segments = contents.segments().filter(|(name, _)| !edit.has_segment(name));
        let unkept = segments.map(|(name, _)| format!("segment `{name}`: the store has no keys to write, only hashes"));
        exported.left_out.extend(unkept);
        if !(exported.put.is_empty() && exported.removed.is_empty()) {
            edit.save().map_err(|error| failed(error.into()))?;
        }
        Ok(exported)
    }
}
