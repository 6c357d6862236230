//! sqldef's cases for SQLite: a file that has the current state is made what one with the desired state is.

use std::collections::BTreeSet;
use std::path::Path;

use migration_planner::{Change, Evidence, Finding, Planner, SchemaDiff, SchemaDiffer, ServerKind, Window};
use migration_planner_sqlite::{Advance, Clock, Runner, SystemClock, introspect};
use rusqlite::Connection;
use tempfile::TempDir;

use super::reach::{MOST_CHANGES, given, is_rename, policy, said, tester};
use super::states::{cases, renames};
use super::tally::Tally;

/// All cases; they take no server and little time.
pub(crate) fn sqldef(tally: &mut Tally, folder: &Path) {
    for (name, case) in cases(folder, tally) {
        if !tally.asks_for(&name) {
            continue;
        }
        let desired = match case.wanted(ServerKind::Sqlite) {
            Ok(desired) => desired,
            Err(reason) => {
                tally.leave_out(&name, reason);
                continue;
            }
        };
        let place = TempDir::new().expect("there is room for a file");
        let (from, to) = (place.path().join("from.db"), place.path().join("to.db"));
        let make = |path: &Path, sql: &str| Connection::open(path).and_then(|connection| connection.execute_batch(sql));
        match make(&from, &case.current).and_then(|()| make(&to, desired)) {
            Ok(()) => tally.count(&name, reach(&from, &to, &renames(ServerKind::Sqlite, desired))),
            Err(error) => tally.leave_out(&name, format!("SQLite refuses its statements: {error}")),
        }
    }
}

fn reach(from: &Path, to: &Path, renames: &SchemaDiffer) -> Result<(), String> {
    let wanted = introspect(to).map_err(|error| said(&error))?.schema;
    let first = introspect(from).map_err(|error| said(&error))?.schema;
    // What was renamed is not called so any more: the renames hold for the state that they were named for.
    let named = renames.between(&first, &wanted).ok();
    for change in named.iter().flat_map(SchemaDiff::changes).filter(|change| is_rename(change)) {
        step(change, from)?;
    }
    let mut last = String::new();
    for _ in 0..MOST_CHANGES {
        let found = introspect(from).map_err(|error| said(&error))?.schema;
        let diff = SchemaDiffer::new(ServerKind::Sqlite).between(&found, &wanted).map_err(|error| said(&error))?;
        let Some(change) = diff.changes().first().copied() else {
            return match facts(to).symmetric_difference(&facts(from)).next() {
                Some(first) => Err(format!("a difference is left: {first}; {:?}", diff.inexpressible())),
                None => Ok(()),
            };
        };
        if change.to_string() == last {
            return Err(format!("{change}: made, and still to be made"));
        }
        last = change.to_string();
        step(change, from)?;
    }
    Err("goes round in circles".to_owned())
}

/// Plans one change for the database as it is, and makes it.
fn step(change: &Change, database: &Path) -> Result<(), String> {
    let found = introspect(database).map_err(|error| said(&error))?;
    let planner = Planner::new(&found.schema, found.server).consumers([tester()]).policy(policy());
    let change = &given(change, &found.schema);
    let plan = planner.plan(change).map_err(|refusal| format!("{change}: refused: {refusal}"))?;
    let failed = |error: &dyn std::error::Error| format!("{change}: {}", said(error));
    let mut runner = Runner::open(database).map_err(|error| failed(&error))?;
    runner.begin(&plan).map_err(|error| failed(&error))?;
    let (finding, now) = (Finding::attestation("nobody else is here"), Window::instant(SystemClock.now()));
    let evidence = Evidence::new(tester().name(), plan.change().object(), finding, now, "exam");
    runner.record(&evidence).map_err(|error| failed(&error))?;
    for _ in 0..=plan.phases().len() {
        match runner.advance().map_err(|error| failed(&error))? {
            Advance::Finished => return Ok(()),
            Advance::Held { phase, .. } => return Err(format!("{change}: phase {phase} is held")),
            _ => {}
        }
    }
    Err(format!("{change}: the plan does not come to its end"))
}

/// What SQLite's own functions say of the catalog, without the places of columns and the spelling of statements.
fn facts(path: &Path) -> BTreeSet<String> {
    let connection = Connection::open(path).expect("the file is there");
    let ask = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("the catalog can be asked");
        let rows = statement.query_map([], |row| row.get(0)).expect("the catalog can be read");
        rows.map(|row| row.expect("it is text")).collect()
    };
    let own = "m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_cutover\\_%' ESCAPE '\\'";
    let mut facts = BTreeSet::new();
    for sql in [
        format!(
            "SELECT 'column ' || m.name || ' ' || x.name || ' ' || lower(x.type) || ' ' || x.\"notnull\" || ' ' || coalesce(x.dflt_value, '-') \
                 || ' ' || x.pk || ' ' || x.hidden FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS x WHERE m.type = 'table' AND {own}"
        ),
        format!(
            "SELECT 'reference ' || m.name || ' ' || f.\"from\" || ' ' || f.\"table\" || ' ' || coalesce(f.\"to\", '-') || ' ' || f.on_delete || ' ' \
                 || f.on_update FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND {own}"
        ),
        format!(
            "SELECT 'index ' || m.name || ' ' || CASE l.origin WHEN 'c' THEN l.name ELSE l.origin END || ' ' || l.\"unique\" || ' ' || l.partial || ' ' \
                 || (SELECT group_concat(coalesce(i.name, '?') || i.\"desc\") FROM pragma_index_xinfo(l.name) AS i WHERE i.key) \
                 FROM sqlite_schema AS m, pragma_index_list(m.name) AS l WHERE m.type = 'table' AND {own}"
        ),
        format!("SELECT m.type || ' ' || m.name || ' ' || m.tbl_name FROM sqlite_schema AS m WHERE {own}"),
    ] {
        facts.extend(ask(&sql));
    }
    let spelled = format!("SELECT m.sql FROM sqlite_schema AS m WHERE m.type IN ('view', 'trigger') AND {own}");
    let words = |sql: &String| sql.replace('"', "").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    facts.extend(ask(&spelled).iter().map(words));
    // SQLite does not tell names apart by case.
    facts.into_iter().map(|fact| fact.to_lowercase()).collect()
}
