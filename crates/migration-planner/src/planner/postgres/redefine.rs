//! A function or procedure that gets another definition in place, so that what calls it stays.

use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Generated, Object, ObjectKind};
use crate::sql::Dialect;
use crate::sql::tokens::{Token, mentions, spanned};

/// Where the head of a definition ends, with what it is called with and gives.
const AFTER_HEAD: [&str; 21] = [
    "language",
    "transform",
    "window",
    "immutable",
    "stable",
    "volatile",
    "not",
    "leakproof",
    "called",
    "strict",
    "external",
    "security",
    "parallel",
    "cost",
    "rows",
    "support",
    "set",
    "as",
    "begin",
    "return",
    "reset",
];

/// The statements that put one definition in the place of the other and back, where the server does that without taking it away:
/// it is called and gives the same, and the same hangs on it.
pub(super) fn in_place(old: &Object, new: &Object) -> Option<[String; 2]> {
    let is_program = matches!(old.kind(), ObjectKind::Function | ObjectKind::Procedure);
    let is_alike = head(old.definition()) == head(new.definition()) && old.attached() == new.attached();
    (is_program && is_alike).then(|| [new, old].map(|object| or_replace(object.definition())))
}

/// What is computed by a function once and then kept, in a column or an index, would be of the old definition in old rows and of
/// the new one in new rows; and the server does not let such a function go.
pub(super) fn refuse_what_is_kept(task: &Task<'_>, function: &Object) -> Result<(), Refusal> {
    if function.kind() != ObjectKind::Function {
        return Ok(());
    }
    let name = function.name().name();
    let mut dependents = Vec::new();
    for table in task.schema.tables() {
        let computed = |text: Option<&str>| text.is_some_and(|text| mentions(text, name));
        for column in table.columns() {
            if computed(column.generation().map(Generated::expression)) {
                dependents.push(Dependent::GeneratedColumn { column: column.name().to_owned() });
            }
        }
        let indexes = table.indexes().iter();
        let by_it = indexes.filter(|index| {
            index.parts().iter().map(String::as_str).chain(index.predicate()).any(|text| mentions(text, name))
        });
        dependents.extend(by_it.map(|index| Dependent::Index { name: index.name().clone() }));
    }
    if dependents.is_empty() { Ok(()) } else { Err(Refusal::InUse { name: function.name().to_string(), dependents }) }
}

/// The words of a definition from its arguments up to what may be different about it.
fn head(definition: &str) -> Vec<Token<'_>> {
    let words = spanned(definition, Dialect::Postgres).map(|(word, _)| word);
    let words = words.skip_while(|word| *word != Token::Symbol('('));
    let mut depth = 0_usize;
    let mut head: Vec<Token<'_>> = Vec::new();
    for word in words {
        match word {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && AFTER_HEAD.iter().any(|end| word.is_keyword(end)) {
            break;
        }
        head.push(word);
    }
    head
}

/// The definition, for one that is there.
fn or_replace(definition: &str) -> String {
    let mut words = spanned(definition, Dialect::Postgres);
    let (create, next) = (words.next(), words.next());
    match (create, next) {
        (Some((_, create)), Some((next, _))) if !next.is_keyword("or") => {
            format!("{} OR REPLACE{}", &definition[..create.end], &definition[create.end..])
        }
        _ => definition.to_owned(),
    }
}
