//! Runs of the system, in this process or in one of its own.

use crate::child::Child;
use crate::command::Command;
use crate::env::Env;
use crate::execute::{Outcome, Unobserved, execute};
use crate::model::Model;
use crate::script::Entry;
use crate::settings::Settings;
use crate::trace::Trace;
use crate::watchdog::{Watch, Watchdog};

pub(crate) struct Runs<'m, M: Model> {
    model: &'m M,
    watch: Watch,
    _watchdog: Option<Watchdog>,
    env: Env,
    child: Option<Child>,
}

impl<'m, M: Model> Runs<'m, M> {
    pub(crate) fn new(model: &'m M, settings: &Settings) -> Self {
        let child = settings.isolation.as_ref().map(|isolation| Child::new(isolation, settings.test.as_deref()));
        // Who runs in another process is watched from here.
        let watched = settings.deadline.filter(|_| child.is_none());
        let (watch, watchdog) = match watched {
            Some((deadline, place)) => {
                let (watch, watchdog) = Watchdog::start(deadline, place, <M::Command as Command>::NAMES);
                (watch, Some(watchdog))
            }
            None => (Watch::default(), None),
        };
        Self { model, watch, _watchdog: watchdog, env: Env::default(), child }
    }

    pub(crate) fn model(&self) -> &'m M {
        self.model
    }

    /// How long commands may take.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Whether commands go to another process, as the choices they are made of.
    pub(crate) fn needs_choices(&self) -> bool {
        self.child.is_some()
    }

    /// Runs the commands of the entries from setting the system up to taking it down.
    pub(crate) fn run(&mut self, entries: &[Entry<M::Command>]) -> Outcome {
        let commands = entries.iter().map(|entry| &entry.command);
        match &mut self.child {
            Some(child) => child.run(self.model, entries, &mut Unobserved),
            None => execute(self.model, &self.watch, commands, &mut self.env, &mut Unobserved),
        }
    }

    /// As [`run`](Self::run), and tells what happened at each step.
    pub(crate) fn trace(&mut self, entries: &[Entry<M::Command>]) -> (Outcome, Trace) {
        let commands = entries.iter().map(|entry| &entry.command);
        let mut trace = Trace::default();
        let outcome = match &mut self.child {
            Some(child) => child.run(self.model, entries, &mut trace),
            None => execute(self.model, &self.watch, commands, &mut self.env, &mut trace),
        };
        (outcome, trace)
    }
}
