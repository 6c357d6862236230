//! What breaks versions of the application that are running while a migration is deployed, or soon after.

use super::act::Act;
use super::hazard::Hazard;
use super::release::Release;
use super::session::Session;
use crate::postgres::PostgresCatalog;
use crate::postgres::relation::{ConstraintKind, Relation};

/// A hazard with what is to be said about it.
pub(super) struct Said {
    pub(super) hazard: Hazard,
    pub(super) message: String,
    /// What to do instead, phase by phase.
    pub(super) instead: Vec<String>,
}

/// What an act breaks. `catalog` is as it was before the statement.
pub(super) fn broken(act: &Act, catalog: &PostgresCatalog, release: &Release, session: &mut Session) -> Option<Said> {
    let said = |hazard, message: String, instead: &[&str]| {
        Some(Said { hazard, message, instead: instead.iter().map(|&phase| phase.to_owned()).collect() })
    };
    match act {
        Act::DropColumn { table, column } if release.is_column_used(table, column) => said(
            Hazard::DropsColumn,
            format!("`{table}.{column}` goes away while versions that are running may read or write it"),
            &[
                &format!("application: stop using `{column}`, deploy that everywhere"),
                "ETL: stop using it",
                "reporting: stop using it",
                "database, in a later release and once it is shown that nobody uses it: drop it",
            ],
        ),
        Act::DropTable { table } if release.is_used(table) => said(
            Hazard::DropsTable,
            format!("`{table}` goes away while versions that are running may use it"),
            &[
                "application, ETL, reporting: stop using it, deploy that everywhere",
                "database, in a later release: rename it, so that a mistake can be taken back at once",
                "database, some time later: drop it",
            ],
        ),
        Act::Truncate { table } if release.is_used(table) => said(
            Hazard::Truncates,
            format!("all rows of `{table}` are lost at once, under a lock that everybody waits for"),
            &["delete in batches by key, or drop partitions"],
        ),
        Act::DropObject { kind: "sequence" | "extension", .. } => None,
        Act::DropObject { kind, name } if is_used(kind, name, release) => said(
            Hazard::DropsObject,
            format!("the {kind} `{name}` goes away while versions that are running may use it"),
            &[
                "make its successor under another name",
                "application: use that, deploy it everywhere",
                "drop the old one in a later release",
            ],
        ),
        Act::RenameColumn { table, from, to } if release.is_column_used(table, from) => said(
            Hazard::RenamesColumn,
            format!("versions that are running know `{table}.{from}` and not `{to}`"),
            &[
                &format!("add `{to}`, kept equal to `{from}` by triggers, and fill it in batches"),
                &format!("application, ETL, reporting: use `{to}`"),
                &format!("in a later release, drop `{from}` and the triggers"),
            ],
        ),
        Act::RenameTable { from, to } if release.is_used(from) => said(
            Hazard::RenamesTable,
            format!("versions that are running know `{from}` and not `{to}`"),
            &[
                &format!("in one transaction, rename it and create a view `{from}` that selects all of `{to}`"),
                &format!("application, ETL, reporting: use `{to}`"),
                "drop the view in a later release",
            ],
        ),
        Act::RenameObject { kind, from, to } if is_used(kind, from, release) => said(
            Hazard::RenamesObject,
            format!("versions that are running know the {kind} `{from}` and not `{to}`"),
            &[
                "make another one under the new name",
                "application: use that, deploy it everywhere",
                "drop the old one in a later release",
            ],
        ),
        Act::ChangeType { table, column, to }
            if release.is_column_used(table, column) && !is_longer_text(catalog, table, column, to) =>
        {
            said(
                Hazard::ChangesType,
                format!("versions that are running read and write `{table}.{column}` with its old type, not {to}"),
                &[
                    &format!("add a column of type {to}, kept equal by triggers, and fill it in batches"),
                    "application, ETL, reporting: use it",
                    "drop the old column in a later release",
                ],
            )
        }
        Act::AddRequiredColumn { table, column } if release.is_used(table) => said(
            Hazard::AddsRequiredColumn,
            format!(
                "fails if `{table}` has a row; and inserts of versions that do not know `{column}` fail from then on"
            ),
            &[
                &format!("add `{column}` with a default, or allowing NULL"),
                "application: write it; fill old rows in batches",
                &format!(
                    "in a later release: `CHECK ({column} IS NOT NULL) NOT VALID`, `VALIDATE CONSTRAINT`, `SET NOT NULL`, drop the check"
                ),
            ],
        ),
        Act::ForbidNull { table, column }
            if release.is_column_used(table, column) && allows_null(catalog, table, column) =>
        {
            said(
                Hazard::ForbidsNull,
                format!("inserts of versions that still leave `{table}.{column}` NULL fail from then on"),
                &["application: always write it, deploy that everywhere", "forbid NULL in a later release"],
            )
        }
        Act::AllowNull { table, column } if release.is_column_used(table, column) => said(
            Hazard::AllowsNull,
            format!("readers of `{table}.{column}` that are running may not expect NULL"),
            &["application, ETL, reporting: expect NULL, deploy that everywhere", "allow it in a later release"],
        ),
        Act::DropDefault { table, column } if release.is_column_used(table, column) => said(
            Hazard::DropsDefault,
            format!(
                "inserts of versions that rely on the default of `{table}.{column}` get NULL, or fail, from then on"
            ),
            &["application: always write it, deploy that everywhere", "drop the default in a later release"],
        ),
        Act::DropConstraint { table, constraint } if release.is_used(table) && is_key(catalog, table, constraint) => {
            said(
                Hazard::DropsKey,
                format!(
                    "`ON CONFLICT`, references and replication of versions that are running may rely on `{constraint}` of `{table}`"
                ),
                &["application: stop relying on it, deploy that everywhere", "drop it in a later release"],
            )
        }
        Act::AddEnumValue { value } => {
            if session.in_transaction() {
                session.new_values.push(value.clone());
            }
            None
        }
        _ => None,
    }
}

/// Views are relations that may have been made in this release; of functions, types and schemas that is not known.
fn is_used(kind: &str, name: &str, release: &Release) -> bool {
    !matches!(kind, "view" | "materialized view" | "sequence") || release.is_used(name)
}

/// Whether a text stays a text that is at least as long: then it is read and written as before.
fn is_longer_text(catalog: &PostgresCatalog, table: &str, column: &str, to: &str) -> bool {
    let is_text = |name: &str| ["text", "varchar", "character varying", "bpchar"].iter().any(|of| name.starts_with(of));
    let Some(from) = catalog.table(table).and_then(|of| of.column(column)) else { return false };
    let longest = to.split_once('(').map(|(_, rest)| rest.trim_end_matches(')').trim().parse::<i64>());
    let fits = match (from.data_type.modifiers.first(), longest) {
        (_, None) => true,
        (Some(from), Some(Ok(to))) => *from <= to,
        _ => false,
    };
    is_text(&from.data_type.name) && is_text(&to.to_lowercase()) && fits
}

fn allows_null(catalog: &PostgresCatalog, table: &str, column: &str) -> bool {
    catalog.table(table).and_then(|of| of.column(column)).is_none_or(|column| !column.not_null)
}

fn is_key(catalog: &PostgresCatalog, table: &str, constraint: &str) -> bool {
    let Some(Relation::Table(of)) = catalog.relations.get(table) else { return false };
    of.constraint(constraint).is_some_and(|own| matches!(own.kind, ConstraintKind::Keyed { .. }))
}
