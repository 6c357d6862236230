//! The statements that make tables, constraints and indexes in PostgreSQL.

use super::plain::unset;
use crate::name::ObjectName;
use crate::schema::{Column, ColumnSetting, Constraint, Generated, Index, ObjectKind, Schema, Table};
use crate::sql::tokens::{Token, spanned};
use crate::sql::{Dialect, ident, idents, literal, postgres_name};

impl Schema {
    /// The statements that make the schema in an empty PostgreSQL database, in order, each without a semicolon.
    ///
    /// ```
    /// use migration_planner::{Column, Schema, Table};
    ///
    /// let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).comment("who may sign in");
    /// assert_eq!(
    ///     Schema::new().with_table(users).to_postgres(),
    ///     ["CREATE TABLE users (id bigint, PRIMARY KEY (id))", "COMMENT ON TABLE users IS 'who may sign in'"],
    /// );
    /// ```
    pub fn to_postgres(&self) -> Vec<String> {
        let tables = self.tables().iter().flat_map(attached);
        let objects = self.objects().iter().flat_map(|object| object.attached().iter().cloned());
        script(self).into_iter().chain(tables).chain(objects).collect()
    }
}

/// The statements that make a whole schema, without what takes no part in locks.
pub(super) fn script(schema: &Schema) -> Vec<String> {
    // Views, triggers and the like are made of tables; schemas, types and functions may be what tables are made of.
    let (before, after): (Vec<_>, Vec<_>) =
        schema.objects().iter().partition(|object| object.kind() < ObjectKind::View);
    let mut script: Vec<String> = before.iter().map(|object| object.definition().to_owned()).collect();
    // A partition comes after what it is a part of, however deep.
    let up = |table: &Table| {
        table.parent().map(|(parent, _)| parent).or_else(|| table.parents().first()).and_then(|name| schema.table(name))
    };
    let depth = |table: &&Table| std::iter::successors(up(table), |table| up(table)).take(64).count();
    let mut tables: Vec<&Table> = schema.tables().iter().collect();
    tables.sort_by_key(depth);
    for table in &tables {
        script.push(create_table(table, table.constraints().iter().filter(|own| !is_foreign(own))));
    }
    for table in &tables {
        let build = |index: &Index| create_index(table, index, index.name().name(), Build::Locking);
        script.extend(table.indexes().iter().map(build));
        script.extend(table.constraints().iter().filter(|own| is_foreign(own)).map(|own| add_constraint(table, own)));
    }
    script.extend(after.iter().map(|object| object.definition().to_owned()));
    script
}

pub(super) fn is_foreign(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::ForeignKey { .. })
}

/// `CREATE TABLE` with these of its constraints.
pub(super) fn create_table<'a, C: IntoIterator<Item = &'a Constraint>>(table: &Table, constraints: C) -> String {
    let name = postgres_name(table.name());
    let unlogged = if table.is_unlogged() { "UNLOGGED " } else { "" };
    let ending = ending(table);
    if let Some((parent, bounds)) = table.parent() {
        return format!("CREATE {unlogged}TABLE {name} PARTITION OF {} {bounds}{ending}", postgres_name(parent));
    }
    // What comes from what it inherits from is not declared again: it would stay where that goes.
    let declared = table.columns().iter().filter(|own| table.parents().is_empty() || !own.is_inherited());
    let mut parts: Vec<String> = declared.map(column_definition).collect();
    let keys: Vec<&str> = table.columns().iter().filter(|own| own.is_primary_key()).map(Column::name).collect();
    if !keys.is_empty() && !table.constraints().iter().any(|own| matches!(own, Constraint::PrimaryKey { .. })) {
        parts.push(format!("PRIMARY KEY ({})", idents(keys)));
    }
    let named = |constraint: &Constraint| {
        let name = constraint.detail().name().map(|name| format!("CONSTRAINT {} ", ident(name)));
        format!("{}{}", name.unwrap_or_default(), constraint_definition(constraint))
    };
    let declared = constraints.into_iter().filter(|own| table.parents().is_empty() || !own.detail().is_inherited());
    parts.extend(declared.map(named));
    format!("CREATE {unlogged}TABLE {name} ({}){ending}", parts.join(", "))
}

fn ending(table: &Table) -> String {
    let parents: Vec<String> = table.parents().iter().map(postgres_name).collect();
    let options: Vec<String> = table.options().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut ending = Vec::new();
    ending.extend(Some(format!(" INHERITS ({})", parents.join(", "))).filter(|_| !parents.is_empty()));
    ending.extend(table.partition_key().map(|key| format!(" PARTITION BY {key}")));
    ending.extend(Some(format!(" WITH ({})", options.join(", "))).filter(|_| !options.is_empty()));
    ending.extend(table.tablespace().map(|space| format!(" TABLESPACE {}", ident(space))));
    ending.concat()
}

/// What gives a new table all that `CREATE TABLE` does not say.
pub(super) fn attached(table: &Table) -> Vec<String> {
    let name = postgres_name(table.name());
    let mut statements: Vec<String> = Vec::new();
    statements.extend(table.comment_text().map(|text| comment("TABLE", &name, Some(text))));
    for column in table.columns() {
        statements.extend(column_attached(table.name(), column));
    }
    statements.extend(table.constraints().iter().filter_map(|own| comment_on_constraint(table, own)));
    statements.extend(table.indexes().iter().filter_map(|index| comment_on_index(table, index)));
    statements.extend(grants(table, table.name()));
    statements.extend(table.owner().map(|owner| format!("ALTER TABLE {name} OWNER TO {}", ident(owner))));
    if table.has_row_security() {
        statements.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
    }
    if table.forces_row_security() {
        statements.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
    }
    if table.replica_identity_clause() != "DEFAULT" {
        statements.push(format!("ALTER TABLE {name} REPLICA IDENTITY {}", table.replica_identity_clause()));
    }
    statements
}

/// What gives a column all that its declaration does not say.
pub(super) fn column_attached(table: &ObjectName, column: &Column) -> Vec<String> {
    let of = format!("{}.{}", postgres_name(table), ident(column.name()));
    let text = column.comment_text().map(|text| comment("COLUMN", &of, Some(text)));
    let settings = [ColumnSetting::Statistics, ColumnSetting::Storage, ColumnSetting::Compression].into_iter();
    let settings = settings.filter_map(|setting| {
        column.setting_value(setting).map(|value| set_column(table, column.name(), setting, value))
    });
    text.into_iter().chain(settings).collect()
}

/// What takes [`column_attached`] away again, from a column of another type.
pub(super) fn column_detached(table: &ObjectName, column: &Column, data_type: &str) -> Vec<String> {
    let of = format!("{}.{}", postgres_name(table), ident(column.name()));
    let text = column.comment_text().map(|_| comment("COLUMN", &of, None));
    let settings = [ColumnSetting::Statistics, ColumnSetting::Storage, ColumnSetting::Compression].into_iter();
    let settings = settings.filter(|setting| column.setting_value(*setting).is_some());
    let settings = settings.map(|setting| set_column(table, column.name(), setting, unset(setting, data_type)));
    text.into_iter().chain(settings).collect()
}

/// The grants of a table, on `on`.
pub(super) fn grants(table: &Table, on: &ObjectName) -> Vec<String> {
    let grant = |grant: &crate::schema::Grant| {
        let option = if grant.is_grantable() { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} ON {} TO {}{option}", grant.privileges(), postgres_name(on), role(grant.role()))
    };
    table.grants().iter().map(grant).collect()
}

/// `COMMENT ON`; `None` takes it away.
pub(super) fn comment(kind: &str, address: &str, text: Option<&str>) -> String {
    format!("COMMENT ON {kind} {address} IS {}", text.map_or_else(|| "NULL".to_owned(), literal))
}

/// A role as it stands in a statement.
pub(super) fn role(name: &str) -> String {
    if name.eq_ignore_ascii_case("public") { "PUBLIC".to_owned() } else { ident(name) }
}

pub(super) fn set_column(table: &ObjectName, column: &str, setting: ColumnSetting, value: &str) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} SET {} {value}", postgres_name(table), ident(column), setting.keyword())
}

/// A column as it is declared.
pub(super) fn column_definition(column: &Column) -> String {
    let mut definition = format!("{} {}", ident(column.name()), column.data_type());
    if let Some(collation) = column.collation_name() {
        definition = format!("{definition} COLLATE {}", collation_name(collation));
    }
    if let Some(Generated::Stored { expression } | Generated::Virtual { expression }) = column.generation() {
        definition = format!("{definition} GENERATED ALWAYS AS ({expression}) STORED");
    }
    if let Some(default) = column.default() {
        definition = format!("{definition} DEFAULT {default}");
    }
    if let Some(identity) = column.identity_kind() {
        let options = column.sequence_options_text().map(|options| format!(" ({options})")).unwrap_or_default();
        return format!("{definition} {}{options}", identity.clause());
    }
    if column.is_not_null() { definition + " NOT NULL" } else { definition }
}

/// A collation's name, which may have a schema and quotes already.
pub(super) fn collation_name(name: &str) -> String {
    if name.contains('"') { name.to_owned() } else { format!("\"{name}\"") }
}

/// A constraint as it is declared, without `NOT VALID`.
pub(super) fn constraint_definition(constraint: &Constraint) -> String {
    if let Some(definition) = constraint.detail().definition() {
        return definition.trim_end().trim_end_matches("NOT VALID").trim_end().to_owned();
    }
    match constraint {
        Constraint::PrimaryKey { columns, .. } => format!("PRIMARY KEY ({})", idents(columns)),
        Constraint::Unique { columns, .. } => format!("UNIQUE ({})", idents(columns)),
        Constraint::Check { expression, .. } => format!("CHECK ({expression})"),
        Constraint::ForeignKey { columns, references, referenced, .. } => {
            let to = if referenced.is_empty() { String::new() } else { format!(" ({})", idents(referenced)) };
            format!("FOREIGN KEY ({}) REFERENCES {}{to}", idents(columns), postgres_name(references))
        }
        Constraint::Exclusion { .. } => String::new(), // made with a definition only
    }
}

/// Adds a constraint as it is: not valid if it is not.
pub(super) fn add_constraint(table: &Table, constraint: &Constraint) -> String {
    let not_valid = if constraint.detail().is_validated() { "" } else { " NOT VALID" };
    add_constraint_as(table.name(), &constraint.name_on(table.name().name()), constraint) + not_valid
}

pub(super) fn add_constraint_as(table: &ObjectName, name: &str, constraint: &Constraint) -> String {
    format!("ALTER TABLE {} ADD CONSTRAINT {} {}", postgres_name(table), ident(name), constraint_definition(constraint))
}

pub(super) fn drop_constraint(table: &ObjectName, name: &str) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT {}", postgres_name(table), ident(name))
}

pub(super) fn comment_on_constraint(table: &Table, constraint: &Constraint) -> Option<String> {
    let address = format!("{} ON {}", ident(&constraint.name_on(table.name().name())), postgres_name(table.name()));
    constraint.detail().comment().map(|text| comment("CONSTRAINT", &address, Some(text)))
}

pub(super) fn comment_on_index(table: &Table, index: &Index) -> Option<String> {
    let address = postgres_name(&beside(table.name(), index.name().name()));
    index.comment_text().map(|text| comment("INDEX", &address, Some(text)))
}

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    /// While others read and write.
    Concurrently,
    /// While others only read: on a table that nobody has yet.
    Locking,
    /// For a partitioned table, without its partitions.
    OnParentOnly,
}

/// `CREATE INDEX` under the name `name`.
pub(super) fn create_index(table: &Table, index: &Index, name: &str, build: Build) -> String {
    format!(
        "CREATE {}INDEX {}{} ON {}{} {}",
        if index.is_unique() { "UNIQUE " } else { "" },
        if build == Build::Concurrently { "CONCURRENTLY " } else { "" },
        ident(name),
        if build == Build::OnParentOnly { "ONLY " } else { "" },
        postgres_name(table.name()),
        index_body(table, index)
    )
}

/// What stands after the table's name in `CREATE INDEX`.
pub(super) fn index_body(table: &Table, index: &Index) -> String {
    if let Some(body) = index.definition().and_then(body_of) {
        return body;
    }
    let part = |part: &String| table.column(part).map_or_else(|| part.clone(), |column| ident(column.name()));
    let parts: Vec<String> = index.parts().iter().map(part).collect();
    let method = index.method().map(|method| format!("USING {method} ")).unwrap_or_default();
    let condition = index.predicate().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
    format!("{method}({}){condition}", parts.join(", "))
}

/// The part of a whole `CREATE INDEX` statement that stands after the table's name.
fn body_of(definition: &str) -> Option<String> {
    let words: Vec<_> = spanned(definition, Dialect::Postgres).collect();
    let on = words.iter().position(|(token, _)| token.is_keyword("on"))?;
    let mut at = on + 1 + usize::from(words.get(on + 1).is_some_and(|(token, _)| token.is_keyword("only")));
    while words.get(at + 1).is_some_and(|(token, _)| *token == Token::Symbol('.')) {
        at += 2;
    }
    words.get(at + 1).map(|(_, range)| definition[range.start..].trim_end().trim_end_matches(';').to_owned())
}

/// `sql` with every place where `from` stands as a name replaced by `to`.
pub(super) fn with_name_replaced(sql: &str, from: &str, to: &str) -> String {
    let words: Vec<_> = spanned(sql, Dialect::Postgres).collect();
    let (mut out, mut last) = (String::new(), 0);
    for (i, (token, range)) in words.iter().enumerate() {
        let is_call = words.get(i + 1).is_some_and(|(next, _)| *next == Token::Symbol('('));
        let is_it = match token {
            Token::Word(word) => word.to_lowercase() == from && !is_call,
            Token::Quoted(quoted) => quoted == from,
            _ => false,
        };
        if is_it {
            out.push_str(&sql[last..range.start]);
            out.push_str(&ident(to));
            last = range.end;
        }
    }
    out.push_str(&sql[last..]);
    out
}

/// A name in the schema that a table is in.
pub(super) fn beside(table: &ObjectName, name: &str) -> ObjectName {
    match table.schema() {
        Some(schema) => ObjectName::in_schema(schema, name),
        None => name.into(),
    }
}
