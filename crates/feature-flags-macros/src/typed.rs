//! `flags!`: a file of flags as a type.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::token::Brace;
use syn::{Attribute, Error, Ident, LitStr, Result, Token, Type, Visibility, braced};
use toml::de::{DeTable, DeValue};

/// `pub struct AppFlags = "flags.toml";`, or with the types of some values: `= "flags.toml" { limits: Limits }`
pub(crate) struct Input {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    path: LitStr,
    /// By the name of the method.
    types: Vec<(Ident, Type)>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let _struct: Token![struct] = input.parse()?;
        let name = input.parse()?;
        let _equals: Token![=] = input.parse()?;
        let path = input.parse()?;
        let mut types = Vec::new();
        if input.peek(Brace) {
            let body;
            braced!(body in input);
            let typed = |entry: ParseStream<'_>| {
                let method = Ident::parse_any(entry)?;
                let _colon: Token![:] = entry.parse()?;
                Ok((method, entry.parse()?))
            };
            types = body.parse_terminated(typed, Token![,])?.into_iter().collect();
        } else {
            let _end: Token![;] = input.parse()?;
        }
        Ok(Self { attributes, visibility, name, path, types })
    }
}

/// What is made of flags whose day is past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Expired {
    /// Using them is a warning.
    Warn,
    /// The file is refused.
    Deny,
}

impl Expired {
    /// What the environment of the compiler says: `FEATURE_FLAGS_EXPIRED=deny`, or anything else.
    pub(crate) fn of_environment() -> Self {
        Self::of(env::var("FEATURE_FLAGS_EXPIRED").ok().as_deref())
    }

    fn of(setting: Option<&str>) -> Self {
        if setting == Some("deny") { Self::Deny } else { Self::Warn }
    }
}

/// What each type of flags has besides the flags.
const OWN_METHODS: [&str; 2] = ["flags", "new"];

pub(crate) fn expand(input: &Input, on_expired: Expired) -> Result<TokenStream> {
    let fail = |message: String| Error::new(input.path.span(), message);
    let root =
        env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| fail("cargo does not say where the crate is".to_owned()))?;
    let path = PathBuf::from(root).join(input.path.value());
    let shown = path.display().to_string();
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return Err(fail(format!(
            "{shown} is JSON, and `flags!` reads TOML: `cutover flags convert` writes the one as the other"
        )));
    }
    let text = fs::read_to_string(&path).map_err(|error| fail(format!("{shown} could not be read: {error}")))?;
    let document = DeTable::parse(&text).map_err(|error| fail(format!("{shown}: {error}")))?;
    let mut flags = Vec::new();
    if let Some(table) = document.get_ref().get("flags").and_then(|flags| flags.get_ref().as_table()) {
        for (name, value) in table {
            flags.push(Flag::read(name.get_ref(), value.get_ref(), input, on_expired)?);
        }
    }
    for (index, flag) in flags.iter().enumerate() {
        if let Some(twin) = flags[..index].iter().find(|other| other.method == flag.method) {
            return Err(fail(format!("flags `{}` and `{}` would have the same method", twin.name, flag.name)));
        }
    }
    if let Some(flag) = flags.iter().find(|flag| OWN_METHODS.iter().any(|own| flag.method == own)) {
        return Err(fail(format!(
            "flag `{}` would have the method `{}`, which the type has itself",
            flag.name, flag.method
        )));
    }
    for (index, (typed, _)) in input.types.iter().enumerate() {
        if !flags.iter().any(|flag| flag.is_called(typed)) {
            return Err(Error::new(typed.span(), format!("there is no flag for a method `{typed}` in {shown}")));
        }
        if input.types[..index].iter().any(|(other, _)| other == typed) {
            return Err(Error::new(typed.span(), format!("`{typed}` has a type already")));
        }
    }
    let Input { attributes, visibility, name, .. } = input;
    let (fields, names): (Vec<_>, Vec<_>) = flags.iter().map(|flag| (&flag.method, &flag.name)).unzip();
    let methods = flags.iter().map(|flag| flag.method(visibility));
    let choices = flags.iter().filter_map(|flag| flag.choice(visibility));
    Ok(quote! {
        #(#attributes)*
        #[derive(Debug, Clone)]
        #visibility struct #name {
            flags: ::feature_flags::Flags,
            #(#fields: ::feature_flags::FlagName,)*
        }

        impl #name {
            /// Typed access to these flags.
            #visibility fn new(flags: ::feature_flags::Flags) -> Self {
                // So that a change of the file compiles this anew.
                const _: &[u8] = ::core::include_bytes!(#shown);
                Self { flags, #(#fields: ::feature_flags::FlagName::new(#names),)* }
            }

            /// The flags themselves.
            #visibility fn flags(&self) -> &::feature_flags::Flags {
                &self.flags
            }

            #(#methods)*
        }

        #(#choices)*
    })
}

struct Flag {
    name: String,
    method: Ident,
    description: String,
    expired: Option<String>,
    /// The enum of its variants: its name, then name and identifier of each.
    choice: Option<(Ident, Vec<(String, Ident)>)>,
    /// The type that its value is read as, where one is given.
    value: Option<Type>,
}

impl Flag {
    fn read(name: &str, value: &DeValue<'_>, input: &Input, on_expired: Expired) -> Result<Self> {
        let text = |key: &str| value.get(key).and_then(|value| value.get_ref().as_str().map(str::to_owned));
        let expired = text("expires").filter(|day| is_past(day));
        if let Some(day) = &expired
            && on_expired == Expired::Deny
        {
            return Err(Error::new(input.path.span(), format!("flag `{name}` expired on {day}: remove it")));
        }
        let method = identifier(&snake_case(name), name, input)?;
        let is_ours = |(typed, _): &&(Ident, Type)| typed.unraw() == method.unraw();
        let typed = input.types.iter().find(is_ours).map(|(_, of)| of.clone());
        let variants = value.get("variants").and_then(|variants| variants.get_ref().as_table());
        let variants = variants.filter(|_| typed.is_none());
        let choice = variants.map(|variants| {
            let of = |(name, _): (&toml::Spanned<_>, _)| -> Result<(String, Ident)> {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Ok((name.to_string(), identifier(&camel_case(name), name, input)?))
            };
            let variants = variants.iter().map(of).collect::<Result<Vec<_>>>()?;
            for (index, (variant, ident)) in variants.iter().enumerate() {
                if let Some((twin, _)) = variants[..index].iter().find(|(_, other)| other == ident) {
                    let message =
                        format!("variants `{twin}` and `{variant}` of flag `{name}` would have the same name");
                    return Err(Error::new(input.path.span(), message));
                }
            }
            Ok::<_, Error>((format_ident!("{}{}", input.name, camel_case(name)), variants))
        });
        Ok(Self {
            name: name.to_owned(),
            method,
            description: text("description").unwrap_or_else(|| format!("The flag `{name}`.")),
            expired,
            choice: choice.transpose()?,
            value: typed,
        })
    }

    /// Whether `ident` names its method; a keyword may be written raw or not.
    fn is_called(&self, ident: &Ident) -> bool {
        ident.unraw() == self.method.unraw()
    }

    fn method(&self, visibility: &Visibility) -> TokenStream {
        let Self { name, method, description, expired, choice, value } = self;
        let deprecated = expired.as_ref().map(|day| {
            let note = format!("flag `{name}` expired on {day}: remove it");
            quote! { #[deprecated(note = #note)] }
        });
        let body = match (value, choice) {
            (Some(of), _) => quote! {
                #visibility fn #method(&self, context: &dyn ::feature_flags::Context, default: #of) -> #of {
                    self.flags.value_by(&self.#method, context, default)
                }
            },
            (None, None) => quote! {
                #visibility fn #method(&self, context: &dyn ::feature_flags::Context) -> bool {
                    self.flags.enabled_by(&self.#method, context)
                }
            },
            (None, Some((choice, variants))) => {
                let arms = variants.iter().map(|(name, ident)| {
                    quote! { ::core::option::Option::Some(#name) => ::core::option::Option::Some(#choice::#ident), }
                });
                quote! {
                    #visibility fn #method(&self, context: &dyn ::feature_flags::Context) -> ::core::option::Option<#choice> {
                        match self.flags.resolve_by(&self.#method, context).variant() {
                            #(#arms)*
                            _ => ::core::option::Option::None,
                        }
                    }
                }
            }
        };
        quote! {
            #[doc = #description]
            #deprecated
            #body
        }
    }

    fn choice(&self, visibility: &Visibility) -> Option<TokenStream> {
        let (choice, variants) = self.choice.as_ref()?;
        let doc = format!("What the flag `{}` serves.", self.name);
        let (docs, idents): (Vec<_>, Vec<_>) =
            variants.iter().map(|(name, ident)| (format!("The variant `{name}`."), ident)).unzip();
        Some(quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            #[allow(clippy::exhaustive_enums, reason = "a variant more should be seen by whoever matches")]
            #visibility enum #choice {
                #(#[doc = #docs] #idents,)*
            }
        })
    }
}

/// Whether the day `2026-12-31` is over, in UTC.
fn is_past(day: &str) -> bool {
    let mut numbers = day.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (Some(Some(year)), Some(Some(month)), Some(Some(day))) = (numbers.next(), numbers.next(), numbers.next())
    else {
        return false;
    };
    // Days from 1970 in the Gregorian calendar, with years counted from March so that leap days come last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    i64::try_from(now).is_ok_and(|now| days < now)
}

fn identifier(text: &str, name: &str, input: &Input) -> Result<Ident> {
    let text = if text.starts_with(|c: char| c.is_ascii_digit()) { format!("_{text}") } else { text.to_owned() };
    // Keywords become raw identifiers.
    syn::parse_str::<Ident>(&text)
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{text}")))
        .map(|mut ident| {
            ident.set_span(Span::call_site());
            ident
        })
        .map_err(|_| Error::new(input.path.span(), format!("`{name}` cannot be a name in Rust")))
}

fn snake_case(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

fn camel_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests;
