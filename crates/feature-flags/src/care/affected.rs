//! Which flags an edit may change.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions::Mentions;
use super::side::Side;
use crate::compile::{Definition, Sections, Table};
use crate::model::{Flag, Holdout, Layer};

/// Which flags may differ, and what their rules look at.
pub(super) struct Affected {
    pub(super) flags: Vec<String>,
    /// Those that cannot be compared, since they are another at every call.
    pub(super) by_calls: Vec<String>,
    pub(super) mentions: Mentions,
}

impl Affected {
    pub(super) fn new(before: &Side<'_>, after: &Side<'_>) -> Self {
        let (before, after) = (before.table(), after.table());
        let names = || before.definitions().chain(after.definitions()).map(Definition::name);
        let everything = before.sections() != after.sections() || before.segments() != after.segments();
        let changed = names().filter(|name| everything || differs(before.definition(name), after.definition(name)));
        let mut affected: BTreeSet<&str> = changed.collect();
        let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for flag in [before, after].into_iter().flat_map(Table::definitions).filter_map(flag) {
            needs.entry(flag.name()).or_default().extend(Mentions::of(flag).flags);
        }
        add_those_that_need(&mut affected, &needs);
        let flags = || [before, after].into_iter().flat_map(Table::definitions).filter_map(flag);
        // What they need decides about them too, changed or not.
        let looked_at = with_those_they_need(&affected, &needs);
        let mut mentions = Mentions::default();
        flags().filter(|flag| looked_at.contains(flag.name())).for_each(|flag| mentions.add(flag));
        for table in [before, after] {
            look_at_segments_and_sections(table, &looked_at, &mut mentions);
        }
        let mut by_calls = flags().filter(|flag| Mentions::of(flag).by_calls).map(Flag::name).collect();
        add_those_that_need(&mut by_calls, &needs);
        Self {
            flags: affected.difference(&by_calls).map(|name| (*name).to_owned()).collect(),
            by_calls: affected.intersection(&by_calls).map(|name| (*name).to_owned()).collect(),
            mentions,
        }
    }
}

fn with_those_they_need<'a>(
    flags: &BTreeSet<&'a str>,
    needs: &'a BTreeMap<&str, BTreeSet<String>>,
) -> BTreeSet<&'a str> {
    let mut all = flags.clone();
    let mut next: Vec<&str> = all.iter().copied().collect();
    while let Some(name) = next.pop() {
        let needed = needs.get(name).into_iter().flatten();
        next.extend(needed.map(String::as_str).filter(|needed| all.insert(needed)));
    }
    all
}

/// What these tell people by.
fn look_at_segments_and_sections(table: &Table, flags: &BTreeSet<&str>, mentions: &mut Mentions) {
    let named = table.segments().iter().filter(|(name, _)| mentions.segments.contains(*name));
    let segments: Vec<_> = named.map(|(_, segment)| segment.path()).collect();
    let Sections { layers, holdouts } = table.sections();
    let is_in = |layer: &Layer| layer.slots().any(|(flag, _)| flags.contains(flag));
    let in_layers: BTreeSet<&str> =
        layers.iter().filter(|(_, layer)| is_in(layer)).map(|(name, _)| name.as_str()).collect();
    let by_layers = layers.iter().filter(|(name, _)| in_layers.contains(name.as_str())).map(|(_, layer)| layer.path());
    let holds = |holdout: &&Holdout| {
        holdout.flags().any(|flag| flags.contains(flag)) || holdout.layers().any(|layer| in_layers.contains(layer))
    };
    let by_holdouts = holdouts.values().filter(holds).map(Holdout::path);
    segments.into_iter().chain(by_layers).chain(by_holdouts).for_each(|path| mentions.looked_at(path));
}

/// As long as somebody needs one of them: chains of flags are short.
fn add_those_that_need<'a>(flags: &mut BTreeSet<&'a str>, needs: &BTreeMap<&'a str, BTreeSet<String>>) {
    loop {
        let known = flags.len();
        let more = needs.iter().filter(|(_, needs)| needs.iter().any(|name| flags.contains(name.as_str())));
        let more: Vec<&str> = more.map(|(name, _)| *name).collect();
        flags.extend(more);
        if flags.len() == known {
            return;
        }
    }
}

fn flag(definition: &Definition) -> Option<&Flag> {
    match definition {
        Definition::Flag(flag) => Some(flag),
        Definition::Code { .. } | Definition::Broken { .. } => None,
    }
}

fn differs(before: Option<&Definition>, after: Option<&Definition>) -> bool {
    match (before, after) {
        (Some(Definition::Flag(before)), Some(Definition::Flag(after))) => before != after,
        (Some(Definition::Broken { default: before, .. }), Some(Definition::Broken { default: after, .. })) => {
            before != after
        }
        (Some(Definition::Code { .. }), Some(Definition::Code { .. })) => false,
        _ => true,
    }
}
