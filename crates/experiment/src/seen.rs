//! What the comparison will see of the control, for runs that outlive their call.

use crate::definition::Setup;
use crate::failure::{Operation, Panic, contain};
use crate::how::Shown;

/// The owned form of [`Shown`].
pub(crate) enum Seen<V> {
    Value(V),
    Panicked,
    Hidden,
}

impl<V> Seen<V> {
    /// Projects the control's value.
    pub(crate) fn of<T>(setup: Setup<'_>, value: &Result<T, Panic>, project: impl Fn(&T) -> V) -> Self {
        let Ok(value) = value else { return Self::Panicked };
        contain(|| project(value)).map_or_else(
            |panic| {
                setup.failed(Operation::Observe, None, panic.message());
                Self::Hidden
            },
            Self::Value,
        )
    }

    pub(crate) fn shown(&self) -> Shown<'_, V> {
        match self {
            Self::Value(value) => Shown::Value(value),
            Self::Panicked => Shown::Panicked,
            Self::Hidden => Shown::Hidden,
        }
    }
}
