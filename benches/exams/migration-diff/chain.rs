//! Real chains of migrations: instead of each file, the changes that it makes are planned and carried out.
//!
//! What a file does to rows is no change of the schema: it is counted, and the next file starts from the database that it left,
//! rows and all, so that plans are carried out on the rows that the chain has. No value that was there may be different for it.

#[path = "chain/conversions.rs"]
mod conversions;
#[path = "chain/known.rs"]
mod known;
#[path = "chain/outcomes.rs"]
mod outcomes;
#[path = "chain/renames.rs"]
mod renames;
#[path = "chain/rows.rs"]
mod rows;

use std::fs;
use std::path::{Path, PathBuf};

use cutover_benches::Exam;
use postgres_for_tests::Database;

use super::reach::{Counts, connect, database, reach_with};

use self::conversions::{conversions, told};
use self::outcomes::Outcomes;
use self::rows::{Rows, data_statements};

/// A chain, and what came of it.
#[derive(Debug, Default)]
struct Chain {
    outcomes: Outcomes,
    /// Files with statements that change rows, or may, and how many such statements there are.
    with_data: usize,
    data_statements: usize,
    /// Files that are listed as not reached.
    listed: usize,
    /// Files that come out otherwise than they are listed.
    surprises: usize,
}

/// Carries out the first `most` files, and says how many of them reach the same catalog and come back from it. A file that does not
/// has to be listed, and a listed one may not.
pub(crate) fn run(exam: &mut Exam, part: &str, files: &[PathBuf], most: usize) {
    let mut chain = Chain::default();
    let mut state = database();
    for file in files.iter().take(most) {
        let sql = fs::read_to_string(file).expect("the file was listed a moment ago");
        let after = state.copy().expect("nobody else is in it");
        let name = name(file);
        if !is_asked(&name) {
            apply(&after, &sql).expect("the server takes the file");
            state = after;
            continue;
        }
        chain.count_data(&sql);
        let outcome = apply(&after, &sql).and_then(|()| planned(&state, &after, &sql));
        chain.count(part, &name, outcome);
        state = after;
    }
    chain.report(exam, part);
}

/// Whether a file is to be planned, and not only run: all are, but with `--case` those alone that have the text in their names, or one
/// of several with commas between them.
fn is_asked(name: &str) -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--case");
    arguments.nth(1).is_none_or(|asked| asked.split(',').any(|text| name.contains(text)))
}

/// The folder of a file that is called as all others are, or its own name.
fn name(file: &Path) -> String {
    let own = if file.ends_with("up.sql") { file.parent().unwrap_or(file) } else { file };
    own.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Runs a file as its own tool does: in one transaction, or statement by statement where that cannot be.
fn apply(database: &Database, sql: &str) -> Result<(), String> {
    if connect(database).batch_execute(sql).is_ok() {
        return Ok(());
    }
    let mut client = connect(database);
    let parts = migration_planner::Dialect::Postgres.split(sql);
    let each = parts.iter().try_for_each(|part| client.batch_execute(part.text()));
    each.map_err(|error| format!("the server refuses the file itself: {error:?}"))
}

/// Makes `state` what the file made `after`, by plans; the rows that were there have to be there still.
fn planned(state: &Database, after: &Database, sql: &str) -> Result<Counts, String> {
    let before = Rows::of(state);
    let conversions = conversions(sql);
    let counts = reach_with(state, after, &renames::renames(sql), |change| told(change, &conversions))?;
    match before.changed(&Rows::of(state)) {
        Some(column) => Err(format!("the values of {column} are not what they were")),
        None => Ok(counts),
    }
}

impl Chain {
    fn count_data(&mut self, sql: &str) {
        let statements = data_statements(sql);
        self.with_data += usize::from(statements > 0);
        self.data_statements += statements;
    }

    /// Says at once what did not come out as it should: a chain takes minutes.
    fn count(&mut self, part: &str, file: &str, outcome: Result<Counts, String>) {
        let known = known::reason(part, file);
        self.listed += usize::from(known.is_some());
        match (&outcome, known) {
            (Ok(_), None) => {}
            (Ok(_), Some(_)) => println!("  {part}/{file}: is listed as not reached, and is reached"),
            (Err(said), None) => println!("  {part}/{file}: {}", said.replace('\n', "\n    ")),
            (Err(said), Some(reason)) => {
                println!("  {part}/{file} (known: {reason}): {}", said.replace('\n', "\n    "));
            }
        }
        self.surprises += usize::from(outcome.is_ok() == known.is_some());
        self.outcomes.count(file, outcome);
    }

    fn report(&self, exam: &mut Exam, part: &str) {
        let (right, total) = (self.outcomes.right, self.outcomes.right + self.outcomes.wrong.len());
        println!(
            "  {part}: {right} of {total} files reached and undone, {} listed; {}",
            self.listed, self.outcomes.counts
        );
        println!("  {part}: {} statements about rows in {} files, carried along", self.data_statements, self.with_data);
        exam.part(&format!("{part}-reached-or-listed"), total - self.surprises, total);
    }
}
