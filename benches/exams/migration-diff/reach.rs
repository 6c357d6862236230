//! Makes one database what another one is, change by change.

use std::collections::BTreeSet;
use std::time::Duration;

use migration_planner::{
    Change, Consumer, ConsumerKind, Evidence, Finding, Plan, Planner, Policy, Schema, SchemaDiffer, Server, ServerKind,
    Table, Window,
};
use migration_planner_postgres::{Advance, CatalogSnapshot, Clock, Runner, RunnerOptions, SystemClock, introspect};
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

/// Makes `from` what `to` is by planned changes; each is undone once before it is carried out for good.
///
/// The judge is the catalog as text, which knows nothing of the differ, and a count of the columns that are gone.
pub(crate) fn reach(from: &Database, to: &Database, renames: &SchemaDiffer) -> Result<(), String> {
    let wanted = introspect(&to.url()).map_err(|error| said(&error))?.schema;
    let mut announced: BTreeSet<String> = BTreeSet::new();
    let before = columns(from);
    let mut done = 0;
    let mut renamed = BTreeSet::new();
    // What was renamed is not called so any more: the renames hold for the state that they were named for.
    let first = introspect(&from.url()).map_err(|error| said(&error))?.schema;
    // Some cases name what is not there, to see it passed over.
    let named = renames.between(&first, &wanted).ok();
    let named = named.as_ref().map(migration_planner::SchemaDiff::changes).unwrap_or_default();
    for change in named.into_iter().filter(|change| is_rename(change)) {
        if let Change::RenameColumn { table, column, .. } = change {
            renamed.insert((table.to_string(), column.clone()));
        }
        step(change, from)?;
    }
    loop {
        let found = introspect(&from.url()).map_err(|error| said(&error))?;
        let differ = SchemaDiffer::new(ServerKind::Postgres);
        let diff = differ.between(&found.schema, &wanted).map_err(|error| said(&error))?;
        announced.extend(diff.losses().map(ToString::to_string));
        let Some(change) = diff.changes().first().copied() else { break };
        done += 1;
        if done > MOST_CHANGES {
            return Err(format!("goes round in circles, next would be: {change}"));
        }
        step(change, from)?;
    }
    let differences = CatalogSnapshot::of(&to.url())
        .map_err(|error| said(&error))?
        .differences(&CatalogSnapshot::of(&from.url()).map_err(|error| said(&error))?);
    if let Some(first) = differences.first() {
        return Err(format!("{} differences are left, the first: {first}", differences.len()));
    }
    // Data that was dropped has to have been announced: the table or the column by its name.
    let gone = before.difference(&columns(from)).cloned().collect::<Vec<_>>();
    let silent = gone.iter().find(|(table, column, computed)| {
        let told = |line: &String| {
            line.contains(&format!("{table}.{column}")) || line.ends_with(&format!("drop table {table}"))
        };
        !computed && !renamed.contains(&(table.clone(), column.clone())) && !announced.iter().any(told)
    });
    match silent {
        Some((table, column, _)) => Err(format!("{table}.{column} is gone and nobody said so")),
        None => Ok(()),
    }
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
fn step(change: &Change, database: &Database) -> Result<(), String> {
    let found = introspect(&database.url()).map_err(|error| said(&error))?;
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
        Change::AddColumn { column, .. } if column.is_not_null() && column.default().is_none() => {
            change.clone().filled_with("NULL")
        }
        Change::DropColumn { table, column, .. } => match schema.table(table).and_then(|table| table.column(column)) {
            Some(own) if own.is_not_null() && own.default().is_none() && own.identity_kind().is_none() => {
                change.clone().filled_with("NULL")
            }
            _ => change.clone(),
        },
        other => other.clone(),
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
