//! Functions and procedures.

use super::Draft;
use super::create_table::called;
use super::names::object_name;
use super::object::{Body, ObjectDraft};
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::server_type::server_type;
use crate::sql::tokens::{Token, mentions};
use crate::sql::{ident, literal};

#[derive(Debug, Clone)]
pub(super) struct Function {
    /// As the server lists them where it tells functions apart: modes, names, types.
    pub(super) arguments: String,
    pub(super) types: Vec<String>,
    /// What stands behind its name.
    pub(super) definition: String,
    /// Whether calling it may change the schema.
    pub(super) may_change_schema: bool,
}

/// What is said of a function beside what it takes, gives and does.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a clause of its own")]
struct Clauses {
    window: bool,
    volatility: Option<&'static str>,
    parallel: Option<String>,
    strict: bool,
    definer: bool,
    leakproof: bool,
    cost: Option<String>,
    rows: Option<String>,
    settings: Vec<String>,
    language: String,
    body: Option<String>,
}

/// `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>, replace: bool, kind: ObjectKind) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a function")?;
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "arguments in parentheses"))?;
    let mut parameters: Vec<Parameter> = group.items().into_iter().map(Parameter::read).collect::<Read<_>>()?;
    if kind == ObjectKind::Procedure {
        // Of a procedure the server always says which way.
        parameters.iter_mut().filter(|own| own.mode.is_empty()).for_each(|own| own.mode = "IN");
    }
    let returns = if cursor.eat("returns") { Some(returned(cursor)?) } else { None };
    let mut clauses = Clauses::default();
    while !cursor.is_at_end() {
        clause(cursor, &mut clauses, !draft.path_is_set)?;
    }
    let body = clauses.body.take().ok_or_else(|| Fault::database(cursor, "the server writes such a body anew"))?;
    let taken = |parameter: &&Parameter| parameter.mode != "OUT";
    let types: Vec<String> = parameters.iter().filter(taken).map(|own| own.data_type.clone()).collect();
    let function = Function {
        arguments: parameters.iter().filter(taken).map(|own| own.render(false)).collect::<Vec<_>>().join(", "),
        types,
        definition: definition(&parameters, returns.as_deref(), &clauses, &body, kind),
        may_change_schema: ["execute", "create", "alter", "drop"].iter().any(|word| mentions(&body, word)),
    };
    let known = draft.objects.iter().position(|own| own.name == name && own.takes() == Some(&function.types));
    match known {
        Some(at) if replace => draft.objects[at].body = Body::Function(function),
        Some(_) => return Err(Fault::exists(&place, "function", format!("{name}({})", function.types.join(", ")))),
        None => draft.objects.push(ObjectDraft::new(kind, name, Body::Function(function))),
    }
    Ok(Outcome::Done)
}

struct Parameter {
    mode: &'static str,
    name: Option<String>,
    data_type: String,
    default: Option<String>,
}

impl Parameter {
    fn read(mut cursor: Cursor<'_>) -> Read<Self> {
        let modes = [("inout", "INOUT"), ("out", "OUT"), ("variadic", "VARIADIC"), ("in", "")];
        let mode = modes.into_iter().find(|(word, _)| cursor.eat(word)).map_or("", |(_, mode)| mode);
        let is_over = |cursor: &Cursor<'_>| cursor.is_at_end() || cursor.sees("default") || cursor.sees_symbol('=');
        // A name stands before the type, unless the type takes all there is.
        let mut ahead = cursor.clone();
        let (name, data_type) = if let Some(data_type) = server_type(&mut ahead).filter(|_| is_over(&ahead)) {
            (None, data_type)
        } else {
            ahead = cursor.clone();
            let name = ahead.identifier().ok_or_else(|| Fault::expected(&cursor, "a name or a type"))?;
            let data_type = server_type(&mut ahead).ok_or_else(|| Fault::expected(&ahead, "a type"))?;
            (Some(name), data_type)
        };
        cursor = ahead;
        let default = (cursor.eat("default") || cursor.eat_symbol('=')).then(|| cursor.text());
        Ok(Self { mode, name, data_type, default })
    }

    fn render(&self, with_default: bool) -> String {
        let mut words: Vec<String> = Vec::new();
        words.extend(Some(self.mode.to_owned()).filter(|mode| !mode.is_empty()));
        words.extend(self.name.as_ref().map(|name| ident(name)));
        words.push(self.data_type.clone());
        words.extend(self.default.as_ref().filter(|_| with_default).map(|default| format!("DEFAULT {default}")));
        words.join(" ")
    }
}

/// What stands behind `RETURNS`.
fn returned(cursor: &mut Cursor<'_>) -> Read<String> {
    if cursor.eat("table") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
        let columns = group.items().into_iter().map(|item| Parameter::read(item).map(|own| own.render(false)));
        return Ok(format!("TABLE({})", columns.collect::<Read<Vec<_>>>()?.join(", ")));
    }
    let set = if cursor.eat("setof") { "SETOF " } else { "" };
    let data_type = server_type(cursor).ok_or_else(|| Fault::expected(cursor, "a type"))?;
    Ok(format!("{set}{data_type}"))
}

fn clause(cursor: &mut Cursor<'_>, clauses: &mut Clauses, searches_default: bool) -> Read<()> {
    let volatile = [("immutable", Some("IMMUTABLE")), ("stable", Some("STABLE")), ("volatile", None)];
    if let Some((_, volatility)) = volatile.into_iter().find(|(word, _)| cursor.eat(word)) {
        clauses.volatility = volatility;
    } else if cursor.eat("language") {
        clauses.language = match cursor.next() {
            Some(Token::Word(name)) => name.to_lowercase(),
            Some(Token::Quoted(name) | Token::Text(name)) => name,
            _ => return Err(Fault::expected(cursor, "a language")),
        };
    } else if cursor.eat("window") {
        clauses.window = true;
    } else if cursor.eat("called on null input") {
        clauses.strict = false;
    } else if cursor.eat("strict") || cursor.eat("returns null on null input") {
        clauses.strict = true;
    } else if cursor.eat("security definer") || cursor.eat("external security definer") {
        clauses.definer = true;
    } else if cursor.eat("security invoker") || cursor.eat("external security invoker") {
        clauses.definer = false;
    } else if cursor.eat("not leakproof") {
        clauses.leakproof = false;
    } else if cursor.eat("leakproof") {
        clauses.leakproof = true;
    } else if cursor.eat("parallel") {
        let how = cursor.identifier().ok_or_else(|| Fault::expected(cursor, "SAFE, RESTRICTED or UNSAFE"))?;
        clauses.parallel = Some(how.to_uppercase()).filter(|how| how != "UNSAFE");
    } else if cursor.sees("cost") || cursor.sees("rows") {
        let is_cost = cursor.eat("cost");
        cursor.eat("rows");
        let Some(Token::Literal(number)) = cursor.next() else { return Err(Fault::expected(cursor, "a number")) };
        let place = if is_cost { &mut clauses.cost } else { &mut clauses.rows };
        *place = Some(number.to_owned());
    } else if cursor.eat("set") {
        clauses.settings.push(setting(cursor, searches_default)?);
    } else if cursor.eat("as") {
        let Some(Token::Text(body)) = cursor.next() else { return Err(Fault::expected(cursor, "a text")) };
        if cursor.eat_symbol(',') {
            return Err(Fault::database(cursor, "functions in libraries"));
        }
        clauses.body = Some(body);
    } else {
        return Err(Fault::database(cursor, "the server writes such a body anew"));
    }
    Ok(())
}

/// `SET name TO value`, as the server writes it. Of names in the search path each is quoted by itself.
fn setting(cursor: &mut Cursor<'_>, searches_default: bool) -> Read<String> {
    let name = object_name(cursor, "the name of a setting")?.to_string();
    if name == "search_path" && searches_default && cursor.eat("from current") {
        return Ok("SET search_path TO '$user', 'public'".to_owned());
    }
    if cursor.sees("from current") || !cursor.eat("to") && !cursor.eat_symbol('=') {
        return Err(Fault::database(cursor, "a setting as it is in the session"));
    }
    let mut values = Vec::new();
    loop {
        values.push(match cursor.next() {
            Some(Token::Word(word)) => word.to_lowercase(),
            Some(Token::Quoted(text) | Token::Text(text)) => text,
            Some(Token::Literal(number)) => number.to_owned(),
            _ => return Err(Fault::expected(cursor, "a value")),
        });
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    let is_list = ["search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"]
        .contains(&name.as_str());
    let value = if is_list {
        values.iter().map(|value| literal(value)).collect::<Vec<_>>().join(", ")
    } else {
        literal(&values.join(", "))
    };
    Ok(format!("SET {name} TO {value}"))
}

/// What stands behind the name, as the server writes it.
fn definition(
    parameters: &[Parameter],
    returns: Option<&str>,
    clauses: &Clauses,
    body: &str,
    kind: ObjectKind,
) -> String {
    let arguments: Vec<String> = parameters.iter().map(|own| own.render(true)).collect();
    let mut text = format!("({})", arguments.join(", "));
    text.extend(returns.map(|returns| format!("\n RETURNS {returns}")));
    let language = if clauses.language.is_empty() { "sql" } else { &clauses.language };
    text.extend([format!("\n LANGUAGE {}", ident(language))]);
    let mut words: Vec<String> = Vec::new();
    words.extend(clauses.window.then(|| "WINDOW".to_owned()));
    words.extend(clauses.volatility.map(str::to_owned));
    words.extend(clauses.parallel.as_ref().map(|how| format!("PARALLEL {how}")));
    words.extend(clauses.strict.then(|| "STRICT".to_owned()));
    words.extend(clauses.definer.then(|| "SECURITY DEFINER".to_owned()));
    words.extend(clauses.leakproof.then(|| "LEAKPROOF".to_owned()));
    words.extend(clauses.cost.as_ref().filter(|cost| *cost != "100").map(|cost| format!("COST {cost}")));
    words.extend(clauses.rows.as_ref().filter(|rows| *rows != "1000").map(|rows| format!("ROWS {rows}")));
    if !words.is_empty() {
        text.extend([format!("\n {}", words.join(" "))]);
    }
    text.extend(clauses.settings.iter().map(|setting| format!("\n {setting}")));
    let mut tag = if kind == ObjectKind::Procedure { "procedure" } else { "function" }.to_owned();
    while body.contains(&format!("${tag}$")) || body.ends_with(&format!("${tag}")) {
        tag.push('x');
    }
    text.extend([format!("\nAS ${tag}${body}${tag}$")]);
    text
}

/// A function that a statement names, with the types it takes where they are said; a fault at `place` if there is none.
pub(super) fn named(draft: &Draft, cursor: &mut Cursor<'_>) -> Read<usize> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a function")?;
    let types = match cursor.group() {
        Some(group) => {
            let read = group.items().into_iter().map(Parameter::read).collect::<Read<Vec<_>>>()?;
            Some(read.into_iter().filter(|own| own.mode != "OUT").map(|own| own.data_type).collect::<Vec<_>>())
        }
        None => None,
    };
    let is_it = |own: &ObjectDraft| {
        own.name == name && own.takes().is_some_and(|own| types.as_ref().is_none_or(|types| own == types.as_slice()))
    };
    draft.objects.iter().position(is_it).ok_or_else(|| {
        let known = draft.objects.iter().filter(|own| own.takes().is_some()).map(|own| own.name.to_string());
        Fault::unknown(&place, "function", name.to_string(), known)
    })
}

/// `ALTER FUNCTION`, from behind that.
pub(super) fn alter(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let at = named(draft, cursor)?;
    if cursor.eat("rename to") {
        let from = draft.objects[at].name.clone();
        let to = object_name(cursor, "the name of a function")?;
        draft.objects[at].name = match from.schema() {
            Some(schema) => crate::name::ObjectName::in_schema(schema, to.name()),
            None => to.name().into(),
        };
        let to = draft.objects[at].name.clone();
        draft.triggers.iter_mut().for_each(|trigger| trigger.rename_function(&from, &to));
        return Ok(Outcome::Done);
    }
    if cursor.sees("owner to") {
        return Outcome::omitted("the owner of a function");
    }
    Err(Fault::database(cursor, "clauses of a function that are changed one by one"))
}

/// Whether a statement calls a function that may change the schema.
pub(super) fn calls_changing(draft: &Draft, cursor: &Cursor<'_>) -> Option<String> {
    let changing = |own: &&ObjectDraft| matches!(&own.body, Body::Function(function) if function.may_change_schema);
    let called_by = |own: &&ObjectDraft| cursor.mentions(own.name.name());
    draft.objects.iter().filter(changing).find(called_by).map(|own| called(&own.name))
}

/// A literal as COMMENT has it; `None` for NULL.
pub(super) fn text_or_null(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    if cursor.eat("null") {
        return Ok(None);
    }
    let Some(Token::Text(mut text)) = cursor.next() else {
        return Err(Fault::expected(cursor, "a text or NULL"));
    };
    // Texts on lines that follow each other are one.
    while let Some(Token::Text(more)) = cursor.peek().cloned() {
        cursor.next();
        text.push_str(&more);
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}
