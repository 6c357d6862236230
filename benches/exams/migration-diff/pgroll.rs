//! The examples of pgroll, each operation as changes of ours.

use std::fs;
use std::path::Path;

use migration_planner::{Change, Column, Constraint, Index, ObjectName, Planner, Table};
use migration_planner_postgres::introspect;
use postgres_for_tests::Database;
use serde_json::Value;

use super::reach::{Counts, connect, database, policy, said, tester, there_and_back};
use super::tally::Tally;

/// Carries out all examples one after the other, since each builds on those before it.
pub(crate) fn run(tally: &mut Tally, folder: &Path) {
    let target = database();
    let ledger = fs::read_to_string(folder.join(".ledger")).expect("the examples are there");
    for name in ledger.lines().filter(|name| !name.is_empty()) {
        let text = fs::read_to_string(folder.join(name)).expect("the ledger lists what is there");
        tally.count(name, example(&text, &target).map(drop));
    }
}

fn example(text: &str, target: &Database) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let read: Value = serde_saphyr::from_str(text).map_err(|error| said(&error))?;
    for operation in read["operations"].as_array().ok_or("it has no operations")? {
        let operation = operation.as_object().ok_or("an operation is no map")?;
        let (kind, details) = operation.iter().next().ok_or("an operation is empty")?;
        for change in changes(kind, details, target)? {
            let found = introspect(&target.url()).map_err(|error| said(&error))?;
            let planner = Planner::new(&found.schema, found.server).consumers([tester()]).policy(policy());
            let plan = planner.plan(&change).map_err(|refusal| format!("{change}: refused: {refusal}"))?;
            counts += there_and_back(&plan, target).map_err(|reason| format!("{change}: {reason}"))?;
        }
    }
    Ok(counts)
}

fn changes(kind: &str, of: &Value, target: &Database) -> Result<Vec<Change>, String> {
    let table = text(of, "table").or_else(|| text(of, "name")).unwrap_or_default();
    Ok(match kind {
        "create_table" => {
            let columns = list(of, "columns").fold(Table::new(name(&table)), |table, of| table.with_column(column(of)));
            let primary: Vec<String> =
                list(of, "columns").filter(|of| flag(of, "pk")).filter_map(|of| text(of, "name")).collect();
            let keyed =
                if primary.is_empty() { columns } else { columns.with_constraint(Constraint::primary_key(primary)) };
            let inline = list(of, "columns").flat_map(|of| inline(of, &text(of, "name").unwrap_or_default()));
            let own = list(of, "constraints").filter_map(constraint);
            let full = inline.chain(own).fold(keyed, Table::with_constraint);
            vec![Change::create_table(match text(of, "comment") {
                Some(comment) => full.comment(comment),
                None => full,
            })]
        }
        "add_column" => {
            let own = &of["column"];
            let mut change = Change::add_column(name(&table), column(own));
            if let Some(up) = text(of, "up") {
                change = change.filled_with(scalar(&up));
            }
            vec![inline(own, &text(own, "name").unwrap_or_default()).into_iter().fold(change, Change::with_constraint)]
        }
        "alter_column" => alter_column(of, &table),
        "create_constraint" => {
            vec![Change::add_constraint(name(&table), constraint(of).ok_or("what constraint is it?")?)]
        }
        "create_index" => vec![Change::create_index(name(&table), index(of))],
        "drop_column" => {
            let drop = Change::drop_column(name(&table), text(of, "column").unwrap_or_default());
            vec![match text(of, "down") {
                Some(down) => drop.filled_with(scalar(&down)),
                None => drop,
            }]
        }
        "drop_constraint" | "drop_multicolumn_constraint" => {
            vec![Change::drop_constraint(name(&table), text(of, "name").unwrap_or_default())]
        }
        "drop_index" => vec![Change::drop_index(text(of, "name").unwrap_or_default())],
        "drop_table" => vec![Change::drop_table(name(&table))],
        "rename_column" => {
            vec![Change::rename_column(
                name(&table),
                text(of, "from").unwrap_or_default(),
                text(of, "to").unwrap_or_default(),
            )]
        }
        "rename_constraint" => vec![Change::rename_constraint(
            name(&table),
            text(of, "from").unwrap_or_default(),
            text(of, "to").unwrap_or_default(),
        )],
        "rename_table" => {
            vec![Change::rename_table(
                text(of, "from").unwrap_or_default().as_str(),
                text(of, "to").unwrap_or_default(),
            )]
        }
        "set_replica_identity" => {
            let identity = &of["identity"];
            let kind = text(identity, "type").unwrap_or_default().to_uppercase();
            let words = match text(identity, "index").filter(|index| !index.is_empty()) {
                Some(index) if kind == "INDEX" => format!("USING INDEX {index}"),
                _ => kind,
            };
            vec![Change::set_replica_identity(name(&table), words)]
        }
        "sql" => sql(of, target)?,
        other => return Err(format!("what is {other}?")),
    })
}

/// Statements of the user's own. Without a way back of theirs there is none.
fn sql(of: &Value, target: &Database) -> Result<Vec<Change>, String> {
    let up = text(of, "up").ok_or("there is no statement")?;
    let down = text(of, "down");
    let split = |script: &str| -> Vec<String> {
        let parts = migration_planner::Dialect::Postgres.split(script);
        parts.iter().map(|part| part.text().to_owned()).collect()
    };
    // The planner looks at every statement; the server is asked first whether it takes them.
    let check = target.copy().map_err(|error| said(&error))?;
    connect(&check).batch_execute(&up).map_err(|error| said(&error))?;
    let down = down.map(|script| split(&script));
    let down: Option<Vec<&str>> = down.as_ref().map(|down| down.iter().map(String::as_str).collect());
    Ok(vec![Change::sql(split(&up), down.as_deref())])
}

fn alter_column(of: &Value, table: &str) -> Vec<Change> {
    let own = text(of, "column").unwrap_or_default();
    let (up, down) = (text(of, "up"), text(of, "down"));
    let mut changes = Vec::new();
    if let Some(data_type) = text(of, "type") {
        let change = Change::change_type(name(table), own.as_str(), data_type);
        changes.push(match &up {
            Some(up) if of.as_object().is_some_and(|of| !of.contains_key("nullable")) => {
                change.converted_by(scalar(up), down.as_deref())
            }
            _ => change,
        });
    }
    if let Some(condition) = text(&of["check"], "constraint") {
        // What breaks the rule is mended first, by the expression that is given for that.
        if let Some(up) = &up {
            changes.push(Change::fill(name(table), format!("{own} = {}", scalar(up)), format!("NOT ({condition})")));
        }
    }
    match of.get("nullable").and_then(Value::as_bool) {
        Some(false) => {
            let change = Change::set_not_null(name(table), own.as_str());
            changes.push(match &up {
                Some(up) => change.filled_with(scalar(up)),
                None => change,
            });
        }
        Some(true) => changes.push(Change::drop_not_null(name(table), own.as_str())),
        None => {}
    }
    if let Some(default) = of.get("default") {
        changes.push(Change::set_default(name(table), own.as_str(), default.as_str()));
    }
    if let Some(comment) = of.get("comment") {
        changes.push(Change::comment_on_column(name(table), own.as_str(), comment.as_str()));
    }
    changes.extend(inline(of, &own).into_iter().map(|constraint| Change::add_constraint(name(table), constraint)));
    if let Some(to) = text(of, "name") {
        changes.push(Change::rename_column(name(table), own, to));
    }
    changes
}

fn column(of: &Value) -> Column {
    let mut column = Column::new(text(of, "name").unwrap_or_default(), text(of, "type").unwrap_or_default());
    if !flag(of, "nullable") {
        column = column.not_null();
    }
    if let Some(default) = text(of, "default") {
        column = column.default_value(default);
    }
    match text(of, "comment") {
        Some(comment) => column.comment(comment),
        None => column,
    }
}

/// What is said of a column's values beside it.
fn inline(of: &Value, column: &str) -> Vec<Constraint> {
    let mut found = Vec::new();
    match of.get("unique") {
        Some(Value::Bool(true)) => found.push(Constraint::unique([column])),
        Some(unique) if unique.is_object() => found.push(named(Constraint::unique([column]), unique)),
        _ => {}
    }
    if let Some(condition) = text(&of["check"], "constraint") {
        found.push(named(Constraint::check(condition), &of["check"]));
    }
    let to = &of["references"];
    if let Some(table) = text(to, "table") {
        let referenced = text(to, "column").unwrap_or_else(|| "id".to_owned());
        let key = Constraint::foreign_key([column], table.as_str(), [referenced.as_str()]);
        let action = text(to, "on_delete").map(|action| format!(" ON DELETE {action}")).unwrap_or_default();
        let definition = format!("FOREIGN KEY ({column}) REFERENCES {table}({referenced}){action}");
        found.push(named(key.defined_by(definition), to));
    }
    found
}

fn constraint(of: &Value) -> Option<Constraint> {
    let columns: Vec<String> = list(of, "columns").filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let constraint = match text(of, "type")?.as_str() {
        "unique" => Constraint::unique(columns),
        "primary_key" => Constraint::primary_key(columns),
        "check" => Constraint::check(text(of, "check")?),
        "exclude" => {
            let own = &of["exclude"];
            let method = text(own, "index_method").map(|method| format!("USING {method} ")).unwrap_or_default();
            let only = text(own, "predicate").map(|predicate| format!(" WHERE ({predicate})")).unwrap_or_default();
            Constraint::exclusion(format!("EXCLUDE {method}({}){only}", text(own, "elements")?))
        }
        "foreign_key" => {
            let to = &of["references"];
            let referenced: Vec<String> =
                list(to, "columns").filter_map(|name| name.as_str().map(str::to_owned)).collect();
            let table = text(to, "table")?;
            let words =
                |key: &str, word: &str| text(to, key).map(|action| format!(" {word} {action}")).unwrap_or_default();
            let definition = format!(
                "FOREIGN KEY ({}) REFERENCES {table} ({}){}{}",
                columns.join(", "),
                referenced.join(", "),
                words("on_update", "ON UPDATE"),
                words("on_delete", "ON DELETE")
            );
            Constraint::foreign_key(columns, table.as_str(), referenced).defined_by(definition)
        }
        _ => return None,
    };
    Some(named(constraint, of))
}

fn index(of: &Value) -> Index {
    let parts: Vec<String> = list(of, "columns")
        .map(|part| {
            let class = text(&part["opclass"], "name").or_else(|| text(part, "opclass"));
            let words = [text(part, "column").or_else(|| part.as_str().map(str::to_owned)), class, text(part, "sort")];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect();
    let mut index = Index::new(text(of, "name").unwrap_or_default(), parts);
    if flag(of, "unique") {
        index = index.unique();
    }
    if let Some(predicate) = text(of, "predicate") {
        index = index.only_where(predicate);
    }
    match text(of, "method") {
        Some(method) => index.using(method),
        None => index,
    }
}

fn named(constraint: Constraint, of: &Value) -> Constraint {
    match text(of, "name") {
        Some(name) => constraint.named(name),
        None => constraint,
    }
}

/// pgroll takes a query for an expression, PostgreSQL only in parentheses.
fn scalar(expression: &str) -> String {
    format!("({expression})")
}

fn name(table: &str) -> ObjectName {
    table.into()
}

fn text(of: &Value, key: &str) -> Option<String> {
    match of.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn flag(of: &Value, key: &str) -> bool {
    of.get(key).and_then(Value::as_bool) == Some(true)
}

fn list<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of.get(key).and_then(Value::as_array).into_iter().flatten()
}
