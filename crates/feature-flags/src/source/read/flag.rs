//! One flag.

use super::super::place::offset_in_file;
use super::super::tree::{Content, Table, Tree, Wrong};
use super::recent::Recent;
use super::value;
use crate::expression::{ExpressionError, Place};
use crate::model::{Flag, PercentError, Rollout, Rule, Serve, Share, check_name};

const MAX_RULES: usize = 1_000;

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
pub(super) const RULE_KEYS: [&str; 4] = ["name", "rollout", "serve", "when"];
pub(super) const SHARE_KEYS: [&str; 2] = ["variant", "weight"];

/// One entry of `flags`: `true`, `false`, `"25%"` or a table. `text` is all that the entry is a part of.
pub(super) fn read<'a>(name: &str, value: &Tree<'a>, text: &'a str, recent: &mut Recent<'a>) -> Result<Flag, Wrong> {
    let flag = Flag::new(name);
    check_name(name).map_err(|message| value.wrong(message))?;
    match &value.content {
        Content::Bool(enabled) => Ok(flag.enabled(*enabled)),
        Content::Text(_) => Ok(flag.rule(Rule::new().rollout(rollout(value, text, recent)?))),
        Content::Table(table) => Reading { text, value, table, recent }.flag(flag),
        _ => Err(value.unexpected("true, false, a rollout or a table")),
    }
}

/// A flag whose name is in its table.
#[cfg(feature = "json")]
pub(super) fn read_named<'a>(name: &str, value: &Tree<'a>, text: &'a str) -> Result<Flag, Wrong> {
    let Content::Table(table) = &value.content else { return Err(value.unexpected("an object")) };
    check_name(name).map_err(|message| value.wrong(message))?;
    table.only(&[&["format", "name"], FLAG_KEYS.as_slice()].concat())?;
    Reading { text, value, table, recent: &mut Recent::default() }.parts(Flag::new(name))
}

struct Reading<'r, 'a> {
    text: &'a str,
    value: &'r Tree<'a>,
    table: &'r Table<'a>,
    recent: &'r mut Recent<'a>,
}

impl Reading<'_, '_> {
    fn flag(&mut self, flag: Flag) -> Result<Flag, Wrong> {
        self.table.only(&FLAG_KEYS)?;
        self.parts(flag)
    }

    fn parts(&mut self, mut flag: Flag) -> Result<Flag, Wrong> {
        let table = self.table;
        if let Some(description) = table.text("description")? {
            flag = flag.description(description);
        }
        if let Some(owner) = table.text("owner")? {
            flag = flag.owner(owner);
        }
        if let Some(expires) = table.text("expires")? {
            flag = flag.expires(expires);
        }
        if let Some(salt) = table.text("salt")? {
            flag = flag.salt(salt);
        }
        if let Some(meta) = table.get("meta") {
            flag = flag.meta(value::read_meta(meta)?);
        }
        flag = self.values(flag)?;
        for name in table.texts("requires")? {
            flag = flag.requires(name);
        }
        let rules = self.rules()?;
        let enabled = table.boolean("enabled")?;
        if rules.is_empty() && enabled.is_none() && table.get("rules").is_none() {
            let message = "nothing turns it on or off: expected `enabled`, `when`, `rollout` or `rules`";
            return Err(self.value.wrong(message));
        }
        flag = rules.into_iter().fold(flag, Flag::rule);
        Ok(match enabled {
            Some(enabled) => flag.enabled(enabled),
            None => flag,
        })
    }

    /// Variants, and what is served without a rule: `default` is a variant's name, or true or false; where there are both,
    /// the name is `default_variant`.
    fn values(&self, mut flag: Flag) -> Result<Flag, Wrong> {
        let table = self.table;
        if let Some(variants) = table.get("variants") {
            for (name, variant) in variants.table("variants")?.entries() {
                flag = flag.variant(name.name.as_ref(), value::read(variant)?);
            }
        }
        let named = table.text("default_variant")?;
        if let Some(name) = named {
            flag = flag.default_variant(name);
        }
        let Some(default) = table.get("default") else { return Ok(flag) };
        match &default.content {
            Content::Bool(default) => Ok(flag.default_to(*default)),
            Content::Text(name) if named.is_none() => Ok(flag.default_variant(name.as_ref())),
            _ if named.is_some() => Err(default.unexpected("true or false beside `default_variant`")),
            _ => Err(default.unexpected("true, false or the name of a variant")),
        }
    }

    /// The rules of a flag: a single one written in the flag itself, or a list.
    fn rules(&mut self) -> Result<Vec<Rule>, Wrong> {
        let single = ["when", "rollout", "serve"].iter().any(|key| self.table.get(key).is_some());
        let Some(list) = self.table.get("rules") else {
            return if single {
                Ok(vec![rule(Rule::new(), self.table, self.text, self.recent)?])
            } else {
                Ok(Vec::new())
            };
        };
        if single {
            return Err(list.wrong("`when`, `rollout` and `serve` go into the rules where there are `rules`"));
        }
        let items = list.list("rules")?;
        if items.len() > MAX_RULES {
            return Err(list.wrong(format!("a flag has at most {MAX_RULES} rules")));
        }
        items.iter().map(|item| rule_item(item, self.text, self.recent)).collect()
    }
}

fn rule_item<'a>(item: &Tree<'a>, text: &'a str, recent: &mut Recent<'a>) -> Result<Rule, Wrong> {
    let Content::Table(table) = &item.content else { return Err(item.unexpected("a rule")) };
    table.only(&RULE_KEYS)?;
    let mut new = Rule::new();
    if let Some(name) = table.text("name")? {
        new = new.named(name);
    }
    rule(new, table, text, recent)
}

fn rule<'a>(mut rule: Rule, table: &Table<'a>, text: &'a str, recent: &mut Recent<'a>) -> Result<Rule, Wrong> {
    if let Some(value) = table.get("when") {
        rule = rule.when(
            recent
                .conditions
                .read(value, |condition| condition.parse().map_err(|error| moved(error, condition, value, text)))?,
        );
    }
    if let Some(value) = table.get("rollout") {
        rule = rule.rollout(rollout(value, text, recent)?);
    }
    if let Some(value) = table.get("serve") {
        rule = rule.serve(serve(value)?);
    }
    Ok(rule)
}

/// `true`, `false`, the name of a variant, a table of weights, or a list of them where their order is another than that
/// of the names.
fn serve(value: &Tree<'_>) -> Result<Serve, Wrong> {
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
    recent.rollouts.read(value, |rollout| rollout.parse().map_err(|error| moved(error, rollout, value, text)))
}

/// The error of an expression, at its place in the text.
#[allow(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn moved(error: ExpressionError, expression: &str, value: &Tree<'_>, text: &str) -> Wrong {
    let inner = Place { line: error.line(), column: error.column() }.offset_in(expression);
    Wrong { at: offset_in_file(text, value.at.clone(), inner), message: error.message() }
}
