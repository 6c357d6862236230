//! What a lab knows about one experiment.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::clock::ClockSource;
use crate::failure::{FailureHook, Operation, contain};
use crate::observation::RunResult;
use crate::order::{Order, Picker};
use crate::publisher::Publisher;
use crate::rate::Rate;
use crate::recorder::Recorder;

/// What all experiments of a lab share.
#[derive(Default)]
pub(crate) struct Equipment {
    pub(crate) clock: ClockSource,
    pub(crate) order: Order,
    pub(crate) publishers: Vec<Arc<dyn Publisher>>,
    pub(crate) on_failure: FailureHook,
    pub(crate) switched_off: AtomicBool,
}

/// The state of one experiment.
pub(crate) struct Definition {
    name: &'static str,
    /// `false` for a name that cannot be used: such an experiment runs its control only.
    usable: bool,
    switched_off: AtomicBool,
    rate: AtomicU64,
    recorder: Recorder,
}

impl Definition {
    pub(crate) fn new(name: &'static str, usable: bool, rate: Rate) -> Self {
        Self {
            name,
            usable,
            switched_off: AtomicBool::new(false),
            rate: AtomicU64::new(rate.threshold()),
            recorder: Recorder::new(),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.usable
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    pub(crate) fn rate(&self) -> Rate {
        Rate::from_threshold(self.rate.load(Ordering::Relaxed))
    }

    pub(crate) fn set_rate(&self, rate: Rate) {
        self.rate.store(rate.threshold(), Ordering::Relaxed);
    }

    pub(crate) fn set_switched_off(&self, off: bool) {
        self.switched_off.store(off, Ordering::Relaxed);
    }
}

/// An experiment together with the equipment of its lab: what a run works with.
#[derive(Clone, Copy)]
pub struct Setup<'lab> {
    pub(crate) equipment: &'lab Equipment,
    pub(crate) definition: &'lab Definition,
}

impl fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("name", &self.definition.name).finish_non_exhaustive()
    }
}

impl<'lab> Setup<'lab> {
    pub(crate) fn recorder(self) -> &'lab Recorder {
        &self.definition.recorder
    }

    pub(crate) fn is_switched_off(self) -> bool {
        self.definition.switched_off.load(Ordering::Relaxed) || self.equipment.switched_off.load(Ordering::Relaxed)
    }

    /// Whether this call runs candidates.
    #[inline]
    pub(crate) fn takes_part(self) -> bool {
        self.definition.usable && !self.is_switched_off() && self.definition.rate().takes_part()
    }

    #[inline]
    pub(crate) fn picker(self, run: u64) -> Picker {
        self.equipment.order.picker(run)
    }

    /// Counts an internal failure and tells the hook.
    #[cold]
    pub(crate) fn failed(self, operation: Operation, candidate: Option<&str>, message: Option<&str>) {
        self.recorder().count_failure(operation);
        self.equipment.on_failure.call(operation, self.definition.name, candidate, message);
    }

    /// Hands a result to every publisher; one that fails does not keep the others from it.
    #[inline]
    pub(crate) fn publish(self, result: &RunResult<'_>) {
        for publisher in &self.equipment.publishers {
            match contain(|| publisher.publish(result)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.failed(Operation::Publish, None, Some(&error.to_string())),
                Err(panic) => self.failed(Operation::Publish, None, panic.message()),
            }
        }
    }
}
