//! One command of a machine.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Error, Expr, FnArg, GenericArgument, Ident, ImplItemFn, Pat, Path, PathArguments, ReceiverKind, Result, ReturnType,
    Type,
};

use super::attributes::{OfArgument, OfCommand};

/// A method with `#[command]`, taken apart.
pub(super) struct Method {
    ident: Ident,
    /// The variant of its command and of its output.
    variant: Ident,
    attributes: OfCommand,
    arguments: Vec<Argument>,
    /// What it gives back; nothing for a fault.
    output: Type,
}

struct Argument {
    ident: Ident,
    ty: Type,
    attributes: OfArgument,
}

/// What an argument is, by the name of its type.
#[derive(PartialEq, Eq)]
enum Kind {
    New,
    Ref,
    Other,
}

impl Argument {
    fn kind(&self) -> Kind {
        match last_segment(&self.ty).map(|segment| segment.ident.to_string()).as_deref() {
            Some("New") => Kind::New,
            Some("Ref") => Kind::Ref,
            _ => Kind::Other,
        }
    }

    /// Whether it is a reference to anything there is.
    fn is_any_reference(&self) -> bool {
        self.attributes.maker.is_none() && self.kind() == Kind::Ref
    }
}

impl Method {
    /// Reads the signature, and takes the attributes off its arguments.
    pub(super) fn parse(function: &mut ImplItemFn, attributes: OfCommand) -> Result<Self> {
        let signature = &mut function.sig;
        if let Some(asyncness) = &signature.asyncness {
            return Err(Error::new_spanned(
                asyncness,
                "a command is not `async`: wait within it, or implement `AsyncModel`",
            ));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(&signature.generics, "a command is not generic"));
        }
        let mut arguments = Vec::new();
        let mut has_receiver = false;
        for input in &mut signature.inputs {
            match input {
                FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_))) => {
                    has_receiver = true;
                }
                FnArg::Receiver(receiver) => {
                    return Err(Error::new_spanned(receiver, "a command takes `&mut self`: it moves the model on"));
                }
                FnArg::Typed(typed) => {
                    let Pat::Ident(pattern) = &*typed.pat else {
                        return Err(Error::new_spanned(&typed.pat, "an argument of a command has a name"));
                    };
                    if let Type::Reference(reference) = &*typed.ty
                        && reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
                    {
                        return Err(Error::new_spanned(
                            &typed.ty,
                            "an argument of a command is owned, since the sequence keeps it",
                        ));
                    }
                    let (ident, ty) = (pattern.ident.clone(), (*typed.ty).clone());
                    arguments.push(Argument { ident, ty, attributes: OfArgument::take(&mut typed.attrs)? });
                }
            }
        }
        if !has_receiver {
            return Err(Error::new_spanned(&signature.ident, "a command takes `&mut self`: it moves the model on"));
        }
        for argument in arguments.iter().filter(|argument| argument.attributes.consume) {
            if argument.kind() != Kind::Ref {
                return Err(Error::new_spanned(&argument.ident, "only a `Ref` can be consumed"));
            }
        }
        let output = output(signature, attributes.fault)?;
        let variant = camel(&signature.ident);
        Ok(Self { ident: signature.ident.clone(), variant, attributes, arguments, output })
    }

    pub(super) fn is_fault(&self) -> bool {
        self.attributes.fault
    }

    /// The variant of the enum of commands.
    pub(super) fn variant(&self) -> TokenStream {
        let Self { ident, variant, attributes, .. } = self;
        let name = attributes.name.as_ref().map_or_else(|| unraw(ident), syn::LitStr::value);
        let weight = proc_macro2::Literal::u32_unsuffixed(attributes.weight);
        let fault = attributes.fault.then(|| quote!(, fault));
        let fields = self.arguments.iter().map(|Argument { ident, ty, attributes }| {
            let consume = attributes.consume.then(|| quote!(#[command(consume)]));
            let key = attributes.key.then(|| quote!(#[key]));
            quote!(#consume #key #ident: #ty)
        });
        let braces = (!self.arguments.is_empty()).then(|| quote!({ #(#fields),* }));
        quote!(#[command(name = #name, weight = #weight #fault)] #variant #braces)
    }

    pub(super) fn output_variant(&self) -> TokenStream {
        let Self { variant, output, .. } = self;
        if self.is_fault() { quote!(#variant) } else { quote!(#variant(#output)) }
    }

    pub(super) fn output_print(&self) -> TokenStream {
        let variant = &self.variant;
        if self.is_fault() {
            quote!(Self::#variant => f.write_str("()"))
        } else {
            quote!(Self::#variant(output) => ::core::fmt::Debug::fmt(output, f))
        }
    }

    /// The functions in which `self` is the model: one for each expression of an attribute.
    pub(super) fn hidden(&self, library: &Path) -> TokenStream {
        let makers = self.arguments.iter().filter_map(|Argument { ident, ty, attributes }| {
            let maker = attributes.maker.as_ref()?;
            let name = self.maker(ident);
            let made = if matches!(maker, Expr::Closure(_)) {
                // By a function, which tells the closure what it is given.
                quote!(#library::__private::made(g, #maker))
            } else {
                quote!(#library::Maker::<#ty>::make(&(#maker), g))
            };
            Some(quote!(fn #name(&self, g: &mut #library::Gen) -> #ty { #made }))
        });
        let when = self.attributes.when.as_ref().map(|when| {
            let name = self.when();
            let arguments = self.when_arguments().map(|Argument { ident, ty, .. }| quote!(#ident: &#ty));
            quote!(fn #name(&self, #(#arguments),*) -> bool { #when })
        });
        quote!(#(#makers)* #when)
    }

    /// Offers the command where its condition and its references allow it.
    pub(super) fn offer(&self, library: &Path, command: &Ident) -> TokenStream {
        let Self { variant, attributes, .. } = self;
        let weight = attributes.weight;
        let when = self.attributes.when.is_some() && self.when_arguments().next().is_none();
        let when = when.then(|| {
            let name = self.when();
            quote!(state.model.#name())
        });
        let references = self.arguments.iter().filter(|argument| argument.is_any_reference()).map(|argument| {
            let ty = &argument.ty;
            quote!(state.has::<#ty>())
        });
        let conditions = when.into_iter().chain(references);
        let fields = self.arguments.iter().map(|argument| {
            let Argument { ident, ty, attributes } = argument;
            let made = match (&attributes.maker, argument.kind()) {
                (Some(_), _) => {
                    let name = self.maker(ident);
                    quote!(state.model.#name(g))
                }
                (None, Kind::New) => quote!(g.fresh()),
                (None, Kind::Ref) => quote!(state.any(g)),
                (None, Kind::Other) => quote!(<#ty as #library::Generate>::generate(g)),
            };
            quote!(#ident: #made)
        });
        quote! {
            if true #(&& #conditions)* {
                menu.offer(#weight, |g| #command::#variant { #(#fields),* });
            }
        }
    }

    /// Asks the condition, where it is about the arguments.
    pub(super) fn may(&self, command: &Ident) -> Option<TokenStream> {
        let idents: Vec<&Ident> = self.when_arguments().map(|argument| &argument.ident).collect();
        if idents.is_empty() {
            return None;
        }
        let (variant, name) = (&self.variant, self.when());
        Some(quote!(#command::#variant { #(#idents,)* .. } => state.model.#name(#(#idents),*)))
    }

    /// Moves the model on.
    pub(super) fn next(&self, command: &Ident, output: &Ident) -> TokenStream {
        let Self { ident, variant, .. } = self;
        let (pattern, arguments) = (self.pattern(), self.call());
        let references = self.arguments.iter().filter_map(|argument| {
            let ident = &argument.ident;
            match argument.kind() {
                Kind::New => Some(quote!(state.define(*#ident);)),
                Kind::Ref if argument.attributes.consume => Some(quote!(state.consume(*#ident);)),
                _ => None,
            }
        });
        let given = if self.is_fault() {
            quote!({
                let _ = state.model.#ident(#arguments);
                #output::#variant
            })
        } else {
            quote!(#output::#variant(state.model.#ident(#arguments).into_expected()))
        };
        quote!(#command::#variant #pattern => {
            #(#references)*
            #given
        })
    }

    /// Does it to the system.
    pub(super) fn run(&self, command: &Ident, output: &Ident) -> TokenStream {
        let Self { ident, variant, .. } = self;
        let (pattern, arguments) = (self.pattern(), self.call());
        quote!(#command::#variant #pattern => {
            let step = system.model.#ident(#arguments);
            step.run(&mut system.system, env).map(#output::#variant)
        })
    }

    /// Lets it happen to the system.
    pub(super) fn fault(&self, command: &Ident) -> TokenStream {
        let Self { ident, variant, .. } = self;
        let (pattern, arguments) = (self.pattern(), self.call());
        quote!(#command::#variant #pattern => {
            let reopen = system.model.#ident(#arguments);
            system.reopened(reopen, env)
        })
    }

    fn pattern(&self) -> TokenStream {
        let idents = self.arguments.iter().map(|argument| &argument.ident);
        quote!({ #(#idents),* })
    }

    fn call(&self) -> TokenStream {
        let idents = self.arguments.iter().map(|argument| &argument.ident);
        quote!(#(::core::clone::Clone::clone(#idents)),*)
    }

    fn when(&self) -> Ident {
        format_ident!("__when_{}", unraw(&self.ident))
    }

    fn maker(&self, argument: &Ident) -> Ident {
        format_ident!("__make_{}_{}", unraw(&self.ident), unraw(argument))
    }

    /// The arguments that the condition is about.
    fn when_arguments(&self) -> impl Iterator<Item = &Argument> {
        let when = self.attributes.when.as_ref().map(ToTokens::to_token_stream).unwrap_or_default();
        self.arguments.iter().filter(move |argument| names(when.clone(), &argument.ident))
    }
}

/// Whether the tokens name this.
fn names(tokens: TokenStream, ident: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(other) => other == *ident,
        TokenTree::Group(group) => names(group.stream(), ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// What the method gives back, out of `Lockstep<System, Output>`.
fn output(signature: &syn::Signature, fault: bool) -> Result<Type> {
    let (wanted, example) = if fault {
        ("Reopen", "`Reopen<System>`, made by `reopen(..)`")
    } else {
        ("Lockstep", "`Lockstep<System, Output>`, made by `lockstep(..)`")
    };
    let wrong = |tokens: &dyn ToTokens| {
        let what = if fault { "a fault" } else { "a command" };
        Error::new_spanned(tokens.to_token_stream(), format!("{what} gives {example}"))
    };
    let ReturnType::Type(_, ty) = &signature.output else { return Err(wrong(&signature.ident)) };
    let segment = last_segment(ty).filter(|segment| segment.ident == wanted).ok_or_else(|| wrong(ty))?;
    if fault {
        return Ok(syn::parse_quote!(()));
    }
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Err(wrong(ty)) };
    match arguments.args.iter().nth(1) {
        Some(GenericArgument::Type(output)) => Ok(output.clone()),
        Some(_) => Err(wrong(ty)),
        None => Ok(syn::parse_quote!(())),
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    if let Type::Path(path) = ty { path.path.segments.last() } else { None }
}

/// `add_todo` becomes `AddTodo`.
fn camel(ident: &Ident) -> Ident {
    let mut name = String::new();
    for word in unraw(ident).split('_') {
        let mut characters = word.chars();
        name.extend(characters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(characters.as_str());
    }
    Ident::new(&name, ident.span())
}

fn unraw(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
