//! What the attributes of a machine may say.

use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, LitStr, Meta, Path, Result, Token, Type};

use crate::attributes::weight;

/// `#[machine(system = Service)]`.
pub(super) struct OfMachine {
    pub(super) library: Path,
    pub(super) system: Type,
}

impl Parse for OfMachine {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut library: Path = syn::parse_quote!(::stateful_testing);
        let mut system = None;
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                library = input.parse::<LitStr>()?.parse()?;
            } else {
                let name: Ident = input.parse()?;
                if name != "system" {
                    return Err(Error::new(name.span(), "a machine takes `system = Type` and `crate = \"path\"`"));
                }
                input.parse::<Token![=]>()?;
                system = Some(input.parse()?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let system = system.ok_or_else(|| input.error("which system? write `#[machine(system = Type)]`"))?;
        Ok(Self { library, system })
    }
}

/// What a method of the block is for.
pub(super) enum Part {
    Command(Box<OfCommand>),
    Setup,
    Invariant,
    Class,
    Teardown,
}

impl Part {
    /// Takes the one attribute that says it off the others; `None` for a method that is only called by others.
    pub(super) fn take(attributes: &mut Vec<Attribute>) -> Result<Option<Self>> {
        let mut part = None;
        let mut rest = Vec::new();
        for attribute in std::mem::take(attributes) {
            let found = match attribute.path().get_ident().map(ToString::to_string).as_deref() {
                Some("command") => Self::Command(Box::new(OfCommand::parse(&attribute)?)),
                Some("setup") => plain(&attribute, Self::Setup)?,
                Some("invariant") => plain(&attribute, Self::Invariant)?,
                Some("class") => plain(&attribute, Self::Class)?,
                Some("teardown") => plain(&attribute, Self::Teardown)?,
                _ => {
                    rest.push(attribute);
                    continue;
                }
            };
            if part.replace(found).is_some() {
                return Err(Error::new_spanned(attribute, "a method of a machine is one thing only"));
            }
        }
        *attributes = rest;
        Ok(part)
    }
}

fn plain(attribute: &Attribute, part: Part) -> Result<Part> {
    attribute.meta.require_path_only().map(|_| part)
}

/// `#[command(weight = 3, when = !self.is_empty())]` on a method.
pub(super) struct OfCommand {
    pub(super) weight: u32,
    pub(super) name: Option<LitStr>,
    pub(super) when: Option<Expr>,
    pub(super) fault: bool,
}

impl OfCommand {
    fn parse(attribute: &Attribute) -> Result<Self> {
        let mut parsed = Self { weight: 1, name: None, when: None, fault: false };
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok(parsed);
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("weight") {
                parsed.weight = weight(&meta.value()?.parse()?)?;
            } else if meta.path.is_ident("name") {
                parsed.name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("when") {
                parsed.when = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("fault") {
                parsed.fault = true;
            } else {
                return Err(meta.error("a command takes `weight = 1`, `when = ..`, `name = \"..\"` and `fault`"));
            }
            Ok(())
        })?;
        Ok(parsed)
    }
}

/// What the attributes on an argument say.
#[derive(Default)]
pub(super) struct OfArgument {
    /// What makes it, where that does not follow from the type.
    pub(super) maker: Option<Expr>,
    pub(super) consume: bool,
    pub(super) key: bool,
}

impl OfArgument {
    /// Takes them off the others.
    pub(super) fn take(attributes: &mut Vec<Attribute>) -> Result<Self> {
        let mut parsed = Self::default();
        let mut rest = Vec::new();
        for attribute in std::mem::take(attributes) {
            if attribute.path().is_ident("arg") {
                if parsed.maker.is_some() {
                    return Err(Error::new(attribute.span(), "an argument is made in one way"));
                }
                parsed.maker = Some(attribute.parse_args()?);
            } else if attribute.path().is_ident("consume") {
                attribute.meta.require_path_only()?;
                parsed.consume = true;
            } else if attribute.path().is_ident("key") {
                attribute.meta.require_path_only()?;
                parsed.key = true;
            } else {
                rest.push(attribute);
            }
        }
        *attributes = rest;
        Ok(parsed)
    }
}
