//! Forward to every phase and back: the catalog and the rows are what they were.

use migration_planner::Change;
use migration_planner_sqlite::Advance;

use crate::database::Database;

/// How many round trips restored everything, and how many there were.
pub(crate) fn all() -> (usize, usize) {
    let mut results = Vec::new();
    for sql in tables() {
        for change in [Change::rename_column("t", "v", "w"), Change::drop_column("t", "v").filled_with("'f'")] {
            // A table that cannot be planned for is refused, which is right and no round trip.
            let Ok(plan) = Database::new(&sql).plan(&change) else { continue };
            let reversible = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
            for phases in [1, reversible] {
                let restored = restores(&sql, &change, phases);
                if !restored {
                    println!("not restored after {phases} phases: {change} in {sql}");
                }
                results.push(restored);
            }
        }
    }
    (results.iter().filter(|restored| **restored).count(), results.len())
}

fn restores(sql: &str, change: &Change, phases: usize) -> bool {
    const ROWS: &str = "SELECT k || ' ' || quote(v) || ' ' || typeof(v) FROM t ORDER BY k";
    let database = Database::new(sql);
    let (catalog, rows) = (database.catalog(), database.rows(ROWS));
    let Ok(_plan) = database.begin(change) else { return false };
    let mut runner = database.runner();
    for _ in 0..phases {
        if !matches!(runner.advance(), Ok(Advance::PhaseDone { .. })) {
            return false;
        }
    }
    let changed = phases == 0 || database.catalog() != catalog || matches!(change, Change::DropColumn { .. });
    changed && runner.roll_back().is_ok() && database.catalog() == catalog && database.rows(ROWS) == rows
}

/// Tables with every combination of what a column and its table can be.
fn tables() -> Vec<String> {
    let columns = [
        "v TEXT",
        "v INTEGER DEFAULT 7",
        "v TEXT NOT NULL",
        "v TEXT COLLATE NOCASE NOT NULL DEFAULT 'd' -- said once",
        "\"v\" ANY",
        "v BLOB CHECK (length(v) < 99)",
    ];
    let shapes = [
        ("CREATE TABLE t (k INTEGER PRIMARY KEY, {v}\n)", ""),
        ("CREATE TABLE t({v},\n k TEXT PRIMARY KEY, z INT DEFAULT (1 + 1)) WITHOUT ROWID", ""),
        ("CREATE TABLE t (k INTEGER PRIMARY KEY, {v}\n) STRICT", ""),
        ("CREATE TABLE t (k INTEGER PRIMARY KEY, {v}\n)", "CREATE INDEX i ON t (v DESC);"),
        ("CREATE TABLE t (k INTEGER PRIMARY KEY, rowid INT, {v}\n, UNIQUE (v, k))", "CREATE INDEX i ON t (k, v);"),
        (
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a INT, {v}\n)",
            "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN SELECT 1; END;",
        ),
    ];
    let mut all = Vec::new();
    for (shape, more) in shapes {
        for column in columns {
            // A line comment ends where its line does.
            let column = if shape.contains("{v},") { column.replace(" -- said once", "") } else { column.to_owned() };
            let create = shape.replace("{v}", &column);
            // Names for types that a strict table does not know stay out of it, and ANY is for those alone.
            if create.contains("STRICT") == create.contains("ANY") || !create.contains("ANY") {
                all.push(format!("{create}; {more} INSERT INTO t (k, v) VALUES (1, 'x'), (2, '3'), (3, 'X');"));
            }
        }
    }
    all.retain(|sql| rusqlite::Connection::open_in_memory().and_then(|c| c.execute_batch(sql)).is_ok());
    all
}
