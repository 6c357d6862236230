//! What differs between two values.

use std::fmt;

/// What kind of difference it is.
///
/// ```
/// use experiment::diff::{Kind, Rules};
///
/// let differences = Rules::new().differences(&vec![1, 2, 3], &vec![3, 1, 2])?;
/// assert_eq!(differences.changes()[0].kind, Kind::Reordered);
/// # Ok::<(), experiment::diff::UnserializableError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Two values of one type differ.
    Changed,
    /// The types differ, such as text and a number.
    Type,
    /// The variants of an enum differ, or one side is `None` and the other is not.
    Variant,
    /// The control has it and the candidate has not.
    Missing,
    /// The candidate has it and the control has not.
    Extra,
    /// The same elements in another order.
    Reordered,
    /// Lists of different lengths, compared index by index; or tuples of different lengths.
    Length,
}

impl Kind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 7] =
        [Self::Changed, Self::Type, Self::Variant, Self::Missing, Self::Extra, Self::Reordered, Self::Length];

    /// The kind in stored reports: lowercase. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Type => "type",
            Self::Variant => "variant",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Reordered => "reordered",
            Self::Length => "length",
        }
    }

    /// The place of this kind in [`Kind::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One difference.
///
/// ```
/// use experiment::diff::{Kind, Rules};
///
/// let differences = Rules::new().differences(&("Ann", 1), &("Ann", "one"))?;
/// let change = &differences.changes()[0];
/// assert_eq!((change.path.as_str(), change.kind), ("[1]", Kind::Type));
/// # Ok::<(), experiment::diff::UnserializableError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Where: the control's path, with indexes; the candidate's where the control has nothing there.
    pub path: String,
    /// What kind of difference.
    pub kind: Kind,
    /// The control's value in at most a hundred characters, or its type where it is not shown; `None` for what is extra or reordered.
    pub control: Option<String>,
    /// The candidate's; `None` for what is missing or reordered.
    pub candidate: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, Words { kind: self.kind, control: &self.control, candidate: &self.candidate })
    }
}

/// A kind and what is known of both sides, in words.
pub(crate) struct Words<'a> {
    pub(crate) kind: Kind,
    pub(crate) control: &'a Option<String>,
    pub(crate) candidate: &'a Option<String>,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::Changed => "changed",
            Kind::Type => "has another type",
            Kind::Variant => "has another variant",
            Kind::Missing => "is missing",
            Kind::Extra => "is extra",
            Kind::Reordered => "is in another order",
            Kind::Length => "has another length",
        };
        match (self.control, self.candidate) {
            (Some(control), Some(candidate)) => write!(f, "{what}: {control} became {candidate}"),
            (Some(value), None) | (None, Some(value)) => write!(f, "{what}: {value}"),
            (None, None) => f.write_str(what),
        }
    }
}

/// What differs between two values. `Display` prints one line per change.
///
/// ```
/// use experiment::diff::Rules;
///
/// let differences = Rules::new().differences(&vec![1, 2, 3], &vec![0, 1, 2, 3])?;
/// assert_eq!((differences.changes().len(), differences.is_complete()), (1, true));
/// println!("{differences}");
/// # Ok::<(), experiment::diff::UnserializableError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differences {
    pub(super) changes: Vec<Change>,
    pub(super) is_complete: bool,
}

impl Differences {
    /// The changes, in the order of the control's value.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether no difference was found. Only together with [`is_complete`](Differences::is_complete) does that mean that there is none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether everything was compared: nothing was beyond the [`Limits`](super::Limits).
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))?;
        if self.is_complete { Ok(()) } else { writeln!(f, "(some of it was not compared: it is beyond the limits)") }
    }
}
