//! Segments as the store keeps them.

use feature_flags::Segment;

pub(crate) fn to_bytes(segment: &Segment) -> Vec<u8> {
    segment.hashes().iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

/// What is left over at the end of a torn row is no hash.
pub(crate) fn from_bytes(path: Option<String>, bytes: &[u8]) -> Segment {
    let (hashes, _torn) = bytes.as_chunks::<8>();
    let segment = Segment::from_hashes(hashes.iter().map(|hash| u64::from_le_bytes(*hash)));
    match path {
        Some(path) => segment.by(path),
        None => segment,
    }
}
