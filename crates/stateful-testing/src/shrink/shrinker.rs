//! What the passes share: the best script so far, what was tried, and the budget.

use std::collections::HashSet;

use crate::cause::Cause;
use crate::command::Command;
use crate::execute::Outcome;
use crate::minimality::Minimality;
use crate::model::Model;
use crate::panics;
use crate::runs::Runs;
use crate::script::{Draft, Script, realize};

/// A failing script and the means to look for simpler ones.
pub(crate) struct Shrinker<'m, M: Model> {
    system: Runs<'m, M>,
    current: Script<M::Command>,
    cause: Cause,
    /// Scripts that are known not to fail: those that passed, and their beginnings.
    passing: HashSet<u64>,
    runs: u32,
    budget: u32,
    /// Whether enough of the budget is kept to prove the current script 1-minimal.
    reserving: bool,
    accepted: u32,
    /// What was proved, and for how many acceptances: it holds until something simpler is found.
    proved: (Minimality, u32),
    /// How many attempts could not be made because the budget was spent.
    refused: u32,
    /// Whether some attempt could not be decided, so that nothing can be proved any more.
    undecided: bool,
}

/// The result of shrinking.
pub(crate) struct Shrunk<'m, M: Model> {
    pub(crate) script: Script<M::Command>,
    pub(crate) cause: Cause,
    pub(crate) minimality: Minimality,
    pub(crate) runs: u32,
    /// The means to run sequences, given back.
    pub(crate) system: Runs<'m, M>,
}

impl<'m, M: Model> Shrinker<'m, M> {
    /// Starts with a script that has failed with `cause`; `budget` is the number of runs of the system that may be spent.
    pub(crate) fn new(system: Runs<'m, M>, script: Script<M::Command>, cause: Cause, budget: u32) -> Self {
        let passing = beginnings(&script, script.len(), &cause).into_iter().collect();
        Self {
            system,
            current: script,
            cause,
            passing,
            runs: 0,
            budget,
            reserving: false,
            accepted: 0,
            proved: (Minimality::Unproved, 0),
            refused: 0,
            undecided: false,
        }
    }

    pub(crate) fn model(&self) -> &'m M {
        self.system.model()
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
        let reserve = if self.reserving { self.current.len() } else { 0 };
        self.runs as usize + reserve >= self.budget as usize
    }

    /// How many runs of the system were spent so far.
    pub(crate) fn runs(&self) -> u32 {
        self.runs
    }

    /// From here on, keeps or does not keep as much of the budget as it takes to leave out every single command once.
    pub(crate) fn reserve(&mut self, reserving: bool) {
        self.reserving = reserving;
    }

    /// Makes `drafts` the current script if what the model makes of them is simpler and still fails.
    pub(crate) fn attempt(&mut self, drafts: Vec<Draft>) -> bool {
        // A model that panics on a sequence it would never generate only costs this attempt.
        let Ok(script) = panics::catch(|| realize(self.model(), drafts)) else {
            return false;
        };
        script.is_simpler_than(&self.current) && self.fails(script)
    }

    /// Runs a pass that proves something about the script if it finds nothing and every attempt of it was decided.
    pub(crate) fn prove(&mut self, minimality: Minimality, pass: impl FnOnce(&mut Self)) {
        let (accepted, refused) = (self.accepted, self.refused);
        pass(self);
        if self.accepted == accepted && self.refused == refused && !self.undecided {
            self.proved = (minimality, accepted);
        }
    }

    /// Whether something is proved about the current script.
    pub(crate) fn is_proved(&self) -> bool {
        self.proved.0 > Minimality::Unproved && self.proved.1 == self.accepted
    }

    pub(crate) fn finish(self) -> Shrunk<'m, M> {
        let minimality = if self.is_proved() { self.proved.0 } else { Minimality::Unproved };
        Shrunk { script: self.current, cause: self.cause, minimality, runs: self.runs, system: self.system }
    }

    fn fails(&mut self, mut script: Script<M::Command>) -> bool {
        let fingerprint = script.fingerprint();
        if fingerprint == self.current.fingerprint() {
            // The same commands by simpler choices: that they fail is known.
            self.current = script;
            self.accepted += 1;
            return true;
        }
        if script.len() == 0 || self.passing.contains(&fingerprint) {
            return false;
        }
        if self.is_spent() {
            self.refused += 1;
            return false;
        }
        self.runs += 1;
        match self.system.run(&script.entries) {
            Outcome::Failed { commands, cause } => {
                self.passing.extend(beginnings(&script, commands, &cause));
                script.entries.truncate(commands);
                self.current = script;
                self.cause = cause;
                self.accepted += 1;
                true
            }
            Outcome::Passed => {
                self.passing.insert(fingerprint);
                self.passing.extend(beginnings(&script, script.len(), &self.cause));
                false
            }
            Outcome::Unusable(_) => {
                self.passing.insert(fingerprint);
                self.undecided = true;
                false
            }
        }
    }
}

/// The fingerprints of what comes before the command at which a script ended, as far as they are known to pass: not where taking the system
/// down is what fails, since no beginning was ever taken down.
fn beginnings<C: Command>(script: &Script<C>, commands: usize, cause: &Cause) -> Vec<u64> {
    let mut fingerprints = script.fingerprints();
    let passed = if matches!(cause, Cause::Teardown { .. }) { 0 } else { commands.saturating_sub(1) };
    fingerprints.truncate(passed);
    fingerprints
}
