//! `ALTER TABLE .. ALTER COLUMN`.

use super::alter_whole_table::rewrite;
use super::catalog::PostgresCatalog;
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::add_sequence;
use super::relation::Relation;
use super::types::{Change, Type};
use crate::step::LockMode;

/// What an action on a column does, from the word after the column's name on.
pub(super) fn alter_column(
    catalog: &mut PostgresCatalog,
    table: &str,
    column: &str,
    action: &mut Cursor<'_>,
    effect: &mut Effect,
) {
    let whole = action.clone();
    let set_null = |catalog: &mut PostgresCatalog, not_null: bool| {
        let columns = catalog.table_mut(table).map(|of| of.columns.iter_mut()).into_iter().flatten();
        columns.filter(|own| own.name == column).for_each(|own| own.not_null = not_null);
    };
    if action.eat("set not null") {
        effect.lock(table, LockMode::AccessExclusive);
        let of = catalog.table(table);
        let is_known =
            catalog.proves_not_null(table, column) || of.and_then(|of| of.column(column)).is_some_and(|c| c.not_null);
        if !is_known {
            catalog.scan(table, effect);
        }
        set_null(catalog, true);
    } else if action.eat("drop not null") {
        effect.lock(table, LockMode::AccessExclusive);
        set_null(catalog, false);
    } else if action.eat("set data type") || action.eat("type") {
        effect.lock(table, LockMode::AccessExclusive);
        change_type(catalog, table, column, action, effect);
    } else if action.eat("set statistics") || action.eat("reset") || action.eat("set") && action.sees_symbol('(') {
        effect.lock(table, LockMode::ShareUpdateExclusive);
    } else {
        // Defaults, identity, storage, compression.
        effect.lock(table, LockMode::AccessExclusive);
        let has_default = if whole.sees("set default") {
            Some(!whole.sees("set default null"))
        } else if whole.sees("drop default") || whole.sees("drop identity") {
            Some(false)
        } else {
            whole.sees("add generated").then_some(true)
        };
        let columns = catalog.table_mut(table).map(|of| of.columns.iter_mut()).into_iter().flatten();
        for (own, has_default) in columns.filter(|own| own.name == column).zip(has_default) {
            own.has_default = has_default;
        }
        if action.sees("add generated") {
            add_sequence(catalog, table, column);
        } else {
            of_identity(catalog, table, column, &whole, effect);
        }
    }
}

/// What is said of an identity is said of its sequence, too.
fn of_identity(catalog: &mut PostgresCatalog, table: &str, column: &str, action: &Cursor<'_>, effect: &mut Effect) {
    let options = ["increment", "start", "minvalue", "maxvalue", "cycle", "cache", "no"];
    let drops = action.sees("drop identity");
    let renumbers = action.sees("restart") || options.iter().any(|option| action.sees(&format!("set {option}")));
    if !drops && !renumbers && !action.sees("set generated") {
        return;
    }
    for (sequence, _) in catalog.sequences_of(table).into_iter().filter(|(_, of)| of == column) {
        if drops {
            effect.lock(&sequence, LockMode::AccessExclusive);
            catalog.relations.remove(&sequence);
            continue;
        }
        effect.lock(&sequence, LockMode::ShareRowExclusive);
        if renumbers {
            effect.rewrite(&sequence); // its one row
        }
    }
}

fn change_type(catalog: &mut PostgresCatalog, table: &str, column: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(to) = Type::read(action) else { return };
    let collates = action.eat("collate");
    if collates {
        action.name();
    }
    let Some(from) = catalog.table(table).and_then(|of| of.column(column)).map(|column| column.data_type.clone())
    else {
        return effect.give_up(); // from which type is not known
    };
    let mut change = from.change_to(&to, !catalog.other_time_zone && catalog.is_at_least(12), &catalog.domains);
    // An expression other than the column itself or a cast of it may give any value.
    if action.eat("using") && !is_plain_cast(action, column) {
        change = Change::Rewrite;
    }
    let on_column: Vec<String> = catalog
        .indexes_of(table)
        .into_iter()
        .filter(|index| catalog.index(index).is_some_and(|of| of.names.iter().any(|name| name == column)))
        .collect();
    // Their definition names the type, so they are made anew. Those of columns alone keep their file where the values keep
    // their order.
    effect.lock_all(&on_column, LockMode::AccessExclusive);
    let keeps = |index: &String| catalog.index(index).is_some_and(|of| of.is_plain);
    if change == Change::Rewrite {
        rewrite(catalog, table, &on_column, effect);
    } else if !on_column.is_empty() && (change == Change::Reindex || collates) || !on_column.iter().all(keeps) {
        catalog.scan(table, effect);
    }
    // Made anew, an index of the column's cast to what it is now is one of the column itself.
    for index in on_column {
        if let Some(Relation::Index(index)) = catalog.relations.get_mut(&index)
            && index.columns.is_empty()
            && index.names.iter().all(|name| name == column || *name == to.name)
        {
            (index.columns, index.is_plain) = (vec![column.to_owned()], true);
        }
    }
    if let Some(of) = catalog.table_mut(table) {
        of.columns.iter_mut().filter(|own| own.name == column).for_each(|own| own.data_type = to.clone());
    }
}

/// `column`, or `column::type`.
fn is_plain_cast(action: &Cursor<'_>, column: &str) -> bool {
    let mut action = action.clone();
    action.identifier().as_deref() == Some(column) && (action.is_at_end() || action.eat_symbol(':'))
}
