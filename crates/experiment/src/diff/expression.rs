//! Regular expressions in patterns and rules. Without the feature `regex` there are none.

#[cfg(feature = "regex")]
mod compiled {
    use std::fmt;

    use regex::{Regex, RegexBuilder};

    use super::super::rules::RuleError;

    /// A compiled expression. Searching takes time in proportion to the text, whatever the expression.
    #[derive(Clone)]
    pub(in super::super) struct Expression(Regex);

    /// Longer expressions are a mistake.
    const LONGEST: usize = 1_024;

    /// What one may take once it is compiled: `\w{1000}` would be large.
    const MOST_BYTES: usize = 256 << 10;

    impl Expression {
        /// Compiles what begins at byte `before` of `pattern`.
        pub(in super::super) fn new(pattern: &str, before: usize, expression: &str) -> Result<Self, RuleError> {
            let fail = |at: usize, problem: String| RuleError::Expression {
                pattern: pattern.chars().take(LONGEST).collect(),
                at: before + at,
                problem,
            };
            if expression.len() > LONGEST {
                return Err(fail(LONGEST, format!("it is longer than {LONGEST} bytes")));
            }
            // The parser knows the place, which the errors of the compiler are silent about.
            regex_syntax::Parser::new().parse(expression).map_err(|error| match error {
                regex_syntax::Error::Parse(error) => fail(error.span().start.offset, error.kind().to_string()),
                regex_syntax::Error::Translate(error) => fail(error.span().start.offset, error.kind().to_string()),
                error => fail(0, error.to_string()),
            })?;
            let compiled = RegexBuilder::new(expression).size_limit(MOST_BYTES).build();
            compiled.map(Self).map_err(|_| fail(0, "it would be too large when it is compiled".to_owned()))
        }

        pub(in super::super) fn is_match(&self, text: &str) -> bool {
            self.0.is_match(text)
        }

        /// The text with a mark that no text holds in place of each match that is not empty. Never longer than the text.
        pub(in super::super) fn masked(&self, text: &str) -> Box<[u8]> {
            let mut masked = Vec::with_capacity(text.len());
            let mut end = 0;
            for found in self.0.find_iter(text).filter(|found| !found.is_empty()) {
                masked.extend_from_slice(&text.as_bytes()[end..found.start()]);
                masked.push(MASK);
                end = found.end();
            }
            masked.extend_from_slice(&text.as_bytes()[end..]);
            masked.into()
        }
    }

    /// No byte of UTF-8.
    const MASK: u8 = 0xff;

    impl PartialEq for Expression {
        fn eq(&self, other: &Self) -> bool {
            self.0.as_str() == other.0.as_str()
        }
    }

    impl Eq for Expression {}

    impl fmt::Debug for Expression {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "/{}/", self.0.as_str())
        }
    }
}

#[cfg(feature = "regex")]
pub(super) use compiled::Expression;

/// There are none.
#[cfg(not(feature = "regex"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {}

#[cfg(not(feature = "regex"))]
impl Expression {
    pub(super) fn new(pattern: &str, before: usize, _: &str) -> Result<Self, super::rules::RuleError> {
        Err(super::rules::RuleError::Expression {
            pattern: pattern.to_owned(),
            at: before,
            problem: "regular expressions need the feature `regex`".to_owned(),
        })
    }

    pub(super) fn is_match(&self, _: &str) -> bool {
        match *self {}
    }

    pub(super) fn masked(&self, _: &str) -> Box<[u8]> {
        match *self {}
    }
}
