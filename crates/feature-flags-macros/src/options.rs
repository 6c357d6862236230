//! What users write in `#[context(..)]` and `#[attribute(..)]`.

use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Result};

/// The options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) key: bool,
    pub(crate) role: Role,
    pub(crate) rename: Option<LitStr>,
}

/// What a field is to its context.
#[derive(Default, PartialEq, Clone, Copy)]
pub(crate) enum Role {
    #[default]
    Attribute,
    Nested,
    Flatten,
    Skip,
}

impl FieldOptions {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("context")) {
            attribute.parse_nested_meta(|meta| {
                let role = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("key") => {
                        options.key = true;
                        return Ok(());
                    }
                    Some("rename") => {
                        options.rename = Some(meta.value()?.parse()?);
                        return Ok(());
                    }
                    Some("nested") => Role::Nested,
                    Some("flatten") => Role::Flatten,
                    Some("skip") => Role::Skip,
                    _ => return Err(meta.error("expected `key`, `rename = \"..\"`, `nested`, `flatten` or `skip`")),
                };
                if options.role != Role::Attribute {
                    return Err(meta.error("`nested`, `flatten` and `skip` exclude each other"));
                }
                options.role = role;
                Ok(())
            })?;
            let named = options.rename.is_some() && matches!(options.role, Role::Flatten | Role::Skip);
            if named || (options.key && options.role != Role::Attribute) {
                return Err(syn::Error::new(attribute.span(), "these options exclude each other"));
            }
        }
        Ok(options)
    }
}

/// The text of `name` in `#[context(name = "..")]` or the like.
pub(crate) fn text_option(attributes: &[Attribute], outer: &str, name: &str) -> Result<Option<LitStr>> {
    let mut text = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(outer)) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident(name) {
                return Err(meta.error(format!("expected `{name} = \"..\"`")));
            }
            text = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(text)
}

/// `ProPlus` as `pro-plus`.
pub(crate) fn kebab_case(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.char_indices() {
        if c.is_uppercase() && index > 0 {
            text.push('-');
        }
        text.extend(c.to_lowercase());
    }
    text
}
