//! What the server writes down in other words, or forgets, when a column gets another type: expressions get casts, or lose them.

use crate::planner::postgres::plain::unset;
use crate::planner::postgres::statements::{
    Build, add_constraint, beside, comment_on_constraint, comment_on_index, create_index, drop_constraint, set_column,
};
use crate::schema::{Column, ColumnSetting, Constraint, Index, Table};
use crate::sql::postgres_name;
use crate::sql::tokens::mentions;

/// Statements that take away all that is reworded, and those that make it as it is now. The first go before the column gets its old
/// type back, the second after it: going back, the server would put other words on top of its own.
pub(super) fn away_and_again(table: &Table, column: &Column) -> (Vec<String>, Vec<String>) {
    let (mut away, mut again) = (Vec::new(), Vec::new());
    for constraint in table.constraints().iter().filter(|own| is_expression(own) && own.involves(column.name())) {
        let name = constraint.name_on(table.name().name());
        away.push(drop_constraint(table.name(), &name));
        again.push(add_constraint(table, constraint));
        again.extend(comment_on_constraint(table, constraint));
    }
    for index in table.indexes().iter().filter(|index| names_in_expression(table, index, column)) {
        away.push(format!("DROP INDEX {}", postgres_name(&beside(table.name(), index.name().name()))));
        again.push(create_index(table, index, index.name().name(), Build::Locking));
        again.extend(comment_on_index(table, index));
    }
    (away, again)
}

/// The statements that set again what the server forgets of a column that gets another type: how its values are stored.
pub(super) fn lost_settings(table: &Table, column: &Column, data_type: &str) -> Vec<String> {
    let is_long = unset(ColumnSetting::Storage, data_type) != "PLAIN";
    let settings = [ColumnSetting::Storage, ColumnSetting::Compression].into_iter().filter(|_| is_long);
    let set = |setting| Some(set_column(table.name(), column.name(), setting, column.setting_value(setting)?));
    settings.filter_map(set).collect()
}

fn is_expression(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::Check { .. } | Constraint::Exclusion { .. })
}

fn names_in_expression(table: &Table, index: &Index, column: &Column) -> bool {
    let is_column = |text: &str| table.column(text).is_some();
    let texts = index.parts().iter().map(String::as_str).filter(|part| !is_column(part)).chain(index.predicate());
    texts.into_iter().any(|text| mentions(text, column.name()))
}
