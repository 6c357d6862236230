//! What counts as a difference, path by path.

use std::sync::Arc;

use serde::Serialize;

use super::change::Differences;
use super::expression::Expression;
use super::limits::Limits;
use super::mark::Marked;
use super::pattern::{Pattern, PatternProblem};
use super::tolerance::Tolerance;
use super::tree::Tree;
use super::walk;
use crate::comparison::Comparator;

/// What counts as a difference, path by path, and which values may be shown.
///
/// Make them once, in a `static` or beside the [`Lab`](crate::Lab): cloning costs one atomic increment. A rule holds for what it matches and, where that makes sense, for everything
/// below it. Of two rules of one kind that match the same path, the later wins; `redact` always wins over `show`.
///
/// ```
/// use std::sync::LazyLock;
/// use experiment::diff::{RuleError, Rules, Tolerance};
///
/// static SAME_ORDER: LazyLock<Rules> = LazyLock::new(|| rules().expect("the patterns were tested"));
///
/// fn rules() -> Result<Rules, RuleError> {
///     Rules::new().ignore("**.updated_at")?.unordered("tags")?.tolerance("total", Tolerance::absolute(0.005)?)
/// }
/// # SAME_ORDER.differences(&1, &1).unwrap();
/// ```
///
/// Rules, and references to them, are a [`Comparator`]: with `.compare_by(&rules)` results are the same if no difference is left under the
/// rules. That takes both results apart on every call, some microseconds per kilobyte, where `PartialEq` would take nanoseconds. A comparison that
/// the limits cut short, or whose values cannot be serialised, ends as [`Outcome::Dropped`](crate::Outcome::Dropped), never as a match.
#[derive(Debug, Clone, Default)]
pub struct Rules(Option<Arc<RuleSet>>);

#[derive(Debug, Clone)]
pub(super) struct RuleSet {
    pub(super) rules: Vec<(Pattern, Rule)>,
    pub(super) nan_equals_nan: bool,
    pub(super) limits: Limits,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Ignore,
    Tolerance(Tolerance),
    Unordered,
    Set,
    /// What it finds in texts does not count.
    #[cfg_attr(not(feature = "regex"), allow(dead_code, reason = "without the feature there are no expressions"))]
    Regex(Expression),
    By(Box<str>),
    Names,
    Show,
    Redact,
}

/// What rules are worth without any.
const NO_RULES: &RuleSet = &RuleSet { rules: Vec::new(), nan_equals_nan: false, limits: Limits::DEFAULT };

/// More rules than this are a mistake, and would be slow.
const MOST_RULES: usize = 256;

impl Rules {
    /// No rules: what differs differs, and no value is shown.
    pub const fn new() -> Self {
        Self(None)
    }

    /// What matches is not compared, nor is anything below it; it may be missing on one side.
    ///
    /// # Errors
    /// [`RuleError`] when the pattern is none, or there are more than 256 rules. So it is with all functions that take a pattern.
    pub fn ignore(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Ignore)
    }

    /// Numbers that match, or are below what matches, are the same if the tolerance says so.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn tolerance(self, pattern: &str, tolerance: Tolerance) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Tolerance(tolerance))
    }

    /// What `expression` finds in texts that match, or are below what matches, is not compared: the texts are the same if
    /// they are the same around it, and it is found in the same places. So `^[0-9a-f]{32}$` makes all such ids the same, and
    /// `\d+ ms` the same messages with other times.
    ///
    /// The expression is one of the crate [`regex`](https://docs.rs/regex), is looked for anywhere in the text unless `^` and
    /// `$` tie it to the ends, and takes time in proportion to the text. Needs the feature `regex`.
    ///
    /// ```
    /// use experiment::diff::{RuleError, Rules};
    ///
    /// let rules = Rules::new().regex("log[*]", r"\d+ ms")?;
    /// # #[derive(serde::Serialize)] struct Page { log: Vec<&'static str> }
    /// let page = |line| Page { log: vec![line] };
    /// assert!(rules.differences(&page("read in 17 ms"), &page("read in 3 ms"))?.is_empty());
    /// assert!(!rules.differences(&page("read in 17 ms"), &page("gave up after 3 ms"))?.is_empty());
    ///
    /// let refused = Rules::new().regex("log[*]", r"[0-9+ ms").expect_err("the bracket is not closed");
    /// assert!(matches!(refused, RuleError::Expression { at: 0, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore), and [`RuleError::Expression`] when the expression is none.
    #[cfg(feature = "regex")]
    pub fn regex(self, pattern: &str, expression: &str) -> Result<Self, RuleError> {
        let rule = Rule::Regex(Expression::new(expression, 0, expression)?);
        self.with(pattern, rule)
    }

    /// The order of lists and tuples that match does not count; how often an element is there does.
    ///
    /// Where elements are the same only under a tolerance, they are paired as they come: a pairing that leaves no difference may then be
    /// missed, but none is made up.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn unordered(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Unordered)
    }

    /// Lists that match are sets: neither the order counts nor how often an element is there.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn set(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Set)
    }

    /// Elements of lists that match are paired by their field or entry `key`, as long as every element of a side has a
    /// different one. That the order changed is one change, unless the list is also `unordered`.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn by(self, pattern: &str, key: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::By(key.into()))
    }

    /// Keys of maps that match, or are below what matches, are names, as those of a JSON object of fixed shape: they are kept
    /// apart when differences are counted, and are shown. Otherwise keys are data: they are counted as `*`.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn keys_are_names(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Names)
    }

    /// Values that match, or are below what matches, are shown in examples; of others only the kind is, such as `text`.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn show(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Show)
    }

    /// Values that match, or are below what matches, are not shown, whatever another rule says.
    ///
    /// # Errors
    /// As for [`ignore`](Rules::ignore).
    pub fn redact(self, pattern: &str) -> Result<Self, RuleError> {
        self.with(pattern, Rule::Redact)
    }

    /// Two floats that are both NaN are the same; without this they differ, as they do for `PartialEq`.
    #[must_use]
    pub fn nan_equals_nan(mut self) -> Self {
        self.change().nan_equals_nan = true;
        self
    }

    /// Says how much of a value is looked at.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.change().limits = limits;
        self
    }

    /// Compares two values on this thread, which costs some microseconds per kilobyte.
    ///
    /// # Errors
    /// [`UnserializableError`] when `Serialize` of one of them fails.
    pub fn differences<A, B>(&self, control: &A, candidate: &B) -> Result<Differences, UnserializableError>
    where
        A: Serialize + ?Sized,
        B: Serialize + ?Sized,
    {
        let limits = self.rule_set().limits;
        let take_apart = |tree: Result<Tree, String>| tree.map_err(|message| UnserializableError { message });
        let control = take_apart(Tree::of(control, limits))?;
        let candidate = take_apart(Tree::of(candidate, limits))?;
        let (control, candidate) = (Marked::of(&control, self.rule_set()), Marked::of(&candidate, self.rule_set()));
        Ok(walk::compare(&control, &candidate, &|| false).to_differences())
    }

    pub(super) fn rule_set(&self) -> &RuleSet {
        self.0.as_deref().unwrap_or(NO_RULES)
    }

    fn with(mut self, pattern: &str, rule: Rule) -> Result<Self, RuleError> {
        let pattern = Pattern::parse(pattern)?;
        let rules = &mut self.change().rules;
        if rules.len() == MOST_RULES {
            return Err(RuleError::TooMany { most: MOST_RULES });
        }
        rules.push((pattern, rule));
        Ok(self)
    }

    fn change(&mut self) -> &mut RuleSet {
        Arc::make_mut(self.0.get_or_insert_with(|| Arc::new(NO_RULES.clone())))
    }
}

impl AsRef<Self> for Rules {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<A: Serialize + ?Sized, B: Serialize + ?Sized> Comparator<A, B> for &Rules {
    fn same(&self, control: &A, candidate: &B) -> bool {
        Rules::same(self, control, candidate) == Some(true)
    }

    fn judge(&self, control: &A, candidate: &B) -> Option<bool> {
        Rules::same(self, control, candidate)
    }
}

impl<A: Serialize + ?Sized, B: Serialize + ?Sized> Comparator<A, B> for Rules {
    fn same(&self, control: &A, candidate: &B) -> bool {
        Rules::same(self, control, candidate) == Some(true)
    }

    fn judge(&self, control: &A, candidate: &B) -> Option<bool> {
        Rules::same(self, control, candidate)
    }
}

impl Rules {
    /// Whether no difference is left; `None` if that cannot be said.
    fn same<A: Serialize + ?Sized, B: Serialize + ?Sized>(&self, control: &A, candidate: &B) -> Option<bool> {
        let limits = self.rule_set().limits;
        let control = Tree::of(control, limits).ok()?;
        let candidate = Tree::of(candidate, limits).ok()?;
        walk::are_same(&Marked::of(&control, self.rule_set()), &Marked::of(&candidate, self.rule_set()))
    }
}

/// Why a rule cannot be.
///
/// ```
/// use experiment::diff::{RuleError, Tolerance};
///
/// let refused = Tolerance::absolute(-1.0);
/// assert!(matches!(refused, Err(RuleError::Tolerance { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The pattern cannot be read.
    #[error("the pattern {pattern:?} cannot be read at byte {at}: {problem}")]
    #[non_exhaustive]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Where, in bytes from its start.
        at: usize,
        /// What is wrong there.
        problem: PatternProblem,
    },
    /// A regular expression, in a pattern or of a rule, cannot be read or is too large.
    #[error("the regular expression in {pattern:?} is wrong at byte {at}: {problem}")]
    #[non_exhaustive]
    Expression {
        /// The pattern that holds it, or the expression itself.
        pattern: String,
        /// Where, in bytes from the start of that.
        at: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A tolerance is negative, infinite or NaN.
    #[error("a tolerance must be finite and not negative, and this one is {bound}")]
    #[non_exhaustive]
    Tolerance {
        /// What was given.
        bound: f64,
    },
    /// There are too many rules.
    #[error("there can be at most {most} rules")]
    #[non_exhaustive]
    TooMany {
        /// How many there can be.
        most: usize,
    },
}

/// A value whose `Serialize` gave up.
///
/// ```
/// use experiment::diff::Rules;
///
/// /// Gives up.
/// struct Secret;
/// impl serde::Serialize for Secret {
///     fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
///         Err(serde::ser::Error::custom("it is secret"))
///     }
/// }
/// let refused = Rules::new().differences(&Secret, &Secret).expect_err("nothing is known of it");
/// assert_eq!(refused.message, "it is secret");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value cannot be serialised: {message}")]
#[non_exhaustive]
pub struct UnserializableError {
    /// What its `Serialize` said. It may hold what is in the value.
    pub message: String,
}
