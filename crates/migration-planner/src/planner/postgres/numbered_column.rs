//! Columns that the server would fill in all rows at once: numbered ones and computed ones.

use super::add_column::add_step;
use super::facts::Fact;
use super::fill::Fill;
use super::identity::{sequence_type, take_over};
use super::not_null;
use super::row_key::row_address;
use super::statements::beside;
use super::trigger::{Rights, RowFunction, over_new_row};
use crate::name::ColumnRef;
use crate::planner::postgres::derived::plain_type;
use crate::planner::task::Task;
use crate::schema::{Column, Table};
use crate::sql::{ident, literal, object_label, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A serial or identity column: rows that are written take their numbers from a sequence at once, those that are there some at a
/// time; then an identity takes over from the sequence.
pub(super) fn numbered(task: &Task<'_>, table: &Table, column: &Column) -> Vec<Step> {
    let object = ColumnRef::new(table.name(), column.name());
    let sequence = object_label(table.name().name(), column.name(), "seq");
    let own = postgres_name(&beside(table.name(), &sequence));
    let bare = Column::new(column.name(), plain_type(column.data_type()));
    let default = format!("nextval({}::regclass)", literal(&own));
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    let options = column.sequence_options_text().map(|options| format!(" {options}")).unwrap_or_default();
    let number = Step::new(
        "number-new-rows",
        format!("number new rows in `{object}`"),
        Work::Sql {
            statements: vec![
                format!("CREATE SEQUENCE {own} AS {}{options}", sequence_type(&bare)),
                format!("ALTER SEQUENCE {own} OWNED BY {}.{}", postgres_name(table.name()), ident(column.name())),
                format!("{alter} SET DEFAULT {default}"),
            ],
        },
        Fact::relation(&beside(table.name(), &sequence)).probe(),
        Undo::Sql { statements: vec![format!("{alter} DROP DEFAULT"), format!("DROP SEQUENCE {own}")] },
    );
    let with_it = table.clone().with_column(bare.clone());
    let filling = Fill { table: &with_it, column: column.name(), expression: &default, on_update: false };
    let mut steps = vec![add_step(table, &bare), number, filling.batches(task)];
    steps.extend(not_null::steps(&with_it, column.name()));
    if let Some(identity) = column.identity_kind() {
        let (forward, back) = take_over(table, &bare.default_value(default), (&sequence, &options), identity);
        let title = format!("`{object}` numbers rows by itself");
        steps.push(Step::new(
            "identity",
            title,
            Work::Sql { statements: forward },
            Probe::Untold,
            Undo::Sql { statements: back },
        ));
    }
    steps
}

/// A computed column becomes an ordinary one that a trigger keeps: a computed one could only be had by writing every row at once.
pub(super) fn computed(task: &Task<'_>, table: &Table, column: &Column, expression: &str) -> Vec<Step> {
    let object = ColumnRef::new(table.name(), column.name());
    let mut bare = Column::new(column.name(), column.data_type());
    if let Some(collation) = column.collation_name() {
        bare = bare.collation(collation);
    }
    let own = ident(column.name());
    let name = format!("{}_{}_generated", table.name().name(), column.name());
    let function = RowFunction {
        table: table.name().clone(),
        function: beside(table.name(), &name),
        // Triggers run in the order of their names; a computed column sees what the others have made of the row.
        name: format!("zz_{}_generated", column.name()),
        events: "INSERT OR UPDATE",
        declare: String::new(),
        body: format!("NEW.{own} := {};", over_new_row(table, expression)),
        rights: Rights::OfTheWriter,
    };
    let keep = Step::new(
        "compute-new-rows",
        format!("compute `{object}` in rows that are written"),
        Work::Sql { statements: function.create() },
        Fact::trigger(table.name(), &function.name).probe(),
        Undo::Sql { statements: function.drop() },
    );
    let fill = Step::new(
        "compute-old-rows",
        format!("compute `{object}` in the rows that are there"),
        Work::Backfill {
            table: table.name().clone(),
            key: row_address(table),
            set: format!("{own} = ({expression})"),
            needs: format!("{own}::text IS DISTINCT FROM ({expression})::text"),
            batch_rows: task.policy.batch_rows,
        },
        Probe::Untold,
        Undo::Nothing,
    );
    let mut steps = vec![add_step(table, &bare), keep, fill];
    if column.is_not_null() {
        steps.extend(not_null::steps(&table.clone().with_column(bare), column.name()));
    }
    steps
}
