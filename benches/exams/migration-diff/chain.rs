//! Real chains of migrations: instead of each file, the changes that it makes are planned and carried out.

use std::fs;
use std::path::{Path, PathBuf};

use migration_planner::{SchemaDiffer, ServerKind};

use super::reach::{connect, database, reach};
use super::tally::Tally;

/// The files that lead forward, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the chain is there").filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { vec![path.join("up.sql")] } else { vec![path] })
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort_by_cached_key(|path| {
        let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let (version, rest) = relative.split_once('_').unwrap_or((&relative, ""));
        (version.replace('-', ""), rest.to_owned())
    });
    files
}

/// The first `most` files.
pub(crate) fn run(tally: &mut Tally, files: &[PathBuf], most: usize) {
    let mut state = database();
    for file in files.iter().take(most) {
        let sql = fs::read_to_string(file).expect("the file was listed a moment ago");
        let after = state.copy().expect("nobody else is in it");
        // A chain may hold what only its own server has; the states are then the same and nothing is shown.
        let in_one = connect(&after).batch_execute(&sql);
        let each = || {
            let mut client = connect(&after);
            let parts = migration_planner::Dialect::Postgres.split(&sql);
            parts.iter().try_for_each(|part| client.batch_execute(part.text()))
        };
        let name = file.iter().rev().take(2).collect::<Vec<_>>();
        let name = name.iter().rev().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if in_one.is_err() && each().is_err() {
            tally.leave_out(&name, "this server refuses its own statements");
            continue;
        }
        tally.count(&name, reach(&state, &after, &SchemaDiffer::new(ServerKind::Postgres)));
        state = after;
    }
}
