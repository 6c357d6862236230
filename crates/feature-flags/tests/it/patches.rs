//! Changes of single flags, in whatever order they arrive.

use std::sync::Mutex;
use std::time::Duration;

use feature_flags::{
    Change, Changes, Contents, Flag, Flags, MapContext, Percent, Revision, Rollout, Rule, Source, SourceError,
};
use proptest::prelude::*;

/// Hands out its batches one after the other, then nothing.
struct Scripted {
    batches: Mutex<Vec<Vec<Change>>>,
}

impl Source for Scripted {
    fn name(&self) -> String {
        "script".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        Ok(Contents::new(Revision::ZERO))
    }

    fn changes(&self, _since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
        Ok(self.batches.lock().unwrap().pop().map_or(Changes::None, Changes::Some))
    }
}

/// What is served when all changes arrived, ending with one that comes last.
fn served(mut batches: Vec<Vec<Change>>) -> Vec<String> {
    let last = Revision::new(1_000_000);
    // A source that has nothing newer is left alone for a while; so each batch has something newer of another flag.
    for (revision, batch) in (1_000..).zip(&mut batches) {
        batch.push(Change::put(Revision::new(revision), Flag::new("beat")));
    }
    batches.push(vec![Change::put(last, Flag::new("last").enabled(true))]);
    batches.reverse();
    let flags = Flags::builder().source(Scripted { batches: Mutex::new(batches) }).unwrap();
    assert!(flags.wait_for_revision(last, Duration::from_mins(1)), "all changes arrive");
    let users: Vec<MapContext> = (0..20).map(|id| MapContext::new().with("id", id)).collect();
    let mut answers: Vec<String> = (0..6)
        .flat_map(|name| users.iter().map(move |user| (format!("f{name}"), user)))
        .map(|(name, user)| {
            format!("{name} {:?}", {
                let decision = flags.decide(&name, user);
                (decision.enabled(), decision.reason())
            })
        })
        .collect();
    answers.push(format!("{} flags, {:?}", flags.status().flags(), flags.status().problems()));
    answers.push(flags.status().snapshot().content().to_string());
    answers
}

fn change(revision: u64, name: u8, share: Option<u32>) -> Change {
    let name = format!("f{name}");
    match share {
        None => Change::removed(Revision::new(revision), name),
        Some(share) => {
            let rollout = Rollout::new(Percent::whole(share).unwrap());
            Change::put(Revision::new(revision), Flag::new(name).rule(Rule::new().rollout(rollout.by("id"))))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changes_in_any_order_and_any_batches_end_in_the_same_flags(
        (ordered, shuffled, cuts) in prop::collection::vec((0_u8..6, prop::option::of(0_u32..=100)), 1..24)
            .prop_flat_map(|changes| {
                let changes: Vec<Change> =
                    (1..).zip(changes).map(|(revision, (name, share))| change(revision, name, share)).collect();
                let shuffled = Just(changes.clone()).prop_shuffle();
                (Just(changes), shuffled, prop::collection::vec(1_usize..6, 24))
            }),
    ) {
        let one_by_one = ordered.into_iter().map(|change| vec![change]).collect();
        let mut rest = shuffled.as_slice();
        let mut batches = Vec::new();
        for cut in cuts {
            let (batch, behind) = rest.split_at(cut.min(rest.len()));
            if !batch.is_empty() {
                batches.push(batch.to_vec());
            }
            rest = behind;
        }
        prop_assert_eq!(served(one_by_one), served(batches));
    }
}
