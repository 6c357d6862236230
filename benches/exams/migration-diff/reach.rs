//! Makes one database what another one is, change by change.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use migration_planner::{
    Change, Consumer, ConsumerKind, Evidence, Finding, Plan, Planner, Policy, Schema, SchemaDiffer, Server, ServerKind,
    Table, Window,
};
use migration_planner_postgres::{
    Advance, CatalogSnapshot, Clock, Inspector, Introspection, Runner, RunnerOptions, SystemClock,
};
use postgres::{Client, NoTls};
use postgres_for_tests::Database;

/// How many changes a case may take; more means that it goes round in circles.
pub(crate) const MOST_CHANGES: usize = 120;

/// What was carried out.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) changes: usize,
    pub(crate) phases: usize,
    /// Phases that were undone once, the last one first, with the catalog compared after each.
    pub(crate) undone: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.changes += other.changes;
        self.phases += other.phases;
        self.undone += other.undone;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changes in {} phases, {} of them undone once", self.changes, self.phases, self.undone)
    }
}

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

/// Makes `from` what `to` is by planned changes; each is undone once before it is carried out for good. `told` says what the states do
/// not of a change.
///
/// The judge is the catalog as text, which knows nothing of the differ, and a count of the columns that are gone.
pub(crate) fn reach_with(
    from: &Database,
    to: &Database,
    renames: &SchemaDiffer,
    told: impl Fn(Change) -> Change,
) -> Result<Counts, String> {
    match reach_somehow(from, to, renames, told)? {
        (counts, Reached::Exactly) => Ok(counts),
        (_, Reached::ButForOrder) => Err("the columns are in another order".to_owned()),
    }
}

/// The same, where columns may come to stand in another order if that is said.
pub(crate) fn reach_somehow(
    from: &Database,
    to: &Database,
    renames: &SchemaDiffer,
    told: impl Fn(Change) -> Change,
) -> Result<(Counts, Reached), String> {
    let (mut place, mut target) = (Place::of(from)?, Place::of(to)?);
    let wanted = target.look()?.schema;
    let mut announced: BTreeSet<String> = BTreeSet::new();
    let mut before = columns(from);
    let mut counts = Counts::default();
    let mut renamed = BTreeSet::new();
    // What was renamed is not called so any more: the renames hold for the state that they were named for.
    let first = place.look()?.schema;
    // Some cases name what is not there, to see it passed over.
    let named = renames.between(&first, &wanted).ok();
    let named = named.as_ref().map(migration_planner::SchemaDiff::changes).unwrap_or_default();
    for change in named.into_iter().filter(|change| is_rename(change)) {
        match change {
            Change::RenameColumn { table, column, .. } => {
                renamed.insert((table.to_string(), column.clone()));
            }
            Change::RenameTable { table, to, .. } => {
                let later = table.schema().map_or_else(|| to.clone(), |schema| format!("{schema}.{to}"));
                before = before.into_iter().map(|column| of_renamed(column, &table.to_string(), &later)).collect();
            }
            _ => {}
        }
        let found = place.look()?;
        counts += step(&told(change.clone()), found, &mut place)?;
    }
    let out_of_order = loop {
        let found = place.look()?;
        let differ = SchemaDiffer::new(ServerKind::Postgres);
        let diff = differ.between(&found.schema, &wanted).map_err(|error| said(&error))?;
        announced.extend(diff.losses().map(ToString::to_string));
        let Some(change) = diff.changes().first().copied() else {
            break diff.inexpressible().iter().any(|left| left.what().contains("another order"));
        };
        if counts.changes > MOST_CHANGES {
            return Err(format!("goes round in circles, next would be: {change}"));
        }
        let change = told(change.clone());
        counts += step(&change, found, &mut place)?;
    };
    let differences = target.catalog()?.differences(&place.catalog()?);
    let left = if out_of_order { but_for_order(&differences) } else { differences.clone() };
    if let Some(first) = left.first() {
        return Err(format!("{} differences are left, the first: {first}", left.len()));
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
        None if differences.is_empty() => Ok((counts, Reached::Exactly)),
        None => Ok((counts, Reached::ButForOrder)),
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

type Columns = BTreeSet<(String, String, bool)>;

fn of_renamed((table, name, computed): (String, String, bool), from: &str, to: &str) -> (String, String, bool) {
    (if table == from { to.to_owned() } else { table }, name, computed)
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

/// Plans one change for the database as it was found, and makes it.
fn step(change: &Change, found: Introspection, place: &mut Place<'_>) -> Result<Counts, String> {
    // The server has not counted tables that nobody ever wrote to.
    let uncounted = |server: &Server, table: &Table| server.rows(table.name()).is_none();
    let counted = found.schema.tables().iter().fold(found.server, |server, table| {
        if uncounted(&server, table) { server.with_rows(table.name(), 0) } else { server }
    });
    let planner = Planner::new(&found.schema, counted).consumers([tester()]).policy(policy());
    let change = &given(change, &found.schema);
    let plan = planner.plan(change).map_err(|refusal| format!("{change}: refused: {refusal}"))?;
    place.there_and_back(&plan).map_err(|reason| format!("{change}: {reason}"))
}

/// What a state cannot say: what rows get that have no value, and what those get that are written without a column that goes.
pub(crate) fn given(change: &Change, schema: &Schema) -> Change {
    match change {
        Change::AddColumn { column, .. }
            if column.is_not_null() && column.default().is_none() && column.identity_kind().is_none() =>
        {
            change.clone().filled_with("NULL")
        }
        Change::DropColumn { table, column, .. } => match schema.table(table).and_then(|table| table.column(column)) {
            Some(own) if own.is_not_null() && own.default().is_none() && own.identity_kind().is_none() => {
                change.clone().filled_with(any_value(own.data_type()))
            }
            _ => change.clone(),
        },
        other => other.clone(),
    }
}

/// Some value of a type.
fn any_value(data_type: &str) -> &'static str {
    let starts = |words: &[&str]| words.iter().any(|word| data_type.to_lowercase().starts_with(word));
    match () {
        () if data_type.ends_with("[]") => "'{}'",
        () if starts(&["int", "bigint", "smallint", "numeric", "real", "double"]) => "0",
        () if starts(&["bool"]) => "false",
        () if starts(&["timestamp", "date"]) => "now()",
        () if starts(&["json"]) => "'{}'",
        () if starts(&["uuid"]) => "gen_random_uuid()",
        () => "''",
    }
}

/// Carries a plan out in a database, see [`Place::there_and_back`].
pub(crate) fn there_and_back(plan: &Plan, database: &Database) -> Result<Counts, String> {
    Place::of(database)?.there_and_back(plan)
}

/// A database, and a connection to look at it with.
struct Place<'a> {
    database: &'a Database,
    inspector: Inspector,
}

impl<'a> Place<'a> {
    fn of(database: &'a Database) -> Result<Self, String> {
        let inspector = Inspector::open(&database.url()).map_err(|error| said(&error))?;
        Ok(Self { database, inspector })
    }

    fn look(&mut self) -> Result<Introspection, String> {
        self.inspector.introspect().map_err(|error| said(&error))
    }

    fn catalog(&mut self) -> Result<CatalogSnapshot, String> {
        self.inspector.snapshot().map_err(|error| said(&error))
    }

    /// Carries a plan out up to the point of no return, undoes it phase by phase, each time comparing the catalog with what it was
    /// before that phase, and carries all of it out.
    fn there_and_back(&mut self, plan: &Plan) -> Result<Counts, String> {
        let mut runner = begun(plan, self.database)?;
        let ways_back: Vec<_> = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).collect();
        let mut before = vec![self.catalog()?];
        for _ in &ways_back {
            let _left = advance(&mut runner)?;
            before.push(self.catalog()?);
        }
        for (phase, wanted) in ways_back.iter().zip(&before).rev() {
            let back = |reason: String| format!("on the way back of phase {}: {reason}", phase.id());
            let undone = runner.roll_back_phase().map_err(|error| back(said(&error)))?;
            if undone.as_deref() != Some(phase.id()) {
                return Err(back(format!("{undone:?} was undone")));
            }
            if let Some(first) = wanted.differences(&self.catalog()?).first() {
                return Err(back(format!("the catalog is not restored: {first}")));
            }
        }
        let counts = Counts { changes: 1, phases: plan.phases().len(), undone: ways_back.len() };
        for _ in 0..=plan.phases().len() {
            if advance(&mut runner)? == Advance::Finished {
                return Ok(counts);
            }
        }
        Err("the plan does not come to its end".to_owned())
    }
}

fn advance(runner: &mut Runner) -> Result<Advance, String> {
    match runner.advance().map_err(|error| said(&error))? {
        Advance::Held { phase, .. } => Err(format!("phase {phase} is held although everybody was answered for")),
        other => Ok(other),
    }
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
fn columns(database: &Database) -> Columns {
    let sql = "SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name, column_name::text, \
               is_generated = 'ALWAYS' FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
               WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema', 'cutover')";
    let rows = connect(database).query(sql, &[]).expect("the catalog can be read");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}
