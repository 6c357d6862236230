//! Regular expressions, compiled when a rule is read.

#[cfg(feature = "regex")]
pub(crate) use with::Pattern;
#[cfg(not(feature = "regex"))]
pub(crate) use without::Pattern;

#[cfg(feature = "regex")]
mod with {
    use regex::{Regex, RegexBuilder};

    /// A regular expression that is searched in time linear in the text, and was small enough to compile.
    #[derive(Debug, Clone)]
    pub(crate) struct Pattern {
        source: String,
        regex: Regex,
    }

    /// Most memory that a compiled expression may take, in bytes.
    const MAX_SIZE: usize = 1 << 20;

    impl Pattern {
        pub(crate) const EXPECTED: &'static str =
            "a regular expression such as `r\"^/v[12]/\"`, without look-around and of at most 1 MiB when compiled";

        pub(crate) fn parse(source: &str, folded: bool) -> Option<Self> {
            let mut builder = RegexBuilder::new(source);
            let regex = builder.case_insensitive(folded).size_limit(MAX_SIZE).nest_limit(50).build().ok()?;
            Some(Self { source: source.to_owned(), regex })
        }

        pub(crate) fn source(&self) -> &str {
            &self.source
        }

        /// Whether it is found in `text`. The first search of a thread allocates what it works with.
        pub(crate) fn is_in(&self, text: &str) -> bool {
            self.regex.is_match(text)
        }
    }
}

#[cfg(not(feature = "regex"))]
mod without {
    /// There are none without the feature: a flag that has one is wrong.
    #[derive(Debug, Clone)]
    pub(crate) struct Pattern {
        source: String,
    }

    impl Pattern {
        pub(crate) const EXPECTED: &'static str = "possible, since this program was built without the feature `regex`";

        #[allow(clippy::unnecessary_wraps, reason = "the twin of one that may succeed")]
        pub(crate) fn parse(_source: &str, _folded: bool) -> Option<Self> {
            None
        }

        pub(crate) fn source(&self) -> &str {
            &self.source
        }

        #[allow(clippy::unused_self, reason = "the twin of one that uses it")]
        pub(crate) fn is_in(&self, _text: &str) -> bool {
            false
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}
