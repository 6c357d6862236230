//! Macros of `stateful-testing`, which re-exports them; depend on that crate instead of this one.
//!
//! The documentation with examples is where users meet them.

mod argument;
mod attributes;
mod command;
mod machine;
mod names;

use proc_macro::TokenStream;

/// Makes an enum of commands usable by a model: see `stateful_testing::Command`.
#[proc_macro_derive(Command, attributes(command, key))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    command::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct or an enum an argument of commands: see `stateful_testing::Argument`.
#[proc_macro_derive(Argument, attributes(argument))]
pub fn derive_argument(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    argument::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes values of a struct or an enum, field by field: see `stateful_testing::Generate`.
#[proc_macro_derive(Generate, attributes(argument, arg))]
pub fn derive_generate(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    argument::expand_generate(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// A model with one method for each command, for small tests: see `stateful_testing::Lockstep`.
#[proc_macro_attribute]
pub fn machine(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let block = syn::parse_macro_input!(item as syn::ItemImpl);
    machine::expand(attribute.into(), block).unwrap_or_else(|error| error.to_compile_error()).into()
}
