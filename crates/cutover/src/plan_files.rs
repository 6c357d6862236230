//! `cutover plan --write`: the phases of a plan as files of a migration tool.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};
use clap::Args;
use migration_planner::{FileWriter, Layout, Migration, MigrationFile, Plan, Timestamp};

use crate::lint;

/// The digits of a version that is a time, as `20261129140000`.
const DIGITS_OF_A_TIME: usize = 14;

/// Where files go, and what they are like.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Also writes the phases as files of a migration tool into this directory, after those that are there. No file that is there
    /// is touched.
    #[arg(long = "write", value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    /// The tool: plain, sqlx, diesel, refinery, flyway or golang-migrate. Told from the files that are there where not given.
    #[arg(long, requires = "directory")]
    layout: Option<Layout>,
    /// Writes the files of this phase alone: a tool runs all that it finds, and a phase may have to wait.
    #[arg(long, requires = "directory")]
    phase: Option<String>,
    /// Takes work in batches as one statement over all rows, where the tool or the server knows no other way.
    #[arg(long, requires = "directory")]
    in_one_go: bool,
}

impl Files {
    /// Writes what was asked for, and returns the paths.
    pub(crate) fn write(&self, plan: &Plan) -> anyhow::Result<Vec<PathBuf>> {
        let Some(directory) = &self.directory else { return Ok(Vec::new()) };
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        let there = below(directory)?;
        let detected = Layout::detect(there.iter().map(|(path, _)| path.as_str()));
        let Some(layout) = self.layout.or(detected) else {
            bail!("{}: there is no .sql file that tells which tool it is for: say --layout", directory.display());
        };
        let existing = if there.is_empty() { Vec::new() } else { layout.read(there)? };
        let mut writer = FileWriter::new(layout).after(&existing);
        if takes_times(layout, &existing) {
            writer = writer.starting_at(now());
        }
        if let Some(phase) = &self.phase {
            writer = writer.only(phase);
        }
        if self.in_one_go {
            writer = writer.in_one_go();
        }
        let mut written = Vec::new();
        for file in writer.write(plan)? {
            if let Err(error) = create(directory, &file, &mut written) {
                // Half of a phase would be run as if it were all of it.
                for path in &written {
                    drop(fs::remove_file(path));
                }
                return Err(error);
            }
        }
        Ok(written)
    }
}

/// The files that are there, by their paths below the directory.
fn below(directory: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    lint::collect(directory, 0, &mut files)?;
    let base = format!("{}/", directory.display().to_string().replace('\\', "/").trim_end_matches('/'));
    for (path, _) in &mut files {
        if let Some(rest) = path.strip_prefix(&base) {
            *path = rest.to_owned();
        }
    }
    Ok(files)
}

/// Whether versions are times: those that are there, or what the tool would make itself.
fn takes_times(layout: Layout, existing: &[Migration]) -> bool {
    match existing.last() {
        Some(last) => last.version().len() == DIGITS_OF_A_TIME,
        None => matches!(layout, Layout::Sqlx | Layout::Diesel),
    }
}

fn now() -> u64 {
    let digits: String = Timestamp::from(SystemTime::now()).to_string().chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("14 digits are a number")
}

fn create(directory: &Path, file: &MigrationFile, written: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let path = directory.join(file.path());
    let shown = || path.display().to_string();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    let mut handle = OpenOptions::new().write(true).create_new(true).open(&path).with_context(shown)?;
    written.push(path.clone());
    handle.write_all(file.text().as_bytes()).and_then(|()| handle.sync_all()).with_context(shown)
}
