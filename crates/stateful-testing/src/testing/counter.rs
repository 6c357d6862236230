//! A model that is there to be tried.

use crate::Command;
use crate::env::Env;
use crate::failed::Failed;
use crate::menu::Menu;
use crate::model::Model;

/// A counter that can be added to and reset: the model of the examples in this documentation, and a model to test tools with.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// check(Counter::right()).run();
/// let failure = check(Counter::stuck_at(150)).try_run().unwrap_err();
/// assert!(failure.to_string().contains("[add 51, add 100]"));
/// ```
#[derive(Debug, Clone)]
pub struct Counter {
    limit: u32,
}

/// What can be done to a [`Counter`].
///
/// ```
/// use stateful_testing::Sequence;
/// use stateful_testing::testing::Counting;
///
/// assert_eq!(Sequence::from(vec![Counting::Add(3), Counting::Reset]).to_string(), "[add 3, reset]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Command)]
#[non_exhaustive]
pub enum Counting {
    /// Adds 1 to 100.
    Add(u32),
    /// Goes back to 0; offered where it is not there already.
    Reset,
}

impl Counter {
    /// A counter that counts.
    pub fn right() -> Self {
        Self { limit: u32::MAX }
    }

    /// A counter that cannot go above `limit`.
    pub fn stuck_at(limit: u32) -> Self {
        Self { limit }
    }
}

impl Model for Counter {
    type State = u32;
    type Command = Counting;
    type Output = u32;
    type System = u32;

    fn init(&self) -> u32 {
        0
    }
    fn commands(&self, count: &u32, menu: &mut Menu<'_, Counting>) {
        menu.offer(3, |g| Counting::Add(g.int(1..=100)));
        if *count > 0 {
            menu.offer(1, |_| Counting::Reset);
        }
    }
    fn next(&self, count: &mut u32, command: &Counting) -> u32 {
        *count = match command {
            Counting::Add(amount) => *count + amount,
            Counting::Reset => 0,
        };
        *count
    }
    fn setup(&self, _count: &u32) -> Result<u32, Failed> {
        Ok(0)
    }
    fn run(&self, system: &mut u32, command: &Counting, _env: &mut Env) -> Result<u32, Failed> {
        *system = self.next(system, command).min(self.limit);
        Ok(*system)
    }
    fn class(&self, count: &u32) -> &'static str {
        if *count == 0 { "zero" } else { "counting" }
    }
}
