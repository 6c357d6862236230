//! Arguments from proptest's strategies.

use proptest::prelude::Rng;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::generator::{Gen, Words};
use crate::random::Random;

impl Gen {
    /// A value that a proptest strategy makes.
    ///
    /// Shrinking lowers the random words the strategy was given and lets it make the value again, so that the strategy's own
    /// limits and filters hold for shrunk values too. The strategy's own shrinking is not used.
    ///
    /// ```
    /// use stateful_testing::proptest::{collection::vec, sample::select};
    /// use stateful_testing::testing::generated;
    ///
    /// let tags = generated(3, |g| g.strategy(&vec(select(vec!["new", "late"]), 1..4)));
    /// assert!((1..4).contains(&tags.len()));
    /// ```
    ///
    /// # Panics
    /// If the strategy rejects so much that it finds no value.
    #[track_caller]
    pub fn strategy<S: Strategy>(&mut self, strategy: &S) -> S::Value {
        self.words(|words| match words {
            Words::Fresh(random) => fresh(strategy, random),
            Words::Again(words) => again(strategy, &words),
        })
    }
}

/// Makes a value and tells which words it took.
#[track_caller]
fn fresh<S: Strategy>(strategy: &S, random: &mut Random) -> (S::Value, Vec<u32>) {
    let mut seed = [0; 32];
    seed.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&random.next().to_le_bytes()));
    let (value, runner) = value(strategy, TestRng::from_seed(RngAlgorithm::Recorder, &seed));
    let words = runner.bytes_used().chunks(4).map(word).collect();
    (value, words)
}

/// Makes a value of the words, and of zeros where they end; tells which words it took.
#[track_caller]
fn again<S: Strategy>(strategy: &S, words: &[u32]) -> (S::Value, Vec<u32>) {
    // proptest does not tell how much it has read. What is left is seen by a mark behind the zeros.
    const ZEROS: usize = 4096;
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize(bytes.len() + ZEROS, 0);
    bytes.push(1);
    let (value, mut runner) = value(strategy, TestRng::from_seed(RngAlgorithm::PassThrough, &bytes));
    let mut rest = vec![0; bytes.len()];
    runner.rng().fill_bytes(&mut rest);
    let left = rest.iter().rposition(|byte| *byte == 1).map_or(0, |at| at + 1);
    let mut used: Vec<u32> = bytes[..bytes.len() - left].chunks(4).map(word).collect();
    // Zeros at the end are read as well when they are not there.
    while used.last() == Some(&0) && used.len() > words.len() {
        used.pop();
    }
    (value, used)
}

#[track_caller]
fn value<S: Strategy>(strategy: &S, rng: TestRng) -> (S::Value, TestRunner) {
    // Few rejects: a strategy that goes on rejecting the same zeros will not stop doing so.
    let config = Config { max_local_rejects: 1000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    match strategy.new_tree(&mut runner) {
        Ok(tree) => (tree.current(), runner),
        Err(reason) => panic!("the strategy finds no value: {reason}"),
    }
}

fn word(bytes: &[u8]) -> u32 {
    let mut word = [0; 4];
    word[..bytes.len()].copy_from_slice(bytes);
    u32::from_le_bytes(word)
}
