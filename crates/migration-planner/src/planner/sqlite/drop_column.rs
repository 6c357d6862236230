//! Dropping a column: everybody stops using it, then it goes.

use super::programs;
use super::quote::{is_constant, quoted, quoted_table};
use super::write_watch::WriteWatch;
use super::{DROP_NOT_NULL, require};
use crate::phase::{Phase, PhaseKind};
use crate::planner::dependents::{dependents, indexes, refuse_if_any};
use crate::planner::{Site, Task};
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Index, Object};
use crate::server::ServerVersion;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

const DROP_COLUMN: ServerVersion = ServerVersion::new(3, 35, 0);

/// Views and triggers that need the column are refused, but for those of which `replaced` says how they are without it.
pub(super) fn phases(
    task: &Task<'_>,
    site: &Site<'_>,
    fill: Option<&str>,
    replaced: &[Object],
) -> Result<Vec<Phase>, Refusal> {
    require(site.server, DROP_COLUMN, "dropping a column")?;
    let (own, shared) = indexes(site);
    let (replace, after) = programs::replace_together(task, replaced)?;
    let mut needed_by = dependents(&Site { schema: &after, ..*site });
    needed_by.extend(shared.iter().map(|index| Dependent::Index { name: index.name().clone() }));
    refuse_if_any(site.object(), needed_by)?;
    if site.table.columns().iter().filter(|column| column.generation().is_none()).count() == 1
        && site.column.generation().is_none()
    {
        return Err(Refusal::LastColumn { column: site.object() });
    }
    let mut phases = Vec::new();
    if site.column.is_not_null() && site.column.default().is_none() && site.column.generation().is_none() {
        phases.push(expand(site, fill)?);
    }
    let watch = WriteWatch::of(site);
    let mut switches = site.switches(task.consumers, "stops using", "").into_iter();
    let first = switches.next().ok_or(Refusal::NoConsumers)?;
    phases.push(first.beginning_with(watch.iter().map(WriteWatch::step).collect()));
    phases.extend(switches);
    if !replaced.is_empty() {
        phases.push(Phase::database(
            "replace",
            format!("what names `{}` no longer does", site.object()),
            PhaseKind::Contract,
            "Whoever fails with a new definition is helped at once by rolling this phase back.".to_owned(),
            vec![replace],
        ));
    }
    phases.push(contract(site, &own, watch.as_ref()));
    Ok(phases)
}

/// Whoever stops writing the column first must not have its inserts refused.
fn expand(site: &Site<'_>, fill: Option<&str>) -> Result<Phase, Refusal> {
    let fill = fill
        .filter(|fill| is_constant(fill) && !fill.trim().eq_ignore_ascii_case("null"))
        .ok_or_else(|| Refusal::NothingToFillWith { column: site.object() })?;
    require(site.server, DROP_NOT_NULL, "letting a column be null")?;
    let (table, column) = (quoted_table(site.table.name()), quoted(site.column.name()));
    let object = site.object();
    let step = Step::new(
        "let-null",
        format!("let `{object}` be null"),
        Work::Sql { statements: vec![format!("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")] },
        Probe::ColumnNullable { table: site.table.name().clone(), column: site.column.name().to_owned() },
        Undo::Sql {
            statements: vec![
                format!("UPDATE {table} SET {column} = {fill} WHERE {column} IS NULL"),
                format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"),
            ],
        },
    )
    .with_impact(Impact::locking(site.table.name(), LockMode::DatabaseWrite));
    Ok(Phase::database(
        "expand",
        format!("let rows be written without `{object}`"),
        PhaseKind::Expand,
        "Every version of every consumer works before and after.".to_owned(),
        vec![step],
    ))
}

fn contract(site: &Site<'_>, own_indexes: &[&Index], watch: Option<&WriteWatch>) -> Phase {
    let (table, object) = (quoted_table(site.table.name()), site.object());
    let mut steps: Vec<Step> = own_indexes.iter().map(|index| drop_index(site, index)).collect();
    let mut statements = watch.map(WriteWatch::drop).unwrap_or_default();
    statements.push(format!("ALTER TABLE {table} DROP COLUMN {}", quoted(site.column.name())));
    steps.push(
        Step::new(
            "drop-column",
            format!("drop `{object}`"),
            Work::Sql { statements },
            Probe::ColumnAbsent { table: site.table.name().clone(), column: site.column.name().to_owned() },
            Undo::Impossible,
        )
        .with_impact(Impact::locking(site.table.name(), LockMode::DatabaseWrite).rewriting(site.rows())),
    );
    Phase::database(
        "contract",
        format!("drop `{object}`"),
        PhaseKind::Contract,
        "What is in the column is gone for good. Take a copy first if anybody may ask for it.".to_owned(),
        steps,
    )
    .beyond_return()
}

fn drop_index(site: &Site<'_>, index: &Index) -> Step {
    let name = quoted(index.name().name());
    let create = index.definition().map_or_else(
        || {
            let parts: Vec<String> = index.parts().iter().map(|part| quoted(part)).collect();
            format!("CREATE INDEX {name} ON {} ({})", quoted_table(site.table.name()), parts.join(", "))
        },
        str::to_owned,
    );
    Step::new(
        &format!("drop-index-{}", index.name().name()),
        format!("drop the index `{}`, which orders nothing else", index.name()),
        Work::Sql { statements: vec![format!("DROP INDEX {name}")] },
        Probe::IndexAbsent { name: index.name().name().to_owned() },
        Undo::Sql { statements: vec![create] },
    )
    .with_impact(Impact::locking(site.table.name(), LockMode::DatabaseWrite))
}
