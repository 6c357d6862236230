//! One flag.

use super::super::place::offset_in_file;
use super::super::tree::{Content, Tree, Wrong};
use super::recent::Recent;
use super::value;
use crate::expression::{ExpressionError, Place};
use crate::model::{Flag, PercentError, Rollout, Rule, Serve, Share, check_name};

pub(super) const MAX_RULES: usize = 1_000;

pub(super) const FLAG_KEYS: [&str; 14] = [
    "default",
    "default_variant",
    "description",
    "enabled",
    "expires",
    "meta",
    "owner",
    "requires",
    "rollout",
    "rules",
    "salt",
    "serve",
    "variants",
    "when",
];
/// What a flag by itself has besides.
#[cfg(feature = "json")]
const ALONE_KEYS: [&str; 2] = ["format", "name"];
pub(super) const RULE_KEYS: [&str; 4] = ["name", "rollout", "serve", "when"];
pub(super) const SHARE_KEYS: [&str; 2] = ["variant", "weight"];

/// One entry of `flags`: `true`, `false`, `"25%"` or a table. `text` is all that the entry is a part of.
pub(super) fn read<'a>(name: &str, value: &Tree<'a>, text: &'a str, recent: &mut Recent<'a>) -> Result<Flag, Wrong> {
    check_name(name).map_err(|message| value.wrong(message))?;
    let flag = Flag::named(name);
    match &value.content {
        Content::Bool(enabled) => Ok(flag.enabled(*enabled)),
        Content::Text(_) => Ok(flag.rule(Rule::new().rollout(rollout(value, text, recent)?))),
        Content::Table(table) => Reading { text, value, recent }.flag(flag, table.fields(&FLAG_KEYS, &[])?),
        _ => Err(value.unexpected("true, false, a rollout or a table")),
    }
}

/// A flag whose name is in its table.
#[cfg(feature = "json")]
pub(super) fn read_named<'a>(name: &str, value: &Tree<'a>, text: &'a str) -> Result<Flag, Wrong> {
    let Content::Table(table) = &value.content else { return Err(value.unexpected("an object")) };
    check_name(name).map_err(|message| value.wrong(message))?;
    let fields = table.fields(&FLAG_KEYS, &ALONE_KEYS)?;
    Reading { text, value, recent: &mut Recent::default() }.flag(Flag::named(name), fields)
}

/// What stands behind the keys of a flag, in their order.
type Fields<'r, 'a> = [Option<&'r Tree<'a>>; FLAG_KEYS.len()];

struct Reading<'r, 'a> {
    text: &'a str,
    value: &'r Tree<'a>,
    recent: &'r mut Recent<'a>,
}

impl<'a> Reading<'_, 'a> {
    fn flag(&mut self, mut flag: Flag, fields: Fields<'_, 'a>) -> Result<Flag, Wrong> {
        let [default, default_variant, description, enabled, expires, meta, owner, requires, ..] = fields;
        let [.., rollout, rules, salt, serve, variants, when] = fields;
        if let Some(description) = description {
            flag = flag.description(description.text()?);
        }
        if let Some(owner) = owner {
            flag = flag.owner(owner.text()?);
        }
        if let Some(expires) = expires {
            flag = flag.expires(expires.text()?);
        }
        if let Some(salt) = salt {
            flag = flag.salt(salt.text()?);
        }
        if let Some(meta) = meta {
            flag = flag.meta(value::read_meta(meta)?);
        }
        if let Some(variants) = variants {
            for (name, variant) in variants.table("variants")?.entries() {
                flag = flag.variant(name.name.as_ref(), value::read(variant)?);
            }
        }
        flag = served_without_rule(flag, default, default_variant)?;
        if let Some(requires) = requires {
            for name in requires.list("texts")? {
                flag = flag.requires(name.text()?);
            }
        }
        let single = when.or(rollout).or(serve).is_some();
        flag = match rules {
            Some(list) if single => {
                return Err(list.wrong("`when`, `rollout` and `serve` go into the rules where there are `rules`"));
            }
            Some(list) => self.rules(flag, list)?,
            None if single => flag.rule(self.rule(Rule::new(), [rollout, serve, when])?),
            None => flag,
        };
        match enabled {
            Some(enabled) => Ok(flag.enabled(enabled.boolean()?)),
            None if single || rules.is_some() => Ok(flag),
            None => {
                let message = "nothing turns it on or off: expected `enabled`, `when`, `rollout` or `rules`";
                Err(self.value.wrong(message))
            }
        }
    }

    fn rules(&mut self, mut flag: Flag, list: &Tree<'a>) -> Result<Flag, Wrong> {
        let items = list.list("rules")?;
        if items.len() > MAX_RULES {
            return Err(list.wrong(format!("a flag has at most {MAX_RULES} rules")));
        }
        for item in items {
            let Content::Table(table) = &item.content else { return Err(item.unexpected("a rule")) };
            let [name, parts @ ..] = table.fields(&RULE_KEYS, &[])?;
            let mut new = Rule::new();
            if let Some(name) = name {
                new = new.named(name.text()?);
            }
            flag = flag.rule(self.rule(new, parts)?);
        }
        Ok(flag)
    }

    fn rule(&mut self, mut rule: Rule, parts: [Option<&Tree<'a>>; 3]) -> Result<Rule, Wrong> {
        let [rollout, serve, when] = parts;
        if let Some(value) = when {
            rule = rule.when(self.recent.conditions.read(value.written(), || {
                let condition = value.text()?;
                condition.parse().map_err(|error| moved(error, condition, value, self.text))
            })?);
        }
        if let Some(value) = rollout {
            rule = rule.rollout(self::rollout(value, self.text, self.recent)?);
        }
        if let Some(value) = serve {
            rule = rule.serve(self::serve(value)?);
        }
        Ok(rule)
    }
}

/// `default` is a variant's name, or true or false; where there are both, the name is `default_variant`.
fn served_without_rule(
    mut flag: Flag,
    default: Option<&Tree<'_>>,
    default_variant: Option<&Tree<'_>>,
) -> Result<Flag, Wrong> {
    if let Some(name) = default_variant {
        flag = flag.default_variant(name.text()?);
    }
    let Some(default) = default else { return Ok(flag) };
    match &default.content {
        Content::Bool(default) => Ok(flag.default_to(*default)),
        Content::Text(name) if default_variant.is_none() => Ok(flag.default_variant(name.as_ref())),
        _ if default_variant.is_some() => Err(default.unexpected("true or false beside `default_variant`")),
        _ => Err(default.unexpected("true, false or the name of a variant")),
    }
}

/// `true`, `false`, the name of a variant, a table of weights, or a list of them where their order is another than that
/// of the names.
pub(super) fn serve(value: &Tree<'_>) -> Result<Serve, Wrong> {
    match &value.content {
        Content::Bool(true) => Ok(Serve::On),
        Content::Bool(false) => Ok(Serve::Off),
        Content::Text(name) => Ok(Serve::Variant(name.to_string())),
        Content::Table(weights) => {
            let shares = weights.entries().iter().map(|(name, weight)| share(&name.name, weight));
            shares.collect::<Result<_, _>>().map(Serve::Split)
        }
        Content::List(weights) => weights.iter().map(listed_share).collect::<Result<_, _>>().map(Serve::Split),
        _ => Err(value.unexpected("true, false, a variant or weights")),
    }
}

/// `{ variant = "loud", weight = "80%" }`.
fn listed_share(item: &Tree<'_>) -> Result<Share, Wrong> {
    let Content::Table(table) = &item.content else {
        return Err(item.unexpected("a table with `variant` and `weight`"));
    };
    table.only(&SHARE_KEYS)?;
    match (table.text("variant")?, table.get("weight")) {
        (Some(variant), Some(weight)) => share(variant, weight),
        _ => Err(item.wrong("expected `variant` and `weight`")),
    }
}

fn share(variant: &str, weight: &Tree<'_>) -> Result<Share, Wrong> {
    let parsed = weight.text()?.parse().map_err(|error: PercentError| weight.wrong(error.to_string()))?;
    Ok(Share::new(variant, parsed))
}

fn rollout<'a>(value: &Tree<'a>, text: &'a str, recent: &mut Recent<'a>) -> Result<Rollout, Wrong> {
    recent.rollouts.read(value.written(), || {
        let rollout = value.text()?;
        rollout.parse().map_err(|error| moved(error, rollout, value, text))
    })
}

/// The error of an expression, at its place in the text.
#[allow(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn moved(error: ExpressionError, expression: &str, value: &Tree<'_>, text: &str) -> Wrong {
    let inner = Place { line: error.line(), column: error.column() }.offset_in(expression);
    Wrong { at: offset_in_file(text, value.at.clone(), inner), message: error.message() }
}
