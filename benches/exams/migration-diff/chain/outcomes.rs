//! What came of the files of a chain.

use crate::reach::Counts;

/// What came of them.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) right: usize,
    /// What was carried out in the cases that came out right.
    pub(crate) counts: Counts,
    /// The case, and why it is not right.
    pub(crate) wrong: Vec<(String, String)>,
}

impl Outcomes {
    pub(crate) fn count(&mut self, case: &str, outcome: Result<Counts, String>) {
        match outcome {
            Ok(counts) => {
                self.right += 1;
                self.counts += counts;
            }
            Err(reason) => self.wrong.push((case.to_owned(), reason)),
        }
    }
}
