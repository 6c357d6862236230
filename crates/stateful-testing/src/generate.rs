//! Making one random sequence.

use crate::command::Command;
use crate::generator::Gen;
use crate::menu;
use crate::model::Model;
use crate::random::{Random, mix};
use crate::scope::Scope;
use crate::script::Entry;
use crate::search::{Focus, Search};
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
        Self((mix(run ^ mix(case)) & !(Focus::BITS | 0xff)) | size)
    }

    /// The same case, going after something.
    pub(crate) fn after(self, focus: Focus) -> Self {
        Self(self.0 & !Focus::BITS | focus.bits())
    }

    fn most(self, max_commands: usize) -> u64 {
        let size = (self.0 & 0xff) + 1;
        (max_commands as u64 * size).div_ceil(0x100)
    }

    /// Whether it is one of the first cases, of which the sequences are still growing.
    fn is_short(self) -> bool {
        self.0 & 0xff < 0xff
    }

    /// Whether the case has no faults, though there are some.
    fn is_free_of_faults(self) -> bool {
        mix(!self.0) & 1 == 0
    }
}

/// What holds for all cases of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_commands: usize,
    /// The most faults in one sequence.
    pub(crate) faults: usize,
    pub(crate) search: Search,
}

/// How often a command is drawn for one place before the sequence ends there.
const DRAWS: u32 = 100;

/// After so many draws the commands that are left out of this case are let in after all.
const DRAWS_LEAVING_OUT: u32 = 30;

/// For so many draws only the command is taken that the case goes after.
const DRAWS_FOCUSED: u32 = 30;

/// Makes random sequences, keeping its memory from one to the next.
#[derive(Debug)]
pub(crate) struct CaseMaker<C> {
    pub(crate) entries: Vec<Entry<C>>,
    scope: Scope,
    limits: Limits,
}

/// What is special about one case.
#[derive(Debug, Clone, Copy)]
struct Manner {
    left_out: LeftOut,
    focus: Option<Focus>,
    /// The most faults it has.
    faults: usize,
}

impl<C: Command> CaseMaker<C> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { entries: Vec::new(), scope: Scope::default(), limits }
    }

    /// Makes the sequence that belongs to `seed`; with `recording`, its choices too.
    pub(crate) fn make<M: Model<Command = C>>(
        &mut self,
        model: &M,
        seed: CaseSeed,
        recording: bool,
        tally: &mut Tally,
    ) {
        let mut random = Random::new(seed.0);
        let Limits { max_commands, faults, search } = self.limits;
        let length = 1 + random.up_to(seed.most(max_commands).max(1) - 1);
        let left_out = LeftOut::draw(&mut random);
        let manner = Manner {
            left_out: if search == Search::Uniform || seed.is_short() { LeftOut(0) } else { left_out },
            focus: if search == Search::Adaptive { Focus::of_bits::<C>(seed.0) } else { None },
            faults: if seed.is_free_of_faults() { 0 } else { faults },
        };
        self.fill(model, length, manner, Gen::random(random, recording), tally);
    }

    /// Makes the sequence that the bytes decide on, with its choices.
    pub(crate) fn make_of_bytes<M: Model<Command = C>>(&mut self, model: &M, bytes: &[u8], tally: &mut Tally) {
        let Limits { max_commands, faults, .. } = self.limits;
        let manner = Manner { left_out: LeftOut(0), focus: None, faults };
        self.fill(model, max_commands as u64, manner, Gen::random(Random::of_bytes(bytes), true), tally);
    }

    fn fill<M: Model<Command = C>>(
        &mut self,
        model: &M,
        length: u64,
        mut manner: Manner,
        mut generator: Gen,
        tally: &mut Tally,
    ) {
        self.entries.clear();
        self.scope.clear();
        let mut state = model.init();
        for stamp in 0..u32::try_from(length).unwrap_or(u32::MAX) {
            if generator.is_spent() {
                break;
            }
            let Some(entry) = self.draw(model, &state, &mut generator, stamp, manner, tally) else {
                break;
            };
            manner.faults -= usize::from(entry.command.is_fault());
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
        manner: Manner,
        tally: &mut Tally,
    ) -> Option<Entry<C>> {
        let first_ref = generator.next_ref();
        let before = self.entries.last().map(|entry| entry.command.kind());
        let wanted = manner.focus.and_then(|focus| focus.wanted(before, || generator.aside(4) == 0));
        for draw in 0..DRAWS {
            generator.set_next_ref(first_ref);
            generator.forget();
            let Some(taken) = menu::draw(generator, |menu| model.commands(state, menu)) else {
                tally.ended();
                return None;
            };
            let kind = taken.command.kind();
            if taken.command.is_fault() && manner.faults == 0
                || draw < DRAWS_FOCUSED && wanted.is_some_and(|wanted| wanted != kind)
                || draw < DRAWS_LEAVING_OUT && wanted != Some(kind) && manner.left_out.leaves_out(kind)
            {
                continue;
            }
            if !self.scope.admits(&taken.command) {
                tally.reference_missing(kind);
            } else if !model.precondition(state, &taken.command) {
                tally.precondition_refused(kind, model.refusal(state, &taken.command));
            } else {
                tally.accepted(kind, before, model.class(state));
                model.labels(state, &taken.command, &mut |label| tally.labelled(label));
                let tape = generator.take_tape();
                return Some(Entry { command: taken.command, stamp, offer: taken.offer, first_ref, tape });
            }
        }
        tally.ended();
        None
    }
}

/// Which commands a case does without: see [`Search::Swarm`].
#[derive(Debug, Clone, Copy)]
struct LeftOut(u64);

impl LeftOut {
    fn draw(random: &mut Random) -> Self {
        if random.chance(3, 4) { Self(0) } else { Self(random.next() & random.next()) }
    }

    fn leaves_out(self, kind: usize) -> bool {
        self.0 >> (kind % 64) & 1 == 1
    }
}
