//! What only Flyway does: baselines, and values that it puts into statements.

use super::{Found, Order};

/// Leaves out what Flyway does not run on a database that has all versions: a baseline is for new databases only. Where the versions up to
/// it are no longer there, it is what made all of them.
pub(super) fn without_baselines(found: Vec<Found>) -> Vec<Found> {
    let newest = found.iter().filter(|one| one.is_baseline).map(|one| &one.order).max();
    let Some(Order::Dotted(newest)) = newest else { return found };
    let newest = newest.clone();
    let is_within = |one: &Found| matches!(&one.order, Order::Dotted(version) if *version <= newest);
    let has_all = found.iter().any(|one| !one.is_baseline && is_within(one));
    let is_run = |one: &Found| {
        let is_newest = matches!(&one.order, Order::Dotted(version) if *version == newest);
        !one.is_baseline || !has_all && is_newest
    };
    found.into_iter().filter(is_run).collect()
}

/// A text whose placeholders, as `${schema}`, are names of the same length: what they stand for is not known, and mostly a name.
pub(super) fn with_names_for_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let inner = from[2..].find('}').map(|end| &from[2..2 + end]);
        let is_name = |name: &&str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-'))
        };
        if let Some(name) = inner.filter(is_name) {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            out.push_str("__");
            out.extend(name.chars().map(plain));
            out.push('_');
            rest = &from[name.len() + 3..];
        } else {
            out.push_str("${");
            rest = &from[2..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_names_and_nothing_else_changes() {
        let named =
            with_names_for_placeholders("ALTER TABLE ${schema}.users -- ${flyway:user}\n SET x = '${'; $${}$$ ${");
        assert_eq!(named, "ALTER TABLE __schema_.users -- __flyway_user_\n SET x = '${'; $${}$$ ${");
    }
}
