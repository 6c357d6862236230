//! So many contexts and no more.

use std::collections::{HashMap, VecDeque};

use crate::context::MapContext;

/// The contexts put last, each key once.
pub(super) struct Ring {
    most: usize,
    /// The oldest first. Numbers grow by one from each to the next.
    kept: VecDeque<(Option<u64>, MapContext)>,
    /// The number of the first.
    first: u64,
    /// Which number a key has.
    by_key: HashMap<u64, u64>,
}

impl Ring {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), kept: VecDeque::new(), first: 0, by_key: HashMap::new() }
    }

    /// Puts a context in the place of the one with the same key, or else at the end.
    #[allow(clippy::cast_possible_truncation, reason = "below the number of those kept")]
    pub(super) fn put(&mut self, key: Option<u64>, context: MapContext) {
        if let Some(number) = key.and_then(|key| self.by_key.get(&key)) {
            self.kept[(number - self.first) as usize].1 = context;
            return;
        }
        if self.kept.len() == self.most {
            if let Some((Some(key), _)) = self.kept.pop_front() {
                self.by_key.remove(&key);
            }
            self.first += 1;
        }
        if let Some(key) = key {
            self.by_key.insert(key, self.first + self.kept.len() as u64);
        }
        self.kept.push_back((key, context));
    }

    pub(super) fn contexts(&self) -> Vec<MapContext> {
        self.kept.iter().map(|(_, context)| context.clone()).collect()
    }
}
