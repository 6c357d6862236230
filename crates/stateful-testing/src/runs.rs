//! Runs of the system, in this process or in one of its own.

use crate::child::Child;
use crate::env::Env;
use crate::execute::{Outcome, Unobserved, execute};
use crate::model::Model;
use crate::script::Entry;
use crate::settings::Settings;
use crate::trace::Trace;

pub(crate) struct Runs<'m, M: Model> {
    model: &'m M,
    deadline: Option<std::time::Duration>,
    env: Env,
    child: Option<Child>,
}

impl<'m, M: Model> Runs<'m, M> {
    pub(crate) fn new(model: &'m M, settings: &Settings) -> Self {
        let child = settings.isolation.as_ref().map(|isolation| Child::new(isolation, settings.test.as_deref()));
        Self { model, deadline: settings.deadline, env: Env::default(), child }
    }

    pub(crate) fn model(&self) -> &'m M {
        self.model
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
            None => execute(self.model, self.deadline, commands, &mut self.env, &mut Unobserved),
        }
    }

    /// As [`run`](Self::run), and tells what happened at each step.
    pub(crate) fn trace(&mut self, entries: &[Entry<M::Command>]) -> (Outcome, Trace) {
        let commands = entries.iter().map(|entry| &entry.command);
        let mut trace = Trace::default();
        let outcome = match &mut self.child {
            Some(child) => child.run(self.model, entries, &mut trace),
            None => execute(self.model, self.deadline, commands, &mut self.env, &mut trace),
        };
        (outcome, trace)
    }
}
