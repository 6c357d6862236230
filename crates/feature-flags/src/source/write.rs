//! Flags as canonical JSON: one text for one model.
//!
//! Keys stand in a fixed order, those that say nothing new are left out, tables are in the order of their names.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::model::{Flag, Rule, Serve, Share, Variant};

/// The version of the format, in TOML and in JSON.
const FORMAT: u32 = 1;

/// One flag by itself, with its name.
pub(crate) fn flag_to_json(flag: &Flag) -> String {
    serde_json::to_string(&Alone(flag)).expect("flags have no keys but texts")
}

struct Alone<'a>(&'a Flag);

impl Serialize for Alone<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", &FORMAT)?;
        map.serialize_entry("name", self.0.name())?;
        parts(self.0, &mut map)?;
        map.end()
    }
}

fn parts<M: SerializeMap>(flag: &Flag, map: &mut M) -> Result<(), M::Error> {
    entry(map, "description", flag.description_text())?;
    entry(map, "owner", flag.owner_name())?;
    entry(map, "expires", flag.expiry())?;
    entry(map, "enabled", (!flag.is_enabled()).then_some(false))?;
    entry(map, "default", flag.default_value().then_some(true))?;
    match flag.default_variant_name() {
        // Alone, a variant is what `default` says.
        Some(name) if !flag.default_value() => map.serialize_entry("default", name)?,
        name => entry(map, "default_variant", name)?,
    }
    entry(map, "salt", flag.own_salt())?;
    entry(map, "requires", (!flag.requirements().is_empty()).then_some(flag.requirements()))?;
    entry(map, "variants", (!flag.variants().is_empty()).then_some(Variants(flag.variants())))?;
    map.serialize_entry("rules", &Rules(flag.rules()))?;
    entry(map, "meta", flag.meta_value())
}

fn entry<M: SerializeMap>(map: &mut M, key: &'static str, value: Option<impl Serialize>) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, &value),
        None => Ok(()),
    }
}

struct Variants<'a>(&'a [Variant]);

impl Serialize for Variants<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|variant| (variant.name(), variant.value())))
    }
}

struct Rules<'a>(&'a [Rule]);

impl Serialize for Rules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(OneRule))
    }
}

struct OneRule<'a>(&'a Rule);

impl Serialize for OneRule<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "name", self.0.name())?;
        entry(&mut map, "when", self.0.condition().map(ToString::to_string))?;
        entry(&mut map, "rollout", self.0.share().map(ToString::to_string))?;
        match self.0.served() {
            Serve::On => {}
            Serve::Off => map.serialize_entry("serve", &false)?,
            Serve::Variant(name) => map.serialize_entry("serve", name)?,
            Serve::Split(shares) => map.serialize_entry("serve", &Shares(shares))?,
        }
        map.end()
    }
}

/// A table where the shares are in the order of their names, as tables are; a list where they are not, since their order
/// decides who gets which.
struct Shares<'a>(&'a [Share]);

impl Serialize for Shares<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(shares) = self;
        if shares.is_sorted_by(|one, other| one.variant < other.variant) {
            return serializer.collect_map(shares.iter().map(|share| (&share.variant, share.weight.to_string())));
        }
        let mut list = serializer.serialize_seq(Some(shares.len()))?;
        for share in *shares {
            list.serialize_element(&OneShare(share))?;
        }
        list.end()
    }
}

struct OneShare<'a>(&'a Share);

impl Serialize for OneShare<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("variant", &self.0.variant)?;
        map.serialize_entry("weight", &self.0.weight.to_string())?;
        map.end()
    }
}
