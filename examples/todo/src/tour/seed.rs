//! Fills a fresh file: 100,000 users and three todos each, the same ones in every tour.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use rusqlite::{Connection, params};

use super::TourError;
use super::interrupt::Interrupt;
use crate::store::Store;

/// How many users the tour has.
pub(super) const USERS: i64 = 100_000;
/// How many todos each of them has.
const TODOS_EACH: i64 = 3;
/// How many users one transaction adds.
const BATCH: i64 = 5_000;

const FIRST: [&str; 24] = [
    "Ada",
    "Anders",
    "Anna",
    "Antonia",
    "Barbara",
    "Boris",
    "Carla",
    "Chen",
    "Dalia",
    "Edsger",
    "Esra",
    "Frances",
    "Grace",
    "Hedy",
    "Ines",
    "Jun",
    "Katherine",
    "Leslie",
    "Margaret",
    "Niklaus",
    "Olga",
    "Radia",
    "Tony",
    "Yukihiro",
];
const LAST: [&str; 20] = [
    "Allen", "Berg", "Castro", "Dubois", "Eriksen", "Fontana", "Garcia", "Hopper", "Ivanova", "Jensen", "Kaya", "Liu",
    "Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Wirth",
];
const THINGS: [&str; 8] = [
    "Water the plants",
    "Write the report",
    "Call the bank",
    "Fix the bicycle",
    "Buy milk",
    "Read the paper",
    "Book a table",
    "Sweep the floor",
];

/// Creates the file at `path` with all its rows, or leaves it as it is where it is there already.
///
/// The rows go to a file beside it that is renamed at the end: a file at `path` is always a full one.
pub(super) fn seed(path: &Path, interrupt: &Interrupt) -> Result<(), TourError> {
    if path.exists() {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    for ending in ["unfinished", "unfinished-wal", "unfinished-shm"] {
        match fs::remove_file(path.with_extension(ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(TourError::file(path, error)),
            _ => {}
        }
    }
    drop(Store::open(&unfinished)?);
    fill(&unfinished, interrupt)?;
    fs::rename(&unfinished, path).map_err(|error| TourError::file(path, error))
}

fn fill(path: &Path, interrupt: &Interrupt) -> Result<(), TourError> {
    let bar = ProgressBar::new(USERS.unsigned_abs());
    bar.set_style(
        ProgressStyle::with_template("   {bar:40} {pos} of {len} users, {eta} left").expect("the template is constant"),
    );
    let mut connection = Connection::open(path)?;
    for first in (1..=USERS).step_by(usize::try_from(BATCH).expect("a small constant")) {
        interrupt.check()?;
        let transaction = connection.transaction()?;
        {
            let mut user = transaction.prepare_cached(
                "INSERT INTO users (id, name, email, staff, legacy_name) VALUES (?1, ?2, ?3, ?4, upper(?2))",
            )?;
            let mut todo = transaction.prepare_cached("INSERT INTO todos (owner, title, done) VALUES (?1, ?2, ?3)")?;
            for id in first..(first + BATCH).min(USERS + 1) {
                user.execute(params![id, name_of(id), format!("user{id}@example.org"), is_staff(id)])?;
                for n in 0..TODOS_EACH {
                    todo.execute(params![id, pick(&THINGS, id * TODOS_EACH + n), (id + n) % 4 == 0])?;
                }
            }
        }
        transaction.commit()?;
        bar.set_position((first + BATCH - 1).unsigned_abs());
    }
    bar.finish_and_clear();
    // Rename moves one file, so everything has to be in it.
    connection.pragma_update(None, "journal_mode", "delete")?;
    Ok(())
}

/// Whether the user `id` of the seed works for us: one in 200.
pub(super) fn is_staff(id: i64) -> bool {
    id % 200 == 0
}

/// One user in 250 came from an import that knew no names.
fn name_of(id: i64) -> String {
    if id % 250 == 7 {
        return String::new();
    }
    format!("{} {} {}", pick(&FIRST, id), pick(&LAST, id / 24), id % 97)
}

/// One of `list`, spread by a multiplicative hash so that neighbours differ.
fn pick<'a>(list: &[&'a str], n: i64) -> &'a str {
    let spread = n.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    let length = u64::try_from(list.len()).expect("a short list");
    list[usize::try_from(spread % length).expect("below the length of a list")]
}
