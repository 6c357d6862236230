//! What is said where an impl block is no machine, and at which words.

use proc_macro2::TokenStream;

use super::expand;

/// The message, and the words it is about.
fn complaint(attribute: &str, block: &str) -> (String, String) {
    let attribute: TokenStream = attribute.parse().unwrap();
    // Through text: only tokens that were read have places.
    let tokens: TokenStream = block.parse().unwrap();
    let error = expand(attribute, syn::parse2(tokens).unwrap()).unwrap_err();
    (error.to_string(), error.span().source_text().unwrap_or_default())
}

#[track_caller]
fn complains(block: &str, message: &str, at: &str) {
    let (said, place) = complaint("system = S", block);
    assert!(said.contains(message), "{said}");
    assert_eq!(place, at, "{said}");
}

#[test]
fn a_machine_needs_its_system() {
    assert!(complaint("", "impl M {}").0.contains("#[machine(system = Type)]"));
    assert!(complaint("sistem = S", "impl M {}").0.contains("takes `system = Type`"));
}

#[test]
fn a_block_that_is_no_machine_is_told_why() {
    complains("impl M { fn helper(&self) {} }", "at least one method with `#[command]`", "M");
    complains("impl<T> M<T> {}", "not generic", "<T>");
    complains("impl Clone for M {}", "not of a trait", "Clone");
    complains(
        "impl M { #[setup] fn a(&self) -> S { S } #[setup] fn b(&self) -> S { S } }",
        "one `#[setup]`, and `a` is it already",
        "b",
    );
    complains("impl M { #[command] #[invariant] fn a(&mut self) -> Lockstep<S> {} }", "one thing only", "#[invariant]");
    complains(
        "impl M { #[invariant] fn a(&self, s: &mut S, t: u8) {} }",
        "an invariant takes",
        "&self, s: &mut S, t: u8",
    );
}

#[test]
fn a_command_that_is_none_is_told_why() {
    complains("impl M { #[command] fn a(&self) -> Lockstep<S> {} }", "takes `&mut self`", "&self");
    complains("impl M { #[command] fn a() -> Lockstep<S> {} }", "takes `&mut self`", "a");
    complains("impl M { #[command] fn a(&mut self) {} }", "gives `Lockstep<System, Output>`", "a");
    complains("impl M { #[command] fn a(&mut self) -> u32 {} }", "gives `Lockstep<System, Output>`", "u32");
    complains(
        "impl M { #[command(fault)] fn a(&mut self) -> Lockstep<S> {} }",
        "gives `Reopen<System>`",
        "Lockstep<S>",
    );
    complains("impl M { #[command] async fn a(&mut self) -> Lockstep<S> {} }", "not `async`", "async");
    complains("impl M { #[command] fn a<T>(&mut self, t: T) -> Lockstep<S> {} }", "not generic", "<T>");
}

#[test]
fn an_attribute_that_is_wrong_is_pointed_at() {
    complains("impl M { #[command(wait = 3)] fn a(&mut self) -> Lockstep<S> {} }", "a command takes", "wait");
    complains("impl M { #[command(weight = 0)] fn a(&mut self) -> Lockstep<S> {} }", "would never come", "0");
    // This one is told by the parser, which points at the whole group or at where it opens, as its own features have it.
    let (said, place) = complaint("system = S", "impl M { #[setup(fast)] fn a(&self) -> S {} }");
    assert!(said.contains("unexpected token") && ["(", "(fast)"].contains(&place.as_str()), "{said} at {place}");
}

#[test]
fn an_argument_that_is_wrong_is_pointed_at() {
    complains("impl M { #[command] fn a(&mut self, text: &str) -> Lockstep<S> {} }", "is owned", "&str");
    complains("impl M { #[command] fn a(&mut self, (x, y): (u8, u8)) -> Lockstep<S> {} }", "has a name", "(x, y)");
    complains("impl M { #[command] fn a(&mut self, #[consume] x: u8) -> Lockstep<S> {} }", "only a `Ref`", "x");
    complains(
        "impl M { #[command] fn a(&mut self, #[arg(1..2)] #[arg(3..4)] x: u8) -> Lockstep<S> {} }",
        "made in one way",
        "#[arg(3..4)]",
    );
}
