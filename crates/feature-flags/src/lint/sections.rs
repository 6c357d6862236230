//! Layers and holdouts that do not do what they seem to.

use super::references::no_such_flag;
use super::{Lint, LintKind};
use crate::compile::Sections;
use crate::handle::{Snapshot, nearest};
use crate::model::{Band, Flag, Percent};

pub(super) fn check(flags: &[&Flag], snapshot: &Snapshot, lints: &mut Vec<Lint>) {
    let Sections { holdouts, layers } = snapshot.table().sections();
    for (name, holdout) in holdouts {
        lints.extend(holdout.flags().filter_map(|flag| no_such_flag(flag, &format!("holdout `{name}`"), snapshot)));
        for layer in holdout.layers().filter(|layer| !layers.contains_key(*layer)) {
            let meant = nearest(layer, layers.keys().map(String::as_str));
            let question = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
            let message = format!("holdout `{name}` names a layer that does not exist{question}");
            lints.push(Lint::new(LintKind::UnknownLayer, layer, None, message));
        }
        if holdout.share() == Percent::ALL {
            let everybody = |flag: &str| {
                let message = format!("holdout `{name}` keeps it off for everybody");
                Lint::new(LintKind::NobodyGetsThrough, flag, None, message)
            };
            lints.extend(holdout.flags().map(everybody));
        }
    }
    for (name, layer) in layers {
        for (flag, bands) in layer.slots() {
            lints.extend(no_such_flag(flag, &format!("layer `{name}`"), snapshot));
            if bands.iter().all(|band: &Band| band.is_empty()) {
                let message = format!("its slot of layer `{name}` is empty, so that it is off for everybody");
                lints.push(Lint::new(LintKind::NobodyGetsThrough, flag, None, message));
            }
        }
        let is_here = |flag: &str| layer.slots().any(|(other, _)| other == flag);
        for flag in flags.iter().filter(|flag| is_here(flag.name())) {
            for required in flag.requirements().iter().filter(|required| is_here(required)) {
                let message =
                    format!("it requires `{required}`, which is never on where it is: both are in layer `{name}`");
                lints.push(Lint::new(LintKind::ExcludedRequirement, flag.name(), None, message));
            }
        }
    }
}
