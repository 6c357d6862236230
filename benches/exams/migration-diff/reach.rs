//! Makes one database what another one is, change by change.

use std::collections::BTreeSet;
use std::time::Duration;

use migration_planner::{
    Change, Consumer, ConsumerKind, Evidence, Finding, Plan, Planner, Policy, Schema, SchemaDiffer, Server, ServerKind,
    Table, Window,
};
use migration_planner_postgres::{
    Advance, CatalogSnapshot, Clock, Introspection, Runner, RunnerOptions, SystemClock, introspect,
};
use postgres::{Client, NoTls};
use postgres_for_tests::Database;

/// How many changes a case may take; more means that it goes round in circles.
pub(crate) const MOST_CHANGES: usize = 120;

pub(crate) fn database() -> Database {
    postgres_for_tests::database().expect("there was a server a moment ago")
}

pub(crate) fn connect(database: &Database) -> Client {
    Client::connect(&database.url(), NoTls).expect("the database was made a moment ago")
}

/// What the end state is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The wanted one to the letter.
    Exactly,
    /// The wanted one but for the order of columns, of which the differ says that no change expresses it.
    ButForOrder,
}

/// Makes `from` what `to` is by planned changes; each is undone once before it is carried out for good.
///
/// The judge is the catalog as text, which knows nothing of the differ, and a count of the columns that are gone.
pub(crate) fn reach(from: &Database, to: &Database, renames: &SchemaDiffer) -> Result<(), String> {
    match reach_somehow(from, to, renames)? {
        Reached::Exactly => Ok(()),
        Reached::ButForOrder => Err("the columns are in another order".to_owned()),
    }
}

/// The same, where columns may come to stand in another order if that is said.
pub(crate) fn reach_somehow(from: &Database, to: &Database, renames: &SchemaDiffer) -> Result<Reached, String> {
    let wanted = introspect(&to.url()).map_err(|error| said(&error))?.schema;
    let before = columns(from);
    // What was renamed is not called so any more: the renames hold for the state that they were named for.
    let found = introspect(&from.url()).map_err(|error| said(&error))?;
    // Some cases name what is not there, to see it passed over.
    let named = renames.between(&found.schema, &wanted).ok();
    let named = named.as_ref().map(migration_planner::SchemaDiff::changes).unwrap_or_default();
    let named: Vec<&Change> = named.into_iter().filter(|change| is_rename(change)).collect();
    for change in &named {
        step(change, introspect(&from.url()).map_err(|error| said(&error))?, from)?;
    }
    let mut announced: BTreeSet<String> = BTreeSet::new();
    let mut done = 0;
    let out_of_order = loop {
        let found = introspect(&from.url()).map_err(|error| said(&error))?;
        let differ = SchemaDiffer::new(ServerKind::Postgres);
        let diff = differ.between(&found.schema, &wanted).map_err(|error| said(&error))?;
        announced.extend(diff.losses().map(ToString::to_string));
        let Some(change) = diff.changes().first().map(|change| (*change).clone()) else {
            break diff.inexpressible().iter().any(|left| left.what().contains("another order"));
        };
        done += 1;
        if done > MOST_CHANGES {
            return Err(format!("goes round in circles, next would be: {change}"));
        }
        step(&change, found, from)?;
    };
    let differences = CatalogSnapshot::of(&to.url())
        .map_err(|error| said(&error))?
        .differences(&CatalogSnapshot::of(&from.url()).map_err(|error| said(&error))?);
    let left = if out_of_order { but_for_order(&differences) } else { differences.clone() };
    if let Some(first) = left.first() {
        return Err(format!("{} differences are left, the first: {first}", left.len()));
    }
    match silently_gone(&before, &columns(from), &named, &announced) {
        Some(column) => Err(format!("{column} is gone and nobody said so")),
        None if differences.is_empty() => Ok(Reached::Exactly),
        None => Ok(Reached::ButForOrder),
    }
}

/// The differences that are more than another place of a column in its table.
fn but_for_order(differences: &[String]) -> Vec<String> {
    let placeless = |line: &str| {
        let (head, rest) = line[2..].split_once(": number ")?;
        Some(format!("{head}: {}", rest.split_once(';')?.1))
    };
    let of = |sign: &str| -> BTreeSet<String> {
        differences.iter().filter(|line| line.starts_with(sign)).filter_map(|line| placeless(line)).collect()
    };
    let (missing, surplus) = (of("-"), of("+"));
    let is_moved =
        |line: &&String| placeless(line).is_some_and(|line| missing.contains(&line) && surplus.contains(&line));
    differences.iter().filter(|line| !is_moved(line)).cloned().collect()
}

/// A column of a table that is gone with its data though no change was told that ends so, and none that gives it another name.
fn silently_gone(
    before: &BTreeSet<(String, String, bool)>,
    after: &BTreeSet<(String, String, bool)>,
    renames: &[&Change],
    announced: &BTreeSet<String>,
) -> Option<String> {
    let has = |table: &str, column: &str| after.iter().any(|(own, known, _)| own == table && known == column);
    let told = |table: &str, column: &str| {
        let is_it = |line: &String| {
            line.contains(&format!("{table}.{column}")) || line.ends_with(&format!("drop table {table}"))
        };
        announced.iter().any(is_it)
    };
    let later_table = |table: &str| {
        let to = |change: &&Change| match change {
            Change::RenameTable { table: old, to, .. } if old.to_string() == table => {
                Some(old.schema().map_or(to.clone(), |schema| format!("{schema}.{to}")))
            }
            _ => None,
        };
        renames.iter().find_map(to).unwrap_or_else(|| table.to_owned())
    };
    // Columns are renamed in tables by the names that those have then.
    let later_column = |table: &str, column: &str| {
        let to = |change: &&Change| match change {
            Change::RenameColumn { table: of, column: old, to, .. } if of.to_string() == table && old == column => {
                Some(to.clone())
            }
            _ => None,
        };
        renames.iter().find_map(to).unwrap_or_else(|| column.to_owned())
    };
    let stored = before.iter().filter(|(_, _, computed)| !computed);
    let mut now = stored.map(|(table, column, _)| {
        let table = later_table(table);
        let column = later_column(&table, column);
        (table, column)
    });
    now.find(|(table, column)| !has(table, column) && !told(table, column))
        .map(|(table, column)| format!("{table}.{column}"))
}

pub(crate) fn is_rename(change: &Change) -> bool {
    matches!(
        change,
        Change::RenameTable { .. }
            | Change::RenameColumn { .. }
            | Change::RenameIndex { .. }
            | Change::RenameConstraint { .. }
            | Change::RenameEnumValue { .. }
            | Change::Rename { .. }
    )
}

/// Plans one change for the database as it is, and makes it.
fn step(change: &Change, found: Introspection, database: &Database) -> Result<(), String> {
    // The server has not counted tables that nobody ever wrote to.
    let uncounted = |server: &Server, table: &Table| server.rows(table.name()).is_none();
    let counted = found.schema.tables().iter().fold(found.server, |server, table| {
        if uncounted(&server, table) { server.with_rows(table.name(), 0) } else { server }
    });
    let planner = Planner::new(&found.schema, counted).consumers([tester()]).policy(policy());
    let change = &given(change, &found.schema);
    let plan = planner.plan(change).map_err(|refusal| format!("{change}: refused: {refusal}"))?;
    there_and_back(&plan, database).map_err(|reason| format!("{change}: {reason}"))
}

/// What a state cannot say: what rows get that have no value. There are none in these databases, so that NULL will do.
pub(crate) fn given(change: &Change, schema: &Schema) -> Change {
    match change {
        Change::AddColumn { column, .. }
            if column.is_not_null() && column.default().is_none() && column.identity_kind().is_none() =>
        {
            change.clone().filled_with("NULL")
        }
        Change::DropColumn { table, column, .. } => match schema.table(table).and_then(|table| table.column(column)) {
            Some(own) if own.is_not_null() && own.default().is_none() && own.identity_kind().is_none() => {
                change.clone().filled_with(some_value(own.data_type()))
            }
            _ => change.clone(),
        },
        other => other.clone(),
    }
}

/// A value of a type that can be none: what rows get that are written while the column is on its way out.
fn some_value(data_type: &str) -> String {
    let kind = data_type.split(['(', ' ']).next().unwrap_or(data_type);
    match kind {
        _ if data_type.ends_with("[]") => "'{}'".to_owned(),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double" | "INTEGER" | "INT" => "0".to_owned(),
        "boolean" => "false".to_owned(),
        "date" | "timestamp" => "'epoch'".to_owned(),
        "time" | "interval" => "'00:00'".to_owned(),
        "uuid" => "'00000000-0000-0000-0000-000000000000'".to_owned(),
        "json" | "jsonb" => "'null'".to_owned(),
        _ => "''".to_owned(),
    }
}

/// Carries a plan out up to the point of no return, undoes it, compares the catalog, and carries all of it out.
pub(crate) fn there_and_back(plan: &Plan, database: &Database) -> Result<(), String> {
    let ways_back = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
    if ways_back > 0 {
        let before = CatalogSnapshot::of(&database.url()).map_err(|error| said(&error))?;
        let mut runner = begun(plan, database)?;
        for _ in 0..ways_back {
            if let Advance::Held { phase, .. } = runner.advance().map_err(|error| said(&error))? {
                return Err(format!("phase {phase} is held although everybody was answered for"));
            }
        }
        runner.roll_back().map_err(|error| format!("on the way back: {}", said(&error)))?;
        let after = CatalogSnapshot::of(&database.url()).map_err(|error| said(&error))?;
        if let Some(first) = before.differences(&after).first() {
            return Err(format!("rolling back does not restore the catalog: {first}"));
        }
    }
    let mut runner = begun(plan, database)?;
    for _ in 0..=plan.phases().len() {
        match runner.advance().map_err(|error| said(&error))? {
            Advance::Finished => return Ok(()),
            Advance::Held { phase, .. } => {
                return Err(format!("phase {phase} is held although everybody was answered for"));
            }
            _ => {}
        }
    }
    Err("the plan does not come to its end".to_owned())
}

/// Nobody else is in these databases, and no table is large.
pub(crate) fn policy() -> Policy {
    Policy::default().small_table(1_000_000)
}

/// Who uses these databases: the exam alone.
pub(crate) fn tester() -> Consumer {
    Consumer::new("exam", ConsumerKind::Application)
}

/// A runner that has begun the plan, everybody being answered for.
fn begun(plan: &Plan, database: &Database) -> Result<Runner, String> {
    let options = RunnerOptions::default().lock_timeout(Duration::from_millis(500)).writing_share(100);
    let mut runner = Runner::open_with(&database.url(), options).map_err(|error| said(&error))?;
    runner.begin(plan).map_err(|error| said(&error))?;
    let (finding, now) = (Finding::attestation("nobody else is here"), Window::instant(SystemClock.now()));
    let evidence = Evidence::new(tester().name(), plan.change().object(), finding, now, "exam");
    runner.record(&evidence).map_err(|error| said(&error))?;
    Ok(runner)
}

/// An error with all that it comes from.
pub(crate) fn said(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// All columns of the application's tables: whether what is in them is computed from others comes last.
fn columns(database: &Database) -> BTreeSet<(String, String, bool)> {
    let sql = "SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name, column_name::text, \
               is_generated = 'ALWAYS' FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
               WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema', 'cutover')";
    let rows = connect(database).query(sql, &[]).expect("the catalog can be read");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}
