//! What the passes share: the best script so far, what was tried, and the budget.

use std::collections::HashSet;

use crate::cause::Cause;
use crate::env::Env;
use crate::execute::{Outcome, Unobserved, execute};
use crate::minimality::Minimality;
use crate::model::Model;
use crate::panics;
use crate::script::{Draft, Script, realize};

/// A failing script and the means to look for simpler ones.
pub(crate) struct Shrinker<'m, M: Model> {
    model: &'m M,
    env: Env,
    current: Script<M::Command>,
    cause: Cause,
    /// Scripts that are known not to fail.
    passing: HashSet<u64>,
    runs: u32,
    budget: u32,
    accepted: u32,
}

/// The result of shrinking.
pub(crate) struct Shrunk<C> {
    pub(crate) script: Script<C>,
    pub(crate) cause: Cause,
    pub(crate) minimality: Minimality,
    pub(crate) runs: u32,
}

impl<'m, M: Model> Shrinker<'m, M> {
    /// Starts with a script that has failed with `cause`; `budget` is the number of runs of the system that may be spent.
    pub(crate) fn new(model: &'m M, script: Script<M::Command>, cause: Cause, budget: u32) -> Self {
        let (env, passing) = (Env::default(), HashSet::new());
        Self { model, env, current: script, cause, passing, runs: 0, budget, accepted: 0 }
    }

    pub(crate) fn model(&self) -> &'m M {
        self.model
    }

    /// The simplest failing script so far.
    pub(crate) fn current(&self) -> &Script<M::Command> {
        &self.current
    }

    /// How many times something simpler has been found; tells a pass whether another one changed anything.
    pub(crate) fn accepted(&self) -> u32 {
        self.accepted
    }

    /// Whether the budget is spent; every attempt fails from then on.
    pub(crate) fn is_spent(&self) -> bool {
        self.runs >= self.budget
    }

    /// Makes `drafts` the current script if what the model makes of them is simpler and still fails.
    pub(crate) fn attempt(&mut self, drafts: Vec<Draft>) -> bool {
        // A model that panics on a sequence it would never generate only costs this attempt.
        let Ok(script) = panics::catch(|| realize(self.model, drafts)) else {
            return false;
        };
        script.is_simpler_than(&self.current) && self.fails(script)
    }

    pub(crate) fn finish(self, minimality: Minimality) -> Shrunk<M::Command> {
        Shrunk { script: self.current, cause: self.cause, minimality, runs: self.runs }
    }

    fn fails(&mut self, mut script: Script<M::Command>) -> bool {
        if script.len() == 0 || self.is_spent() || !self.passing.insert(script.fingerprint()) {
            return false;
        }
        self.runs += 1;
        match execute(self.model, script.commands(), &mut self.env, &mut Unobserved) {
            Outcome::Failed { commands, cause } => {
                script.entries.truncate(commands);
                self.current = script;
                self.cause = cause;
                self.accepted += 1;
                true
            }
            Outcome::Passed | Outcome::Unusable(_) => false,
        }
    }
}
