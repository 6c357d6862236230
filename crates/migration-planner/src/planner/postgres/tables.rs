//! Whole tables: created, dropped, renamed, set.

use super::add_constraint::in_two;
use super::dependents::refuse_dependents_of_table;
use super::facts::Fact;
use super::names::{is_taken, own_name};
use super::plain::One;
use super::statements::{
    Build, add_constraint, attached, beside, comment_on_constraint, create_index, create_table, drop_constraint, grants,
};
use crate::name::ObjectName;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Constraint, Table};
use crate::server::ServerVersion;
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A table is nobody's yet, so it is made whole, but for foreign keys to tables that others use.
pub(super) fn create(task: &Task<'_>, table: &Table) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, table.name())?;
    let (later, at_once): (Vec<&Constraint>, Vec<&Constraint>) = table.constraints().iter().partition(
        |constraint| matches!(constraint, Constraint::ForeignKey { references, .. } if references != table.name()),
    );
    for constraint in &later {
        if let Constraint::ForeignKey { references, .. } = constraint {
            task.table(references)?;
        }
    }
    let mut statements = vec![create_table(table, at_once)];
    statements
        .extend(table.indexes().iter().map(|index| create_index(table, index, index.name().name(), Build::Locking)));
    let of_later: Vec<String> = later.iter().filter_map(|own| comment_on_constraint(table, own)).collect();
    statements.extend(attached(table).into_iter().filter(|statement| !of_later.contains(statement)));
    let mut steps = vec![Step::new(
        "create-table",
        format!("create `{}`", table.name()),
        Work::Sql { statements },
        Fact::relation(table.name()).probe(),
        Undo::Sql { statements: vec![format!("DROP TABLE {}", postgres_name(table.name()))] },
    )];
    for constraint in later {
        if table.partition_key().is_some() {
            steps.push(super::add_constraint::at_once(table, constraint));
        } else {
            steps.extend(in_two(table, constraint));
        }
    }
    if !of_later.is_empty() {
        let title = "say what the foreign keys are for".to_owned();
        steps.push(Step::new("describe", title, Work::Sql { statements: of_later }, Probe::Untold, Undo::Nothing));
    }
    Ok(vec![Phase::database(
        "expand",
        format!("create `{}`", table.name()),
        PhaseKind::Expand,
        "Every version of every consumer works before and after.".to_owned(),
        steps,
    )])
}

fn refuse_taken(task: &Task<'_>, name: &ObjectName) -> Result<(), Refusal> {
    if name.is_reserved() {
        return Err(Refusal::ReservedName { name: name.to_string() });
    }
    let taken = is_taken(task.schema, name)
        || task.schema.objects().iter().any(|object| object.kind().is_relation() && object.name() == name);
    if taken { Err(Refusal::ObjectExists { kind: "relation".to_owned(), name: name.to_string() }) } else { Ok(()) }
}

/// Everybody stops using the table, its foreign keys go, it is hidden under another name, then it goes.
pub(super) fn drop(task: &Task<'_>, table: &Table) -> Result<Vec<Phase>, Refusal> {
    refuse_dependents_of_table(task, table)?;
    let name = postgres_name(table.name());
    let hidden = own_name("gone", table.name().name());
    let gone = beside(table.name(), &hidden);
    let own = |constraint: &&Constraint| matches!(constraint, Constraint::ForeignKey { references, .. } if references != table.name());
    let mut steps: Vec<Step> = table.constraints().iter().filter(own).map(|key| let_go(table, key)).collect();
    steps.push(Step::new(
        "hide-table",
        format!("give `{}` a name that nobody uses", table.name()),
        Work::Sql { statements: vec![format!("ALTER TABLE {name} RENAME TO {}", ident(&hidden))] },
        Fact::relation(&gone).probe(),
        Undo::Sql {
            statements: vec![format!("ALTER TABLE {} RENAME TO {}", postgres_name(&gone), ident(table.name().name()))],
        },
    ));
    let hide = Phase::database(
        "hide",
        format!("hide `{}`", table.name()),
        PhaseKind::Contract,
        "Whoever still used it fails now, and is helped at once by rolling this phase back: nothing is lost yet. Wait for as \
         long as the slowest consumer takes to come round."
            .to_owned(),
        steps,
    );
    let drop = Step::new(
        "drop-table",
        format!("drop `{}`", table.name()),
        Work::Sql { statements: vec![format!("DROP TABLE {}", postgres_name(&gone))] },
        Fact::relation(&gone).not().probe(),
        Undo::Impossible,
    );
    let contract = Phase::database(
        "contract",
        format!("drop `{}`", table.name()),
        PhaseKind::Contract,
        "What is in the table is gone for good. Take a copy first if anybody may ask for it.".to_owned(),
        vec![drop],
    );
    let mut phases = task.switches("stops using", "");
    if let Some((parent, bounds)) = table.parent() {
        phases.push(super::partitions::take_out(task, parent, bounds, table)?);
    }
    phases.extend([hide, contract.beyond_return()]);
    Ok(phases)
}

/// The whole of dropping it, to its last phase, and only then the new one.
pub(super) fn replace(task: &Task<'_>, old: &Table, new: &Table) -> Result<Vec<Phase>, Refusal> {
    let mut phases = drop(task, old)?;
    let without = task.schema.clone().without_table(old.name());
    phases.extend(create(&task.within(&without), new)?.into_iter().map(|phase| phase.called_for("new")));
    Ok(phases)
}

/// Drops one foreign key, so that two tables are locked for a moment instead of all at once.
fn let_go(table: &Table, key: &Constraint) -> Step {
    let name = key.name_on(table.name().name());
    let mut back = vec![add_constraint(table, &key.clone().not_valid())];
    if key.detail().is_validated() {
        back.push(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", postgres_name(table.name()), ident(&name)));
    }
    back.extend(comment_on_constraint(table, key));
    Step::new(
        &format!("drop-{name}"),
        format!("drop the foreign key `{name}`"),
        Work::Sql { statements: vec![drop_constraint(table.name(), &name)] },
        Fact::constraint(table.name(), &name).not().probe(),
        // By themselves, so that nobody waits for the check of all rows; the table has its name again by then.
        Undo::SqlOutside { statements: back },
    )
}

/// The table gets its new name, and a view the old one, until everybody has moved.
pub(super) fn rename(task: &Task<'_>, table: &Table, to: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, to)?;
    if table.has_row_security() && task.server.version() < ServerVersion::new(15, 0, 0) {
        return Err(Refusal::ServerTooOld {
            what: "a view that keeps the table's policies".to_owned(),
            kind: task.server.kind(),
            needed: ServerVersion::new(15, 0, 0),
            found: task.server.version(),
        });
    }
    let (old, new) = (postgres_name(table.name()), postgres_name(to));
    // Before 15 a view reads with its owner's rights, which are the table's owner's: no policies, checked above.
    let invoker =
        if task.server.version() >= ServerVersion::new(15, 0, 0) { " WITH (security_invoker = true)" } else { "" };
    let mut view = vec![format!("CREATE VIEW {old}{invoker} AS SELECT * FROM {new}")];
    view.extend(grants(table, table.name()));
    let moved = |from: &ObjectName, to: &ObjectName| {
        let alter = format!("ALTER TABLE {}", postgres_name(from));
        if from.schema() == to.schema() {
            format!("{alter} RENAME TO {}", ident(to.name()))
        } else {
            format!("{alter} SET SCHEMA {}", ident(to.schema().unwrap_or("public")))
        }
    };
    let drop_view = format!("DROP VIEW {old}");
    let switch = Step::new(
        "rename",
        format!("`{}` takes the name `{to}`, a view the old one", table.name()),
        Work::Sql { statements: std::iter::once(moved(table.name(), to)).chain(view.clone()).collect() },
        Fact::relation(to).probe(),
        Undo::Sql { statements: vec![drop_view.clone(), moved(to, table.name())] },
    );
    let expand = Phase::database(
        "expand",
        format!("`{}` has both names", table.name()),
        PhaseKind::Expand,
        "Reads and writes work by both names. `CREATE INDEX`, `TRUNCATE` and the like only by the new one.".to_owned(),
        vec![switch],
    );
    let drop = Step::new(
        "drop-view",
        format!("the name `{}` goes", table.name()),
        Work::Sql { statements: vec![drop_view] },
        Fact::relation(table.name()).not().probe(),
        Undo::Sql { statements: view },
    );
    let contract = Phase::database(
        "contract",
        format!("the name `{}` goes", table.name()),
        PhaseKind::Contract,
        "Whoever still used the old name fails now, and is helped at once by rolling this phase back.".to_owned(),
        vec![drop],
    );
    let mut phases = vec![expand];
    phases.extend(task.switches("moves away from", &format!(", but `{to}` instead")));
    phases.push(contract);
    Ok(phases)
}

pub(super) fn set_option(
    task: &Task<'_>,
    table: &Table,
    option: &str,
    value: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let before = table.options().get(option).map(String::as_str);
    if before == value {
        return Err(task.nothing_to_do());
    }
    let alter = format!("ALTER TABLE {}", postgres_name(table.name()));
    let set = |value: Option<&str>| {
        value.map_or(format!("{alter} RESET ({option})"), |value| format!("{alter} SET ({option} = {value})"))
    };
    Ok(vec![One::new("set-option", set(value), set(before)).phase(task)])
}

pub(super) fn set_replica_identity(task: &Task<'_>, table: &Table, identity: &str) -> Result<Vec<Phase>, Refusal> {
    if table.replica_identity_clause().eq_ignore_ascii_case(identity) {
        return Err(task.nothing_to_do());
    }
    let set = |identity: &str| format!("ALTER TABLE {} REPLICA IDENTITY {identity}", postgres_name(table.name()));
    let instructions = "Subscribers see other columns of rows that are updated or deleted: tell them before.";
    let one = One::new("set-identity", set(identity), set(table.replica_identity_clause()));
    Ok(vec![One { instructions, ..one }.phase(task)])
}

pub(super) fn set_row_security(
    task: &Task<'_>,
    table: &Table,
    enabled: bool,
    forced: bool,
) -> Result<Vec<Phase>, Refusal> {
    if (table.has_row_security(), table.forces_row_security()) == (enabled, forced) {
        return Err(task.nothing_to_do());
    }
    let alter = format!("ALTER TABLE {}", postgres_name(table.name()));
    let set = |enabled: bool, forced: bool| {
        let (enable, force) = (if enabled { "ENABLE" } else { "DISABLE" }, if forced { "FORCE" } else { "NO FORCE" });
        format!("{alter} {enable} ROW LEVEL SECURITY, {force} ROW LEVEL SECURITY")
    };
    let one = One {
        kind: PhaseKind::Contract,
        instructions: "Without a policy nobody but the owner sees a row: create the policies first.",
        ..One::new("row-security", set(enabled, forced), set(table.has_row_security(), table.forces_row_security()))
    };
    Ok(vec![one.phase(task)])
}
