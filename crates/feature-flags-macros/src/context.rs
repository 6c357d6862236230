//! `#[derive(Context)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Result};

use crate::options::{FieldOptions, Role, kebab_case, text_option};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            name,
            "a context is a struct; for an enum, derive `Attribute` and make it a field",
        ));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            name,
            "the fields of a context need names; for a struct around one value, derive `Attribute`",
        ));
    };
    let mut parts = Parts::default();
    for field in &fields.named {
        parts.add(field)?;
    }
    let kind = text_option(&input.attrs, "context", "kind")?
        .map_or_else(|| kebab_case(&name.unraw().to_string()), |kind| kind.value());
    let kind = format!("{kind}.");
    let Parts { arms, nested, flattened, key } = parts;
    let (generics, parameters, condition) = input.generics.split_for_impl();
    let key = key.map(|key| {
        quote! {
            fn key(&self) -> ::core::option::Option<::feature_flags::Value<'_>> {
                ::feature_flags::Attribute::value(&self.#key)
            }
        }
    });
    // Only a type without parameters is sure to be 'static.
    let part = input.generics.params.is_empty().then(|| {
        quote! {
            fn part(&self, of: ::core::any::TypeId) -> ::core::option::Option<&dyn ::core::any::Any> {
                if of == ::core::any::TypeId::of::<Self>() { ::core::option::Option::Some(self) } else { ::core::option::Option::None }
            }
        }
    });
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::feature_flags::Context for #name #parameters #condition {
            fn attribute(&self, path: &str) -> ::core::option::Option<::feature_flags::Value<'_>> {
                match path {
                    #(#arms)*
                    _ => {}
                }
                #(#nested)*
                #(#flattened)*
                match path.strip_prefix(#kind) {
                    ::core::option::Option::Some(rest) => self.attribute(rest),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            }

            #key
            #part
        }
    })
}

#[derive(Default)]
struct Parts {
    arms: Vec<TokenStream>,
    nested: Vec<TokenStream>,
    flattened: Vec<TokenStream>,
    key: Option<Ident>,
}

impl Parts {
    fn add(&mut self, field: &Field) -> Result<()> {
        let options = FieldOptions::of(&field.attrs)?;
        let Some(ident) = field.ident.clone() else { return Ok(()) };
        let name = options.rename.map_or_else(|| ident.unraw().to_string(), |name| name.value());
        if name.is_empty() || name.contains('.') {
            return Err(Error::new_spanned(&ident, "an attribute's name is not empty and has no dots; see `nested`"));
        }
        match options.role {
            Role::Skip => {}
            Role::Attribute => {
                self.arms.push(quote! { #name => return ::feature_flags::Attribute::value(&self.#ident), });
            }
            Role::Nested => {
                let prefix = format!("{name}.");
                self.nested.push(quote! {
                    if let ::core::option::Option::Some(rest) = path.strip_prefix(#prefix) {
                        return ::feature_flags::Context::attribute(&self.#ident, rest);
                    }
                });
            }
            Role::Flatten => self.flattened.push(quote! {
                if let ::core::option::Option::Some(value) = ::feature_flags::Context::attribute(&self.#ident, path) {
                    return ::core::option::Option::Some(value);
                }
            }),
        }
        if options.key && self.key.replace(ident.clone()).is_some() {
            return Err(Error::new_spanned(ident, "a context has one key"));
        }
        Ok(())
    }
}
