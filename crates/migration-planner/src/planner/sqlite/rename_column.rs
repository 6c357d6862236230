//! Renaming a column: a second column under the new name, kept equal by triggers, until nobody uses the old name.
//!
//! At the end the *second* column goes and the first one takes its name: so the constraints, indexes, references and the
//! place of the original stay what they were, to the letter.

use super::quote::{is_constant, quoted, quoted_table};
use super::sync_triggers::SyncTriggers;
use super::{DROP_NOT_NULL, require, row_key};
use crate::consumer::Consumer;
use crate::name::{ColumnRef, RESERVED_PREFIX, is_reserved, same_name};
use crate::phase::{Phase, PhaseKind};
use crate::planner::Site;
use crate::planner::dependents::{programs, refuse_if_any};
use crate::refusal::{Dependent, Refusal};
use crate::schema::Index;
use crate::server::ServerVersion;
use crate::step::{Impact, Key, LockMode, Probe, Step, Undo, Work};

const DROP_COLUMN: ServerVersion = ServerVersion::new(3, 35, 0);

pub(super) fn phases(site: &Site<'_>, consumers: &[Consumer], to: &str) -> Result<Vec<Phase>, Refusal> {
    require(site.server, DROP_COLUMN, "renaming a column in phases")?;
    refuse_what_cannot_be_kept_equal(site, to)?;
    let default = constant_default(site)?;
    // A row inserted under the new name leaves the old column without a value until the triggers have seen it.
    let is_required = site.column.is_not_null() && default == "NULL";
    if is_required {
        require(site.server, DROP_NOT_NULL, "renaming a column that has to be given")?;
    }
    let rename = Rename { site, to, key: row_key(site.table)?, default, is_required };
    let how = format!(", but `{to}` instead");
    let mut phases = vec![rename.expand(), rename.backfill()];
    phases.extend(site.switches(consumers, "moves away from", &how));
    phases.push(rename.contract());
    Ok(phases)
}

fn refuse_what_cannot_be_kept_equal(site: &Site<'_>, to: &str) -> Result<(), Refusal> {
    let (table, column) = (site.table, site.column);
    if is_reserved(to) {
        return Err(Refusal::ReservedName { name: to.to_owned() });
    }
    if let Some(taken) = table.column(to) {
        return Err(Refusal::ColumnExists { column: ColumnRef::new(table.name(), taken.name()) });
    }
    let mut in_the_way = programs(site);
    // A key cannot be corrected after the row was inserted under another one; a computed value cannot be written.
    if table.primary_key().iter().any(|key| same_name(key, column.name())) {
        in_the_way.push(Dependent::PrimaryKey);
    }
    if column.generation().is_some() {
        in_the_way.push(Dependent::GeneratedColumn { column: column.name().to_owned() });
    }
    refuse_if_any(site.object(), in_the_way)?;
    let fires = |name: &str| {
        site.schema.triggers().iter().find(|trigger| trigger.fires_on_update_of(table.name(), name)).map(|trigger| {
            Refusal::TriggerWouldFire { column: ColumnRef::new(table.name(), name), trigger: trigger.name().clone() }
        })
    };
    fires(to).or_else(|| fires(column.name())).map_or(Ok(()), Err)
}

fn constant_default<'a>(site: &Site<'a>) -> Result<&'a str, Refusal> {
    match site.column.default() {
        None => Ok("NULL"),
        Some(default) if is_constant(default) => Ok(default),
        Some(default) => Err(Refusal::DefaultNotConstant { column: site.object(), default: default.to_owned() }),
    }
}

struct Rename<'a> {
    site: &'a Site<'a>,
    to: &'a str,
    key: Key,
    default: &'a str,
    /// Whether the column rejects NULL and has no default: meanwhile triggers reject it.
    is_required: bool,
}

impl Rename<'_> {
    fn expand(&self) -> Phase {
        let Self { site, to, default, .. } = self;
        let table = quoted_table(site.table.name());
        let column = site.column;
        let collation = column.collation_name().map(|name| format!(" COLLATE {}", quoted(name))).unwrap_or_default();
        let not_null = if column.is_not_null() && !self.is_required { " NOT NULL" } else { "" };
        let default = if *default == "NULL" { String::new() } else { format!(" DEFAULT {default}") };
        let definition = format!("{} {}{collation}{not_null}{default}", quoted(to), column.data_type());
        let light = Impact::locking(site.table.name(), LockMode::DatabaseWrite);
        let old = quoted(column.name());
        let mut add_sql = vec![format!("ALTER TABLE {table} ADD COLUMN {}", definition.trim_end())];
        let mut remove_sql = vec![format!("ALTER TABLE {table} DROP COLUMN {}", quoted(to))];
        let triggers = self.triggers();
        if self.is_required {
            // In one transaction, so that NULL is rejected at every moment.
            add_sql.push(format!("ALTER TABLE {table} ALTER COLUMN {old} DROP NOT NULL"));
            add_sql.extend(triggers.create());
            remove_sql.insert(0, format!("ALTER TABLE {table} ALTER COLUMN {old} SET NOT NULL"));
            remove_sql.splice(0..0, triggers.drop());
        }
        let added = if self.is_required {
            // Somebody else's column of that name is not kept equal to anything.
            Probe::TriggersExist { names: triggers.names() }
        } else {
            Probe::ColumnExists { table: site.table.name().clone(), column: (*to).to_owned() }
        };
        let add = Step::new(
            "add-column",
            format!("add `{}` beside `{}`", self.new_column(), site.object()),
            Work::Sql { statements: add_sql },
            added,
            Undo::Sql { statements: remove_sql },
        )
        .with_impact(light.clone());
        let sync = Step::new(
            "sync",
            format!("keep `{}` and `{}` equal, whichever is written", site.object(), self.new_column()),
            Work::Sql { statements: triggers.create() },
            Probe::TriggersExist { names: triggers.names() },
            Undo::Sql { statements: triggers.drop() },
        )
        .with_impact(light);
        Phase::database(
            "expand",
            format!("add `{}`, kept equal to `{}`", self.new_column(), site.object()),
            PhaseKind::Expand,
            "From here on both names can be written. Inserts without a list of columns fail, since there is one column more."
                .to_owned(),
            if self.is_required { vec![add] } else { vec![add, sync] },
        )
    }

    fn backfill(&self) -> Phase {
        let Self { site, to, key, .. } = self;
        let copy = Step::new(
            "copy",
            format!("copy `{}` to `{}`", site.object(), self.new_column()),
            Work::Backfill {
                table: site.table.name().clone(),
                key: key.clone(),
                set: format!("{} = {}", quoted(to), quoted(site.column.name())),
                needs: self.differ(),
                batch_rows: site.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        )
        .with_impact(Impact::locking(site.table.name(), LockMode::DatabaseWrite).rewriting(site.rows()));
        let mirrors = self.mirrored().map(|index| self.mirror(index));
        Phase::database(
            "backfill",
            format!("copy `{}` to `{}` in all rows", site.object(), self.new_column()),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time.".to_owned(),
            std::iter::once(copy).chain(mirrors).collect(),
        )
    }

    fn contract(&self) -> Phase {
        let Self { site, to, .. } = self;
        let table = quoted_table(site.table.name());
        let old = quoted(site.column.name());
        let never = if self.is_required { format!("{} OR {old} IS NULL", self.differ()) } else { self.differ() };
        let verify = Step::new(
            "verify",
            format!("check that `{}` and `{}` are equal in all rows", site.object(), self.new_column()),
            Work::Verify { table: site.table.name().clone(), never },
            Probe::Untold,
            Undo::Nothing,
        );
        let mut statements = self.triggers().drop();
        statements.extend(self.mirrored().map(|index| format!("DROP INDEX {}", quoted(&mirror_name(index)))));
        statements.push(format!("ALTER TABLE {table} DROP COLUMN {}", quoted(to)));
        statements.push(format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", quoted(site.column.name()), quoted(to)));
        if self.is_required {
            statements.push(format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", quoted(to)));
        }
        let swap = Step::new(
            "swap",
            format!("drop the copy and give `{}` the name `{to}`", site.object()),
            Work::Sql { statements },
            Probe::ColumnAbsent { table: site.table.name().clone(), column: site.column.name().to_owned() },
            Undo::Impossible,
        )
        .with_impact(Impact::locking(site.table.name(), LockMode::DatabaseWrite).rewriting(site.rows()));
        Phase::database(
            "contract",
            format!("`{}` takes the name `{to}`", site.object()),
            PhaseKind::Contract,
            "The old name is gone; no value is. Constraints, indexes and the column's place stay as they were."
                .to_owned(),
            vec![verify, swap],
        )
        .beyond_return()
    }

    /// So that reading by the new name is as fast as by the old one meanwhile. The original index keeps what is unique so.
    fn mirror(&self, index: &Index) -> Step {
        let name = mirror_name(index);
        let old = self.site.column.name();
        let parts: Vec<String> =
            index.parts().iter().map(|part| quoted(if same_name(part, old) { self.to } else { part })).collect();
        let table = quoted_table(self.site.table.name());
        Step::new(
            &format!("mirror-{}", index.name().name()),
            format!("index `{}` as `{}` indexes the old name", self.new_column(), index.name()),
            Work::Sql { statements: vec![format!("CREATE INDEX {} ON {table} ({})", quoted(&name), parts.join(", "))] },
            Probe::IndexExists { name: name.clone() },
            Undo::Sql { statements: vec![format!("DROP INDEX {}", quoted(&name))] },
        )
        .with_impact(Impact::locking(self.site.table.name(), LockMode::DatabaseWrite).scanning(self.site.rows()))
    }

    /// The indexes over the column that consist of columns alone.
    fn mirrored(&self) -> impl Iterator<Item = &Index> {
        let (table, old) = (self.site.table, self.site.column.name());
        table.indexes().iter().filter(move |index| {
            index.predicate().is_none()
                && index.parts().iter().any(|part| same_name(part, old))
                && index.parts().iter().all(|part| table.column(part).is_some())
        })
    }

    fn triggers(&self) -> SyncTriggers<'_> {
        SyncTriggers {
            table: self.site.table.name(),
            old: self.site.column.name(),
            new: self.to,
            key: &self.key,
            default: self.default,
            is_required: self.is_required,
        }
    }

    /// Byte for byte and of the same type, whatever the columns' collation takes for equal.
    fn differ(&self) -> String {
        differ(&quoted(self.site.column.name()), &quoted(self.to))
    }

    fn new_column(&self) -> ColumnRef {
        ColumnRef::new(self.site.table.name(), self.to)
    }
}

fn mirror_name(index: &Index) -> String {
    format!("{RESERVED_PREFIX}mirror_{}", index.name().name())
}

/// An SQL condition that holds where two values are not the same.
pub(super) fn differ(a: &str, b: &str) -> String {
    format!("({a} COLLATE BINARY IS NOT {b} OR typeof({a}) IS NOT typeof({b}))")
}
