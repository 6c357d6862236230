//! Our own crate.
//!
//! Measured is `Flags::enabled`, which looks the name up and counts the usage, on the application's own struct: there is no
//! context to make. The flags are read from the text of a `flags.toml`, as users write it; where loading is the question,
//! from canonical JSON too, since the rivals read JSON. The typed form is the method that `flags!` makes of a flag, and a
//! change goes through a source, as one of a database does.

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use feature_flags::{Context, EditableSource, Flag, Flags, MemorySource, Percent, Rollout, Rule, Segment};
use peers_measure::Workload;

use crate::scenario::{self, Asks, COUNTRIES, FlagSpec, Scene, asking, many};
use crate::segment;

feature_flags::flags! {
    /// The flags of this application, checked when it is compiled.
    struct AppFlags = "flags.toml";
}

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

/// By the method that the macro made of the flag.
pub(crate) fn evaluating_typed() -> Workload {
    let flags = AppFlags::new(load(include_str!("../flags.toml")));
    asking(Scene::three("plain"), users(), move |_, user| flags.plain(user))
}

/// One rule that names a segment.
pub(crate) fn evaluating_segment() -> Workload {
    let members = segment::members();
    let rule = Rule::new().when("segment(\"members\")".parse().expect("a condition"));
    let flags =
        Flags::builder().segment("members", Segment::of(&members)).flag(Flag::new(segment::FLAG).rule(rule)).build();
    segment::asking(&members, |user| User::from(user), move |name, user| flags.enabled(name, user))
}

/// From the change of a source to the snapshot that serves it; the thread that follows the source works too.
pub(crate) fn patching() -> Workload {
    let source = Arc::new(MemorySource::new());
    for FlagSpec { name, .. } in many() {
        let _revision = source.put(country_then(&name, Percent::whole(50))).expect("memory does not fail");
    }
    let flags = Flags::builder().source(Arc::clone(&source)).expect("memory does not fail");
    let name = many()[5_000].name.clone();
    let mut share = 0;
    Box::new(move |calls| {
        for _ in 0..calls {
            share = (share + 1) % 100_000;
            let revision = source.put(country_then(&name, Percent::from_thousandths(share)));
            let revision = revision.expect("memory does not fail");
            assert!(flags.wait_for_revision(revision, Duration::from_mins(1)), "the change is served");
        }
    })
}

fn country_then(name: &str, share: Option<Percent>) -> Flag {
    let condition = format!("country in {COUNTRIES:?}").parse().expect("a condition");
    let rollout = Rollout::new(share.expect("at most 100 %"));
    Flag::new(name).rule(Rule::new().when(condition).rollout(rollout))
}

/// With every rule, every condition and what the context has, kept as data that is put into words when somebody reads it.
pub(crate) fn explaining(scene: Scene) -> Workload {
    let flags = load(&text(&scene.flags));
    asking(scene, users(), move |name, user| black_box(flags.explain(name, user)).enabled())
}

/// The same, read: each rule and condition in words, and the nearest change that would flip the flag.
pub(crate) fn explaining_in_words(scene: Scene) -> Workload {
    let flags = load(&text(&scene.flags));
    asking(scene, users(), move |name, user| {
        let explanation = flags.explain(name, user);
        black_box((explanation.rules(), explanation.change()));
        explanation.enabled()
    })
}

pub(crate) fn loading() -> Workload {
    loading_of(json(&many(), |_| COUNTRIES[2].to_owned()), |text| Flags::from_json(text).expect("well-formed"))
}

/// No two flags have a condition in common.
pub(crate) fn loading_conditions_that_differ() -> Workload {
    loading_of(json(&many(), |number| format!("F{number}")), |text| Flags::from_json(text).expect("well-formed"))
}

pub(crate) fn loading_toml() -> Workload {
    loading_of(text(&many()), load)
}

/// What is left of loading where nothing is done with the text: a library passes over the same JSON.
pub(crate) fn passing_over() -> Workload {
    let text = json(&many(), |_| COUNTRIES[2].to_owned());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(serde_json::from_str::<serde::de::IgnoredAny>(black_box(&text)).expect("well-formed"));
        }
    })
}

fn loading_of(text: String, load: fn(&str) -> Flags) -> Workload {
    let flags = load(&text);
    assert_eq!((flags.status().flags(), flags.status().problems().len()), (many().len(), 0), "every flag compiles");
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(&text)));
        }
    })
}

/// Flags that want one of three countries, then half of all users, as canonical JSON; `third` is the last country of a flag.
fn json(flags: &[FlagSpec], third: impl Fn(usize) -> String) -> String {
    let flags: Vec<String> = flags
        .iter()
        .enumerate()
        .map(|(number, FlagSpec { name, asks })| {
            assert_eq!(*asks, Asks::CountryThenHalf, "nothing else is loaded");
            let countries = [COUNTRIES[0], COUNTRIES[1], &third(number)].map(|country| format!("\\\"{country}\\\""));
            let when = format!("country in [{}]", countries.join(", "));
            format!(r#""{name}":{{"rules":[{{"when":"{when}","rollout":"50%"}}]}}"#)
        })
        .collect();
    format!(r#"{{"format":1,"flags":{{{}}}}}"#, flags.join(","))
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
