//! Changes of the catalog alone: one statement there, one back.

use super::facts::Fact;
use super::indexes;
use super::statements::{beside, comment, set_column};
use crate::change::Change;
use crate::name::ObjectName;
use crate::nearest::nearest;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, ColumnSetting, Constraint, Table};
use crate::sql::{ident, idents, literal, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A phase of one step.
pub(super) struct One {
    pub(super) id: &'static str,
    pub(super) kind: PhaseKind,
    pub(super) forward: Vec<String>,
    /// Nothing if it cannot be undone.
    pub(super) back: Option<Vec<String>>,
    pub(super) probe: Probe,
    pub(super) instructions: &'static str,
}

impl One {
    pub(super) fn new(id: &'static str, forward: String, back: String) -> Self {
        Self {
            id,
            kind: PhaseKind::Expand,
            forward: vec![forward],
            back: Some(vec![back]),
            probe: Probe::Untold,
            instructions: "Every version of every consumer works before and after.",
        }
    }

    pub(super) fn phase(self, task: &Task<'_>) -> Phase {
        let undo = match self.back {
            Some(statements) if statements.is_empty() => Undo::Nothing,
            Some(statements) => Undo::Sql { statements },
            None => Undo::Impossible,
        };
        let is_final = undo == Undo::Impossible;
        let step = Step::new(self.id, task.words.clone(), Work::Sql { statements: self.forward }, self.probe, undo);
        let phase = Phase::database(self.id, task.words.clone(), self.kind, self.instructions.to_owned(), vec![step]);
        if is_final { phase.beyond_return() } else { phase }
    }
}

/// Gives a column a default, or takes it away.
pub(super) fn set_default(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    default: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    if column.default() == default {
        return Err(task.nothing_to_do());
    }
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    let set = |default: Option<&str>| {
        default.map_or(format!("{alter} DROP DEFAULT"), |to| format!("{alter} SET DEFAULT {to}"))
    };
    let one = One::new("set-default", set(default), set(column.default()));
    if default.is_some() {
        return Ok(vec![one.phase(task)]);
    }
    // Whoever counts on the default would have its inserts refused, or write NULL.
    let mut phases = task.switches("gives a value to", " whenever it inserts a row");
    let instructions = "Inserts that give no value get NULL from here on, or fail.";
    phases.push(One { kind: PhaseKind::Contract, instructions, ..one }.phase(task));
    Ok(phases)
}

pub(super) fn set_setting(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    setting: ColumnSetting,
    value: &str,
) -> Result<Vec<Phase>, Refusal> {
    let none = unset(setting, column.data_type());
    let before = column.setting_value(setting).unwrap_or(none);
    // Only later servers know the word.
    let value = if value.eq_ignore_ascii_case("default") { none } else { value };
    if before.eq_ignore_ascii_case(value) {
        return Err(task.nothing_to_do());
    }
    let set = |value: &str| set_column(table.name(), column.name(), setting, value);
    Ok(vec![One::new("set-column", set(value), set(before)).phase(task)])
}

/// The value of a setting that nobody set.
pub(super) fn unset(setting: ColumnSetting, data_type: &str) -> &'static str {
    match setting {
        ColumnSetting::Statistics => "-1",
        ColumnSetting::Storage => default_storage(data_type),
        ColumnSetting::Compression => "DEFAULT",
    }
}

/// How PostgreSQL stores values of a type unless told otherwise.
fn default_storage(data_type: &str) -> &'static str {
    let name = data_type.split(['(', '[']).next().unwrap_or_default().trim().to_lowercase();
    if data_type.ends_with(']') {
        return "EXTENDED";
    }
    match name.as_str() {
        "numeric" | "decimal" | "inet" | "cidr" => "MAIN",
        "text" | "varchar" | "character varying" | "char" | "character" | "bytea" | "json" | "jsonb" | "xml" => {
            "EXTENDED"
        }
        _ => "PLAIN",
    }
}

pub(super) fn comment_on_table(task: &Task<'_>, table: &Table, text: Option<&str>) -> Vec<Phase> {
    let say = |text| comment("TABLE", &postgres_name(table.name()), text);
    vec![One::new("comment", say(text), say(table.comment_text())).phase(task)]
}

pub(super) fn comment_on_column(task: &Task<'_>, table: &Table, column: &Column, text: Option<&str>) -> Vec<Phase> {
    let address = format!("{}.{}", postgres_name(table.name()), ident(column.name()));
    let say = |text| comment("COLUMN", &address, text);
    vec![One::new("comment", say(text), say(column.comment_text())).phase(task)]
}

pub(super) fn rename_constraint(task: &Task<'_>, table: &Table, name: &str, to: &str) -> Result<Vec<Phase>, Refusal> {
    let constraint = constraint(table, name)?;
    indexes::refuse_taken(task, table, to)?;
    let own = constraint.name_on(table.name().name());
    let rename = |from: &str, to: &str| {
        format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", postgres_name(table.name()), ident(from), ident(to))
    };
    let one = One {
        probe: Fact::constraint(table.name(), to).probe(),
        instructions: "Statements that name it (`ON CONFLICT ON CONSTRAINT`) have to be deployed with the new name at once.",
        ..One::new("rename", rename(&own, to), rename(to, &own))
    };
    Ok(vec![one.phase(task)])
}

/// A constraint of a table, by its name.
pub(super) fn constraint<'a>(table: &'a Table, name: &str) -> Result<&'a Constraint, Refusal> {
    let is_it = |own: &&Constraint| own.name_on(table.name().name()) == name;
    table.constraints().iter().find(is_it).ok_or_else(|| {
        let known = table.constraints().iter().map(|constraint| constraint.name_on(table.name().name()));
        Refusal::UnknownObject { kind: "constraint".to_owned(), name: name.to_owned(), nearest: nearest(name, known) }
    })
}

pub(super) fn rename_index(task: &Task<'_>, name: &ObjectName, to: &str) -> Result<Vec<Phase>, Refusal> {
    let (table, index) = indexes::find(task, name)?;
    indexes::refuse_taken(task, table, to)?;
    let own = index.name().name();
    let rename = |from: &str, to: &str| {
        format!("ALTER INDEX {} RENAME TO {}", postgres_name(&beside(table.name(), from)), ident(to))
    };
    let probe = Fact::relation(&beside(table.name(), to)).probe();
    Ok(vec![One { probe, ..One::new("rename", rename(own, to), rename(to, own)) }.phase(task)])
}

/// What gives a role the privileges on a table again that it may pass on; to those that it still has, this does nothing.
fn passed_on(task: &Task<'_>, on: &str, role: &str) -> Vec<String> {
    let is_it = |table: &&Table| postgres_name(table.name()) == on;
    let grants = task.schema.tables().iter().filter(is_it).flat_map(Table::grants);
    let its = grants.filter(|grant| grant.is_grantable() && super::statements::role(grant.role()) == role);
    its.map(|grant| format!("GRANT {} ON {on} TO {role} WITH GRANT OPTION", grant.privileges())).collect()
}

/// What has nothing to be looked up before, and so is not refused.
pub(super) fn others(task: &Task<'_>, change: &Change) -> Option<Vec<Phase>> {
    let one = match change {
        Change::Analyze { table } => {
            let analyze = format!("ANALYZE {}", postgres_name(table));
            One { back: Some(Vec::new()), ..One::new("analyze", analyze, String::new()) }
        }
        Change::Grant { on, privileges, role } => {
            let role = super::statements::role(role);
            One::new(
                "grant",
                format!("GRANT {privileges} ON {on} TO {role}"),
                format!("REVOKE {privileges} ON {on} FROM {role}"),
            )
        }
        Change::Revoke { on, privileges, role } => {
            let role = super::statements::role(role);
            let revoke = format!("REVOKE {privileges} ON {on} FROM {role}");
            let mut back = vec![format!("GRANT {privileges} ON {on} TO {role}")];
            back.extend(passed_on(task, on, &role));
            let one = One { back: Some(back), ..One::new("revoke", revoke, String::new()) };
            let mut phases = task.switches("no longer needs its privileges on", "");
            let instructions =
                "Whoever still needs the privilege fails, and is helped at once by rolling this phase back.";
            phases.push(One { kind: PhaseKind::Contract, instructions, ..one }.phase(task));
            return Some(phases);
        }
        Change::AddEnumValue { name, value, before } => {
            let place = before.as_deref().map(|before| format!(" BEFORE {}", literal(before))).unwrap_or_default();
            let add = format!("ALTER TYPE {} ADD VALUE {}{place}", postgres_name(name), literal(value));
            let mut phases = task.switches("gets ready to read another value of", "");
            phases.push(
                One {
                    back: None,
                    probe: enum_has(name, value),
                    instructions: "PostgreSQL cannot take a value of an enum away again. Deploy whoever writes it afterwards.",
                    ..One::new("add-value", add, String::new())
                }
                .phase(task),
            );
            return Some(phases);
        }
        Change::RenameEnumValue { name, value, to } => {
            let rename = |from: &str, to: &str| {
                format!("ALTER TYPE {} RENAME VALUE {} TO {}", postgres_name(name), literal(from), literal(to))
            };
            let one = One {
                kind: PhaseKind::Contract,
                probe: enum_has(name, to),
                instructions: "Whoever still writes the old value fails, and is helped at once by rolling this phase back.",
                ..One::new("rename-value", rename(value, to), rename(to, value))
            };
            let mut phases = task.switches("works with the old and the new value of", "");
            phases.push(one.phase(task));
            return Some(phases);
        }
        Change::Publish { publication, table, columns } => {
            let list = if columns.is_empty() { String::new() } else { format!(" ({})", idents(columns)) };
            let (alter, table) = (format!("ALTER PUBLICATION {}", ident(publication)), postgres_name(table));
            One::new("publish", format!("{alter} ADD TABLE {table}{list}"), format!("{alter} DROP TABLE {table}"))
        }
        Change::Sql { statements, undo } => One {
            kind: PhaseKind::Contract,
            forward: statements.clone(),
            back: undo.clone(),
            instructions: "The statements are somebody's own: what they do to others is predicted as far as they are understood.",
            ..One::new("run", String::new(), String::new())
        },
        _ => return None,
    };
    Some(vec![one.phase(task)])
}

fn enum_has(name: &ObjectName, value: &str) -> Probe {
    let query = format!(
        "SELECT EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype({}) AND enumlabel = {})",
        literal(&postgres_name(name)),
        literal(value)
    );
    Probe::Holds { query }
}
