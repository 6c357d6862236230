//! Ranges of versions: `^2.1`, `~2.1.3`, `>=1.2, <2`.

use super::ast::{Node, Operator, Subject, Test};
use super::literal::Literal;
use super::version::Version;

/// The comparisons that a range stands for; `None` if it is none.
///
/// An upper bound leaves out the pre-releases of the version it names, since `3.0.0-rc.1` is no `^2`.
pub(super) fn comparisons(subject: &Subject, range: &str) -> Option<Node> {
    let mut tests = Vec::new();
    let mut add = |operator, version: String| {
        let literals = vec![Literal::Version(version)];
        tests.push(Node::Test(Test { subject: subject.clone(), operator, negated: false, literals }));
    };
    for part in range.split(',') {
        let part = part.trim();
        let symbol_length = part.len() - part.trim_start_matches(['^', '~', '<', '>', '=']).len();
        let (symbol, text) = part.split_at(symbol_length);
        let text = text.trim();
        let version = Version::parse(text)?;
        match symbol {
            ">" => add(Operator::More, text.to_owned()),
            ">=" => add(Operator::AtLeast, text.to_owned()),
            "<" => add(Operator::Less, text.to_owned()),
            "<=" => add(Operator::AtMost, text.to_owned()),
            "=" | "==" => add(Operator::Equal, text.to_owned()),
            "^" | "~" => {
                add(Operator::AtLeast, text.to_owned());
                add(Operator::Less, if symbol == "^" { version.next_breaking()? } else { version.next_minor(text)? });
            }
            _ => return None,
        }
    }
    if tests.len() == 1 { tests.pop() } else { Some(Node::And(tests)) }
}

impl Version<'_> {
    /// Where `^` ends: at the next change of the first number that is not 0.
    fn next_breaking(&self) -> Option<String> {
        Some(match self.numbers() {
            [0, 0, patch] => format!("0.0.{}-0", patch.checked_add(1)?),
            [0, minor, _] => format!("0.{}.0-0", minor.checked_add(1)?),
            [major, _, _] => format!("{}.0.0-0", major.checked_add(1)?),
        })
    }

    /// Where `~` ends: at the next minor version, or the next major one if no minor is named.
    fn next_minor(&self, text: &str) -> Option<String> {
        let [major, minor, _] = self.numbers();
        Some(if text.contains('.') {
            format!("{major}.{}.0-0", minor.checked_add(1)?)
        } else {
            format!("{}.0.0-0", major.checked_add(1)?)
        })
    }
}
