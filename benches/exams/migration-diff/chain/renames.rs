//! What a migration renames: two states of a schema do not tell that, its statements do.

use migration_planner::{Dialect, ObjectKind, SchemaDiffer, ServerKind};

/// The renames that the statements of `sql` make.
pub(crate) fn renames(sql: &str) -> SchemaDiffer {
    let none = SchemaDiffer::new(ServerKind::Postgres);
    Dialect::Postgres.split(sql).iter().fold(none, |differ, part| rename(differ, part.text()))
}

fn rename(differ: SchemaDiffer, statement: &str) -> SchemaDiffer {
    let plain = statement.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = plain.split_whitespace().filter(|word| !is_noise(word)).collect();
    let keywords: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let keywords: Vec<&str> = keywords.iter().map(String::as_str).collect();
    match (keywords.as_slice(), words.as_slice()) {
        (["alter", "table", _, "rename", "to", _], [_, _, table, _, _, to]) => differ.rename_table(*table, *to),
        (["alter", "table", _, "rename", "constraint", _, "to", _], [_, _, table, _, _, from, _, to]) => {
            differ.rename_constraint(*table, *from, *to)
        }
        (["alter", "table", _, "rename", "column", _, "to", _], [_, _, table, _, _, from, _, to])
        | (["alter", "table", _, "rename", _, "to", _], [_, _, table, _, from, _, to]) => {
            differ.rename_column(*table, *from, *to)
        }
        (["alter", "index", _, "rename", "to", _], [_, _, index, _, _, to]) => differ.rename_index(*index, *to),
        (["alter", "type", _, "rename", "value", _, "to", _], [_, _, name, _, _, from, _, to]) => {
            differ.rename_enum_value(*name, from.trim_matches('\''), to.trim_matches('\''))
        }
        (["alter", "type", _, "rename", "to", _], [_, _, name, _, _, to]) => {
            differ.rename_object(ObjectKind::Type, *name, *to)
        }
        _ => differ,
    }
}

/// Words that say nothing of what is renamed.
fn is_noise(word: &str) -> bool {
    ["if", "exists", "only"].iter().any(|noise| word.eq_ignore_ascii_case(noise))
}
