//! `ALTER TABLE`, which edits texts.

use std::ops::Range;

use super::{Draft, Entry, Kind, object_name, quoted, table};
use crate::name::same_name;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::Dialect;
use crate::sql::table_text::name as read_name;
use crate::sql::tokens::{Token, spanned};

/// `ALTER TABLE`, from behind that.
pub(super) fn alter(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor)?;
    let at = draft.entry(&place, Kind::Table, &name)?;
    if cursor.eat("rename to") {
        return rename_table(draft, cursor, at);
    }
    if cursor.eat("rename") {
        cursor.eat("column");
        return rename_column(draft, cursor, at);
    }
    if cursor.eat("add") {
        cursor.eat("column");
        return add_column(draft, cursor, at);
    }
    if cursor.eat("drop") {
        cursor.eat("column");
        return drop_column(draft, cursor, at);
    }
    Err(Fault::expected(cursor, "RENAME, ADD or DROP"))
}

/// Where the columns and constraints of a table stand in its text.
struct Places {
    /// From the first to behind the last word of each.
    items: Vec<Range<usize>>,
    /// The comma behind each, or the parenthesis that closes.
    ends: Vec<usize>,
    /// How many of them are columns.
    columns: usize,
}

impl Places {
    fn of(sql: &str) -> Self {
        let (mut items, mut ends, mut columns) = (Vec::new(), Vec::new(), 0);
        let (mut depth, mut item): (usize, Option<Range<usize>>) = (0, None);
        for (token, range) in spanned(sql, Dialect::Sqlite) {
            let ends_item = depth == 1 && matches!(token, Token::Symbol(',' | ')'));
            match token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth -= 1,
                _ => {}
            }
            if ends_item {
                let own = item.take().unwrap_or(range.start..range.start);
                let is_constraint = starts_constraint(&sql[own.clone()]);
                columns += usize::from(!is_constraint);
                items.push(own);
                ends.push(range.start);
                if depth == 0 {
                    break;
                }
            } else if depth > 1 || depth == 1 && token != Token::Symbol('(') || item.is_some() {
                item = Some(item.map_or(range.start, |item| item.start)..range.end);
            }
        }
        Self { items, ends, columns }
    }
}

fn starts_constraint(text: &str) -> bool {
    let cursor = Cursor::of(text, Dialect::Sqlite);
    ["constraint", "primary key", "unique", "check", "foreign key"].iter().any(|start| cursor.sees(start))
}

/// A new column stands behind the last one, before the constraints.
fn add_column(draft: &mut Draft, cursor: &mut Cursor<'_>, at: usize) -> Read<Outcome> {
    let column = read_name(&mut cursor.clone()).ok_or_else(|| Fault::expected(cursor, "the name of a column"))?;
    let entry = &mut draft.entries[at];
    if table::columns(entry).iter().any(|own| same_name(own, &column)) {
        return Err(Fault::exists(cursor, "column", format!("{}.{column}", entry.name)));
    }
    let places = Places::of(&entry.sql);
    let Some(end) = places.columns.checked_sub(1).and_then(|last| places.ends.get(last)) else {
        return Err(Fault::database(cursor, "a table without columns"));
    };
    entry.sql.insert_str(*end, &format!(", {}", cursor.text()));
    Ok(Outcome::Done)
}

fn drop_column(draft: &mut Draft, cursor: &mut Cursor<'_>, at: usize) -> Read<Outcome> {
    let place = cursor.clone();
    let name = read_name(cursor).ok_or_else(|| Fault::expected(&place, "the name of a column"))?;
    let column = column(draft, &place, at, &name)?;
    let table = draft.entries[at].name.clone();
    let needs = |entry: &&Entry| {
        entry.kind == Kind::Index && same_name(&entry.table, &table) && table::index_needs(entry, &name)
    };
    if let Some(index) = draft.entries.iter().find(needs) {
        return Err(Fault::in_use(&place, name, format!("the index `{}`", index.name)));
    }
    draft.not_in_programs(&place, &table, Some(&name))?;
    let sql = &mut draft.entries[at].sql;
    let places = Places::of(sql);
    if column + 1 < places.columns {
        sql.replace_range(places.items[column].start..places.items[column + 1].start, "");
    } else if column == 0 {
        return Err(Fault::in_use(&place, name, "the table, which would have no column"));
    } else {
        // The last one goes with the comma before it.
        sql.replace_range(places.ends[column - 1]..places.ends[column], "");
    }
    Ok(Outcome::Done)
}

/// Which of the columns has that name.
fn column(draft: &Draft, place: &Cursor<'_>, at: usize, name: &str) -> Read<usize> {
    let entry = &draft.entries[at];
    let columns = table::columns(entry);
    columns.iter().position(|own| same_name(own, name)).ok_or_else(|| {
        let known = columns.iter().map(|own| format!("{}.{own}", entry.name));
        Fault::unknown(place, "column", format!("{}.{name}", entry.name), known)
    })
}

fn rename_table(draft: &mut Draft, cursor: &mut Cursor<'_>, at: usize) -> Read<Outcome> {
    let place = cursor.clone();
    let to = read_name(cursor).ok_or_else(|| Fault::expected(&place, "a name"))?;
    let from = draft.entries[at].name.clone();
    if !same_name(&from, &to)
        && let Some(kind) = draft.taken(Kind::Table, &to)
    {
        return Err(Fault::exists(&place, kind.word(), to));
    }
    draft.not_in_programs(&place, &from, None)?;
    for entry in &mut draft.entries {
        let of_it = same_name(&entry.table, &from);
        let found = match entry.kind {
            Kind::Table => table_names(&entry.sql, &from, of_it),
            Kind::Index if of_it => names_behind(&entry.sql, "on", &from).into_iter().take(1).collect(),
            _ => Vec::new(),
        };
        for range in found.into_iter().rev() {
            entry.sql.replace_range(range, &quoted(&to));
        }
        if of_it {
            entry.table.clone_from(&to);
            if entry.kind == Kind::Table {
                entry.name.clone_from(&to);
            }
        }
    }
    Ok(Outcome::Done)
}

/// Where the text of a table names the table `name`: as what references refer to and, if it is its own, as its name and before its
/// columns in expressions.
fn table_names(sql: &str, name: &str, own: bool) -> Vec<Range<usize>> {
    let mut found = names_behind(sql, "references", name);
    if own {
        found.extend(names_behind(sql, "table", name).into_iter().take(1));
        let words: Vec<_> = spanned(sql, Dialect::Sqlite).collect();
        for pair in words.windows(2) {
            if pair[1].0 == Token::Symbol('.') && pair[0].0.name().is_some_and(|own| same_name(own, name)) {
                found.push(pair[0].1.clone());
            }
        }
    }
    found.sort_by_key(|range| range.start);
    found.dedup();
    found
}

/// Where a name stands behind a keyword.
fn names_behind(sql: &str, keyword: &str, name: &str) -> Vec<Range<usize>> {
    let words: Vec<_> = spanned(sql, Dialect::Sqlite).collect();
    let is_it = |token: &Token<'_>| match token {
        Token::Word(own) => same_name(own, name),
        Token::Quoted(own) | Token::Text(own) => same_name(own, name),
        _ => false,
    };
    let pairs = words.windows(2).filter(|pair| pair[0].0.is_keyword(keyword) && is_it(&pair[1].0));
    pairs.map(|pair| pair[1].1.clone()).collect()
}

fn rename_column(draft: &mut Draft, cursor: &mut Cursor<'_>, at: usize) -> Read<Outcome> {
    let place = cursor.clone();
    let from = read_name(cursor).ok_or_else(|| Fault::expected(&place, "the name of a column"))?;
    column(draft, &place, at, &from)?;
    cursor.eat("to");
    let new = cursor.clone();
    let to = read_name(cursor).ok_or_else(|| Fault::expected(&new, "the name of a column"))?;
    let written = new.up_to(cursor).text();
    let is_quoted = !matches!(new.peek(), Some(Token::Word(_)));
    let table = draft.entries[at].name.clone();
    if !same_name(&from, &to) && table::columns(&draft.entries[at]).iter().any(|own| same_name(own, &to)) {
        return Err(Fault::exists(&new, "column", format!("{table}.{to}")));
    }
    draft.not_in_programs(&place, &table, Some(&from))?;
    for entry in &mut draft.entries {
        let of_it = same_name(&entry.table, &table);
        let mut found = match entry.kind {
            Kind::Table => referenced(&entry.sql, &table, &from),
            _ => Vec::new(),
        };
        if of_it && matches!(entry.kind, Kind::Table | Kind::Index) {
            found.extend(own_columns(&entry.sql, entry.kind, &from));
        }
        found.sort_by_key(|range| range.start);
        found.dedup();
        for range in found.into_iter().rev() {
            // A name that was quoted stays so.
            let bare = entry.sql[range.clone()].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let text = if is_quoted || !bare { quoted(&to) } else { written.clone() };
            entry.sql.replace_range(range, &text);
        }
    }
    Ok(Outcome::Done)
}

/// Where a table or an index names a column of its table: not what references refer to, nor what is called or is a collation.
fn own_columns(sql: &str, kind: Kind, column: &str) -> Vec<Range<usize>> {
    let words: Vec<_> = spanned(sql, Dialect::Sqlite).collect();
    // The names of the table and of the index stand before the first parenthesis.
    let first = words.iter().position(|(token, _)| *token == Token::Symbol('(')).unwrap_or(words.len());
    let mut found = Vec::new();
    let mut at = first;
    let mut depth = 0;
    while at < words.len() {
        let token = &words[at].0;
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            _ => {}
        }
        if kind == Kind::Table && token.is_keyword("references") {
            at += 2;
            if words.get(at).is_some_and(|(token, _)| *token == Token::Symbol('(')) {
                while at < words.len() && words[at].0 != Token::Symbol(')') {
                    at += 1;
                }
                at += 1;
            }
            continue;
        }
        if token.is_keyword("collate") || token.is_keyword("constraint") {
            at += 2;
            continue;
        }
        // At the outermost level of a table, only the word that starts a column is a name of one.
        let starts = at > 0 && matches!(words[at - 1].0, Token::Symbol('(' | ','));
        let is_call = words.get(at + 1).is_some_and(|(token, _)| *token == Token::Symbol('('));
        let is_place = if kind == Kind::Table && depth == 1 { starts } else { !is_call };
        if is_place
            && token.name().is_some_and(|own| same_name(own, column))
            && !(starts && is_constraint(&words, at, depth, kind))
        {
            found.push(words[at].1.clone());
        }
        at += 1;
    }
    found
}

/// Whether a constraint of the table starts here, and not a column of that name.
fn is_constraint(words: &[(Token<'_>, Range<usize>)], at: usize, depth: i32, kind: Kind) -> bool {
    let next = |keyword: &str| words.get(at + 1).is_some_and(|(token, _)| token.is_keyword(keyword));
    let token = &words[at].0;
    kind == Kind::Table
        && depth == 1
        && (token.is_keyword("primary") && next("key")
            || token.is_keyword("foreign") && next("key")
            || (token.is_keyword("unique") || token.is_keyword("check"))
                && words.get(at + 1).is_some_and(|(token, _)| *token == Token::Symbol('(')))
}

/// Where references to a table name a column of it.
fn referenced(sql: &str, table: &str, column: &str) -> Vec<Range<usize>> {
    let words: Vec<_> = spanned(sql, Dialect::Sqlite).collect();
    let mut found = Vec::new();
    for at in 0..words.len() {
        let names = words.get(at + 1).and_then(|(token, _)| token.name()).is_some_and(|own| same_name(own, table));
        if !words[at].0.is_keyword("references") || !names {
            continue;
        }
        let group = words[at + 2..].iter().take_while(|(token, _)| *token != Token::Symbol(')'));
        if words.get(at + 2).is_some_and(|(token, _)| *token == Token::Symbol('(')) {
            let named = group.filter(|(token, _)| token.name().is_some_and(|own| same_name(own, column)));
            found.extend(named.map(|(_, range)| range.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_of_columns_are_told_from_those_of_constraints() {
        let sql = "CREATE TABLE t (a INT DEFAULT (1), b TEXT -- last\n, CHECK (a > 0))";
        let places = Places::of(sql);
        let items: Vec<&str> = places.items.iter().map(|range| &sql[range.clone()]).collect();
        assert_eq!(items, ["a INT DEFAULT (1)", "b TEXT", "CHECK (a > 0)"]);
        assert_eq!(places.columns, 2);
    }
}
