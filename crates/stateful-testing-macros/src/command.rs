//! The expansion of `#[derive(Command)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, Ident, Path, Result, Variant};

use crate::attributes::{OfEnum, OfField, OfVariant};
use crate::names::words;

/// Expands the derive, or says where the enum cannot be one of commands.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "commands are an enum with one variant for each command"));
    };
    if data.variants.is_empty() {
        return Err(Error::new_spanned(&input.ident, "an enum of commands needs at least one command"));
    }
    let library = OfEnum::parse(&input.attrs)?.library;
    let variants =
        data.variants.iter().map(|variant| OneCommand::parse(variant, &library)).collect::<Result<Vec<_>>>()?;

    let ty = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let names = variants.iter().map(|variant| &variant.name);
    let weights = variants.iter().map(|variant| variant.weight);
    let faults = variants.iter().filter(|variant| variant.fault).map(|variant| variant.ident);
    let keys = variants.iter().filter_map(OneCommand::key_arm);
    let kinds = variants.iter().enumerate().map(|(kind, variant)| {
        let ident = variant.ident;
        quote!(Self::#ident { .. } => #kind)
    });
    let prints = variants.iter().map(OneCommand::print_arm);
    let singles = variants.iter().map(OneCommand::single_arm);
    let references = variants.iter().map(OneCommand::references_arm);
    let codes = variants.iter().map(|variant| variant.code_arm(ty));
    Ok(quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, unused_variables, unreachable_patterns)]
        impl #generics #library::Command for #ty #arguments #bounds {
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const WEIGHTS: &'static [u32] = &[#(#weights),*];

            fn kind(&self) -> usize {
                match self { #(#kinds,)* }
            }

            fn print_arguments(
                &self,
                printer: &mut #library::Printer<'_, '_>,
            ) -> ::core::fmt::Result {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#prints,)* }
                ::core::result::Result::Ok(())
            }

            fn printed_arguments(&self) -> ::std::vec::Vec<::std::string::String> {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#singles,)* }
            }

            fn references(&self, visit: &mut dyn ::core::ops::FnMut(#library::RefId, #library::Role)) {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#references,)* }
            }

            fn print_code(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #library::__private::{PrintsByArgument as _, PrintsByDebug as _};
                match self { #(#codes,)* }
            }

            fn is_fault(&self) -> bool {
                match self {
                    #(Self::#faults { .. } => true,)*
                    _ => false,
                }
            }

            fn partition_key(&self) -> ::core::option::Option<#library::PartitionKey> {
                match self {
                    #(#keys,)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// One variant, taken apart.
struct OneCommand<'a> {
    ident: &'a Ident,
    name: String,
    weight: u32,
    fault: bool,
    pattern: TokenStream,
    fields: Vec<(Ident, OfField)>,
    /// The names of the fields, where they have names.
    labels: Vec<Option<Ident>>,
    library: &'a Path,
}

impl<'a> OneCommand<'a> {
    fn parse(variant: &'a Variant, library: &'a Path) -> Result<Self> {
        let OfVariant { name, weight, fault } = OfVariant::parse(&variant.attrs)?;
        let name = name.unwrap_or_else(|| words(&variant.ident.to_string()));
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '/') {
            // A replay is written `name/offer:choices name/offer`.
            return Err(Error::new_spanned(
                variant,
                "the name of a command has neither spaces nor `/`, and is not empty",
            ));
        }
        let fields = variant
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| Ok((format_ident!("field_{at}"), OfField::parse(&field.attrs)?)))
            .collect::<Result<Vec<_>>>()?;
        let bindings = fields.iter().map(|(binding, _)| binding);
        let pattern = match &variant.fields {
            Fields::Named(named) => {
                let idents = named.named.iter().map(|field| &field.ident);
                quote!({ #(#idents: #bindings),* })
            }
            Fields::Unnamed(_) => quote!(( #(#bindings),* )),
            Fields::Unit => TokenStream::new(),
        };
        let labels = variant.fields.iter().map(|field| field.ident.clone()).collect();
        Ok(Self { ident: &variant.ident, name, weight, fault, pattern, fields, labels, library })
    }

    fn print_arm(&self) -> TokenStream {
        let Self { ident, pattern, library, .. } = self;
        let bindings = self.fields.iter().map(|(binding, _)| binding);
        quote!(Self::#ident #pattern => {
            #((&#library::__private::Field(#bindings)).print_field(printer)?;)*
        })
    }

    fn single_arm(&self) -> TokenStream {
        let Self { ident, pattern, library, .. } = self;
        let bindings = self.fields.iter().map(|(binding, _)| binding);
        quote!(Self::#ident #pattern => ::std::vec![
            #(#library::__private::printed(|printer| (&#library::__private::Field(#bindings)).print_field(printer))),*
        ])
    }

    fn code_arm(&self, ty: &Ident) -> TokenStream {
        let Self { ident, pattern, library, .. } = self;
        let path = format!("{ty}::{ident}");
        let named: Vec<Option<String>> =
            self.labels.iter().map(|label| label.as_ref().map(|l| format!("{l}: "))).collect();
        let (open, close) = match (self.fields.is_empty(), named.iter().any(Option::is_some)) {
            (true, _) => ("", ""),
            (false, true) => (" { ", " }"),
            (false, false) => ("(", ")"),
        };
        let fields = self.fields.iter().zip(&named).enumerate().map(|(at, ((binding, _), label))| {
            let before = format!("{}{}", if at == 0 { "" } else { ", " }, label.as_deref().unwrap_or_default());
            quote!(f.write_str(#before)?; (&#library::__private::Field(#binding)).print_field_code(f)?;)
        });
        let open = format!("{path}{open}");
        quote!(Self::#ident #pattern => {
            f.write_str(#open)?;
            #(#fields)*
            f.write_str(#close)
        })
    }

    /// The key of this command; `None` if no field is one.
    fn key_arm(&self) -> Option<TokenStream> {
        let Self { ident, pattern, library, .. } = self;
        let keys: Vec<&Ident> =
            self.fields.iter().filter(|(_, attributes)| attributes.key).map(|(binding, _)| binding).collect();
        let key = match keys.as_slice() {
            [] => return None,
            [only] => quote!(#only),
            several => quote!(&(#(#several),*)),
        };
        Some(quote!(Self::#ident #pattern => ::core::option::Option::Some(#library::PartitionKey::of(#key))))
    }

    fn references_arm(&self) -> TokenStream {
        let Self { ident, pattern, library, .. } = self;
        let visits = self.fields.iter().map(|(binding, attribute)| {
            let visitor = if attribute.consume {
                quote!(&mut |id, role: #library::Role| visit(id, role.consumed()))
            } else {
                quote!(&mut *visit)
            };
            quote!((&#library::__private::Field(#binding)).visit_field(#visitor);)
        });
        quote!(Self::#ident #pattern => { #(#visits)* })
    }
}
