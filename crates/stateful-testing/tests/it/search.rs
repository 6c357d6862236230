//! What random sequences are made of.

use stateful_testing::{Command, Env, Failed, Failure, Menu, Model, Origin, Search, check};

/// Two commands that rarely come, and never one after the other by chance.
struct Rare;

#[derive(Debug, Clone, PartialEq, Command)]
enum RareCommand {
    #[command(weight = 60)]
    Work,
    Suspend,
    Resume,
}

impl Model for Rare {
    type State = ();
    type Command = RareCommand;
    type Output = bool;
    type System = Option<RareCommand>;

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, RareCommand>) {
        menu.offer_named("work", |_| RareCommand::Work);
        menu.offer_named("suspend", |_| RareCommand::Suspend);
        menu.offer_named("resume", |_| RareCommand::Resume);
    }
    fn next(&self, _state: &mut (), _command: &RareCommand) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> Result<Self::System, Failed> {
        Ok(None)
    }
    fn run(&self, before: &mut Self::System, command: &RareCommand, _env: &mut Env) -> Result<bool, Failed> {
        let wrong = *before == Some(RareCommand::Suspend) && *command == RareCommand::Resume;
        *before = Some(command.clone());
        Ok(!wrong)
    }
}

/// How many cases it takes, in the sum over some seeds.
fn cases(search: Search) -> u32 {
    let found = (0..40).map(|seed| match check(Rare).seed(seed).cases(3000).search(search).budget(1).try_run() {
        Err(Failure::Falsified(failure)) => match failure.origin() {
            Origin::Case { number, .. } => *number,
            other => panic!("{other}"),
        },
        _ => 3000,
    });
    found.sum()
}

#[test]
fn what_came_least_is_gone_after() {
    let (uniform, adaptive) = (cases(Search::Uniform), cases(Search::Adaptive));
    assert!(adaptive * 4 < uniform, "{adaptive} cases with guidance, {uniform} without");
}

#[test]
fn a_case_that_went_after_something_is_made_again_from_its_seed() {
    for seed in 0..40 {
        let found = |seed| match check(Rare).seed(seed).cases(3000).try_run() {
            Err(Failure::Falsified(failure)) => (failure.origin().clone(), failure.sequence().to_string()),
            other => panic!("{other:?}"),
        };
        let (Origin::Case { seed: case, .. }, story) = found(seed) else { panic!("it is a case") };
        let (Origin::Case { number: 1, .. }, again) = found(case) else { panic!("it is the first case") };
        assert_eq!(story, again);
        assert_eq!(story, "[suspend, resume]");
    }
}
