//! Layers and holdouts as the store keeps them.

use std::collections::BTreeSet;

use feature_flags::{Holdout, Layer, LoadError, Revision};
use rusqlite::{OptionalExtension, params};

use crate::author::Author;
use crate::error::StoreError;
use crate::history::Subject;
use crate::query;
use crate::schema;
use crate::store::SqliteStore;
use crate::write::Changing;

impl SqliteStore {
    /// Puts a layer, in place of one of the same name. One that is there already just so is no change.
    ///
    /// The first layer or holdout brings the store to format 2, which versions of this crate before refuse; until then
    /// they go on with it.
    ///
    /// ```
    /// use feature_flags::{Holdout, Layer};
    /// use feature_flags_sqlite::{Author, SqliteStore, StoreError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let ada = Author::new("ada");
    /// store.put_layer("checkout", &Layer::new().slot("new-form", ["0%..30%".parse()?])?, &ada)?;
    /// store.put_holdout("q4", &Holdout::new("5%".parse()?).layer("checkout"), &ada)?;
    /// assert_eq!(store.contents()?.layers().len(), 1);
    ///
    /// let error = store.remove_layer("checkout", &ada).unwrap_err();
    /// assert!(matches!(error, StoreError::NoSuchLayer { holdout, .. } if holdout == "q4"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the layer is wrong in itself, or the change could not be made: then nothing changed.
    pub fn put_layer(&self, name: &str, layer: &Layer, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.put_section(&Subject::Layer(name.to_owned()), &layer.to_json()))
    }

    /// Removes a layer: its flags do not exclude each other any more. One that is not there is no change.
    ///
    /// # Errors
    /// [`StoreError::NoSuchLayer`] if a holdout names it, or if the change could not be made: then nothing changed.
    pub fn remove_layer(&self, name: &str, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.section(&Subject::Layer(name.to_owned()), None, None))
    }

    /// Puts a holdout, in place of one of the same name. One that is there already just so is no change.
    ///
    /// # Errors
    /// [`StoreError::NoSuchLayer`] if it names a layer that is not there, if it is wrong in itself, or the change could not
    /// be made: then nothing changed.
    pub fn put_holdout(&self, name: &str, holdout: &Holdout, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.put_section(&Subject::Holdout(name.to_owned()), &holdout.to_json()))
    }

    /// Removes a holdout: nobody is held out of its flags any more. One that is not there is no change.
    ///
    /// ```
    /// use feature_flags::Holdout;
    /// use feature_flags_sqlite::{Author, SqliteStore};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let ada = Author::new("ada");
    /// store.put_holdout("q4", &Holdout::new("5%".parse()?).flag("new-form"), &ada)?;
    /// store.remove_holdout("q4", &ada.because("the quarter is over"))?;
    /// assert_eq!(store.contents()?.holdouts().len(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the change could not be made: then nothing changed.
    pub fn remove_holdout(&self, name: &str, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| changing.section(&Subject::Holdout(name.to_owned()), None, None))
    }
}

/// A layer or a holdout.
pub(crate) enum Section {
    Layer(Layer),
    Holdout(Holdout),
}

impl Section {
    /// One as it is kept.
    pub(crate) fn parse(subject: Subject, body: &str) -> Result<Self, StoreError> {
        let read = match &subject {
            Subject::Holdout(_) => Holdout::from_json(body).map(Self::Holdout),
            _ => Layer::from_json(body).map(Self::Layer),
        };
        read.map_err(|error: LoadError| StoreError::WrongSection { subject, message: error.in_one_line() })
    }

    /// As it is kept: equal ones are equal texts.
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Layer(layer) => layer.to_json(),
            Self::Holdout(holdout) => holdout.to_json(),
        }
    }
}

impl Changing<'_> {
    /// Puts a layer or holdout as JSON.
    pub(crate) fn put_section(&mut self, subject: &Subject, body: &str) -> Result<Revision, StoreError> {
        // What cannot be read back must not get in.
        let _right = Section::parse(subject.clone(), body)?;
        self.section(subject, Some(body), None)
    }

    pub(crate) fn section(
        &mut self,
        subject: &Subject,
        body: Option<&str>,
        undoes: Option<Revision>,
    ) -> Result<Revision, StoreError> {
        let before = self.section_now(subject)?;
        if before.as_deref() == body {
            return Ok(self.revision);
        }
        schema::add_sections(&self.transaction)?;
        let revision = self.note(subject.kind(), subject.name(), before.as_deref(), body, undoes)?;
        self.sections_changed = true;
        Ok(revision)
    }

    /// A layer or holdout as it is kept, if it is there.
    pub(crate) fn section_now(&self, subject: &Subject) -> Result<Option<String>, StoreError> {
        if !schema::has_sections(&self.transaction)? {
            return Ok(None);
        }
        let newest =
            "SELECT after FROM flag_section_changes WHERE kind = ?1 AND name = ?2 ORDER BY revision DESC LIMIT 1";
        let found = self.transaction.query_row(newest, params![subject.kind(), subject.name()], |row| row.get(0));
        Ok(found.optional()?.flatten())
    }

    /// Fails if a holdout names a layer that is not there: looked at when all is changed, since an import changes several.
    pub(crate) fn check_holdouts(&self) -> Result<(), StoreError> {
        if !self.sections_changed {
            return Ok(());
        }
        let contents = query::only_sections(&self.transaction, self.revision)?;
        let layers: BTreeSet<&str> = contents.layers().map(|(name, _)| name).collect();
        for (name, holdout) in contents.holdouts() {
            if let Some(layer) = holdout.layers().find(|layer| !layers.contains(layer)) {
                return Err(StoreError::NoSuchLayer { holdout: name.to_owned(), layer: layer.to_owned() });
            }
        }
        Ok(())
    }
}
