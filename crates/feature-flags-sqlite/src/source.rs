//! The store as a source of flags.

use std::time::{Duration, Instant};

use feature_flags::{Changes, Contents, EditableSource, Flag, Revision, Source, SourceError};

use crate::author::Author;
use crate::store::SqliteStore;

impl Source for SqliteStore {
    fn name(&self) -> String {
        self.path().display().to_string()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        Ok(self.contents()?)
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let newest = self.wait(since, Instant::now().checked_add(patience))?;
        if newest == since {
            return Ok(Changes::None);
        }
        if newest < since {
            return Ok(Changes::Unknown);
        }
        Ok(self.changed_since(since)?.map_or(Changes::Unknown, Changes::Some))
    }
}

/// Changes of nobody in particular; those that the history should know more about are made by the store's own methods.
impl EditableSource for SqliteStore {
    fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
        Ok(Self::put(self, &flag, &Author::unknown())?)
    }

    fn remove(&self, name: &str) -> Result<Revision, SourceError> {
        Ok(Self::remove(self, name, &Author::unknown())?)
    }
}
