//! Derive macros of `stateful-testing`, which re-exports them; depend on that crate instead of this one.

mod attributes;
mod command;
mod names;

use proc_macro::TokenStream;

/// Makes an enum of commands usable by a model: names, arguments and references.
///
/// The documentation with examples is where users meet it, at `stateful_testing::Command`.
#[proc_macro_derive(Command, attributes(command, key))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    command::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
