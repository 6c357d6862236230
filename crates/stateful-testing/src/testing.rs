//! For tests of what is built on this crate: what the runner otherwise makes.

mod counter;

pub use counter::{Counter, Counting};

use crate::env::Env;
use crate::generator::Gen;
use crate::random::Random;
use crate::reference::{New, Ref, RefId};

/// What `make` makes of the chance that belongs to `seed`: shows what a generator of arguments gives.
///
/// ```
/// let dice = stateful_testing::testing::generated(7, |g| g.list(5..=5, |g| g.int(1..=6_u8)));
/// assert!(dice.iter().all(|eyes| (1..=6).contains(eyes)));
/// ```
pub fn generated<T>(seed: u64, make: impl FnOnce(&mut Gen) -> T) -> T {
    make(&mut Gen::random(Random::new(seed), false))
}

/// An environment in which a reference stands for `value`, and that reference: for calling [`Model::run`](crate::Model::run) directly.
///
/// ```
/// let (env, user) = stateful_testing::testing::env_with("ada");
/// assert_eq!(*env.get(user), "ada");
/// ```
pub fn env_with<T: 'static>(value: T) -> (Env, Ref<T>) {
    let mut env = Env::default();
    let new = New::with_id(RefId::new(1));
    env.bind(new, value);
    (env, new.reference())
}
