//! Flags that were made together.

use std::ops::Deref;
use std::sync::Arc;

use crate::model::Flag;

/// A flag, shared by clones, which lies in one piece of memory with those that were made with it: ten thousand flags of a
/// file are three hundred pieces. The piece goes with the last of its flags.
#[derive(Debug, Clone)]
pub(crate) struct SharedFlag {
    batch: Arc<Vec<Flag>>,
    place: u32,
}

impl SharedFlag {
    /// Each of these flags.
    #[cfg(feature = "toml")]
    pub(crate) fn all_of(batch: Vec<Flag>) -> impl Iterator<Item = Self> {
        let batch = Arc::new(batch);
        let flags = u32::try_from(batch.len()).expect("memory does not hold four billion flags");
        (0..flags).map(move |place| Self { batch: Arc::clone(&batch), place })
    }

    /// Whether both are one and the same, by identity: equal flags that were read twice are not.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.batch, &other.batch) && self.place == other.place
    }
}

impl PartialEq for SharedFlag {
    fn eq(&self, other: &Self) -> bool {
        self.is_same_as(other) || **self == **other
    }
}

impl From<Flag> for SharedFlag {
    fn from(flag: Flag) -> Self {
        Self { batch: Arc::new(vec![flag]), place: 0 }
    }
}

impl Deref for SharedFlag {
    type Target = Flag;

    fn deref(&self) -> &Flag {
        &self.batch[self.place as usize]
    }
}
