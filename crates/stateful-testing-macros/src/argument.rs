//! The expansions of `#[derive(Argument)]` and `#[derive(Generate)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, LitStr, Path, Result};

/// Expands `#[derive(Argument)]`: visits the references of all fields and prints the value as code.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let (library, ty) = (library(&input.attrs)?, &input.ident);
    let shapes = Shape::all(input)?;
    let visits = shapes.iter().map(|shape| {
        let (pattern, bindings) = (shape.pattern(), shape.bindings());
        quote!(#pattern => { #((&#library::__private::Field(#bindings)).visit_field(&mut *visit);)* })
    });
    let codes = shapes.iter().map(|shape| shape.code_arm(&library));
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(::core::fmt::Debug));
    }
    let (generics, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "it follows from the type")]
        impl #generics #library::Argument for #ty #arguments #bounds {
            fn references(&self, visit: &mut dyn ::core::ops::FnMut(#library::RefId, #library::Role)) {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#visits)* }
            }

            fn print_code(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#codes)* }
            }
        }
    })
}

/// Expands `#[derive(Generate)]`: each field by its type or by its `#[arg(..)]`, one variant of an enum as likely as another.
pub(crate) fn expand_generate(input: &DeriveInput) -> Result<TokenStream> {
    let (library, ty) = (library(&input.attrs)?, &input.ident);
    let shapes = Shape::all(input)?;
    let makes = shapes.iter().map(|shape| shape.make(&library)).collect::<Result<Vec<_>>>()?;
    let made = match makes.as_slice() {
        [only] => quote!(#only),
        several => {
            let last = several.len() - 1;
            let numbers = 0..last;
            let (others, end) = (&several[..last], &several[last]);
            quote!(match g.int(0..=#last) { #(#numbers => #others,)* _ => #end })
        }
    };
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(#library::Generate));
    }
    let (generics, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "it follows from the type")]
        impl #generics #library::Generate for #ty #arguments #bounds {
            fn generate(g: &mut #library::Gen) -> Self {
                #made
            }
        }
    })
}

/// `#[argument(crate = "path")]` on the type.
fn library(attributes: &[Attribute]) -> Result<Path> {
    let mut library: Path = syn::parse_quote!(::stateful_testing);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("argument")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                library = meta.value()?.parse::<LitStr>()?.parse()?;
                Ok(())
            } else {
                Err(meta.error("a type of arguments takes `crate = \"path\"`"))
            }
        })?;
    }
    Ok(library)
}

/// A struct, or one variant of an enum.
struct Shape<'a> {
    ty: &'a Ident,
    /// `None` for a struct.
    variant: Option<&'a Ident>,
    fields: &'a Fields,
}

impl<'a> Shape<'a> {
    fn all(input: &'a DeriveInput) -> Result<Vec<Self>> {
        let ty = &input.ident;
        match &input.data {
            Data::Struct(data) => Ok(vec![Self { ty, variant: None, fields: &data.fields }]),
            Data::Enum(data) if data.variants.is_empty() => {
                Err(Error::new_spanned(ty, "an enum of arguments needs at least one variant"))
            }
            Data::Enum(data) => {
                let shape =
                    |variant: &'a syn::Variant| Self { ty, variant: Some(&variant.ident), fields: &variant.fields };
                Ok(data.variants.iter().map(shape).collect())
            }
            Data::Union(_) => Err(Error::new_spanned(ty, "an argument is a struct or an enum")),
        }
    }

    fn path(&self) -> TokenStream {
        self.variant.map_or_else(|| quote!(Self), |variant| quote!(Self::#variant))
    }

    fn bindings(&self) -> Vec<Ident> {
        (0..self.fields.len()).map(|at| format_ident!("field_{at}")).collect()
    }

    fn pattern(&self) -> TokenStream {
        let (path, bindings) = (self.path(), self.bindings());
        match self.fields {
            Fields::Named(named) => {
                let idents = named.named.iter().map(|field| &field.ident);
                quote!(#path { #(#idents: #bindings),* })
            }
            Fields::Unnamed(_) => quote!(#path(#(#bindings),*)),
            Fields::Unit => path,
        }
    }

    fn code_arm(&self, library: &Path) -> TokenStream {
        let (pattern, bindings) = (self.pattern(), self.bindings());
        let name = self.variant.map_or_else(|| self.ty.to_string(), |variant| format!("{}::{variant}", self.ty));
        let (open, close) = match self.fields {
            Fields::Named(_) => (" { ", " }"),
            Fields::Unnamed(_) => ("(", ")"),
            Fields::Unit => ("", ""),
        };
        let open = name + open;
        let fields = self.fields.iter().zip(&bindings).enumerate().map(|(at, (field, binding))| {
            let comma = if at == 0 { "" } else { ", " };
            let before = field.ident.as_ref().map_or_else(|| comma.to_owned(), |ident| format!("{comma}{ident}: "));
            quote!(f.write_str(#before)?; (&#library::__private::Field(#binding)).print_field_code(f)?;)
        });
        quote!(#pattern => {
            f.write_str(#open)?;
            #(#fields)*
            f.write_str(#close)
        })
    }

    fn make(&self, library: &Path) -> Result<TokenStream> {
        let path = self.path();
        let mut fields = Vec::new();
        for field in self.fields {
            let ty = &field.ty;
            let mut made = quote!(<#ty as #library::Generate>::generate(g));
            for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("arg")) {
                let maker: Expr = attribute.parse_args()?;
                made = if matches!(maker, Expr::Closure(_)) {
                    quote!(#library::__private::made(g, #maker))
                } else {
                    quote!(#library::Maker::<#ty>::make(&(#maker), g))
                };
            }
            fields.push(match &field.ident {
                Some(ident) => quote!(#ident: #made),
                None => made,
            });
        }
        Ok(match self.fields {
            Fields::Named(_) => quote!(#path { #(#fields),* }),
            Fields::Unnamed(_) => quote!(#path(#(#fields),*)),
            Fields::Unit => path,
        })
    }
}
