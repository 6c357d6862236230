//! Flags that say the same to everybody.

use crate::compile::Sections;
use crate::model::{Flag, Percent, Rule, Serve};

/// What the flag says to everybody by its definition: `on`, `off` or a variant; `None` if that depends.
pub(super) fn answer<'a>(flag: &'a Flag, sections: &Sections) -> Option<&'a str> {
    let off = flag.default_variant_name().unwrap_or("off");
    if !flag.is_enabled() || flag.rules().is_empty() {
        return Some(off);
    }
    // With rules that all serve one thing, what is served without them would have to be that too.
    let first = flag.rules().first().filter(|rule| is_for_all(rule))?;
    let served = match first.served() {
        Serve::On => flag.default_variant_name().unwrap_or("on"),
        Serve::Off => off,
        Serve::Variant(name) => name,
        Serve::Split(shares) => {
            let mut others = shares.iter().filter(|share| share.weight != Percent::NONE);
            let only = others.next().filter(|share| share.weight == Percent::ALL)?;
            &only.variant
        }
    };
    let depends = !flag.requirements().is_empty() || is_gated(flag.name(), sections);
    (served == off || !depends).then_some(served)
}

fn is_for_all(rule: &Rule) -> bool {
    let whole = rule.share().is_none_or(|rollout| rollout.growth().is_none() && rollout.share() == Percent::ALL);
    // But for contexts without a key, which are in no rollout: a flag at 100% is done all the same.
    rule.condition().is_none() && whole
}

fn is_gated(flag: &str, sections: &Sections) -> bool {
    let in_layer =
        |name: &str| sections.layers.get(name).is_some_and(|layer| layer.slots().any(|(slot, _)| slot == flag));
    sections.layers.keys().any(|name| in_layer(name))
        || sections.holdouts.values().any(|holdout| holdout.flags().any(|held| held == flag))
}
