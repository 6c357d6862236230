//! State of which a part survives a crash.

use std::fmt;

/// A part of a model's state together with what of it a crash leaves: the value as it was at the last [`sync`](Self::sync).
///
/// For [`Model::next`](crate::Model::next) of models with faults: see [`Model::fault`](crate::Model::fault).
///
/// ```
/// use stateful_testing::Durable;
///
/// let mut titles = Durable::new(vec!["buy milk"]);
/// titles.get_mut().push("call mum");
/// titles.crash();
/// assert_eq!(titles.get(), &["buy milk"]);
///
/// titles.get_mut().push("call mum");
/// titles.sync();
/// titles.crash();
/// assert_eq!(titles.get(), &["buy milk", "call mum"]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Durable<T> {
    now: T,
    /// What a crash leaves; `None` if that is the same, so that comparing and copying cost no more than they have to.
    synced: Option<T>,
}

impl<T: Clone> Durable<T> {
    /// A value that is safe already.
    pub fn new(value: T) -> Self {
        Self { now: value, synced: None }
    }

    /// The value as the system shows it.
    pub fn get(&self) -> &T {
        &self.now
    }

    /// The value, to be changed in a way that a crash undoes. Copies it the first time after a [`sync`](Self::sync).
    pub fn get_mut(&mut self) -> &mut T {
        if self.synced.is_none() {
            self.synced = Some(self.now.clone());
        }
        &mut self.now
    }

    /// What a crash would leave.
    pub fn synced(&self) -> &T {
        self.synced.as_ref().unwrap_or(&self.now)
    }

    /// Makes the value safe.
    pub fn sync(&mut self) {
        self.synced = None;
    }

    /// Goes back to what was safe.
    pub fn crash(&mut self) {
        if let Some(synced) = self.synced.take() {
            self.now = synced;
        }
    }
}

/// The value, and behind it what a crash would leave where that is something else.
impl<T: fmt::Debug> fmt::Debug for Durable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now.fmt(f)?;
        match &self.synced {
            Some(synced) => write!(f, " (after a crash: {synced:?})"),
            None => Ok(()),
        }
    }
}
