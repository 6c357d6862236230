//! Indexes.

use super::names::{bare, columns, fresh, identifier, object_name, renamed_in};
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Column, Index};
use crate::sql::expression::Expression;
use crate::sql::server_type::server_type;
use crate::sql::{ident, idents};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexDraft {
    pub(super) name: String,
    unique: bool,
    method: String,
    parts: Vec<Part>,
    include: Vec<String>,
    nulls_not_distinct: bool,
    with: String,
    predicate: Option<String>,
    pub(super) comment: Option<String>,
}

/// What an index orders by, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    what: What,
    /// Collation, operator class, direction, as the server writes them.
    tail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Column(String),
    Expression(String),
}

impl IndexDraft {
    /// The columns, where it consists of columns alone.
    pub(super) fn plain_columns(&self) -> Option<Vec<String>> {
        let columns = self.parts.iter().map(|part| match &part.what {
            What::Column(name) => Some(name.clone()),
            What::Expression(_) => None,
        });
        columns.collect()
    }

    pub(super) fn included(&self) -> &[String] {
        &self.include
    }

    /// Whether it goes with a column.
    pub(super) fn involves(&self, column: &str) -> bool {
        let part = |part: &Part| match &part.what {
            What::Column(name) => name == column,
            What::Expression(text) => Cursor::new(text).mentions(column),
        };
        self.parts.iter().any(part)
            || self.include.iter().any(|own| own == column)
            || self.predicate.as_ref().is_some_and(|text| Cursor::new(text).mentions(column))
    }

    pub(super) fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        for part in &mut self.parts {
            match &mut part.what {
                What::Column(name) if name == from => to.clone_into(name),
                What::Column(_) => {}
                What::Expression(text) => *text = renamed_in(text, table, from, to),
            }
        }
        self.include.iter_mut().filter(|own| *own == from).for_each(|own| to.clone_into(own));
        self.predicate = self.predicate.take().map(|text| renamed_in(&text, table, from, to));
    }

    /// Leaves away what the types of the columns make needless.
    pub(super) fn settle(&mut self, columns: &[Column]) {
        for part in &mut self.parts {
            if let What::Expression(text) = &part.what
                && let Some(column) = converts_nothing(text, columns)
            {
                part.what = What::Column(column);
            }
        }
    }

    /// The statement that makes it.
    pub(super) fn definition(&self, table: &ObjectName) -> String {
        let schema = ident(table.schema().unwrap_or("public"));
        let parts: Vec<String> = self.parts.iter().map(Part::render).collect();
        let mut text = format!(
            "CREATE {}INDEX {} ON {schema}.{} USING {} ({})",
            if self.unique { "UNIQUE " } else { "" },
            ident(&self.name),
            ident(table.name()),
            self.method,
            parts.join(", "),
        );
        if !self.include.is_empty() {
            text.extend([format!(" INCLUDE ({})", idents(&self.include))]);
        }
        if self.nulls_not_distinct {
            text.push_str(" NULLS NOT DISTINCT");
        }
        if !self.with.is_empty() {
            text.extend([format!(" WITH ({})", self.with)]);
        }
        if let Some(predicate) = &self.predicate {
            text.extend([format!(" WHERE {}", enclosed(predicate))]);
        }
        text
    }

    pub(super) fn finish(&self, table: &ObjectName) -> Index {
        let parts = self.parts.iter().map(|part| match &part.what {
            What::Column(name) => ident(name),
            What::Expression(text) => text.clone(),
        });
        let mut index = Index::new(self.name.as_str(), parts).defined_by(self.definition(table));
        if self.unique {
            index = index.unique();
        }
        if let Some(predicate) = &self.predicate {
            index = index.only_where(predicate);
        }
        if self.method != "btree" {
            index = index.using(&self.method);
        }
        match &self.comment {
            Some(comment) => index.comment(comment),
            None => index,
        }
    }
}

impl Part {
    fn render(&self) -> String {
        let what = match &self.what {
            What::Column(name) => ident(name),
            What::Expression(text) => enclosed(text),
        };
        format!("{what}{}", self.tail)
    }

    /// Reads a part of an index.
    fn read(mut cursor: Cursor<'_>) -> Read<Self> {
        let start = cursor.clone();
        let what = if let Some(group) = cursor.group() {
            // A column in parentheses is still a column.
            match Expression::of(group.clone()) {
                Expression::Name(mut name) if name.len() == 1 => What::Column(name.remove(0)),
                _ => What::Expression(bare(&group)),
            }
        } else {
            let name = object_name(&mut cursor, "a column or an expression")?;
            if cursor.group().is_some() {
                What::Expression(start.up_to(&cursor).text())
            } else {
                What::Column(name.name().to_owned())
            }
        };
        let mut tail = String::new();
        if cursor.eat("collate") {
            let collation = object_name(&mut cursor, "the name of a collation")?;
            tail.extend([format!(" COLLATE {}", ident(collation.name()))]);
        }
        let directions = ["asc", "desc", "nulls"];
        if !cursor.is_at_end() && !directions.iter().any(|word| cursor.sees(word)) {
            let class = object_name(&mut cursor, "an operator class")?;
            tail.extend([format!(" {}", ident(class.name()))]);
            if let Some(options) = cursor.group() {
                tail.extend([format!(" ({})", options.text())]);
            }
        }
        cursor.eat("asc");
        let descends = cursor.eat("desc");
        let first = if cursor.eat("nulls first") { true } else { descends && !cursor.eat("nulls last") };
        cursor.eat("nulls last");
        tail.push_str(match (descends, first) {
            (true, true) => " DESC",
            (true, false) => " DESC NULLS LAST",
            (false, true) => " NULLS FIRST",
            (false, false) => "",
        });
        end(&cursor)?;
        Ok(Self { what, tail })
    }

    /// What it adds to the name of an index without one.
    fn naming_word(&self) -> String {
        match &self.what {
            What::Column(name) => name.clone(),
            What::Expression(text) => match Expression::read(text) {
                Expression::Node(what, _) => match what.split_once("()") {
                    Some((name, _)) => name.rsplit('.').next().unwrap_or(name).to_owned(),
                    None => "expr".to_owned(),
                },
                _ => "expr".to_owned(),
            },
        }
    }
}

/// An expression as it stands in an index: a column or a call by itself, all else in parentheses.
fn enclosed(text: &str) -> String {
    match Expression::read(text) {
        Expression::Name(_) | Expression::Word(_) => text.trim_matches(['(', ')', ' ']).to_owned(),
        Expression::Node(what, _) if what.contains("()") && !text.starts_with('(') => text.to_owned(),
        _ => format!("({text})"),
    }
}

/// A part of an index or an exclusion, as the server writes it.
pub(super) fn rendered(cursor: Cursor<'_>) -> Read<String> {
    Part::read(cursor).map(|part| part.render())
}

/// `CREATE [UNIQUE] INDEX`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>, unique: bool) -> Read<Outcome> {
    cursor.eat("concurrently");
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = if cursor.sees("on") { None } else { Some(identifier(cursor, "the name of an index")?) };
    if !cursor.eat("on") {
        return Err(Fault::expected(cursor, "ON"));
    }
    cursor.eat("only");
    let on = cursor.clone();
    let table = object_name(cursor, "the name of a table")?;
    let method = if cursor.eat("using") { identifier(cursor, "an index method")? } else { "btree".to_owned() };
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
    let parts: Vec<Part> = group.clone().items().into_iter().map(Part::read).collect::<Read<_>>()?;
    let include = if cursor.eat("include") { columns(cursor)? } else { Vec::new() };
    let nulls_not_distinct = cursor.eat("nulls not distinct");
    cursor.eat("nulls distinct");
    let with = match cursor.eat("with").then(|| cursor.group()).flatten() {
        Some(group) => options(group)?,
        None => String::new(),
    };
    if cursor.eat("tablespace") {
        return Err(Fault::database(cursor, "a schema does not hold the tablespace of an index"));
    }
    // The words that are left are the condition.
    let predicate = if cursor.eat("where") {
        let text = bare(cursor);
        while !cursor.is_at_end() {
            cursor.next();
        }
        Some(text)
    } else {
        None
    };
    end(cursor)?;
    let schema = table.schema().map(str::to_owned);
    if let Some(name) = &name
        && draft.is_relation(schema.as_deref(), name)
    {
        return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "relation", name)) };
    }
    let mut words: Vec<String> = Vec::new();
    for word in parts.iter().map(Part::naming_word).chain(include.iter().cloned()) {
        let numbered = std::iter::once(word.clone()).chain((1..).map(|n| format!("{word}{n}")));
        words.extend(numbered.filter(|word| !words.contains(word)).take(1).collect::<Vec<_>>());
    }
    let name = name.unwrap_or_else(|| {
        fresh(table.name(), &words.join("_"), "idx", |name| draft.is_relation(schema.as_deref(), name))
    });
    let index = IndexDraft { name, unique, method, parts, include, nulls_not_distinct, with, predicate, comment: None };
    if let Some(view) = draft.views.iter_mut().find(|view| view.name == table) {
        view.indexes.push(index);
        return Ok(Outcome::Done);
    }
    let of = draft.table(&on, &table)?;
    if of.partition_key.is_some() {
        return Err(Fault::database(&on, "indexes of partitioned tables are made on every partition"));
    }
    let mut index = index;
    index.settle(&of.columns);
    for part in &index.parts {
        if let What::Column(column) = &part.what {
            of.column(&group, column)?;
        }
    }
    of.indexes.push(index);
    Ok(Outcome::Done)
}

/// The column that `date(column)` is, where it is a date already: the server leaves such a call away.
fn converts_nothing(text: &str, columns: &[Column]) -> Option<String> {
    let Expression::Node(what, mut parts) = Expression::read(text) else { return None };
    let Some(Expression::Name(name)) = parts.pop().filter(|_| parts.is_empty()) else { return None };
    let column = columns.iter().find(|column| name.last().is_some_and(|name| name == column.name()))?;
    let converts_to = what.strip_suffix("()").and_then(|name| server_type(&mut Cursor::new(name)))?;
    (column.data_type() == converts_to).then(|| column.name().to_owned())
}

/// Storage parameters as the server writes them: `fillfactor='70'`.
fn options(group: Cursor<'_>) -> Read<String> {
    let mut options = Vec::new();
    for mut item in group.items() {
        let name = identifier(&mut item, "the name of a parameter")?;
        let value = if item.eat_symbol('=') { item.text() } else { "true".to_owned() };
        options.push(format!("{name}='{}'", value.trim_matches('\'')));
    }
    Ok(options.join(", "))
}
