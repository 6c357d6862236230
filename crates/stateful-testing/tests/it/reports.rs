//! What a failure prints.

use stateful_testing::{Command, Env, Failed, Failure, Menu, Model, New, Origin, Ref, check};

use crate::machines::{Numbers, Push, falsified};

fn wrong() -> Numbers {
    Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if element >= 57 { 0 } else { elements.len() })
    })
}

#[test]
fn the_report_tells_the_whole_story() {
    let Err(Failure::Falsified(failure)) = check(wrong()).seed(3).try_run() else { panic!("found at once") };
    let report = failure.to_string();
    for part in [
        "\n  [push 57]\n",
        "   0           model: []\n",
        "   1  push 57  model: [57]  expected 1  gave 0\n",
        "\nexpected 1, got 0\n",
        "1 command (2-minimal: neither one command nor two can be left out)",
        &format!(
            "replay with STATEFUL_SEED={:#x} cargo test reports::the_report_tells_the_whole_story",
            failure.seed().unwrap()
        ),
    ] {
        assert!(report.contains(part), "{part:?} is missing in:\n{report}");
    }
}

#[test]
#[should_panic(expected = "[push 57]")]
fn run_panics_with_the_report() {
    check(wrong()).seed(3).run();
}

#[test]
fn a_tally_says_what_was_generated() {
    let passed = check(Numbers::right()).seed(1).cases(10).try_run().unwrap();
    assert_eq!(passed.tally().to_string(), format!("  push  {} generated\n", passed.tally().commands()));
}

#[test]
fn a_failure_can_be_pasted_as_a_test() {
    let Err(Failure::Falsified(failure)) = check(wrong()).seed(3).try_run() else { panic!("found at once") };
    let test = "#[test]
fn sequence_push() {
    stateful_testing::check(Numbers).run_sequence([
        Push::Push(57),
    ]);
}
";
    assert_eq!(failure.to_test(), test);
    assert!(failure.to_string().contains(test));
    // What is pasted fails in the same way.
    let Err(Failure::Falsified(pasted)) = check(wrong()).try_sequence([Push::Push(57)]) else { panic!("fails again") };
    assert_eq!(pasted.cause(), failure.cause());
    assert_eq!(pasted.origin(), &Origin::Written);
}

#[derive(Debug, Clone, Command)]
enum Shop {
    Open,
    Sell(New<u8>, String, Option<&'static str>),
    Return { sale: Ref<u8>, reasons: Vec<(bool, char)> },
}

/// Falls over when something is returned.
struct ShopModel;

impl Model for ShopModel {
    type State = Vec<Ref<u8>>;
    type Command = Shop;
    type Output = ();
    type System = ();

    fn init(&self) -> Vec<Ref<u8>> {
        Vec::new()
    }
    fn commands(&self, sales: &Vec<Ref<u8>>, menu: &mut Menu<'_, Shop>) {
        menu.offer(1, |_| Shop::Open);
        menu.offer(1, |g| Shop::Sell(g.fresh(), g.text(2..=2), Some("<#1;>")));
        if !sales.is_empty() {
            menu.offer(1, |g| Shop::Return { sale: *g.pick(sales), reasons: vec![(true, 'x')] });
        }
    }
    fn next(&self, sales: &mut Vec<Ref<u8>>, command: &Shop) {
        if let Shop::Sell(sale, ..) = command {
            sales.push(sale.reference());
        }
    }
    fn setup(&self, _sales: &Vec<Ref<u8>>) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), command: &Shop, env: &mut Env) -> Result<(), Failed> {
        match command {
            Shop::Open => Ok(()),
            Shop::Sell(sale, ..) => {
                env.bind(*sale, 1);
                Ok(())
            }
            Shop::Return { .. } => Err(Failed::new("no <returns>")),
        }
    }
}

#[test]
fn every_kind_of_argument_is_written_as_an_expression() {
    let failure = falsified(ShopModel, 1);
    let test = "#[test]
fn sell_then_return() {
    stateful_testing::check(ShopModel).run_sequence([
        Shop::Sell(New::numbered(1), \"aa\".to_owned(), Some(\"<#1;>\")),
        Shop::Return { sale: Ref::numbered(1), reasons: vec![(true, 'x')] },
    ]);
}
";
    assert_eq!(failure.to_test(), test);
    // The expressions, as they were pasted from above.
    let failure = check(ShopModel).try_sequence([
        Shop::Sell(New::numbered(1), "aa".to_owned(), Some("<#1;>")),
        Shop::Return { sale: Ref::numbered(1), reasons: vec![(true, 'x')] },
    ]);
    assert!(matches!(failure, Err(Failure::Falsified(_))));
}

#[test]
fn a_written_sequence_that_the_model_does_not_allow_is_refused() {
    let failure = check(ShopModel).try_sequence([Shop::Open, Shop::Return { sale: Ref::numbered(1), reasons: vec![] }]);
    let Err(Failure::Refused { place: 2, .. }) = failure else { panic!("{failure:?}") };
    assert!(check(ShopModel).try_sequence([]).is_err(), "nothing to run is no pass");
}

#[test]
fn a_failure_can_be_drawn() {
    let expected = "sequenceDiagram
    participant test
    participant system
    Note over test: []
    test->>system: v1 = sell \"aa\" Some(\"#60;#35;1#59;#62;\")
    system-->>test: ()
    Note over test: [v1]
    test->>system: return v1 [(true, 'x')]
    system--xtest: nothing (expected ())
    Note over test,system: the system failed: no #60;returns#62;
";
    assert_eq!(falsified(ShopModel, 1).to_mermaid(), expected);
}

#[test]
fn a_page_holds_everything_and_nothing_unescaped() {
    let page = falsified(ShopModel, 1).to_html();
    assert!(page.contains("<td><code>[<mark>v1</mark>]</code></td>"), "{page}");
    assert!(page.contains("no &lt;returns&gt;") && !page.contains("<returns>"), "{page}");
    assert!(page.contains("STATEFUL_REPLAY=") && !page.contains("<script") && !page.contains("http"), "{page}");
}
