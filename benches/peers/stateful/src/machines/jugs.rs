//! S7: the jugs of Die Hard, three gallons and five; "there are never four gallons in the big one".

use hegel::TestCase;
use proptest::prelude::*;
use proptest::sample::select;
use stateful_testing::{Command, Menu};

use crate::machine::{Machine, Pair};

pub(crate) struct Jugs;

#[derive(Debug, Clone, Copy, Command)]
pub(crate) enum Pour {
    FillBig,
    FillSmall,
    EmptyBig,
    EmptySmall,
    BigToSmall,
    SmallToBig,
}

const ALL: [Pour; 6] =
    [Pour::FillBig, Pour::FillSmall, Pour::EmptyBig, Pour::EmptySmall, Pour::BigToSmall, Pour::SmallToBig];

impl Machine for Jugs {
    const NAME: &'static str = "S7-die-hard";
    const MINIMUM: u64 = 6;
    const RUNS_AT_MOST: u32 = 150;

    type State = (u8, u8);
    type Command = Pour;
    type Output = ();
    type System = ();

    fn init() -> (u8, u8) {
        (0, 0)
    }
    fn allowed(_state: &(u8, u8), _command: &Pour) -> bool {
        true
    }
    fn next((big, small): &mut (u8, u8), command: &Pour) {
        match command {
            Pour::FillBig => *big = 5,
            Pour::FillSmall => *small = 3,
            Pour::EmptyBig => *big = 0,
            Pour::EmptySmall => *small = 0,
            Pour::BigToSmall => {
                let poured = (*big).min(3 - *small);
                (*big, *small) = (*big - poured, *small + poured);
            }
            Pour::SmallToBig => {
                let poured = (*small).min(5 - *big);
                (*big, *small) = (*big + poured, *small - poured);
            }
        }
    }
    fn holds((big, _): &(u8, u8)) -> bool {
        *big != 4
    }

    fn system() {}
    fn run((): &mut (), _command: &Pour) {}

    fn offer(_state: &(u8, u8), menu: &mut Menu<'_, Pour>) {
        for pour in ALL {
            menu.offer(1, |_| pour);
        }
    }
    fn strategy(_state: &(u8, u8)) -> BoxedStrategy<Pour> {
        select(&ALL[..]).boxed()
    }
    fn hegel(test_case: TestCase, steps: i64) {
        hegel::stateful::machine(Rules(Pair::new())).steps(steps).run(test_case);
    }
}

struct Rules(Pair<Jugs>);

#[hegel::state_machine]
impl Rules {
    #[rule]
    fn fill_big(&mut self, _: TestCase) {
        self.0.step(&Pour::FillBig);
    }
    #[rule]
    fn fill_small(&mut self, _: TestCase) {
        self.0.step(&Pour::FillSmall);
    }
    #[rule]
    fn empty_big(&mut self, _: TestCase) {
        self.0.step(&Pour::EmptyBig);
    }
    #[rule]
    fn empty_small(&mut self, _: TestCase) {
        self.0.step(&Pour::EmptySmall);
    }
    #[rule]
    fn big_to_small(&mut self, _: TestCase) {
        self.0.step(&Pour::BigToSmall);
    }
    #[rule]
    fn small_to_big(&mut self, _: TestCase) {
        self.0.step(&Pour::SmallToBig);
    }
}
