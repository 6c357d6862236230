//! How much of a value is looked at.

/// How much of two values is looked at before the comparison says that it is incomplete.
///
/// The first three bound what a mismatch costs the caller, since values are taken apart on its thread: 50,000 nodes are about a
/// millisecond. The last two bound what it costs the lab's worker.
///
/// ```
/// use experiment::diff::{Limits, Rules};
///
/// let mut limits = Limits::default();
/// limits.nodes = 1_000;
/// let rules = Rules::new().limits(limits);
/// let (old, new) = (vec![0; 2_000], vec![0; 2_001]);
/// assert!(!rules.differences(&old, &new)?.is_complete());
/// # Ok::<(), experiment::diff::UnserializableError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How deep values are nested: 64 unless said otherwise, and never more than 256, since the stack must hold it.
    pub depth: usize,
    /// How many values within a value: 50,000 unless said otherwise.
    pub nodes: usize,
    /// How many bytes of text and bytes: 1 MiB unless said otherwise.
    pub bytes: usize,
    /// How many changes are listed: 1,000 unless said otherwise.
    pub changes: usize,
    /// How many comparisons of single values: ten million unless said otherwise, some tenths of a second.
    pub steps: u64,
}

/// Deeper than this is not looked at, whatever the limits say.
const DEEPEST: usize = 256;

impl Limits {
    pub(super) const DEFAULT: Self =
        Self { depth: 64, nodes: 50_000, bytes: 1 << 20, changes: 1_000, steps: 10_000_000 };

    /// Within what the tree can number and the stack can hold.
    pub(super) fn sane(self) -> Self {
        let countable = (u32::MAX / 4) as usize;
        Self {
            depth: self.depth.min(DEEPEST),
            nodes: self.nodes.min(countable),
            bytes: self.bytes.min(countable),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
