//! A flag as it is written in a file.

use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, Value};

use crate::model::{Flag, FlagValue, Rule, Serve, Share};

/// `true` and `false` for flags that are nothing else, a table for all others.
pub(super) fn flag_item(flag: &Flag) -> Item {
    let table = flag_table(flag);
    match table.get("enabled").and_then(Item::as_bool) {
        Some(enabled) if table.len() == 1 => toml_edit::value(enabled),
        _ => Item::Table(table),
    }
}

fn flag_table(flag: &Flag) -> Table {
    let mut table = Table::new();
    let texts = [
        ("description", flag.description_text()),
        ("owner", flag.owner_name()),
        ("expires", flag.expiry()),
        ("salt", flag.own_salt()),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            table.insert(key, toml_edit::value(text));
        }
    }
    if !flag.requirements().is_empty() {
        table.insert("requires", toml_edit::value(flag.requirements().iter().collect::<Array>()));
    }
    if !flag.variants().is_empty() {
        let variants = flag.variants().iter().map(|variant| (variant.name(), value(variant.value())));
        table.insert("variants", toml_edit::value(variants.collect::<InlineTable>()));
    }
    // Alone, a variant is what `default` says.
    let variant_key = if flag.default_value() { "default_variant" } else { "default" };
    if flag.default_value() {
        table.insert("default", toml_edit::value(true));
    }
    if let Some(default) = flag.default_variant_name() {
        table.insert(variant_key, toml_edit::value(default));
    }
    if let Some(meta) = flag.meta_value() {
        table.insert("meta", toml_edit::value(value(meta)));
    }
    rules(flag, &mut table);
    table
}

/// A flag without rules is off; one whose only rule is for all is on; a single rule stands in the flag itself.
fn rules(flag: &Flag, table: &mut Table) {
    let for_all = Rule::new();
    match flag.rules() {
        [] if !flag.is_enabled() => {}
        [] => {
            table.insert("rules", toml_edit::value(Array::new()));
        }
        [only] if *only == for_all && flag.is_enabled() => {
            table.insert("enabled", toml_edit::value(true));
        }
        [only] if *only != for_all && only.name().is_none() => {
            for (key, item) in rule_table(only) {
                table.insert(&key, item);
            }
        }
        several => {
            let several: ArrayOfTables = several.iter().map(rule_table).collect();
            table.insert("rules", Item::ArrayOfTables(several));
        }
    }
    if !flag.is_enabled() {
        table.insert("enabled", toml_edit::value(false));
    }
}

fn rule_table(rule: &Rule) -> Table {
    let mut table = Table::new();
    if let Some(name) = rule.name() {
        table.insert("name", toml_edit::value(name));
    }
    if let Some(condition) = rule.condition() {
        table.insert("when", toml_edit::value(condition.to_string()));
    }
    if let Some(rollout) = rule.share() {
        table.insert("rollout", toml_edit::value(rollout.to_string()));
    }
    let served = match rule.served() {
        Serve::On => return table,
        Serve::Off => Value::from(false),
        Serve::Variant(name) => Value::from(name),
        Serve::Split(shares) => split(shares),
    };
    table.insert("serve", toml_edit::value(served));
    table
}

/// A table where the shares are in the order of their names, a list where they are not: their order decides who gets which.
fn split(shares: &[Share]) -> Value {
    let weight = |share: &Share| share.weight.to_string();
    if shares.is_sorted_by(|one, other| one.variant < other.variant) {
        let shares = shares.iter().map(|share| (share.variant.as_str(), weight(share)));
        return Value::from(shares.collect::<InlineTable>());
    }
    let one = |share: &Share| InlineTable::from_iter([("variant", share.variant.clone()), ("weight", weight(share))]);
    Value::from(shares.iter().map(one).collect::<Array>())
}

pub(super) fn value(value_of: &FlagValue) -> Value {
    match value_of {
        FlagValue::Bool(value) => Value::from(*value),
        FlagValue::Integer(value) => Value::from(*value),
        FlagValue::Float(value) => Value::from(*value),
        FlagValue::Text(value) => Value::from(value.as_ref()),
        FlagValue::List(values) => Value::from(values.iter().map(value).collect::<Array>()),
        FlagValue::Table(values) => {
            let members = values.iter().map(|(name, member)| (name.as_str(), value(member)));
            Value::from(members.collect::<InlineTable>())
        }
    }
}
