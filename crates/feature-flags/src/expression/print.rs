//! An expression as it is written; what is printed is read back as the same.

use std::fmt;

use super::Expression;
use super::ast::{Node, Operator, Quantifier, Subject, Test};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        node(f, self.root(), Binding::Or)
    }
}

/// What an operand has to bind closer than, to stand without brackets.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
}

fn node(f: &mut fmt::Formatter<'_>, of: &Node, outer: Binding) -> fmt::Result {
    match of {
        Node::Constant(value) => write!(f, "{value}"),
        Node::Not(inner) => {
            f.write_str("not ")?;
            node(f, inner, Binding::Not)
        }
        // A chain inside a chain of its own kind keeps its brackets too: it is another expression.
        Node::And(nodes) => bracketed(f, outer >= Binding::And, |f| joined(f, nodes, " and ", Binding::And)),
        Node::Or(nodes) => bracketed(f, outer > Binding::Or, |f| joined(f, nodes, " or ", Binding::And)),
        Node::Test(test) => write!(f, "{test}"),
        Node::Group(name) => called(f, "group", name),
        Node::Segment(name) => called(f, "segment", name),
        Node::Flag(name) => called(f, "flag", name),
        Node::Rollout(rollout) => write!(f, "{rollout}"),
    }
}

fn bracketed(
    f: &mut fmt::Formatter<'_>,
    brackets: bool,
    inner: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str(if brackets { "(" } else { "" })?;
    inner(f)?;
    f.write_str(if brackets { ")" } else { "" })
}

fn joined(f: &mut fmt::Formatter<'_>, nodes: &[Node], with: &str, binding: Binding) -> fmt::Result {
    for (index, operand) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        match (with, operand) {
            (" or ", Node::And(inner)) => joined(f, inner, " and ", Binding::And)?,
            _ => node(f, operand, binding)?,
        }
    }
    Ok(())
}

fn called(f: &mut fmt::Formatter<'_>, function: &str, name: &str) -> fmt::Result {
    write!(f, "{function}(")?;
    quoted(f, name)?;
    f.write_str(")")
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, operator, negated, literals } = self;
        match operator {
            Operator::IsTrue => write!(f, "{subject}"),
            Operator::Exists => write!(f, "exists({subject})"),
            _ => {
                subject.fmt(f)?;
                f.write_str(" ")?;
                f.write_str(operator.word(*negated))?;
                f.write_str(" ")?;
                match literals.as_slice() {
                    [network @ super::Literal::Network(_)] if *operator == Operator::In => write!(f, "{network}"),
                    _ if *operator == Operator::In => {
                        f.write_str("[")?;
                        for (index, literal) in literals.iter().enumerate() {
                            f.write_str(if index == 0 { "" } else { ", " })?;
                            literal.fmt(f)?;
                        }
                        f.write_str("]")
                    }
                    _ => literals.iter().try_for_each(|literal| literal.fmt(f)),
                }
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, folded, quantifier } = self;
        let around = match quantifier {
            Some(Quantifier::Any) => "any(",
            Some(Quantifier::All) => "all(",
            None => "",
        };
        let fold = if *folded { "fold(" } else { "" };
        for part in [around, fold, path, if *folded { ")" } else { "" }, if around.is_empty() { "" } else { ")" }] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// Text in double quotes, with the escapes that the language knows.
pub(crate) fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    // Whole runs at once, of which most texts are one.
    for run in text.split_inclusive(['"', '\\', '\n', '\t']) {
        let (escaped, escape) = match run.as_bytes().last() {
            Some(b'"') => (1, "\\\""),
            Some(b'\\') => (1, "\\\\"),
            Some(b'\n') => (1, "\\n"),
            Some(b'\t') => (1, "\\t"),
            _ => (0, ""),
        };
        f.write_str(&run[..run.len() - escaped])?;
        f.write_str(escape)?;
    }
    f.write_str("\"")
}
