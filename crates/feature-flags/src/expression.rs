//! The language of conditions: `country in ["US", "DE"] and app_version >= v"2.1"`.

mod ast;
mod error;
mod literal;
mod parse;
mod pattern;
mod print;
mod range;
mod token;
mod version;

use std::str::FromStr;
use std::sync::Arc;

pub(crate) use ast::{Node, Operator, Quantifier, Test};
pub use error::ExpressionError;
pub(crate) use literal::{Literal, Network};
pub(crate) use pattern::Pattern;
pub(crate) use print::quoted;
pub(crate) use version::Version;

use crate::model::Rollout;

/// A condition on a context, as rules have it in `when`.
///
/// ```
/// use feature_flags::Expression;
///
/// let condition: Expression = r#"country in ["US", "DE"] and app_version >= v"2.1""#.parse()?;
/// assert_eq!(condition.to_string(), r#"country in ["US", "DE"] and app_version >= v"2.1""#);
///
/// let error = "country = \"US\"".parse::<Expression>().unwrap_err();
/// assert_eq!(error.to_string(), "line 1, column 9: expected an operator such as `==`, `in` or `contains`, found `=`");
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
///
/// # Language
/// | written | true when |
/// |---|---|
/// | `a and b`, `a or b`, `not a`, `( .. )` | as in logic; `and` binds closer than `or` |
/// | `staff` | the attribute is `true` |
/// | `plan == "pro"`, `!=`, `<`, `<=`, `>`, `>=` | it compares so with text, a number, `true`, `v"2.1"`, `t"2026-12-01"` |
/// | `country in ["US", "DE"]`, `not in` | it equals one of them |
/// | `address in ip"10.0.0.0/8"` | the address is in that network |
/// | `app_version in v"^2.1"`, `v"~2.1.3"`, `v">=1.2, <2"` | the version is in that range |
/// | `email ends_with "@example.com"`, `starts_with`, `contains` | the text does; `contains` also finds an element of a list |
/// | `fold(email) == "a@example.com"` | upper and lower case do not matter |
/// | `any(roles) == "admin"`, `all(roles) in [..]` | it holds for an element, or for each, of a list |
/// | `exists(plan)` | the attribute has a value |
/// | `now >= t"2026-12-01T08:00:00Z"` | the clock says so |
/// | `group("staff")` | the group of that name, written in Rust, takes the context in |
/// | `segment("beta")` | the context's key is in the segment of that name |
/// | `flag("billing")` | that flag is on for the context |
/// | `25% by org.id` | the context's bucket is within that share |
/// | `1% -> 100% over 7d from t"2026-12-01"` | the same, with a share that grows over time (`s`, `m`, `h`, `d`, `w`) |
/// | `5% of calls` | this evaluation is one of that share, each decided anew |
/// | `path matches r"^/v[12]/"` | the regular expression is found in it (feature `regex`) |
///
/// # Unknown
/// A comparison with an attribute that is missing, or of another kind than the literal, is neither true nor false but
/// *unknown*. `not` of unknown is unknown; `and` and `or` are unknown unless the other side decides. A rule applies
/// only where its condition is true, so a missing attribute never turns a flag on, not even under `not`.
#[derive(Debug, Clone)]
pub struct Expression {
    /// Many flags of a file have the same condition.
    shared: Arc<Shared>,
}

/// What clones share.
#[derive(Debug)]
struct Shared {
    root: Node,
    /// Found out once, not for each flag with the condition.
    work: u64,
    needs_flags: bool,
}

impl Expression {
    pub(crate) fn root(&self) -> &Node {
        &self.shared.root
    }

    /// The operations and comparisons that evaluating it takes at most, flags that it needs left out.
    pub(crate) fn work(&self) -> u64 {
        self.shared.work
    }

    /// Adds the flags that it needs, as often as it names them.
    pub(crate) fn add_needed_flags(&self, names: &mut Vec<String>) {
        if self.shared.needs_flags {
            self.root().add_flags(names);
        }
    }

    /// Whether one is a clone of the other. Equal expressions that were read twice are not.
    pub(crate) fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.is_clone_of(other) || self.root() == other.root()
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    /// Reads an expression of at most 1 MiB, nested at most 64 deep, with at most 10,000 terms and values.
    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let root = parse::expression(text)?;
        let (work, needs_flags) = (root.work(), root.needs_flags());
        Ok(Self { shared: Arc::new(Shared { root, work, needs_flags }) })
    }
}

/// Reads `25% by user.id`.
pub(crate) fn parse_rollout(text: &str) -> Result<Rollout, ExpressionError> {
    parse::rollout(text)
}

/// Whether `text` can be the path of an attribute.
pub(crate) fn is_path(text: &str) -> bool {
    parse::is_path(text)
}

/// A place in a text, as people count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    pub(crate) fn of(text: &str, at: usize) -> Self {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// The inverse of [`Self::of`], in bytes; the end of the text for places outside.
    #[cfg(feature = "toml")]
    pub(crate) fn offset_in(self, text: &str) -> usize {
        let line_start = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum::<usize>();
        let rest = &text[line_start.min(text.len())..];
        rest.char_indices().nth(self.column - 1).map_or(text.len(), |(offset, _)| line_start + offset)
    }
}
