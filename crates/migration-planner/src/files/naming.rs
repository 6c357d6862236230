//! Names of files, and whether they come after those that are there.

use super::{FilesError, MigrationFile};
use crate::lint::{Layout, Migration};
use crate::plan::Plan;

/// As much of a change and of a step as a name tells; file systems take 255 bytes, people fewer.
const LONGEST_NAME: usize = 60;

/// The versions that files get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    next: Option<u64>,
    digits: usize,
}

impl Numbers {
    /// From `version` on, unless what is there already goes further.
    pub(super) fn starting_at(mut self, version: u64) -> Self {
        self.next = Some(self.next.map_or(version, |next| next.max(version)));
        self
    }

    pub(super) fn after(mut self, layout: Layout, migration: &Migration) -> Self {
        let version = migration.version();
        let number = match layout {
            Layout::Flyway | Layout::Refinery => version.split(['.', '_', '-']).next().unwrap_or_default(),
            Layout::Plain => version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default(),
            _ => version,
        };
        if let Ok(found) = number.parse::<u64>() {
            self.digits = self.digits.max(number.len());
            self.next = Some(self.next.map_or(found.saturating_add(1), |next| next.max(found.saturating_add(1))));
        }
        self
    }

    /// The name of the next file without its ending.
    pub(super) fn next_stem(&mut self, layout: Layout, plan: &Plan, step: &str) -> Result<String, FilesError> {
        let version = self.next.unwrap_or(1);
        let last = FilesError::NoVersionLeft { version };
        self.next = Some(version.checked_add(1).ok_or(last)?);
        let number = format!("{version:0digits$}", digits = self.digits);
        let name = name_of(plan, step);
        Ok(match layout {
            Layout::Refinery | Layout::Flyway => format!("V{number}__{name}"),
            Layout::Plain | Layout::Sqlx | Layout::Diesel | Layout::GolangMigrate => format!("{number}_{name}"),
        })
    }
}

/// Each of the new files must be run after all that are there.
pub(super) fn check_order(layout: Layout, existing: &[String], files: &[MigrationFile]) -> Result<(), FilesError> {
    let paths = existing.iter().map(String::as_str).chain(files.iter().map(MigrationFile::path));
    let Ok(read) = layout.read(paths.map(|path| (path, ""))) else {
        // Two of one version, or none that is run on the way up: the first is what numbers after the last exclude.
        return Ok(());
    };
    let is_new = |migration: &Migration| files.iter().any(|file| file.path() == migration.path());
    let is_repeatable = |migration: &&Migration| migration.version().starts_with("R ");
    let first_new = read.iter().position(is_new).unwrap_or(read.len());
    match read[first_new..].iter().filter(|migration| !is_repeatable(migration)).find(|migration| !is_new(migration)) {
        Some(later) => Err(FilesError::TooEarly {
            layout,
            file: read[first_new].path().to_owned(),
            existing: later.path().to_owned(),
        }),
        None => Ok(()),
    }
}

/// The change, and the step where the plan has several: letters, digits and single underscores, which every tool takes.
fn name_of(plan: &Plan, step: &str) -> String {
    let steps = plan.phases().iter().map(|phase| phase.steps().len()).sum::<usize>();
    let change = words(&plan.change().to_string());
    let name = if steps > 1 { format!("{}_{}", shortened(&change), words(step)) } else { change };
    shortened_to(&name, LONGEST_NAME + 40).to_owned()
}

fn shortened(name: &str) -> &str {
    shortened_to(name, LONGEST_NAME)
}

fn shortened_to(name: &str, most: usize) -> &str {
    name.get(..most).unwrap_or(name).trim_end_matches('_')
}

fn words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}
