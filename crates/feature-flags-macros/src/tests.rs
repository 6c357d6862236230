//! What the derives refuse, and what they say.

use crate::{attribute, context};

fn refused(derive: impl Fn(&syn::DeriveInput) -> syn::Result<proc_macro2::TokenStream>, item: &str) -> String {
    derive(&syn::parse_str(item).unwrap()).unwrap_err().to_string()
}

#[test]
fn a_context_that_cannot_be_one_says_what_to_do_instead() {
    for (item, error) in [
        ("enum Plan { Free }", "a context is a struct; for an enum, derive `Attribute` and make it a field"),
        ("struct Id(u64);", "the fields of a context need names; for a struct around one value, derive `Attribute`"),
        ("struct U { #[context(key)] a: u8, #[context(key)] b: u8 }", "a context has one key"),
        ("struct U { #[context(id)] a: u8 }", "expected `key`, `rename = \"..\"`, `nested`, `flatten` or `skip`"),
        ("struct U { #[context(nested, skip)] a: u8 }", "`nested`, `flatten` and `skip` exclude each other"),
        ("struct U { #[context(key, skip)] a: u8 }", "these options exclude each other"),
        ("struct U { #[context(rename = \"b\", flatten)] a: A }", "these options exclude each other"),
        (
            "struct U { #[context(rename = \"a.b\")] a: u8 }",
            "an attribute's name is not empty and has no dots; see `nested`",
        ),
        ("#[context(name = \"x\")] struct U { a: u8 }", "expected `kind = \"..\"`"),
    ] {
        assert_eq!(refused(context::derive, item), error, "{item}");
    }
}

#[test]
fn an_attribute_that_cannot_be_one_says_what_to_do_instead() {
    for (item, error) in [
        ("union U { a: u8 }", "a union cannot be an attribute"),
        ("enum Plan { Pro(u8) }", "the variants of an attribute have no fields"),
        ("struct P { a: u8, b: u8 }", "an attribute has one field; for several, derive `Context`"),
        ("struct P;", "an attribute has one field; for several, derive `Context`"),
        ("enum Plan { #[attribute(name = \"x\")] Pro }", "expected `rename = \"..\"`"),
    ] {
        assert_eq!(refused(attribute::derive, item), error, "{item}");
    }
}
