//! Our own crate.
//!
//! Measured is `Flags::enabled`, which looks the name up and counts the usage, on the application's own struct: there is no
//! context to make. The flags are read from the text of a `flags.toml`, as users write it.

use std::fmt::Write;
use std::hint::black_box;

use feature_flags::{Context, Flags};
use peers_measure::Workload;

use crate::scenario::{self, Asks, COUNTRIES, FlagSpec, Scene, asking, many};

/// What the application has; the other engines need a map or a builder made of it.
#[derive(Debug, Clone, Context)]
struct User {
    #[context(key)]
    id: String,
    country: String,
}

impl From<&scenario::User> for User {
    fn from(user: &scenario::User) -> Self {
        Self { id: user.id.clone(), country: user.country.clone() }
    }
}

pub(crate) fn evaluating(scene: Scene) -> Workload {
    let flags = load(&text(&scene.flags));
    on(flags, scene)
}

/// For several threads on one handle.
pub(crate) fn sharing(scene: Scene) -> impl Fn() -> Workload + Sync {
    let flags = load(&text(&scene.flags));
    move || on(flags.clone(), scene.clone())
}

/// With every rule, every condition and what the context has.
pub(crate) fn explaining(scene: Scene) -> Workload {
    let flags = load(&text(&scene.flags));
    asking(scene, users(), move |name, user| black_box(flags.explain(name, user)).enabled())
}

pub(crate) fn loading() -> Workload {
    let text = text(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(&text)));
        }
    })
}

fn on(flags: Flags, scene: Scene) -> Workload {
    asking(scene, users(), move |name, user| flags.enabled(name, user))
}

fn users() -> Vec<User> {
    scenario::users().iter().map(User::from).collect()
}

fn load(text: &str) -> Flags {
    let flags = Flags::from_toml(text).expect("well-formed");
    assert!(flags.status().problems().is_empty(), "every flag compiles");
    flags
}

fn text(flags: &[FlagSpec]) -> String {
    let mut text = "format = 1\n".to_owned();
    for FlagSpec { name, asks } in flags {
        let rules = match asks {
            Asks::Nothing => "enabled = true".to_owned(),
            Asks::Half => "rollout = \"50%\"".to_owned(),
            Asks::CountryThenHalf => format!("when = 'country in {COUNTRIES:?}'\nrollout = \"50%\""),
        };
        writeln!(text, "\n[flags.{name}]\n{rules}").expect("a string takes all text");
    }
    text
}
