//! What an evaluation came to, borrowed from the snapshot that decided.

use super::snapshot::SnapshotId;
use crate::evaluate::{Decision, Reason};
use crate::model::{Flag, FlagValue, Serve, Variant};

/// What an evaluation came to, as [`Hook`](crate::Hook)s see it. Nothing in it is copied.
///
/// ```
/// use feature_flags::{EvaluationDetails, EvaluationFailure, Flags, Hook, HookContext};
///
/// struct Strict;
///
/// impl Hook for Strict {
///     fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
///         assert_eq!(call.flag(), "no-such-flag");
///         assert_eq!(details.failure(), Some(EvaluationFailure::UnknownFlag));
///         assert_eq!((details.enabled(), details.variant_or_switch()), (false, "off"));
///     }
/// }
///
/// let flags = Flags::builder().hook(Strict).build();
/// assert_eq!(flags.integer("no-such-flag", &(), 7), 7);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EvaluationDetails<'a> {
    pub(super) enabled: bool,
    pub(super) reason: Reason,
    pub(super) snapshot: SnapshotId,
    pub(super) variant: Option<&'a Variant>,
    pub(super) value: Option<&'a FlagValue>,
    pub(super) flag: Option<&'a Flag>,
    pub(super) failure: Option<EvaluationFailure>,
}

/// Why a caller is served a default instead of what a flag says.
///
/// ```
/// use feature_flags::{EvaluationDetails, EvaluationFailure, Flag, Flags, Hook, HookContext};
///
/// struct Strict;
///
/// impl Hook for Strict {
///     fn error(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
///         if let Some(EvaluationFailure::WrongType { wanted, found, .. }) = details.failure() {
///             println!("{} serves {found}, and the code asks for {wanted}", call.flag());
///         }
///     }
/// }
///
/// let flag = Flag::new("limit").variant("low", "ten").default_variant("low").enabled(true);
/// let flags = Flags::builder().flag(flag).hook(Strict).build();
/// assert_eq!(flags.integer("limit", &(), 7), 7, "text is no number, so that the caller's default is served");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvaluationFailure {
    /// There is no such flag.
    UnknownFlag,
    /// Its definition is wrong and never was right in this process.
    Broken,
    /// Its Rust function panicked, or wants another type of context.
    FunctionFailed,
    /// It serves a value of another type than the caller wants.
    #[non_exhaustive]
    WrongType {
        /// The type that the caller wants.
        wanted: &'static str,
        /// The type that the flag serves.
        found: &'static str,
    },
}

impl EvaluationFailure {
    /// The failure that a reason stands for, if it does.
    pub(super) fn of(reason: Reason) -> Option<Self> {
        match reason {
            Reason::Unknown => Some(Self::UnknownFlag),
            Reason::Broken => Some(Self::Broken),
            Reason::FunctionFailed => Some(Self::FunctionFailed),
            _ => None,
        }
    }
}

/// `it serves text where whole number is wanted`.
impl std::fmt::Display for EvaluationFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownFlag => Reason::Unknown.fmt(f),
            Self::Broken => Reason::Broken.fmt(f),
            Self::FunctionFailed => Reason::FunctionFailed.fmt(f),
            Self::WrongType { wanted, found } => write!(f, "it serves {found} where {wanted} is wanted"),
        }
    }
}

impl<'a> EvaluationDetails<'a> {
    /// Whether the flag is on.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The snapshot that decided.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// The name of the variant that is served; `None` for flags without variants, and where none is served.
    pub fn variant(&self) -> Option<&'a str> {
        self.variant.map(Variant::name)
    }

    /// The variant, or `on` or `off` where none is served.
    pub fn variant_or_switch(&self) -> &'a str {
        self.variant().unwrap_or(if self.enabled { "on" } else { "off" })
    }

    /// The value that is served: the variant's, or for flags without variants whether they are on. `None` where callers
    /// get their own default.
    pub fn value(&self) -> Option<&'a FlagValue> {
        self.value
    }

    /// The flag as it is defined; `None` for functions, and for flags that do not exist or are wrong.
    pub fn flag(&self) -> Option<&'a Flag> {
        self.flag
    }

    /// Why the caller is served a default, if so.
    pub fn failure(&self) -> Option<EvaluationFailure> {
        self.failure
    }

    pub(super) fn decision(&self) -> Decision {
        Decision { enabled: self.enabled, reason: self.reason, snapshot: self.snapshot }
    }

    /// Whether chance had a part: a percentage, weights, a layer or a holdout.
    pub fn is_split(&self) -> bool {
        match (self.reason, self.flag) {
            (Reason::Holdout | Reason::Layer, _) => true,
            (Reason::Rule { number }, Some(flag)) => {
                let rule = usize::from(number).checked_sub(1).and_then(|index| flag.rules().get(index));
                rule.is_some_and(|rule| rule.share().is_some() || matches!(rule.served(), Serve::Split(_)))
            }
            _ => false,
        }
    }
}
