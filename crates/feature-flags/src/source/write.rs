//! Flags as canonical JSON: one text for one model.
//!
//! Keys stand in a fixed order, those that say nothing new are left out, tables are in the order of their names.

mod whole;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::model::{Band, Flag, Holdout, Layer, Rule, Serve, Share, Variant};

pub(super) use self::whole::{file_to_json, sections_to_json};

/// The version of the format, in TOML and in JSON.
const FORMAT: u32 = 1;

/// The JSON Schema of flags in JSON (draft 2020-12), for editors and other programs.
///
/// What it refuses, the reader refuses too; conditions and rollouts are texts to it, and the reader's business.
///
/// ```
/// assert!(feature_flags::JSON_SCHEMA.contains("\"Flags, format 1\""));
/// ```
pub const JSON_SCHEMA: &str = include_str!("../../flags.schema.json");

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

/// One layer by itself.
pub(crate) fn layer_to_json(layer: &Layer) -> String {
    serde_json::to_string(&OneLayer { layer, alone: true }).expect("layers have no keys but texts")
}

/// One holdout by itself.
pub(crate) fn holdout_to_json(holdout: &Holdout) -> String {
    serde_json::to_string(&OneHoldout { holdout, alone: true }).expect("holdouts have no keys but texts")
}

struct OneLayer<'a> {
    layer: &'a Layer,
    /// Then it says which format it has.
    alone: bool,
}

impl Serialize for OneLayer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { layer, alone } = self;
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "format", alone.then_some(FORMAT))?;
        entry(&mut map, "by", layer.path())?;
        entry(&mut map, "salt", layer.own_salt())?;
        map.serialize_entry("flags", &Slots(layer))?;
        map.end()
    }
}

struct Slots<'a>(&'a Layer);

impl Serialize for Slots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.slots().map(|(flag, bands)| (flag, Bands(bands))))
    }
}

/// A text for one range, a list for none or several.
struct Bands<'a>(&'a [Band]);

impl Serialize for Bands<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [only] => serializer.collect_str(only),
            bands => serializer.collect_seq(bands.iter().map(ToString::to_string)),
        }
    }
}

struct OneHoldout<'a> {
    holdout: &'a Holdout,
    alone: bool,
}

impl Serialize for OneHoldout<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { holdout, alone } = self;
        let listed = |names: Vec<String>| (!names.is_empty()).then_some(names);
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "format", alone.then_some(FORMAT))?;
        map.serialize_entry("share", &holdout.share().to_string())?;
        entry(&mut map, "by", holdout.path())?;
        entry(&mut map, "salt", holdout.own_salt())?;
        entry(&mut map, "flags", listed(holdout.flags().map(str::to_owned).collect()))?;
        entry(&mut map, "layers", listed(holdout.layers().map(str::to_owned).collect()))?;
        map.end()
    }
}
