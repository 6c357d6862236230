//! What `#[command(..)]` may say.

use syn::{Attribute, Error, LitInt, LitStr, Path, Result};

/// What the attribute on the enum says.
pub(crate) struct OfEnum {
    /// Where the crate is found, for those who renamed or re-exported it.
    pub(crate) library: Path,
}

/// What the attribute on a variant says.
pub(crate) struct OfVariant {
    pub(crate) name: Option<String>,
    /// How often it is taken beside others; at least 1.
    pub(crate) weight: u32,
    /// It happens to the system instead of being asked of it.
    pub(crate) fault: bool,
}

/// What the attribute on a field says.
#[derive(Default)]
pub(crate) struct OfField {
    /// The references in the field are used up by the command.
    pub(crate) consume: bool,
    /// It says which part of the system the command is about.
    pub(crate) key: bool,
}

impl OfEnum {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut library: Path = syn::parse_quote!(::stateful_testing);
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("crate") {
                    library = meta.value()?.parse::<LitStr>()?.parse()?;
                    Ok(())
                } else {
                    Err(meta.error("an enum of commands takes `crate = \"path\"`"))
                }
            })?;
        }
        Ok(Self { library })
    }
}

impl OfVariant {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self { name: None, weight: 1, fault: false };
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    parsed.name = Some(meta.value()?.parse::<LitStr>()?.value());
                } else if meta.path.is_ident("weight") {
                    parsed.weight = weight(&meta.value()?.parse()?)?;
                } else if meta.path.is_ident("fault") {
                    parsed.fault = true;
                } else {
                    return Err(meta.error("a command takes `name = \"..\"`, `weight = 1` and `fault`"));
                }
                Ok(())
            })?;
        }
        Ok(parsed)
    }
}

impl OfField {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("consume") {
                    parsed.consume = true;
                    Ok(())
                } else {
                    Err(meta.error("an argument takes `consume`"))
                }
            })?;
        }
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("key")) {
            attribute.meta.require_path_only()?;
            parsed.key = true;
        }
        Ok(parsed)
    }
}

/// How often a command is taken: one that never comes had better not be there.
pub(crate) fn weight(literal: &LitInt) -> Result<u32> {
    match literal.base10_parse()? {
        0 => Err(Error::new_spanned(literal, "a command of weight 0 would never come; leave it out instead")),
        weight => Ok(weight),
    }
}
