//! Which flags need which, and how much work evaluating them takes at most.
//!
//! Evaluation recurses into the flags that a flag needs, so both the depth and the work are bounded before anything is
//! served: a dozen flags that each name the one before ten times would else take longer than anybody lives.

use std::collections::{BTreeMap, HashMap};

use super::roster::{Definition, Roster};
use super::shared_flag::SharedFlag;
use crate::model::Flag;

/// The longest chain of flags that need flags.
const MAX_CHAIN: usize = 16;
/// The longest circle that is looked for, and how many of its flags are named.
const MAX_CIRCLE: usize = 32;
const MAX_NAMED: usize = 8;
/// The most operations and comparisons of one evaluation, those of the flags that it needs included: milliseconds.
const MAX_WORK: u64 = 1_000_000;

/// Why a flag is not evaluated although it is right by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is on this circle.
    Circle(String),
    /// It needs this flag, which is on this circle.
    NeedsCircle(String, String),
    /// It begins a chain that is too long.
    Chain,
    Work,
}

impl Refusal {
    /// Half a sentence about the flag.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Circle(circle) => format!("it needs itself: {circle}"),
            Self::NeedsCircle(flag, circle) => format!("it needs `{flag}`, which needs itself: {circle}"),
            Self::Chain => format!("it needs flags that need flags, more than {MAX_CHAIN} in a row"),
            Self::Work => format!("it takes more than {MAX_WORK} steps to evaluate, with the flags it needs"),
        }
    }
}

/// What the flags of a block need.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// Of the flags that need others.
    needs: Vec<Needs>,
    /// The work of each by itself.
    own: Box<[u64]>,
    /// The most of it.
    most: u64,
}

#[derive(Debug, Clone)]
struct Needs {
    flag: SharedFlag,
    /// By requirements and conditions, as often as they name them.
    others: Vec<String>,
    own: u64,
}

impl Weights {
    pub(super) fn of(definitions: &[Definition]) -> Self {
        let mut needs = Vec::new();
        let own = definitions.iter().map(|definition| {
            let Definition::Flag(flag) = definition else { return 1 };
            let (own, others) = work(flag);
            if !others.is_empty() {
                needs.push(Needs { flag: flag.clone(), others, own });
            }
            own
        });
        let own: Box<[u64]> = own.collect();
        Self { needs, most: own.iter().copied().max().unwrap_or(0), own }
    }
}

/// The flags that need themselves, a chain of flags that is too long, or too much work. `weights` are those of the chunks
/// of the roster. Only flags that need others are looked at, and what they need.
pub(super) fn refused(roster: &Roster, weights: &[&Weights]) -> BTreeMap<String, Refusal> {
    let mut refused = BTreeMap::new();
    let heavy = roster.chunks().iter().zip(weights).filter(|(_, weights)| weights.most > MAX_WORK);
    for (definition, own) in heavy.flat_map(|(chunk, weights)| chunk.iter().zip(&weights.own)) {
        if *own > MAX_WORK {
            refused.insert(definition.name().to_owned(), Refusal::Work);
        }
    }
    let needs = weights.iter().flat_map(|weights| &weights.needs);
    let mut unresolved: BTreeMap<&str, &Needs> = needs.map(|needs| (needs.flag.name(), needs)).collect();
    // Of flags that need none: those that do get theirs below before somebody asks.
    let own = |name: &str| roster.find(name).map_or(1, |slot| weights[slot.block()].own[slot.within()]);
    let mut work: HashMap<&str, u64> = HashMap::new();
    // Whatever still has needs after as many rounds as a chain may be long, is on a circle, needs one, or a longer chain.
    for _ in 0..MAX_CHAIN {
        let is_resolved = |needs: &Needs| needs.others.iter().all(|name| !unresolved.contains_key(name.as_str()));
        let resolved: Vec<&Needs> = unresolved.values().copied().filter(|needs| is_resolved(needs)).collect();
        if resolved.is_empty() {
            break;
        }
        for needs in resolved {
            unresolved.remove(needs.flag.name());
            let others = needs.others.iter().map(|name| work.get(name.as_str()).copied().unwrap_or_else(|| own(name)));
            let mut total = others.fold(needs.own, u64::saturating_add);
            if total > MAX_WORK {
                refused.insert(needs.flag.name().to_owned(), Refusal::Work);
                // It is not evaluated: whoever needs it finds it broken.
                total = 1;
            }
            work.insert(needs.flag.name(), total);
        }
    }
    refused.extend(unresolved.keys().map(|name| ((*name).to_owned(), endless(name, &unresolved))));
    refused
}

/// What the flag called `name` runs into, following the first need of each flag that is `unresolved` too.
fn endless(name: &str, unresolved: &BTreeMap<&str, &Needs>) -> Refusal {
    let mut path: Vec<&str> = Vec::new();
    let mut next = Some(name);
    while let Some(name) = next.filter(|_| path.len() <= MAX_CIRCLE) {
        if let Some(first) = path.iter().position(|passed| *passed == name) {
            let circle = circle(&path[first..]);
            return if first == 0 { Refusal::Circle(circle) } else { Refusal::NeedsCircle(name.to_owned(), circle) };
        }
        path.push(name);
        let others = unresolved.get(name).map_or(&[][..], |needs| &needs.others);
        next = others.iter().map(String::as_str).find(|other| unresolved.contains_key(other));
    }
    Refusal::Chain
}

/// In words: `` `a` -> `b` -> `a` ``.
fn circle(flags: &[&str]) -> String {
    let mut words: Vec<String> = flags.iter().take(MAX_NAMED).map(|flag| format!("`{flag}`")).collect();
    if flags.len() > MAX_NAMED {
        words.push(format!("{} more", flags.len() - MAX_NAMED));
    }
    words.extend(words.first().cloned());
    words.join(" -> ")
}

/// The operations of a flag and the values its conditions compare with, and the flags that it needs, by requirements and
/// conditions.
fn work(flag: &Flag) -> (u64, Vec<String>) {
    let mut others = flag.requirements().to_vec();
    let mut own = u64::try_from(others.len()).unwrap_or(u64::MAX);
    for rule in flag.rules() {
        own += 2;
        if let Some(condition) = rule.condition() {
            own += condition.work();
            condition.add_needed_flags(&mut others);
        }
    }
    (own, others)
}
