//! Making one random sequence.

use crate::command::Command;
use crate::generator::Gen;
use crate::menu;
use crate::model::Model;
use crate::random::{Random, mix};
use crate::scope::Scope;
use crate::script::Entry;
use crate::tally::Tally;

/// Everything that chance decides in one case follows from this number and the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaseSeed(pub(crate) u64);

impl CaseSeed {
    /// The seed of the `case`-th case of a run. The first case has the seed of the run itself, so that the seed of any case
    /// that failed is the seed of a run that fails at once.
    pub(crate) fn nth(run: u64, case: u64) -> Self {
        if case == 0 {
            return Self(run);
        }
        // Early cases are short: a bug that shows in a short sequence should not have to be dug out of a long one. The lowest
        // byte holds the size, since a replay does not know which case it is.
        let size = (case * 16).min(0xff);
        Self((mix(run ^ mix(case)) & !0xff) | size)
    }

    fn most(self, max_commands: usize) -> u64 {
        let size = (self.0 & 0xff) + 1;
        (max_commands as u64 * size).div_ceil(0x100)
    }
}

/// How often a command is drawn for one place before the sequence ends there.
const DRAWS: u32 = 100;

/// After so many draws the commands that are left out of this case are let in after all.
const DRAWS_LEAVING_OUT: u32 = 30;

/// Makes random sequences, keeping its memory from one to the next.
#[derive(Debug)]
pub(crate) struct CaseMaker<C> {
    pub(crate) entries: Vec<Entry<C>>,
    scope: Scope,
}

impl<C: Command> CaseMaker<C> {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new(), scope: Scope::default() }
    }

    /// Makes the sequence that belongs to `seed`; with `recording`, its choices too.
    pub(crate) fn make<M: Model<Command = C>>(
        &mut self,
        model: &M,
        seed: CaseSeed,
        max_commands: usize,
        recording: bool,
        tally: &mut Tally,
    ) {
        self.entries.clear();
        self.scope.clear();
        let mut random = Random::new(seed.0);
        let length = 1 + random.up_to(seed.most(max_commands).max(1) - 1);
        let left_out = LeftOut::draw(&mut random);
        let mut generator = Gen::random(random, recording);
        let mut state = model.init();
        for stamp in 0..u32::try_from(length).unwrap_or(u32::MAX) {
            let Some(entry) = self.draw(model, &state, &mut generator, stamp, left_out, tally) else {
                break;
            };
            self.scope.enter(&entry.command);
            model.next(&mut state, &entry.command);
            self.entries.push(entry);
        }
    }

    fn draw<M: Model<Command = C>>(
        &self,
        model: &M,
        state: &M::State,
        generator: &mut Gen,
        stamp: u32,
        left_out: LeftOut,
        tally: &mut Tally,
    ) -> Option<Entry<C>> {
        let first_ref = generator.next_ref();
        for draw in 0..DRAWS {
            generator.set_next_ref(first_ref);
            generator.forget();
            let Some(taken) = menu::draw(generator, |menu| model.commands(state, menu)) else {
                tally.ended();
                return None;
            };
            let kind = taken.command.kind();
            if draw < DRAWS_LEAVING_OUT && left_out.leaves_out(kind) {
                continue;
            }
            if !self.scope.admits(&taken.command) {
                tally.reference_missing(kind);
            } else if !model.precondition(state, &taken.command) {
                tally.precondition_refused(kind);
            } else {
                let before = self.entries.last().map(|entry| entry.command.kind());
                tally.accepted(kind, before, model.class(state));
                let tape = generator.take_tape();
                return Some(Entry { command: taken.command, stamp, offer: taken.offer, first_ref, tape });
            }
        }
        tally.ended();
        None
    }
}

/// Which commands a case does without: "swarm testing" (Groce and others, ISSTA 2012).
///
/// Many bugs show only where some command is absent, such as the one that tidies up.
#[derive(Debug, Clone, Copy)]
struct LeftOut(u64);

impl LeftOut {
    fn draw(random: &mut Random) -> Self {
        if random.chance(1, 2) { Self(0) } else { Self(random.next() & random.next()) }
    }

    fn leaves_out(self, kind: usize) -> bool {
        self.0 >> (kind % 64) & 1 == 1
    }
}
