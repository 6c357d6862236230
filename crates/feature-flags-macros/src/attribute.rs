//! `#[derive(Attribute)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Error, Fields, Ident, Result};

use crate::options::{kebab_case, text_option};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let value = match &input.data {
        Data::Enum(data) => variant_name(data)?,
        Data::Struct(data) => only_field(name, data)?,
        Data::Union(_) => return Err(Error::new_spanned(name, "a union cannot be an attribute")),
    };
    let (generics, parameters, condition) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::feature_flags::Attribute for #name #parameters #condition {
            fn value(&self) -> ::core::option::Option<::feature_flags::Value<'_>> {
                #value
            }
        }
    })
}

fn variant_name(data: &DataEnum) -> Result<TokenStream> {
    let mut arms = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "the variants of an attribute have no fields"));
        }
        let ident = &variant.ident;
        let text = text_option(&variant.attrs, "attribute", "rename")?
            .map_or_else(|| kebab_case(&ident.unraw().to_string()), |text| text.value());
        arms.push(quote! { Self::#ident => #text, });
    }
    if arms.is_empty() {
        return Ok(quote! { match *self {} });
    }
    Ok(quote! { ::core::option::Option::Some(::feature_flags::Value::Text(match self { #(#arms)* })) })
}

fn only_field(name: &Ident, data: &DataStruct) -> Result<TokenStream> {
    let mut fields = data.fields.members();
    match (fields.next(), fields.next()) {
        (Some(field), None) => Ok(quote! { ::feature_flags::Attribute::value(&self.#field) }),
        _ => Err(Error::new_spanned(name, "an attribute has one field; for several, derive `Context`")),
    }
}
