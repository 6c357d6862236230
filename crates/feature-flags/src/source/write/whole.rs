//! A whole file as JSON, for people to read too.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::super::flag_file::{FlagFile, SegmentKeys};
use super::{FORMAT, OneHoldout, OneLayer, entry, parts};
use crate::compile::Sections;
use crate::model::Flag;

/// With a line for each member and one at the end, as editors have it.
pub(in super::super) fn file_to_json(file: &FlagFile) -> String {
    serde_json::to_string_pretty(&Whole(file)).expect("files have no keys but texts") + "\n"
}

/// A file of layers and holdouts alone, in one line; `None` where there are none.
pub(in super::super) fn sections_to_json(sections: &Sections) -> Option<String> {
    if *sections == Sections::default() {
        return None;
    }
    let Sections { layers, holdouts } = sections.clone();
    let file = FlagFile { layers, holdouts, ..FlagFile::default() };
    Some(serde_json::to_string(&Whole(&file)).expect("files have no keys but texts"))
}

struct Whole<'a>(&'a FlagFile);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FlagFile { meta, segments, layers, holdouts, flags } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", &FORMAT)?;
        entry(&mut map, "meta", meta.as_ref())?;
        let segments = segments.iter().map(|(name, keys)| (name, OneSegment(keys)));
        section(&mut map, "segments", segments)?;
        section(&mut map, "layers", layers.iter().map(|(name, layer)| (name, OneLayer { layer, alone: false })))?;
        let holdouts = holdouts.iter().map(|(name, holdout)| (name, OneHoldout { holdout, alone: false }));
        section(&mut map, "holdouts", holdouts)?;
        section(&mut map, "flags", flags.iter().map(|(name, flag)| (name, Named(flag))))?;
        map.end()
    }
}

/// Left out where nothing is in it.
fn section<M: SerializeMap, V: Serialize>(
    map: &mut M,
    key: &'static str,
    members: impl ExactSizeIterator<Item = (impl Serialize, V)> + Clone,
) -> Result<(), M::Error> {
    entry(map, key, (members.len() > 0).then_some(Members(members)))
}

struct Members<I>(I);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for Members<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

struct OneSegment<'a>(&'a SegmentKeys);

impl Serialize for OneSegment<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "by", self.0.path())?;
        entry(&mut map, "file", self.0.file())?;
        entry(&mut map, "keys", self.0.keys())?;
        map.end()
    }
}

/// A flag behind its name: `true` and `false` where that is all there is to it.
struct Named<'a>(&'a Flag);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(switch) = self.0.as_switch() {
            return serializer.serialize_bool(switch);
        }
        let mut map = serializer.serialize_map(None)?;
        parts(self.0, &mut map)?;
        map.end()
    }
}
