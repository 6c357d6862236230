//! S7: the jugs of Die Hard; S8: a door that breaks under the second weight; S15: a balance that overflows.

use stateful_testing::{Command, Env, Failed, Menu, Model};

/// S7: "there are never four gallons in the big jug".
pub(crate) struct DieHard;

#[derive(Debug, Clone, Command)]
pub(crate) enum Jugs {
    FillBig,
    FillSmall,
    EmptyBig,
    EmptySmall,
    BigToSmall,
    SmallToBig,
}

impl Model for DieHard {
    type State = (u8, u8);
    type Command = Jugs;
    type Output = ();
    type System = ();

    fn init(&self) -> Self::State {
        (0, 0)
    }
    fn commands(&self, _state: &Self::State, menu: &mut Menu<'_, Jugs>) {
        menu.offer(1, |_| Jugs::FillBig);
        menu.offer(1, |_| Jugs::FillSmall);
        menu.offer(1, |_| Jugs::EmptyBig);
        menu.offer(1, |_| Jugs::EmptySmall);
        menu.offer(1, |_| Jugs::BigToSmall);
        menu.offer(1, |_| Jugs::SmallToBig);
    }
    fn next(&self, (big, small): &mut Self::State, command: &Jugs) {
        match command {
            Jugs::FillBig => *big = 5,
            Jugs::FillSmall => *small = 3,
            Jugs::EmptyBig => *big = 0,
            Jugs::EmptySmall => *small = 0,
            Jugs::BigToSmall => {
                let poured = (*big).min(3 - *small);
                (*big, *small) = (*big - poured, *small + poured);
            }
            Jugs::SmallToBig => {
                let poured = (*small).min(5 - *big);
                (*big, *small) = (*big + poured, *small - poured);
            }
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &Jugs, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
    fn invariant(&self, (big, _): &Self::State, _system: &mut ()) -> Result<(), Failed> {
        if *big == 4 { Err(Failed::new("four gallons")) } else { Ok(()) }
    }
}

/// S8: `put` of 50 or more fails once the door has been locked twice.
pub(crate) struct Door;

#[derive(Debug, Clone, Command)]
pub(crate) enum DoorCommand {
    Lock,
    Unlock,
    Put(u32),
}

impl Model for Door {
    type State = bool;
    type Command = DoorCommand;
    type Output = bool;
    type System = u32;

    fn init(&self) -> bool {
        false
    }
    fn commands(&self, locked: &bool, menu: &mut Menu<'_, DoorCommand>) {
        if *locked {
            menu.offer(1, |_| DoorCommand::Unlock);
        } else {
            menu.offer(1, |_| DoorCommand::Lock);
            menu.offer(1, |g| DoorCommand::Put(g.int(0..100)));
        }
    }
    fn next(&self, locked: &mut bool, command: &DoorCommand) -> bool {
        match command {
            DoorCommand::Lock => *locked = true,
            DoorCommand::Unlock => *locked = false,
            DoorCommand::Put(_) => {}
        }
        true
    }
    fn setup(&self, _locked: &bool) -> Result<u32, Failed> {
        Ok(0)
    }
    fn run(&self, locks: &mut u32, command: &DoorCommand, _env: &mut Env) -> Result<bool, Failed> {
        match command {
            DoorCommand::Lock => *locks += 1,
            DoorCommand::Put(weight) if *weight >= 50 && *locks >= 2 => return Ok(false),
            DoorCommand::Unlock | DoorCommand::Put(_) => {}
        }
        Ok(true)
    }
}

/// S15: the balance is kept in a byte.
pub(crate) struct Balance;

#[derive(Debug, Clone, Command)]
pub(crate) enum BalanceCommand {
    Deposit(u8),
}

impl Model for Balance {
    type State = u32;
    type Command = BalanceCommand;
    type Output = u32;
    type System = u8;

    fn init(&self) -> u32 {
        0
    }
    fn commands(&self, _state: &u32, menu: &mut Menu<'_, BalanceCommand>) {
        menu.offer(1, |g| BalanceCommand::Deposit(g.int(1..=100)));
    }
    fn next(&self, state: &mut u32, BalanceCommand::Deposit(amount): &BalanceCommand) -> u32 {
        *state += u32::from(*amount);
        *state
    }
    fn setup(&self, _state: &u32) -> Result<u8, Failed> {
        Ok(0)
    }
    fn run(
        &self,
        system: &mut u8,
        BalanceCommand::Deposit(amount): &BalanceCommand,
        _env: &mut Env,
    ) -> Result<u32, Failed> {
        *system = system.wrapping_add(*amount);
        Ok(u32::from(*system))
    }
}
