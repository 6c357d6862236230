//! What is different about how a table is partitioned, and of what it is a part.

use super::Found;
use super::inheritance::Pair;
use super::order::Stage;
use crate::change::Change;
use crate::name::ObjectName;
use crate::postgres::partition_bounds::Bounds;
use crate::schema::Schema;

/// A table leaves what it is a part of before that changes, and becomes a part of another once it has all that it needs.
pub(super) fn compare(pair: Pair<'_>, found: &mut Found) {
    let (from, to) = (pair.from, pair.to);
    let what = format!("table {}", to.name());
    match (from.partition_key(), to.partition_key()) {
        (None, Some(_)) => found.cannot(
            &what,
            "it is partitioned later: say which partition its rows become, with `Change::partition_table`",
        ),
        (Some(_), None) => found.cannot(
            &what,
            "it is no longer partitioned: detach its partitions, and move their rows to a new table by its name",
        ),
        (before, after) if before != after => {
            found.cannot(&what, "it is partitioned in another way: build a new table");
        }
        _ => {}
    }
    if from.parent() == to.parent() {
        return;
    }
    let said = |schema: &Schema, part: Option<(&ObjectName, &str)>| match part {
        None => Some(None),
        Some((parent, bounds)) => {
            let key = schema.tables().iter().find(|table| table.name() == parent)?.partition_key()?;
            Some(Some((parent.clone(), bounds.to_owned(), Bounds::read(key, bounds)?.check())))
        }
    };
    let (Some(leaves), Some(joins)) = (said(pair.before, from.parent()), said(pair.after, to.parent())) else {
        found.cannot(
            &what,
            "it is another partition, whose bounds are not conditions over one column: attach and detach partitions by name, with the \
             check that holds for its rows",
        );
        return;
    };
    if let Some((parent, _, check)) = leaves {
        found.change(Stage::DropKeys, Change::detach_partition(parent, from.name(), check));
    }
    if let Some((parent, bounds, check)) = joins {
        found.change(Stage::Describe, Change::attach_partition(parent, to.name(), bounds, check));
    }
}
