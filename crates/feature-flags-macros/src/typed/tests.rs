use super::{Expired, Input, expand, is_past};

/// What is made of a declaration, without spaces, or why nothing is.
fn expanded(declaration: &str, on_expired: Expired) -> Result<String, String> {
    let input: Input = syn::parse_str(declaration).map_err(|error| error.to_string())?;
    let tokens = expand(&input, on_expired).map_err(|error| error.to_string())?;
    Ok(tokens.to_string().replace(' ', ""))
}

const ALL: &str = r#"pub struct AppFlags = "tests/flags.toml";"#;
const WITH_EXPIRED: &str = r#"struct AppFlags = "tests/expired.toml";"#;

#[test]
fn each_flag_becomes_a_method_and_each_variant_one_of_an_enum() {
    let made = expanded(ALL, Expired::Deny).unwrap();
    assert!(made.contains("pubfnnew_search(&self,context:&dyn::feature_flags::Context)->bool"), "{made}");
    assert!(made.contains("pubenumAppFlagsButton{") && made.contains("Loud"), "{made}");
    assert!(!made.contains("new_serach"), "what is not in the file is not there, so that using it is an error");
}

#[test]
fn an_expired_flag_is_deprecated_and_in_ci_refused() {
    let made = expanded(WITH_EXPIRED, Expired::Warn).unwrap();
    let note = r#"#[deprecated(note="flag`old-menu`expiredon2020-01-31:removeit")]"#;
    assert!(made.contains(&format!("{note}fnold_menu")), "{made}");
    assert_eq!(made.matches("#[deprecated").count(), 1, "the other flag is not concerned");
    assert_eq!(expanded(WITH_EXPIRED, Expired::Deny).unwrap_err(), "flag `old-menu` expired on 2020-01-31: remove it");
    let of = |setting| Expired::of(setting);
    assert_eq!([of(Some("deny")), of(Some("warn")), of(None)], [Expired::Deny, Expired::Warn, Expired::Warn]);
}

#[test]
fn what_cannot_be_is_a_compile_error_that_says_why() {
    for (declaration, error) in [
        (r#"struct F = "tests/no-such.toml";"#, "could not be read"),
        (r#"struct F = "tests/flags.toml" { no_such: u8 }"#, "there is no flag for a method `no_such` in "),
        (r#"struct F = "tests/flags.toml" { limits: u8, limits: u8 }"#, "`limits` has a type already"),
        (r#"struct F = "Cargo.toml" { x: u8 }"#, "there is no flag for a method `x`"),
        (r#"enum F = "tests/flags.toml";"#, "expected `struct`"),
        (r#"struct F = "tests/flags.json";"#, "tests/flags.json is JSON, and `flags!` reads TOML"),
        (
            r#"struct F = "tests/clashes/new.toml";"#,
            "flag `new` would have the method `new`, which the type has itself",
        ),
        (r#"struct F = "tests/clashes/flags.toml";"#, "flag `Flags` would have the method `flags`"),
        (r#"struct F = "tests/clashes/methods.toml";"#, "flags `a-b` and `a.b` would have the same method"),
        (
            r#"struct F = "tests/clashes/variants.toml";"#,
            "variants `LOUD` and `lOUD` of flag `button` would have the same",
        ),
    ] {
        let found = expanded(declaration, Expired::Warn).unwrap_err();
        assert!(found.contains(error), "{declaration}: {found}");
    }
}

#[test]
fn a_day_is_past_when_it_is_over() {
    assert!(is_past("1970-01-01") && is_past("2024-02-29"));
    assert!(!is_past("9999-12-31") && !is_past("soon") && !is_past("2020-01"));
}
