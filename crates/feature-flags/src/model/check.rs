//! What must hold between the parts of a flag.

use super::{Flag, Serve, Share};
use crate::expression;

/// What is wrong with a flag whose parts are all right by themselves.
pub(crate) fn check(flag: &Flag) -> Result<(), String> {
    check_name(flag.name())?;
    check_parts(flag)
}

/// The same of a flag whose name is known to be right.
pub(crate) fn check_parts(flag: &Flag) -> Result<(), String> {
    limits(flag)?;
    let mut names: Vec<&str> = flag.variants().iter().map(super::Variant::name).collect();
    names.sort_unstable();
    if let Some([twice, _]) = names.windows(2).find(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(format!("there are two variants called `{twice}`"));
    }
    let exists = |name: &str| {
        let known = names.binary_search(&name).is_ok();
        if known { Ok(()) } else { Err(format!("there is no variant `{name}`, expected {}", listed(&names))) }
    };
    flag.default_variant_name().map_or(Ok(()), exists)?;
    if let Some(variant) = flag.variants().iter().find(|variant| !variant.value().is_finite()) {
        return Err(format!("the variant `{}` holds a number that is not finite", variant.name()));
    }
    if flag.meta_value().is_some_and(|meta| !meta.is_finite()) {
        return Err("`meta` holds a number that is not finite".to_owned());
    }
    for rule in flag.rules() {
        if let Some(path) = rule.share().and_then(super::Rollout::path)
            && !expression::is_path(path)
        {
            return Err(format!("`{path}` cannot be the name of an attribute"));
        }
        match rule.served() {
            Serve::Off => {}
            Serve::On if names.is_empty() => {}
            Serve::On => return Err(format!("a rule does not say what it serves, expected {}", listed(&names))),
            Serve::Variant(name) => exists(name)?,
            Serve::Split(shares) => {
                shares.iter().try_for_each(|share| exists(&share.variant))?;
                check_weights(shares)?;
            }
        }
    }
    Ok(())
}

/// So that a flag is compiled and evaluated in bounded time, wherever it comes from.
const MAX_PARTS: usize = 1_000;

fn limits(flag: &Flag) -> Result<(), String> {
    let limit = |what: &str, parts: usize| {
        if parts > MAX_PARTS { Err(format!("a flag has at most {MAX_PARTS} {what}")) } else { Ok(()) }
    };
    limit("rules", flag.rules().len())?;
    limit("variants", flag.variants().len())?;
    limit("requirements", flag.requirements().len())?;
    flag.rules().iter().try_for_each(|rule| match rule.served() {
        Serve::Split(shares) => limit("weights in a rule", shares.len()),
        Serve::On | Serve::Off | Serve::Variant(_) => Ok(()),
    })
}

/// Names are shown in one line, and are labels of metrics.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_long = name.is_empty() || name.len() > 200;
    // Most names are ASCII, where a control character is a byte. All bytes are looked at, since that goes many at a time.
    let is_plain = || name.bytes().fold(true, |plain, byte| plain & (b' '..b'\x7f').contains(&byte));
    if is_long || (!is_plain() && name.chars().any(char::is_control)) {
        return Err("a flag's name has 1 to 200 bytes and no control characters".to_owned());
    }
    Ok(())
}

fn check_weights(shares: &[Share]) -> Result<(), String> {
    let sum: u64 = shares.iter().map(|share| u64::from(share.weight.thousandths())).sum();
    if sum == 100_000 {
        return Ok(());
    }
    let (whole, fraction) = (sum / 1_000, sum % 1_000);
    Err(format!("the weights of a rule add up to {whole}.{fraction:03}%, expected 100%"))
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "`variants` in the flag".to_owned(),
        names => format!("one of `{}`", names.join("`, `")),
    }
}
