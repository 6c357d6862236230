//! Where flags are: a file, or a SQLite store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use feature_flags::{
    Builder, ContentId, Contents, Edit, FileSource, Flag, Flags, LastChange, Percent, Revision, Source, StaleEvidence,
};
use feature_flags_sqlite::{Author, Options, SqliteStore, Subject};

/// A file of flags, or a SQLite store.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The file of flags, or the database of a store, which is told by its first bytes.
    file: PathBuf,
    /// It is a store, also where there is no file yet.
    #[arg(long)]
    store: bool,
}

/// Who changes something, and why: kept in the history of a store.
#[derive(Debug, Args)]
pub(crate) struct Signature {
    /// Who changes it; the user of this machine unless given.
    #[arg(long)]
    who: Option<String>,
    /// Why.
    #[arg(long)]
    why: Option<String>,
}

/// What to wait for, where a service should serve a change.
pub(crate) enum Saved {
    /// The text of a file.
    Content(ContentId),
    /// The change of a store.
    Revision(Revision),
}

/// What to change in a flag.
#[derive(Clone, Copy)]
pub(crate) enum Alteration {
    Enabled(bool),
    Share(Percent),
}

impl Place {
    /// The flags, beside what `builder` has.
    pub(crate) fn flags(&self, builder: Builder) -> anyhow::Result<Flags> {
        if !self.is_store() {
            return Ok(builder.file(&self.file)?);
        }
        Ok(builder.contents(&self.file.display().to_string(), self.reading()?.contents()?))
    }

    /// The place at `file`, whichever it is.
    pub(crate) fn at(file: &Path) -> Self {
        Self { file: file.to_owned(), store: false }
    }

    /// The flags as they would be after these changes, none of which is made.
    pub(crate) fn altered(&self, builder: Builder, alterations: &[(&str, Alteration)]) -> anyhow::Result<Flags> {
        let mut contents =
            if self.is_store() { self.reading()?.contents()? } else { FileSource::new(&self.file)?.load()? };
        let mut changed: BTreeMap<&str, Flag> = BTreeMap::new();
        for (name, alteration) in alterations {
            let there =
                changed.remove(name).or_else(|| contents.flags().iter().find(|flag| flag.name() == *name).cloned());
            let flag = there.ok_or_else(|| anyhow!("there is no flag `{name}` in {}", self.file.display()))?;
            changed.insert(*name, altered(flag, *alteration)?);
        }
        // Of two flags with one name, the later counts.
        contents = changed.into_values().fold(contents, Contents::with);
        Ok(builder.contents(&self.file.display().to_string(), contents))
    }

    /// When flags were changed last: what the history of a store knows, or when a file was written.
    pub(crate) fn last_changes(&self, evidence: StaleEvidence) -> anyhow::Result<StaleEvidence> {
        if !self.is_store() {
            let written = std::fs::metadata(&self.file)?.modified()?;
            return Ok(evidence.all_changed(LastChange::NotAfter(written)));
        }
        // The newest change comes first; it is the one that stays.
        let history = self.reading()?.history(None, usize::MAX)?;
        let flags = history.iter().rev().filter(|entry| matches!(entry.subject(), Subject::Flag(_)));
        Ok(flags.fold(evidence, |evidence, entry| evidence.changed(entry.subject().name(), LastChange::At(entry.at()))))
    }

    /// Changes one flag and nothing else.
    pub(crate) fn alter(&self, flag: &str, alteration: Alteration, signature: &Signature) -> anyhow::Result<Saved> {
        if !self.is_store() {
            let edit = Edit::open(&self.file)?;
            let edit = match alteration {
                Alteration::Enabled(enabled) => edit.set_enabled(flag, enabled)?,
                Alteration::Share(share) => edit.set_rollout(flag, share)?,
            };
            return Ok(Saved::Content(edit.save()?));
        }
        let store = self.writing()?;
        let (before, seen) = store.flag(flag)?.ok_or_else(|| anyhow!("there is no flag `{flag}` in the store"))?;
        Ok(Saved::Revision(store.put_if(&altered(before, alteration)?, seen, &signature.author())?))
    }

    /// The store, to look at.
    pub(crate) fn reading(&self) -> anyhow::Result<SqliteStore> {
        self.check_is_store()?;
        Ok(SqliteStore::open_with(&self.file, Options::new().read_only())?)
    }

    /// The store, to change it.
    pub(crate) fn writing(&self) -> anyhow::Result<SqliteStore> {
        self.check_is_store()?;
        Ok(SqliteStore::open(&self.file)?)
    }

    fn check_is_store(&self) -> anyhow::Result<()> {
        if self.is_store() {
            return Ok(());
        }
        bail!("{} is no SQLite store: a file's history is that of its version control", self.file.display())
    }

    fn is_store(&self) -> bool {
        const SQLITE: &[u8] = b"SQLite format 3\0";
        let begins_so = || {
            let mut first = [0; SQLITE.len()];
            // Opening a pipe would wait for whoever writes to it.
            self.file.is_file()
                && File::open(&self.file).is_ok_and(|mut file| file.read_exact(&mut first).is_ok() && first == SQLITE)
        };
        self.store || begins_so()
    }
}

impl Signature {
    pub(crate) fn author(&self) -> Author {
        let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
        let author = self.who.clone().or_else(user).map_or_else(Author::unknown, Author::new);
        match &self.why {
            Some(why) => author.because(why),
            None => author,
        }
    }
}

fn altered(flag: Flag, alteration: Alteration) -> anyhow::Result<Flag> {
    match alteration {
        Alteration::Enabled(enabled) => Ok(flag.enabled(enabled)),
        Alteration::Share(share) => {
            let name = flag.name().to_owned();
            let several = || anyhow!("flag `{name}` has not just one rollout, so it is not clear which is meant");
            flag.with_share(share).ok_or_else(several)
        }
    }
}
