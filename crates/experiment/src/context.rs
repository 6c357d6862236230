//! What a call tells about itself: which tenant, which page, which arguments.

use std::any::Any;
use std::fmt;

/// A value that a call site attached to its run, for publishers. It is stored nowhere by this crate, and `Debug` shows its kind only.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ContextValue<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// Anything else, for a publisher that knows its type.
    Other(&'a (dyn Any + Send + Sync)),
}

impl<'a> ContextValue<'a> {
    /// A value of any type, for publishers that know it.
    ///
    /// ```
    /// use experiment::ContextValue;
    ///
    /// struct Page { number: u32 }
    /// let page = Page { number: 3 };
    /// let value = ContextValue::other(&page);
    /// assert_eq!(value.downcast_ref::<Page>().map(|page| page.number), Some(3));
    /// ```
    pub fn other<T: Any + Send + Sync>(value: &'a T) -> Self {
        Self::Other(value)
    }

    /// The value given with [`other`](ContextValue::other), if it is a `T`.
    pub fn downcast_ref<T: Any>(&self) -> Option<&'a T> {
        match self {
            Self::Other(value) => value.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Debug for ContextValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Integer(_) => "Integer(..)",
            Self::Float(_) => "Float(..)",
            Self::Flag(_) => "Flag(..)",
            Self::Other(_) => "Other(..)",
        })
    }
}

impl<'a> From<&'a str> for ContextValue<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for ContextValue<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for ContextValue<'_> {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i32> for ContextValue<'_> {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for ContextValue<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for ContextValue<'_> {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

/// The entries of a run, in the order in which they were given.
pub trait Entries {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them.
    fn entry(&self, index: usize) -> Option<(&'static str, ContextValue<'_>)>;
}

/// No entries.
#[derive(Debug, Clone, Copy)]
pub struct NoContext;

impl Entries for NoContext {
    fn count(&self) -> usize {
        0
    }

    fn entry(&self, _: usize) -> Option<(&'static str, ContextValue<'_>)> {
        None
    }
}

/// One entry more.
#[derive(Debug, Clone, Copy)]
pub struct AndEntry<'a, R> {
    pub(crate) earlier: R,
    pub(crate) key: &'static str,
    pub(crate) value: ContextValue<'a>,
}

impl<R: Entries> Entries for AndEntry<'_, R> {
    fn count(&self) -> usize {
        self.earlier.count() + 1
    }

    fn entry(&self, index: usize) -> Option<(&'static str, ContextValue<'_>)> {
        if index == self.earlier.count() { Some((self.key, self.value)) } else { self.earlier.entry(index) }
    }
}
