//! All flags by name, before they are compiled.

use std::sync::Arc;

use super::block::SIZE;
use super::index::Index;
use super::shared_flag::SharedFlag;

/// Where a flag is: its block and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

/// What a flag was before it was compiled.
#[derive(Debug, Clone)]
pub(crate) enum Definition {
    Flag(SharedFlag),
    /// Decided by a Rust function.
    Code {
        name: Arc<str>,
        function: u32,
    },
    /// In the file, but wrong.
    Broken {
        name: Arc<str>,
        default: bool,
    },
}

/// Definitions with names that differ, in the order in which they came.
///
/// They lie in chunks of as many as share a block. Clones share chunks, so that changing one flag of many copies one
/// chunk, and who compares two rosters sees which chunks are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    /// Full but for the last.
    chunks: Vec<Arc<Vec<Definition>>>,
    index: Arc<Index>,
}

/// A name that two definitions have.
#[cfg(feature = "toml")]
#[derive(Debug)]
pub(crate) struct Twice {
    pub(crate) name: String,
    /// Which definition is the second.
    pub(crate) second: usize,
}

impl Roster {
    /// A roster of these definitions, whose names have these hashes.
    #[cfg(feature = "toml")]
    pub(crate) fn of(definitions: Vec<Definition>, hashes: impl Iterator<Item = u64>) -> Result<Self, Twice> {
        let mut roster = Self { chunks: Vec::new(), index: Arc::new(Index::for_names(definitions.len())) };
        let index = Arc::make_mut(&mut roster.index);
        for (place, (definition, hash)) in definitions.iter().zip(hashes).enumerate() {
            let is_named = |slot: Slot| definitions[slot.place()].name() == definition.name();
            if !index.insert_new(hash, Slot::at(place), is_named) {
                return Err(Twice { name: definition.name().to_owned(), second: place });
            }
        }
        let mut rest = definitions.into_iter();
        while rest.len() > 0 {
            roster.chunks.push(Arc::new(rest.by_ref().take(SIZE).collect()));
        }
        Ok(roster)
    }

    pub(crate) fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1) * SIZE;
        full + self.chunks.last().map_or(0, |last| last.len())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    #[cfg(feature = "toml")]
    pub(crate) fn into_definitions(self) -> impl Iterator<Item = Definition> {
        self.chunks.into_iter().flat_map(Arc::unwrap_or_clone)
    }

    pub(super) fn chunks(&self) -> &[Arc<Vec<Definition>>] {
        &self.chunks
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn find(&self, name: &str) -> Option<Slot> {
        self.index.find(name, |slot| (self.at(slot).name() == name).then_some(slot))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.find(name).map(|slot| self.at(slot))
    }

    /// Adds a definition; gives back the one of the same name whose place it takes.
    pub(crate) fn put(&mut self, definition: Definition) -> Option<Definition> {
        if let Some(slot) = self.find(definition.name()) {
            return Some(std::mem::replace(self.at_mut(slot), definition));
        }
        let slot = Slot::at(self.len());
        let index = Arc::make_mut(&mut self.index);
        if !index.has_room() {
            *index = Index::for_names(2 * slot.place());
            let names = self.chunks.iter().flat_map(|chunk| chunk.iter()).map(Definition::name);
            names.enumerate().for_each(|(place, name)| index.insert(name, Slot::at(place)));
        }
        index.insert(definition.name(), slot);
        match self.chunks.last_mut().filter(|last| last.len() < SIZE) {
            Some(last) => Arc::make_mut(last).push(definition),
            None => self.chunks.push(Arc::new(vec![definition])),
        }
        None
    }

    /// The last definition takes the place of the one that goes, so that all others stay where they are.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Definition> {
        let slot = self.find(name)?;
        let last = Slot::at(self.len() - 1);
        let mut index = Arc::clone(&self.index);
        let owned = Arc::make_mut(&mut index);
        owned.remove(name, slot, |slot| self.at(slot).name());
        if last != slot {
            owned.relocate(self.at(last).name(), last, slot);
        }
        self.index = index;
        let chunk = Arc::make_mut(self.chunks.last_mut()?);
        let moved = chunk.pop()?;
        if chunk.is_empty() {
            self.chunks.pop();
        }
        if last == slot { Some(moved) } else { Some(std::mem::replace(self.at_mut(slot), moved)) }
    }

    /// Lets `change` have the definitions one by one.
    pub(crate) fn update(&mut self, mut change: impl FnMut(&Definition) -> Option<Definition>) {
        for chunk in &mut self.chunks {
            for place in 0..chunk.len() {
                if let Some(new) = change(&chunk[place]) {
                    assert!(new.name() == chunk[place].name(), "a definition is replaced by one of the same flag");
                    Arc::make_mut(chunk)[place] = new;
                }
            }
        }
    }

    fn at(&self, slot: Slot) -> &Definition {
        &self.chunks[slot.block()][slot.within()]
    }

    fn at_mut(&mut self, slot: Slot) -> &mut Definition {
        &mut Arc::make_mut(&mut self.chunks[slot.block()])[slot.within()]
    }
}

impl Slot {
    fn at(place: usize) -> Self {
        Self(u32::try_from(place).expect("memory does not hold four billion flags"))
    }

    fn place(self) -> usize {
        self.0 as usize
    }

    /// The number of its block.
    #[inline]
    pub(super) fn block(self) -> usize {
        self.0 as usize / SIZE
    }

    /// Its place in the block.
    #[inline]
    pub(super) fn within(self) -> usize {
        self.0 as usize % SIZE
    }
}

impl Definition {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Flag(flag) => flag.name(),
            Self::Code { name, .. } | Self::Broken { name, .. } => name,
        }
    }

    /// The name, for those who do not need it as a text.
    pub(super) fn name_bytes(&self) -> &[u8] {
        match self {
            Self::Flag(flag) => flag.name_bytes(),
            Self::Code { name, .. } | Self::Broken { name, .. } => name.as_bytes(),
        }
    }

    /// Whether both are one and the same, by identity: equal flags that were read twice are not.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Flag(one), Self::Flag(other)) => one.is_same_as(other),
            (Self::Code { name: one, function: f }, Self::Code { name: other, function: g }) => {
                Arc::ptr_eq(one, other) && f == g
            }
            (Self::Broken { name: one, default: a }, Self::Broken { name: other, default: b }) => {
                Arc::ptr_eq(one, other) && a == b
            }
            _ => false,
        }
    }

    pub(crate) fn has_variants(&self) -> bool {
        match self {
            Self::Flag(flag) => !flag.variants().is_empty(),
            Self::Code { .. } => false,
            // Nobody knows, so callers get their default.
            Self::Broken { .. } => true,
        }
    }

    pub(crate) fn default_value(&self) -> bool {
        match self {
            Self::Flag(flag) => flag.default_value(),
            Self::Code { .. } => false,
            Self::Broken { default, .. } => *default,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn broken(number: u16, default: bool) -> Definition {
        Definition::Broken { name: format!("flag-{number}").into(), default }
    }

    /// What a roster should hold: by name, whether it is on.
    fn held(roster: &Roster) -> BTreeMap<&str, bool> {
        roster.iter().map(|definition| (definition.name(), definition.default_value())).collect()
    }

    proptest! {
        #[test]
        fn a_roster_holds_what_a_map_would(steps in prop::collection::vec((0_u16..90, any::<Option<bool>>()), 0..400)) {
            let (mut roster, mut map) = (Roster::default(), BTreeMap::new());
            for (number, step) in steps {
                let (name, before) = (format!("flag-{number}"), roster.clone());
                let was: BTreeMap<String, bool> = map.clone();
                let replaced = match step {
                    Some(default) => roster.put(broken(number, default)),
                    None => roster.remove(&name),
                };
                let expected = match step {
                    Some(default) => map.insert(name.clone(), default),
                    None => map.remove(&name),
                };
                prop_assert_eq!(replaced.map(|definition| definition.default_value()), expected);
                prop_assert_eq!(roster.len(), map.len());
                prop_assert_eq!(roster.get(&name).map(Definition::default_value), map.get(&name).copied());
                prop_assert!(held(&before).into_iter().eq(was.iter().map(|(name, on)| (name.as_str(), *on))), "clones stay");
            }
            prop_assert!(held(&roster).into_iter().eq(map.iter().map(|(name, on)| (name.as_str(), *on))));
            for number in 0..90 {
                let name = format!("flag-{number}");
                prop_assert_eq!(roster.get(&name).map(Definition::default_value), map.get(&name).copied());
            }
        }
    }

    #[test]
    fn a_change_leaves_all_other_chunks_shared() {
        let mut roster = Roster::default();
        (0..200).for_each(|number| drop(roster.put(broken(number, false))));
        let before = roster.clone();
        roster.put(broken(77, true));
        let pairs = roster.chunks().iter().zip(before.chunks());
        let changed: Vec<usize> =
            pairs.enumerate().filter(|(_, (new, old))| !Arc::ptr_eq(new, old)).map(|(number, _)| number).collect();
        assert_eq!(changed, [77 / SIZE]);
    }
}
