//! What `#[command(..)]` may say.

use syn::{Attribute, LitStr, Path, Result};

/// What the attribute on the enum says.
pub(crate) struct OfEnum {
    /// Where the crate is found, for those who renamed or re-exported it.
    pub(crate) library: Path,
}

/// What the attribute on a variant says.
#[derive(Default)]
pub(crate) struct OfVariant {
    pub(crate) name: Option<String>,
}

/// What the attribute on a field says.
#[derive(Default)]
pub(crate) struct OfField {
    /// The references in the field are used up by the command.
    pub(crate) consume: bool,
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
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    parsed.name = Some(meta.value()?.parse::<LitStr>()?.value());
                    Ok(())
                } else {
                    Err(meta.error("a command takes `name = \"..\"`"))
                }
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
        Ok(parsed)
    }
}
