//! Flags before or after an edit, asked at one instant.

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::clock::Clock;
use crate::compile::Table;
use crate::context::Context;
use crate::evaluate::{Evaluation, Reason, Truth};
use crate::handle::{Core, Snapshot, Surroundings};
use crate::model::FlagValue;

/// Flags of one side, at one instant.
pub(super) struct Side<'a> {
    core: &'a Core,
    snapshot: Arc<Snapshot>,
    around: Surroundings,
}

struct Instant(SystemTime);

impl Clock for Instant {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// An answer, as it is compared and shown.
pub(super) struct Given<'a> {
    enabled: bool,
    variant: Option<(&'a str, &'a FlagValue)>,
    is_there: bool,
    pub(super) reason: Reason,
}

impl<'a> Side<'a> {
    pub(super) fn new(core: &'a Core, now: SystemTime) -> Self {
        let code = ArcSwap::new(core.around().code.load_full());
        Self { core, snapshot: core.snapshot(), around: Surroundings { clock: Box::new(Instant(now)), code } }
    }

    pub(super) fn table(&self) -> &Table {
        self.snapshot.table()
    }

    pub(super) fn group(&self, name: &str) -> Option<u32> {
        self.core.group_number(name)
    }

    /// Whether it can be said if the context is in this group.
    pub(super) fn knows(&self, group: u32, context: &dyn Context) -> bool {
        self.around.code.load().in_group(group, context) != Truth::Unknown
    }

    pub(super) fn give(&self, flag: &str, context: &dyn Context) -> Given<'_> {
        let Some(slot) = self.table().find(flag) else {
            return Given { enabled: false, variant: None, is_there: false, reason: Reason::Unknown };
        };
        let outcome = Evaluation::new(&self.snapshot, context, &self.around).decide(slot, &mut ());
        let (block, _) = self.table().at(slot);
        let variant = outcome.variant.map(|variant| block.variant(variant));
        Given {
            enabled: outcome.enabled,
            variant: variant.map(|variant| (variant.name(), variant.value())),
            is_there: true,
            reason: outcome.reason,
        }
    }
}

impl Given<'_> {
    /// A flag that is not there is off; where it serves no variant, that is no difference.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.enabled == other.enabled && self.variant == other.variant
    }

    fn label(&self) -> &str {
        match (self.variant, self.is_there, self.enabled) {
            (Some((name, _)), ..) => name,
            (None, false, _) => "absent",
            (None, true, true) => "on",
            (None, true, false) => "off",
        }
    }

    /// With the value, where the name does not tell them apart.
    pub(super) fn told(&self, other: &Self) -> String {
        match (self.variant, other.variant) {
            (Some((name, value)), Some((same, different))) if name == same && value != different => {
                format!("{name} = {value}")
            }
            (Some((name, value)), Some((same, also))) if name == same && value == also => {
                format!("{name} ({})", if self.enabled { "on" } else { "off" })
            }
            _ => self.label().to_owned(),
        }
    }
}
