//! Machines that nobody wrote: drawn from a seed, with a bug of which the smallest sequence is known by going through all.
//!
//! A machine has a few registers, commands that are guarded and change or show them, and a system that does the same but for one mistake:
//! it goes wrong once some commands came in an order, or does something else to a register than it should. The order in which the
//! search below goes is the order of the shrinker: short sequences first, then by the place of the commands and by their arguments.

use std::collections::{HashSet, VecDeque};

use stateful_testing::{Command, Env, Failed, Menu, Model};

/// A command of any machine: its number, and an argument that means something to some.
#[derive(Debug, Clone, Command)]
pub(crate) enum Numbered {
    A(u8),
    B(u8),
    C(u8),
    D(u8),
    E(u8),
    F(u8),
}

impl Numbered {
    fn new(number: usize, argument: u8) -> Self {
        [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F][number](argument)
    }

    fn argument(&self) -> u8 {
        let (Self::A(it) | Self::B(it) | Self::C(it) | Self::D(it) | Self::E(it) | Self::F(it)) = self;
        *it
    }
}

type Registers = Vec<u8>;

/// What a command does to the registers, which hold `0..domain`.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Nothing,
    Set(usize, u8),
    SetToArgument(usize),
    Increase(usize),
    Copy(usize, usize),
    Swap(usize, usize),
}

/// What must hold for a command to make sense.
#[derive(Debug, Clone, Copy)]
enum Guard {
    Always,
    Is(usize, u8),
    IsNot(usize, u8),
}

#[derive(Debug, Clone)]
struct Spec {
    guard: Guard,
    effect: Effect,
    /// The register that the command gives back.
    shows: Option<usize>,
}

#[derive(Debug, Clone)]
enum Mistake {
    /// Each of these in turn, others between them; then the last one gives back a wrong value. Some command may start it over.
    Order { armed_by: Vec<(usize, Guard)>, starts_over: Option<usize>, shows_in: usize },
    /// A command does something else where this holds.
    Effect { of: usize, where_it: Guard, instead: Effect },
}

/// A machine and the shortest, simplest sequence that shows its mistake.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    domain: u8,
    registers: usize,
    specs: Vec<Spec>,
    mistake: Mistake,
    pub(crate) minimum: String,
    /// How many commands it has.
    pub(crate) length: usize,
}

/// The system: its registers, and how far the order has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct System {
    registers: Registers,
    armed: usize,
}

/// Longer minima are not looked for: that many commands are rarely found by chance.
const LONGEST: usize = 8;

impl Machine {
    /// The machines that the seeds from `seed` on give, without those that have no mistake to show.
    pub(crate) fn from(seed: u64) -> impl Iterator<Item = Self> {
        (seed..).filter_map(Self::drawn)
    }

    fn drawn(seed: u64) -> Option<Self> {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635);
        let (domain, registers) = (2 + dice.small(4), 1 + dice.below(3));
        let count = 2 + dice.below(5);
        let specs: Vec<Spec> = (0..count)
            .map(|_| Spec {
                guard: guard(&mut dice, registers, domain),
                effect: effect(&mut dice, registers, domain),
                shows: (dice.below(2) == 0).then(|| dice.below(registers)),
            })
            .collect();
        let mistake = if dice.below(3) > 0 {
            Mistake::Order {
                armed_by: (0..=dice.below(4))
                    .map(|_| (dice.below(count), guard(&mut dice, registers, domain)))
                    .collect(),
                starts_over: (dice.below(2) == 0).then(|| dice.below(count)),
                shows_in: dice.below(count),
            }
        } else {
            Mistake::Effect {
                of: dice.below(count),
                where_it: guard(&mut dice, registers, domain),
                instead: effect(&mut dice, registers, domain),
            }
        };
        let mut machine = Self { domain, registers, specs, mistake, minimum: String::new(), length: 0 };
        let minimum = machine.smallest()?;
        machine.length = minimum.len();
        let commands = minimum.iter().map(|(number, argument)| format!("{} {argument}", Numbered::NAMES[*number]));
        machine.minimum = format!("[{}]", commands.collect::<Vec<_>>().join(", "));
        // One command says nothing about sequences.
        (machine.length > 1).then_some(machine)
    }

    /// Goes through all sequences, short and simple ones first, one for each state of model and system together.
    fn smallest(&self) -> Option<Vec<(usize, u8)>> {
        let start = (self.init(), self.fresh());
        let mut seen = HashSet::from([start.clone()]);
        let mut queue = VecDeque::from([(start, Vec::new())]);
        while let Some(((model, system), path)) = queue.pop_front() {
            for number in (0..self.specs.len()).filter(|number| self.specs[*number].guard.holds(&model)) {
                for argument in 0..self.domain {
                    let (mut model, mut system) = (model.clone(), system.clone());
                    let mut longer = path.clone();
                    longer.push((number, argument));
                    if self.right(&mut model, number, argument) != self.wrong(&mut system, number, argument) {
                        return Some(longer);
                    }
                    if longer.len() < LONGEST && seen.insert((model.clone(), system.clone())) {
                        queue.push_back(((model, system), longer));
                    }
                }
            }
        }
        None
    }

    fn fresh(&self) -> System {
        System { registers: self.init(), armed: 0 }
    }

    fn right(&self, registers: &mut Registers, number: usize, argument: u8) -> Option<u8> {
        let spec = &self.specs[number];
        spec.effect.apply(registers, argument, self.domain);
        spec.shows.map(|register| registers[register])
    }

    fn wrong(&self, system: &mut System, number: usize, argument: u8) -> Option<u8> {
        let before = system.registers.clone();
        match &self.mistake {
            Mistake::Effect { of, where_it, instead } if *of == number && where_it.holds(&before) => {
                instead.apply(&mut system.registers, argument, self.domain);
                self.specs[number].shows.map(|register| system.registers[register])
            }
            Mistake::Effect { .. } => self.right(&mut system.registers, number, argument),
            Mistake::Order { armed_by, starts_over, shows_in } => {
                let shown = self.right(&mut system.registers, number, argument);
                if system.armed == armed_by.len() && number == *shows_in {
                    return Some(u8::MAX);
                }
                if *starts_over == Some(number) {
                    system.armed = 0;
                } else if armed_by.get(system.armed).is_some_and(|(by, guard)| *by == number && guard.holds(&before)) {
                    system.armed += 1;
                }
                shown
            }
        }
    }
}

impl Guard {
    fn holds(self, registers: &Registers) -> bool {
        match self {
            Self::Always => true,
            Self::Is(register, value) => registers[register] == value,
            Self::IsNot(register, value) => registers[register] != value,
        }
    }
}

impl Effect {
    fn apply(self, registers: &mut Registers, argument: u8, domain: u8) {
        match self {
            Self::Nothing => {}
            Self::Set(register, value) => registers[register] = value,
            Self::SetToArgument(register) => registers[register] = argument,
            Self::Increase(register) => registers[register] = (registers[register] + 1) % domain,
            Self::Copy(from, to) => registers[to] = registers[from],
            Self::Swap(one, other) => registers.swap(one, other),
        }
    }
}

fn guard(dice: &mut Dice, registers: usize, domain: u8) -> Guard {
    let (kind, register, value) = (dice.below(4), dice.below(registers), dice.small(domain));
    match kind {
        0 => Guard::Is(register, value),
        1 => Guard::IsNot(register, value),
        _ => Guard::Always,
    }
}

fn effect(dice: &mut Dice, registers: usize, domain: u8) -> Effect {
    let (kind, one, other) = (dice.below(6), dice.below(registers), dice.below(registers));
    match kind {
        0 => Effect::Nothing,
        1 => Effect::Set(one, dice.small(domain)),
        2 => Effect::SetToArgument(one),
        3 => Effect::Increase(one),
        4 => Effect::Copy(one, other),
        _ => Effect::Swap(one, other),
    }
}

impl Model for Machine {
    type State = Registers;
    type Command = Numbered;
    type Output = Option<u8>;
    type System = System;

    fn init(&self) -> Registers {
        vec![0; self.registers]
    }
    fn commands(&self, state: &Registers, menu: &mut Menu<'_, Numbered>) {
        for number in (0..self.specs.len()).filter(|number| self.specs[*number].guard.holds(state)) {
            menu.offer(1, |g| Numbered::new(number, g.int(0..self.domain)));
        }
    }
    fn next(&self, state: &mut Registers, command: &Numbered) -> Option<u8> {
        self.right(state, command.kind(), command.argument())
    }
    fn setup(&self, _state: &Registers) -> Result<System, Failed> {
        Ok(self.fresh())
    }
    fn run(&self, system: &mut System, command: &Numbered, _env: &mut Env) -> Result<Option<u8>, Failed> {
        Ok(self.wrong(system, command.kind(), command.argument()))
    }
}

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn small(&mut self, faces: u8) -> u8 {
        u8::try_from(self.below(usize::from(faces))).expect("it is below the faces")
    }

    fn below(&mut self, faces: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 33) as usize % faces
    }
}
