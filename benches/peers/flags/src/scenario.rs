//! What everybody evaluates: the same users, the same flags, the same order.

use std::hint::black_box;

use peers_measure::Workload;

/// Enough that their ids and countries do not stay in the branch predictor, few enough for the second-level cache.
const USERS: usize = 1024;

/// Of the application, before any engine makes a context of it.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) country: String,
}

/// What a flag asks of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Nothing: it is on.
    Nothing,
    /// To be in one half of all users.
    Half,
    /// To be in one of three countries and in one half of all users.
    CountryThenHalf,
}

/// One flag, which each engine writes down in its own format.
#[derive(Debug, Clone)]
pub(crate) struct FlagSpec {
    pub(crate) name: String,
    pub(crate) asks: Asks,
}

/// The countries that [`Asks::CountryThenHalf`] wants; users come from these and as many others.
pub(crate) const COUNTRIES: [&str; 3] = ["US", "DE", "FR"];
const OTHERS: [&str; 3] = ["CA", "GB", "JP"];

/// Flags, and the names that are asked for in turn.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) flags: Vec<FlagSpec>,
    pub(crate) names: Vec<String>,
}

impl Scene {
    /// Three flags, one of each kind, of which one is asked for.
    pub(crate) fn three(asked: &str) -> Self {
        let flag = |name: &str, asks| FlagSpec { name: name.to_owned(), asks };
        let flags =
            vec![flag("plain", Asks::Nothing), flag("half", Asks::Half), flag("country", Asks::CountryThenHalf)];
        Self { flags, names: vec![asked.to_owned()] }
    }

    /// 10,000 flags with a rule, and among them one without, which is asked for.
    pub(crate) fn one_of_many() -> Self {
        let mut flags = many();
        let middle = flags.len() / 2;
        flags[middle].asks = Asks::Nothing;
        Self { names: vec![flags[middle].name.clone()], flags }
    }

    /// 10,000 flags with a rule, all asked for, each time round in the same random order.
    pub(crate) fn all_of_many() -> Self {
        let flags = many();
        let mut names: Vec<String> = flags.iter().map(|flag| flag.name.clone()).collect();
        let mut random = Random(0x0d15_ea5e);
        for last in (1..names.len()).rev() {
            names.swap(last, random.below(last + 1));
        }
        // Written anew in the order of asking, so that reading the names is no part of what is measured.
        let names = names.iter().map(|name| String::from(name.as_str())).collect();
        Self { flags, names }
    }
}

/// 10,000 flags of one kind, named as people name flags: alike at the front, different at the end.
pub(crate) fn many() -> Vec<FlagSpec> {
    (0..10_000).map(|n| FlagSpec { name: format!("checkout-flag-{n:05}"), asks: Asks::CountryThenHalf }).collect()
}

/// The users, the same in every process.
pub(crate) fn users() -> Vec<User> {
    let mut random = Random(0x5eed);
    let countries: Vec<&str> = COUNTRIES.into_iter().chain(OTHERS).collect();
    (0..USERS)
        .map(|_| User {
            id: format!("user-{:08}", random.below(100_000_000)),
            country: countries[random.below(countries.len())].to_owned(),
        })
        .collect()
}

/// Asks for the names in turn, each time for the next context.
///
/// # Panics
/// Where the share of contexts for which a flag is on is not what the flags say: an engine that did not understand
/// its configuration answers very fast.
pub(crate) fn asking<C: 'static>(
    scene: Scene,
    contexts: Vec<C>,
    mut ask: impl FnMut(&str, &C) -> bool + 'static,
) -> Workload {
    check(&scene, &contexts, &mut ask);
    let (mut name, mut context) = (0, 0);
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(ask(black_box(&scene.names[name]), black_box(&contexts[context])));
            name += 1;
            if name == scene.names.len() {
                name = 0;
            }
            context += 1;
            if context == contexts.len() {
                context = 0;
            }
        }
    })
}

fn check<C>(scene: &Scene, contexts: &[C], ask: &mut impl FnMut(&str, &C) -> bool) {
    let name = &scene.names[0];
    let asks = scene.flags.iter().find(|flag| flag.name == *name).map(|flag| flag.asks);
    // A share takes all users to tell; all or nothing shows in a few, which spares the engines that take 30 ms per call.
    let asked = if matches!(asks, Some(Asks::Half | Asks::CountryThenHalf)) { contexts } else { &contexts[..8] };
    let on = asked.iter().filter(|context| ask(name, context)).count() as f64 / asked.len() as f64;
    let right = match asks {
        None => on < 0.001,
        Some(Asks::Nothing) => on > 0.999,
        Some(Asks::Half) => (0.45..0.55).contains(&on),
        Some(Asks::CountryThenHalf) => (0.2..0.3).contains(&on),
    };
    assert!(right, "{name}, which asks {asks:?}, is on for {on} of all users");
}

/// A small generator of our own (`SplitMix64`), so that no library decides what the others get.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("less than the bound, which is a usize")
    }
}
