//! What must hold between the parts of a flag.

use super::{Flag, Serve, Share};

/// What is wrong with a flag whose parts are all right by themselves.
pub(crate) fn check(flag: &Flag) -> Result<(), String> {
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
    for rule in flag.rules() {
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
