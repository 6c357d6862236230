//! Migrations, one after the other.

use std::fs;
use std::path::PathBuf;

use migration_planner::{Schema, SchemaDiffer, SchemaError, ServerKind};

/// How many differences are shown of one file.
const SHOWN: usize = 6;

/// A database, and what was read of the same statements.
pub(crate) trait TwoViews {
    fn server(&self) -> ServerKind;
    /// Runs a script in the database.
    fn run(&mut self, script: &str) -> Result<(), String>;
    /// Reads the script's text.
    fn read(&mut self, script: &str) -> Result<(), SchemaError>;
    /// What the database says of itself.
    fn found(&mut self) -> Schema;
    /// What the text says.
    fn text(&self) -> Schema;
}

/// After how many files both views are the same, and how many files there are. A file that either cannot follow counts as wrong.
pub(crate) fn compare(files: &[PathBuf], both: &mut impl TwoViews) -> (usize, usize) {
    let mut right = 0;
    let mut known: Vec<String> = Vec::new();
    for file in files {
        let script = fs::read_to_string(file).expect("the file was listed a moment ago");
        if let Err(error) = both.run(&script) {
            println!("  refused by the server: {}: {error}", file.display());
            continue;
        }
        if let Err(error) = both.read(&script) {
            println!("  not followed: {}: {error}", file.display());
        }
        let differences = differences(both.server(), &both.text(), &both.found());
        right += usize::from(differences.is_empty());
        let new: Vec<&String> = differences.iter().filter(|line| !known.contains(line)).collect();
        if !new.is_empty() {
            println!("  differs after {}:", file.display());
            new.iter().take(SHOWN).for_each(|line| println!("    {}", line.replace('\n', "\n      ")));
        }
        known = differences;
    }
    (right, files.len())
}

/// Whatever the comparison finds, either way.
fn differences(server: ServerKind, text: &Schema, found: &Schema) -> Vec<String> {
    let differ = SchemaDiffer::new(server);
    let mut lines = Vec::new();
    for (from, to) in [(text, found), (found, text)] {
        let diff = differ.between(from, to).expect("nothing is renamed");
        lines.extend(diff.changes().iter().map(|change| match serde_json::to_string(change) {
            Ok(json) => format!("{change} {json}"),
            Err(error) => format!("{change} ({error})"),
        }));
        lines.extend(diff.inexpressible().iter().map(ToString::to_string));
    }
    lines
}
