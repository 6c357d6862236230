//! Who runs in which case.

use peers_measure::{Case, Contender, Workload};

use crate::scenario::Scene;
use crate::{datadog, eppo, flagsmith, growthbook, launchdarkly, ours, segment, unleash};

/// A flag without rules, asked for again and again by a handle that is checked when the application is compiled.
pub(crate) const TYPED: &str = "typed-on";
/// The same, by name.
pub(crate) const PLAIN: &str = "name-among-3";
/// A flag without rules among 10,000.
pub(crate) const NAMED: &str = "name-among-10000";
/// Half of all users.
pub(crate) const HALF: &str = "rollout";
/// Three countries, then half of all users.
pub(crate) const COUNTRY: &str = "country-then-rollout";
/// The same for each of 10,000 flags.
pub(crate) const VISIT: &str = "visiting-10000";
/// The same with all reasons.
pub(crate) const EXPLAIN: &str = "explain";
/// Membership among a million.
pub(crate) const SEGMENT: &str = "segment-1m";
/// What the memory alone takes.
pub(crate) const SEGMENT_FLOOR: &str = "segment-1m-floor";
/// The same, and the reasons read in words.
pub(crate) const EXPLAIN_IN_WORDS: &str = "explain-in-words";
/// From the text of 10,000 flags to the first answer.
pub(crate) const LOAD: &str = "load-10000";
/// What the text alone takes.
pub(crate) const LOAD_FLOOR: &str = "load-10000-floor";
/// One of 10,000 flags has changed.
pub(crate) const PATCH: &str = "patch-one-of-10000";

/// All cases, in the order in which they are printed.
pub(crate) fn all() -> Vec<Case> {
    vec![
        typed(),
        few(PLAIN, "on, no rules; three flags", || Scene::three("plain")),
        among_many(NAMED, "on, no rules, by name among 10,000 flags", Scene::one_of_many),
        few(HALF, "50 % of users by id; three flags", || Scene::three("half")),
        few(COUNTRY, "country in 3, then 50 % of users; three flags", || Scene::three("country")),
        visiting(VISIT, "the same, visiting 10,000 flags in random order", Scene::all_of_many),
        Case::new(
            EXPLAIN,
            "country in 3, then 50 %, with every reason",
            vec![
                ours("ours explain", || ours::explaining(Scene::three("country"))),
                rival("eppo_core get_assignment_details", || eppo::explaining(Scene::three("country"))),
            ],
        ),
        // Eppo's details are data without words, but ours can be read as nothing else: whoever reads them pays this.
        Case::new(
            EXPLAIN_IN_WORDS,
            "the same, with every reason put into words and the nearest change that would flip the flag",
            vec![
                ours("ours explain, then rules and change", || ours::explaining_in_words(Scene::three("country"))),
                rival("eppo_core get_assignment_details", || eppo::explaining(Scene::three("country"))),
            ],
        ),
        Case::new(
            SEGMENT,
            "member of a segment of 1,000,000 ids",
            vec![
                ours("ours segment, by name", ours::evaluating_segment).timed_only(),
                rival("libdd-ffe ONE_OF", datadog::evaluating_segment).timed_only(),
                rival("eppo_core ONE_OF", eppo::evaluating_segment).timed_only(),
                rival("launchdarkly segmentMatch", launchdarkly::evaluating_segment).timed_only(),
                rival("growthbook $inGroup", growthbook::evaluating_segment).timed_only(),
            ],
        ),
        Case::new(
            SEGMENT_FLOOR,
            "one read of a table of that size for each user, which decides where the next one is",
            vec![rival("a table of 9 MB", segment::reading_in_turn).timed_only()],
        ),
        Case::new(
            LOAD,
            "load 10,000 flags from text",
            vec![
                // The first of ours is the one that is held to the target: all read JSON.
                ours("ours Flags::from_json", ours::loading).timed_only(),
                ours("ours, no two conditions alike", ours::loading_conditions_that_differ).timed_only(),
                ours("ours Flags::from_toml", ours::loading_toml).timed_only(),
                rival("libdd-ffe from_json", datadog::loading).timed_only(),
                rival("eppo_core from_json", eppo::loading).timed_only(),
                rival("unleash take_state", unleash::loading).timed_only(),
                rival("launchdarkly flags from JSON", launchdarkly::loading).timed_only(),
                rival("growthbook client build", growthbook::loading).timed_only(),
                rival("flagsmith context from JSON", flagsmith::loading).timed_only(),
            ],
        ),
        Case::new(
            LOAD_FLOOR,
            "pass over the JSON of the same 10,000 flags, and do nothing with it",
            vec![rival("serde_json IgnoredAny", ours::passing_over).timed_only()],
        ),
        Case::new(
            PATCH,
            "apply one changed flag of 10,000",
            vec![
                ours("ours EditableSource::put until it is served", ours::patching).timed_only(),
                rival("unleash take_state, delta", unleash::patching).timed_only(),
                rival("launchdarkly map insert", launchdarkly::patching).timed_only(),
            ],
        )
        .on_all_threads(),
    ]
}

/// The rivals have no typed handles: theirs is the lookup by name.
fn typed() -> Case {
    let scene = || Scene::three("plain");
    let own = ours("ours typed flag, own struct, counting", ours::evaluating_typed);
    Case::new(TYPED, "on, no rules; typed, the rivals by name", [own].into_iter().chain(rivals(scene)).collect())
}

/// With few flags everybody is counted.
fn few(name: &'static str, title: &'static str, scene: fn() -> Scene) -> Case {
    let contenders = [enabled(scene)].into_iter().chain(rivals(scene)).chain(rivals_that_touch_all(scene));
    Case::new(name, title, contenders.collect())
}

/// With 10,000 flags only ours is counted: most rivals take minutes to load them in an interpreter of instructions.
fn among_many(name: &'static str, title: &'static str, scene: fn() -> Scene) -> Case {
    let rivals = rivals(scene).into_iter().chain(rivals_that_touch_all(scene)).map(Contender::timed_only);
    Case::new(name, title, [enabled(scene)].into_iter().chain(rivals).collect())
}

/// Those that touch all flags whichever is asked for have shown what that costs in the case before.
fn visiting(name: &'static str, title: &'static str, scene: fn() -> Scene) -> Case {
    let rivals = rivals(scene).into_iter().map(Contender::timed_only);
    Case::new(name, title, [enabled(scene)].into_iter().chain(rivals).collect())
}

fn enabled(scene: fn() -> Scene) -> Contender {
    ours("ours enabled, own struct, counting", move || ours::evaluating(scene()))
}

fn rivals(scene: fn() -> Scene) -> Vec<Contender> {
    vec![
        rival("libdd-ffe get_assignment", move || datadog::evaluating(scene())),
        rival("eppo_core get_assignment", move || eppo::evaluating(scene())),
        rival("unleash is_enabled", move || unleash::evaluating(scene())),
        rival("unleash is_enabled, count_toggle", move || unleash::evaluating_and_counting(scene())),
        rival("launchdarkly evaluate, flag borrowed", move || launchdarkly::evaluating_borrowed(scene())),
        rival("launchdarkly evaluate, Store", move || launchdarkly::evaluating_through_store(scene())),
        rival("growthbook GrowthBook::check", move || growthbook::evaluating_core(scene())),
    ]
}

/// The client copies all flags per call, the engine of the other evaluates all of them.
fn rivals_that_touch_all(scene: fn() -> Scene) -> Vec<Contender> {
    vec![
        rival("growthbook is_on", move || growthbook::evaluating_client(scene())),
        rival("flagsmith get_evaluation_result", move || flagsmith::evaluating(scene())),
    ]
}

fn rival(name: &'static str, prepare: impl FnOnce() -> Workload + 'static) -> Contender {
    Contender::rival(name, prepare)
}

fn ours(name: &'static str, prepare: impl FnOnce() -> Workload + 'static) -> Contender {
    Contender::ours(name, prepare)
}
