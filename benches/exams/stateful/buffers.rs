//! S4 to S6: a ring buffer that is wrong in three ways; S10: a cache that forgets what was read; S11: a store whose deleted key comes
//! back.

use std::collections::{BTreeMap, VecDeque};

use stateful_testing::{Command, Env, Failed, Menu, Model};

/// S4 to S6.
#[derive(Clone, Copy)]
pub(crate) enum Ring {
    /// As many slots as elements: full looks like empty.
    TooFewSlots,
    /// The size is the remainder of a number that can be negative.
    NegativeRemainder,
    /// The size is the absolute value of that remainder.
    AbsoluteRemainder,
}

#[derive(Debug, Clone, Command)]
pub(crate) enum RingCommand {
    New(u8),
    Put(u8),
    Get,
    Size,
}

pub(crate) struct Slots {
    elements: Vec<u8>,
    read: i64,
    write: i64,
}

impl Model for Ring {
    type State = Option<(usize, VecDeque<u8>)>;
    type Command = RingCommand;
    type Output = i64;
    type System = Option<Slots>;

    fn init(&self) -> Self::State {
        None
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, RingCommand>) {
        let Some((size, elements)) = state else {
            return menu.offer(1, |g| RingCommand::New(g.int(1..=10)));
        };
        if elements.len() < *size {
            menu.offer(1, |g| RingCommand::Put(g.int(..)));
        }
        if !elements.is_empty() {
            menu.offer(1, |_| RingCommand::Get);
        }
        menu.offer(1, |_| RingCommand::Size);
    }
    fn next(&self, state: &mut Self::State, command: &RingCommand) -> i64 {
        if let RingCommand::New(size) = command {
            *state = Some((usize::from(*size), VecDeque::new()));
        }
        let (_, elements) = state.as_mut().expect("`new` comes first");
        match command {
            RingCommand::New(_) => 0,
            RingCommand::Put(element) => {
                elements.push_back(*element);
                0
            }
            RingCommand::Get => {
                i64::from(elements.pop_front().expect("`get` is offered only where there is something"))
            }
            RingCommand::Size => i64::try_from(elements.len()).expect("small"),
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<Self::System, Failed> {
        Ok(None)
    }
    fn run(&self, system: &mut Self::System, command: &RingCommand, _env: &mut Env) -> Result<i64, Failed> {
        if let RingCommand::New(size) = command {
            let slots = usize::from(*size) + usize::from(!matches!(self, Self::TooFewSlots));
            *system = Some(Slots { elements: vec![0; slots], read: 0, write: 0 });
            return Ok(0);
        }
        let ring = system.as_mut().ok_or_else(|| Failed::new("no buffer"))?;
        let count = i64::try_from(ring.elements.len())?;
        Ok(match command {
            RingCommand::New(_) => 0,
            RingCommand::Put(element) => {
                ring.elements[usize::try_from(ring.write)?] = *element;
                ring.write = (ring.write + 1) % count;
                0
            }
            RingCommand::Get => {
                let element = ring.elements[usize::try_from(ring.read)?];
                ring.read = (ring.read + 1) % count;
                i64::from(element)
            }
            RingCommand::Size => {
                let difference = (ring.write - ring.read) % count;
                if matches!(self, Self::AbsoluteRemainder) { difference.abs() } else { difference }
            }
        })
    }
}

/// S10: the least recently used entry goes, but reading does not count as use.
pub(crate) struct Lru;

#[derive(Debug, Clone, Command)]
pub(crate) enum LruCommand {
    Put(u8, u8),
    Get(u8),
}

const CAPACITY: usize = 2;

impl Model for Lru {
    type State = Vec<(u8, u8)>;
    type Command = LruCommand;
    type Output = Option<u8>;
    type System = Vec<(u8, u8)>;

    fn init(&self) -> Self::State {
        Vec::new()
    }
    fn commands(&self, _state: &Self::State, menu: &mut Menu<'_, LruCommand>) {
        menu.offer(1, |g| LruCommand::Put(g.int(1..=5), g.int(..)));
        menu.offer(1, |g| LruCommand::Get(g.int(1..=5)));
    }
    fn next(&self, state: &mut Self::State, command: &LruCommand) -> Option<u8> {
        use_cache(state, command, true)
    }
    fn setup(&self, _state: &Self::State) -> Result<Self::System, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Self::System, command: &LruCommand, _env: &mut Env) -> Result<Option<u8>, Failed> {
        Ok(use_cache(system, command, false))
    }
}

/// The entries, the least recently used first.
fn use_cache(cache: &mut Vec<(u8, u8)>, command: &LruCommand, reading_is_use: bool) -> Option<u8> {
    match command {
        LruCommand::Put(key, value) => {
            cache.retain(|(other, _)| other != key);
            if cache.len() == CAPACITY {
                cache.remove(0);
            }
            cache.push((*key, *value));
            None
        }
        LruCommand::Get(key) => {
            let at = cache.iter().position(|(other, _)| other == key)?;
            let entry = cache[at];
            if reading_is_use {
                cache.remove(at);
                cache.push(entry);
            }
            Some(entry.1)
        }
    }
}

/// S11: compaction drops the mark of a deleted key though an older level still holds the key.
pub(crate) struct Lsm;

#[derive(Debug, Clone, Command)]
pub(crate) enum LsmCommand {
    Put(u8, u8),
    Del(u8),
    Flush,
    Compact,
    Get(u8),
}

type Table = BTreeMap<u8, Option<u8>>;

#[derive(Default)]
pub(crate) struct Store {
    memory: Table,
    /// Flushed tables, the newest last.
    flushed: Vec<Table>,
    /// Compacted tables, the newest last.
    levels: Vec<Table>,
}

impl Model for Lsm {
    type State = BTreeMap<u8, u8>;
    type Command = LsmCommand;
    type Output = Option<u8>;
    type System = Store;

    fn init(&self) -> Self::State {
        BTreeMap::new()
    }
    fn commands(&self, _state: &Self::State, menu: &mut Menu<'_, LsmCommand>) {
        menu.offer(1, |g| LsmCommand::Put(g.int(1..=5), g.int(..)));
        menu.offer(1, |g| LsmCommand::Del(g.int(1..=5)));
        menu.offer(1, |_| LsmCommand::Flush);
        menu.offer(1, |_| LsmCommand::Compact);
        menu.offer(1, |g| LsmCommand::Get(g.int(1..=5)));
    }
    fn next(&self, state: &mut Self::State, command: &LsmCommand) -> Option<u8> {
        match command {
            LsmCommand::Put(key, value) => {
                state.insert(*key, *value);
                None
            }
            LsmCommand::Del(key) => {
                state.remove(key);
                None
            }
            LsmCommand::Flush | LsmCommand::Compact => None,
            LsmCommand::Get(key) => state.get(key).copied(),
        }
    }
    fn setup(&self, _state: &Self::State) -> Result<Store, Failed> {
        Ok(Store::default())
    }
    fn run(&self, store: &mut Store, command: &LsmCommand, _env: &mut Env) -> Result<Option<u8>, Failed> {
        match command {
            LsmCommand::Put(key, value) => {
                store.memory.insert(*key, Some(*value));
            }
            LsmCommand::Del(key) => {
                store.memory.insert(*key, None);
            }
            LsmCommand::Flush => store.flushed.push(std::mem::take(&mut store.memory)),
            LsmCommand::Compact => {
                let merged: Table = std::mem::take(&mut store.flushed).into_iter().flatten().collect();
                store.levels.push(merged.into_iter().filter(|(_, value)| value.is_some()).collect());
            }
            LsmCommand::Get(key) => {
                let mut newest_first = store.levels.iter().chain(&store.flushed).chain([&store.memory]).rev();
                return Ok(newest_first.find_map(|table| table.get(key)).copied().flatten());
            }
        }
        Ok(None)
    }
}
