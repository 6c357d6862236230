//! Which behaviour runs first.

use crate::chance::{self, Seeded};

/// The order in which control and candidates run.
///
/// Whoever runs first pays for cold caches, so a fixed order favours the later ones: `Random` is the default.
///
/// ```
/// use experiment::{Lab, Order};
///
/// let lab = Lab::new().order(Order::Seeded(7));
/// # let _ = lab;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// Every order is equally likely, drawn anew for each run.
    #[default]
    Random,
    /// As `Random`, but the same sequence of orders for the same seed: run number `i` of an experiment always has the
    /// same one.
    Seeded(u64),
    /// The control, then the candidates as they were given.
    ControlFirst,
    /// The candidates as they were given, then the control.
    ControlLast,
}

impl Order {
    /// Starts the choices of the run with that number.
    #[inline]
    pub(crate) fn picker(self, run: u64) -> Picker {
        match self {
            Self::Random => Picker::Random,
            Self::Seeded(seed) => {
                // The multiplier spreads neighbouring run numbers over all bits.
                let mixed = seed ^ run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                Picker::Seeded(Seeded::new(mixed))
            }
            Self::ControlFirst => Picker::ControlFirst,
            Self::ControlLast => Picker::ControlLast,
        }
    }
}

/// Chooses among the behaviours that have not run yet.
pub(crate) enum Picker {
    Random,
    Seeded(Seeded),
    ControlFirst,
    ControlLast,
}

impl Picker {
    /// An index in `0..pending`, where 0 is the control while it has not run.
    ///
    /// Choosing uniformly among what is left makes every permutation equally likely, without storing one.
    #[inline]
    pub(crate) fn pick(&mut self, pending: usize, control_is_pending: bool) -> usize {
        match self {
            _ if pending <= 1 => 0,
            Self::Random => chance::below(pending),
            Self::Seeded(seeded) => seeded.below(pending),
            Self::ControlFirst => 0,
            Self::ControlLast => usize::from(control_is_pending),
        }
    }
}
