//! Derive macros of `feature-flags`, which re-exports and documents them.

mod attribute;
mod context;
mod options;
#[cfg(feature = "typed")]
mod typed;

use proc_macro::TokenStream;

/// Makes a context of a struct with named fields: each field is an attribute of its name.
///
/// | on a field | |
/// |---|---|
/// | `#[context(key)]` | who this is, for percentages; the attribute stays |
/// | `#[context(rename = "app-version")]` | another name |
/// | `#[context(skip)]` | no attribute |
/// | `#[context(nested)]` | a context of its own: its attributes are `field.attribute` |
/// | `#[context(flatten)]` | a context of its own: its attributes are those of this one |
///
/// On the struct, `#[context(kind = "customer")]` names its kind, which is the struct's name in `kebab-case` otherwise:
/// a `User` answers to `user.country` as to `country`.
///
/// Structs without parameters can be given to flags and groups written in Rust (`define`, `group`).
///
/// ```
/// use feature_flags::{Attribute, Context, MapContext, Value};
///
/// #[derive(Attribute)]
/// enum Plan { Free, ProPlus }
///
/// #[derive(Context)]
/// struct Address<'a> { city: &'a str }
///
/// #[derive(Context)]
/// struct User<'a> {
///     #[context(key)]
///     id: u64,
///     plan: Option<Plan>,
///     #[context(rename = "app-version")]
///     version: String,
///     #[context(nested)]
///     address: Address<'a>,
///     #[context(skip)]
///     password_hash: [u8; 32],
/// }
///
/// let address = Address { city: "Austin" };
/// let user = User { id: 7, plan: Some(Plan::ProPlus), version: "2.1".into(), address, password_hash: [0; 32] };
/// assert!(matches!(user.attribute("plan"), Some(Value::Text("pro-plus"))));
/// assert!(matches!(user.attribute("user.app-version"), Some(Value::Text("2.1"))));
/// assert!(matches!(user.attribute("address.city"), Some(Value::Text("Austin"))));
/// assert!(matches!(user.key(), Some(Value::Integer(7))));
/// assert!(user.attribute("password_hash").is_none() && user.password_hash == [0; 32]);
/// # assert!(matches!(Plan::Free.value(), Some(Value::Text("free"))));
/// ```
#[proc_macro_derive(Context, attributes(context))]
pub fn derive_context(input: TokenStream) -> TokenStream {
    finish(syn::parse(input).and_then(|input| context::derive(&input)))
}

/// Makes an attribute of an enum without fields, or of a struct around one attribute.
///
/// A variant's text is its name in `kebab-case`, or what `#[attribute(rename = "..")]` says. A struct has the value of
/// its one field.
///
/// ```
/// use feature_flags::{Attribute, Value};
///
/// #[derive(Attribute)]
/// enum Plan {
///     Free,
///     #[attribute(rename = "pro")]
///     Professional,
/// }
///
/// #[derive(Attribute)]
/// struct UserId(u64);
///
/// assert!(matches!(Plan::Free.value(), Some(Value::Text("free"))));
/// assert!(matches!(Plan::Professional.value(), Some(Value::Text("pro"))));
/// assert!(matches!(UserId(7).value(), Some(Value::Integer(7))));
/// ```
#[proc_macro_derive(Attribute, attributes(attribute))]
pub fn derive_attribute(input: TokenStream) -> TokenStream {
    finish(syn::parse(input).and_then(|input| attribute::derive(&input)))
}

/// Reads a file of flags at compile time and makes a type of it, with a method for each flag.
///
/// `flags! { pub struct AppFlags = "flags.toml"; }` reads the file at this path from the crate's root. A flag that is
/// just on or off is a method that returns `bool`; one with variants returns an `Option` of an enum of them, which is
/// `None` where none is served. So a flag that is not in the file is a compile error, and so is a variant that nobody
/// handles. Dashes become underscores.
///
/// Where a type is given for a flag, its method takes a default and returns the value as that type, which implements
/// `serde::Deserialize` (feature `serde` of `feature-flags`): `= "flags.toml" { limits: Limits, page_size: u32 }`. A value
/// that does not fit gives the default, and is told to the listener.
///
/// A flag whose `expires` is past is deprecated: whoever uses it gets a warning. With `FEATURE_FLAGS_EXPIRED=deny` in the
/// environment of the compiler, as in CI, it is an error.
///
/// ```
/// use feature_flags::Flags;
///
/// feature_flags::flags! {
///     /// The flags of this application.
///     pub struct AppFlags = "tests/flags.toml";
/// }
///
/// let flags = AppFlags::new(Flags::from_toml(include_str!("../tests/flags.toml"))?);
/// assert!(flags.new_search(&()));
/// assert_eq!(flags.button(&()), Some(AppFlagsButton::Loud));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
///
/// ```
/// # use feature_flags::Flags;
/// #[derive(serde::Deserialize, PartialEq, Debug)]
/// struct Limits { requests: u32 }
///
/// feature_flags::flags! {
///     struct AppFlags = "tests/flags.toml" { limits: Limits }
/// }
///
/// let flags = AppFlags::new(Flags::from_toml(include_str!("../tests/flags.toml"))?);
/// assert_eq!(flags.limits(&(), Limits { requests: 1 }), Limits { requests: 10 });
/// # assert!(flags.new_search(&()) && flags.button(&()).is_some());
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
///
/// ```compile_fail
/// # feature_flags::flags! { pub struct AppFlags = "tests/flags.toml"; }
/// # let flags = AppFlags::new(feature_flags::Flags::builder().build());
/// flags.new_serach(&()); // no such flag
/// ```
#[cfg(feature = "typed")]
#[proc_macro]
pub fn flags(input: TokenStream) -> TokenStream {
    finish(syn::parse(input).and_then(|input| typed::expand(&input, typed::Expired::of_environment())))
}

#[cfg(test)]
mod tests;

fn finish(generated: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    generated.unwrap_or_else(|error| error.to_compile_error()).into()
}
