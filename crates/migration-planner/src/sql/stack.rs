//! Keeps parsers, which follow nesting by calling themselves, from running out of stack.

use super::dialect::Dialect;
use super::tokens::{Token, spanned};

/// Brackets, `CASE`s and signs in signs: more than anybody writes.
const MOST_LEVELS: usize = 200;

/// What joins operands: `OR`, `+`, `UNION`. Each puts all before it one level down.
const MOST_OPERATORS: usize = 100_000;

/// So many are followed on the stack that there is.
const FEW_OPERATORS: usize = 500;

/// What one of them takes of it, several times over.
const BYTES_PER_OPERATOR: usize = 4096;

/// What a thread has besides.
const BYTES: usize = 8 << 20;

/// What `parse` finds, or that the statement is nested too deeply to be given to it.
pub(super) fn guarded(
    statement: &str,
    dialect: Dialect,
    parse: impl FnOnce() -> Option<(usize, String)> + Send,
) -> Option<(usize, String)> {
    // A level takes a byte at least: most statements need not be read twice.
    if statement.len() <= MOST_LEVELS {
        return parse();
    }
    let (mut levels, mut signs, mut operators) = (0_usize, 0_usize, 0_usize);
    for (token, range) in spanned(statement, dialect) {
        let is_any = |words: &[&str]| words.iter().any(|word| token.is_keyword(word));
        let is_sign = matches!(token, Token::Symbol(c) if !"()[]{},;.:".contains(c)) || is_any(&["not", "explain"]);
        signs = if is_sign { signs + 1 } else { 0 };
        operators += usize::from(is_sign || is_any(&["and", "or", "union", "intersect", "except", "join"]));
        match token {
            Token::Symbol('(' | '[' | '{') => levels += 1,
            Token::Symbol(')' | ']' | '}') => levels = levels.saturating_sub(1),
            // What stands in bodies, and what may stand within itself without any bracket.
            _ if is_any(&["case", "begin", "prepare", "declare"]) => levels += 1,
            _ if is_any(&["end"]) => levels = levels.saturating_sub(1),
            _ => {}
        }
        if levels + signs > MOST_LEVELS {
            return Some((range.start, format!("nested more than {MOST_LEVELS} levels deep, which is not read")));
        }
        if operators > MOST_OPERATORS {
            let message = format!("more than {MOST_OPERATORS} operators in one statement, which is not read");
            return Some((range.start, message));
        }
    }
    if operators <= FEW_OPERATORS {
        return parse();
    }
    let size = BYTES + operators * BYTES_PER_OPERATOR;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, parse);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(found)) => found,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                Some((0, format!("so long that it needs a stack of {size} bytes, which there is not: {error}")))
            }
        }
    })
}
