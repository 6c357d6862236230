//! What a model says about its commands: labels, parts of its precondition, weights.

use stateful_testing::{Command, Cover, Env, Failed, Failure, Menu, Model, New, Ref, Search, check};

use crate::machines::falsified;

/// A bank with two accounts, which lends to itself where it is told to.
#[derive(Clone)]
struct Bank {
    lends: bool,
}

#[derive(Debug, Clone, PartialEq, Command)]
enum BankCommand {
    #[command(weight = 3)]
    Pay(u8, u8),
    #[command(weight = 1)]
    Transfer { from: usize, to: usize, amount: u8 },
}

impl Model for Bank {
    type State = [u8; 2];
    type Command = BankCommand;
    type Output = [u8; 2];
    type System = [u8; 2];

    fn init(&self) -> [u8; 2] {
        [0, 0]
    }
    fn commands(&self, _state: &[u8; 2], menu: &mut Menu<'_, BankCommand>) {
        menu.offer_named("pay", |g| BankCommand::Pay(g.int(0..=1), g.int(1..=5)));
        menu.offer_named("transfer", |g| BankCommand::Transfer {
            from: g.int(0..=1),
            to: g.int(0..=1),
            amount: g.int(1..=9),
        });
    }
    fn precondition(&self, state: &[u8; 2], command: &BankCommand) -> bool {
        self.refusal(state, command).is_empty()
    }
    fn refusal(&self, state: &[u8; 2], command: &BankCommand) -> &'static str {
        match command {
            BankCommand::Pay(account, _) if state[usize::from(*account)] > 100 => "rich enough",
            BankCommand::Transfer { from, amount, .. } if state[*from] < *amount => "not enough there",
            _ => "",
        }
    }
    fn labels(&self, before: &[u8; 2], command: &BankCommand, add: &mut dyn FnMut(&'static str)) {
        if let BankCommand::Transfer { from, to, amount } = command {
            if from == to {
                add("to oneself");
            }
            if before[*from] == *amount {
                add("all of it");
            }
        }
    }
    fn next(&self, state: &mut [u8; 2], command: &BankCommand) -> [u8; 2] {
        match command {
            BankCommand::Pay(account, amount) => state[usize::from(*account)] += amount,
            BankCommand::Transfer { from, to, amount } => {
                state[*from] -= amount;
                state[*to] += amount;
            }
        }
        *state
    }
    fn setup(&self, _state: &[u8; 2]) -> Result<[u8; 2], Failed> {
        Ok([0, 0])
    }
    fn run(&self, system: &mut [u8; 2], command: &BankCommand, _env: &mut Env) -> Result<[u8; 2], Failed> {
        let before = *system;
        self.next(system, command);
        if let BankCommand::Transfer { from, to, amount } = command
            && self.lends
        {
            system[*to] = before[*to] + amount;
            if from != to {
                system[*from] = before[*from] - amount;
            }
        }
        Ok(*system)
    }
}

#[test]
fn labels_are_counted_and_can_be_required() {
    let check = check(Bank { lends: false }).seed(1);
    let passed = check.clone().require(Cover::label("to oneself"), 50).try_run().unwrap();
    assert!(passed.tally().label("all of it") > 0);
    assert!(passed.tally().to_string().contains("  to oneself: "), "{}", passed.tally());
    let Err(Failure::Vacuous { count: 0, .. }) = check.require(Cover::label("in yen"), 1).try_run() else {
        panic!("nobody transfers yen")
    };
}

#[test]
fn the_part_of_a_precondition_that_refuses_is_named() {
    let passed = check(Bank { lends: false }).seed(1).try_run().unwrap();
    assert!(passed.tally().refused("transfer", "not enough there") > 0);
    assert_eq!(passed.tally().refused("pay", "not enough there"), 0);
    let table = passed.tally().to_string();
    assert!(table.contains("refused by the precondition: not enough there "), "{table}");
    let report = falsified(Bank { lends: true }, 1).to_string();
    assert!(report.contains("[pay 0 1, transfer 0 0 1]"), "{report}");
    assert!(
        report.contains("without command 1, the precondition refuses command 2 (`transfer 0 0 1`): not enough there"),
        "{report}"
    );
}

#[test]
fn commands_offered_by_name_come_by_the_weight_of_their_declaration() {
    let passed = check(Bank { lends: false }).seed(1).search(Search::Uniform).cases(1000).try_run().unwrap();
    let counts: Vec<u64> = passed.tally().kinds().iter().map(|kind| kind.accepted + kind.refused).collect();
    let share = counts[0] * 100 / (counts[0] + counts[1]);
    assert!((73..=77).contains(&share), "{share} %");
}

/// Offers what it does not have.
struct Misnamed;

impl Model for Misnamed {
    type State = ();
    type Command = BankCommand;
    type Output = ();
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, BankCommand>) {
        menu.offer_named("lend", |_| BankCommand::Pay(0, 1));
    }
    fn next(&self, _state: &mut (), _command: &BankCommand) {}
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), _command: &BankCommand, _env: &mut Env) -> Result<(), Failed> {
        Ok(())
    }
}

#[test]
fn a_command_offered_by_a_wrong_name_is_told_with_its_place() {
    let message = check(Misnamed).try_run().unwrap_err().to_string();
    assert!(message.contains("there is no command `lend`; there are: pay, transfer"), "{message}");
    assert!(message.contains("words.rs"), "{message}");
}

#[derive(Debug, Clone, Command)]
enum Keyed {
    Open {
        #[key]
        file: New<u8>,
        #[key]
        mode: char,
    },
    Write(#[key] Ref<u8>, u8),
    Flush,
}

#[test]
fn keys_of_several_fields_are_one() {
    let file = New::numbered(1);
    let key = |command: Keyed| command.partition_key().map(|key| key.to_string());
    assert_eq!(key(Keyed::Open { file, mode: 'r' }).as_deref(), Some("(v1, 'r')"));
    assert_eq!(key(Keyed::Write(file.reference(), 3)).as_deref(), Some("v1"));
    assert_eq!(key(Keyed::Flush), None);
    assert_eq!(Keyed::WEIGHTS, [1, 1, 1]);
    assert_eq!(BankCommand::WEIGHTS, [3, 1]);
}
