//! The expansion of `#[machine]`: the impl block as it is, an enum of commands, an enum of outputs, and a `Model`.

mod attributes;
mod method;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Ident, ImplItem, ImplItemFn, ItemImpl, Result, Type};

use self::attributes::{OfMachine, Part};
use self::method::Method;

/// Expands the attribute, or says where the impl block cannot be a machine.
pub(crate) fn expand(attribute: TokenStream, mut block: ItemImpl) -> Result<TokenStream> {
    let machine = Machine::parse(syn::parse2(attribute)?, &mut block)?;
    let expansion = machine.expansion();
    Ok(quote!(#block #expansion))
}

/// The impl block, taken apart.
struct Machine {
    of: OfMachine,
    ty: Ident,
    commands: Vec<Method>,
    setup: Option<Ident>,
    /// Whether setting up looks at the model.
    setup_takes_self: bool,
    /// Each with whether it looks at the system, and whether it returns a result.
    invariants: Vec<(Ident, bool, bool)>,
    class: Option<Ident>,
    teardown: Option<Ident>,
}

impl Machine {
    /// Reads the attributes, and takes them off what stays.
    fn parse(of: OfMachine, block: &mut ItemImpl) -> Result<Self> {
        if let Some((path, _)) = &block.trait_ {
            return Err(Error::new_spanned(path, "a machine is an impl block of its own type, not of a trait"));
        }
        if !block.generics.params.is_empty() {
            return Err(Error::new_spanned(&block.generics, "the type of a machine is not generic"));
        }
        let ty = match &*block.self_ty {
            Type::Path(path) if path.path.get_ident().is_some() => path.path.get_ident().cloned(),
            _ => None,
        };
        let ty =
            ty.ok_or_else(|| Error::new_spanned(&block.self_ty, "a machine is the impl block of a type by its name"))?;
        let mut machine = Self {
            of,
            ty,
            commands: Vec::new(),
            setup: None,
            setup_takes_self: false,
            invariants: Vec::new(),
            class: None,
            teardown: None,
        };
        for item in &mut block.items {
            if let ImplItem::Fn(function) = item {
                machine.add(function)?;
            }
        }
        if machine.commands.is_empty() {
            return Err(Error::new_spanned(&machine.ty, "a machine needs at least one method with `#[command]`"));
        }
        Ok(machine)
    }

    fn add(&mut self, function: &mut ImplItemFn) -> Result<()> {
        let ident = function.sig.ident.clone();
        let once = |place: &mut Option<Ident>, part: &str| match place.replace(ident.clone()) {
            None => Ok(()),
            Some(first) => {
                Err(Error::new_spanned(&ident, format!("a machine has one `#[{part}]`, and `{first}` is it already")))
            }
        };
        let part = Part::take(&mut function.attrs)?;
        if part.is_some() {
            // The machine wants these signatures, whatever becomes of them within.
            function.attrs.push(syn::parse_quote! {
                #[allow(
                    clippy::needless_pass_by_value, clippy::unnecessary_wraps, clippy::unused_self,
                    reason = "the machine wants this signature"
                )]
            });
        }
        match part {
            None => Ok(()),
            Some(Part::Command(attributes)) => {
                self.commands.push(Method::parse(function, *attributes)?);
                Ok(())
            }
            Some(Part::Setup) => {
                self.setup_takes_self = function.sig.receiver().is_some();
                once(&mut self.setup, "setup")
            }
            Some(Part::Class) => once(&mut self.class, "class"),
            Some(Part::Teardown) => once(&mut self.teardown, "teardown"),
            Some(Part::Invariant) => {
                let sees_the_system = match function.sig.inputs.len() {
                    1 => false,
                    2 => true,
                    _ => {
                        return Err(Error::new_spanned(
                            &function.sig.inputs,
                            "an invariant takes `&self`, and the system as `&mut` if it looks at it",
                        ));
                    }
                };
                let gives_a_result = !matches!(function.sig.output, syn::ReturnType::Default);
                self.invariants.push((ident, sees_the_system, gives_a_result));
                Ok(())
            }
        }
    }

    fn expansion(&self) -> TokenStream {
        let Self { of: OfMachine { library, system }, ty, commands, .. } = self;
        let (command, output) = (format_ident!("{ty}Command"), format_ident!("{ty}Output"));
        let library_text = quote!(#library).to_string().replace(' ', "");
        let variants = commands.iter().map(Method::variant);
        let outputs = commands.iter().map(Method::output_variant);
        let output_prints = commands.iter().map(Method::output_print);
        let hidden = commands.iter().map(|method| method.hidden(library));
        let offers = commands.iter().map(|method| method.offer(library, &command));
        let may = commands.iter().filter_map(|method| method.may(&command));
        let nexts = commands.iter().map(|method| method.next(&command, &output));
        let runs = commands.iter().filter(|method| !method.is_fault()).map(|method| method.run(&command, &output));
        let faults = commands.iter().filter(|method| method.is_fault()).map(|method| method.fault(&command));
        let own = self
            .setup
            .as_ref()
            .map(|setup| if self.setup_takes_self { quote!(self.#setup()?) } else { quote!(Self::#setup()?) });
        let setup = own.unwrap_or_else(|| quote!(<#system as ::core::default::Default>::default()));
        let invariants = self.invariants.iter().map(|(ident, sees_the_system, gives_a_result)| {
            let arguments = sees_the_system.then(|| quote!(&mut system.system));
            let ask = gives_a_result.then(|| quote!(?));
            quote!(state.model.#ident(#arguments)#ask;)
        });
        let class = self.class.as_ref().map(|class| {
            quote! {
                fn class(&self, state: &Self::State) -> &'static str {
                    state.model.#class()
                }
            }
        });
        let teardown = self.teardown.as_ref().map(|teardown| {
            quote! {
                fn teardown(
                    &self,
                    system: Self::System,
                    state: &Self::State,
                ) -> ::core::result::Result<(), #library::Failed> {
                    state.model.#teardown(system.system)
                }
            }
        });
        let (about_commands, about_outputs) =
            (format!("The commands of [`{ty}`]."), format!("What the commands of [`{ty}`] give back."));
        quote! {
            #[doc = #about_commands]
            #[derive(Debug, Clone, #library::Command)]
            #[command(crate = #library_text)]
            #[allow(missing_docs, unreachable_pub, private_interfaces, clippy::exhaustive_enums, reason = "it follows from the machine")]
            pub enum #command { #(#variants),* }

            #[doc = #about_outputs]
            #[derive(PartialEq)]
            #[allow(missing_docs, unreachable_pub, private_interfaces, clippy::exhaustive_enums, reason = "it follows from the machine")]
            pub enum #output { #(#outputs),* }

            #[automatically_derived]
            impl ::core::fmt::Debug for #output {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self { #(#output_prints),* }
                }
            }

            #[automatically_derived]
            #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "it follows from the machine")]
            impl #ty { #(#hidden)* }

            #[automatically_derived]
            #[allow(
                clippy::all, clippy::pedantic, unused_variables, unused_mut, unreachable_patterns, private_interfaces,
                reason = "it follows from the machine"
            )]
            impl #library::Model for #ty {
                type State = #library::__private::MachineState<Self>;
                type Command = #command;
                type Output = #output;
                type System = #library::__private::MachineSystem<Self, #system>;

                fn init(&self) -> Self::State {
                    #library::__private::MachineState::new(::core::clone::Clone::clone(self))
                }

                fn commands(&self, state: &Self::State, menu: &mut #library::Menu<'_, #command>) {
                    #(#offers)*
                }

                fn precondition(&self, state: &Self::State, command: &#command) -> bool {
                    match command {
                        #(#may,)*
                        _ => true,
                    }
                }

                fn next(&self, state: &mut Self::State, command: &#command) -> #output {
                    match command { #(#nexts),* }
                }

                fn setup(&self, _state: &Self::State) -> ::core::result::Result<Self::System, #library::Failed> {
                    let system: #system = #setup;
                    ::core::result::Result::Ok(#library::__private::MachineSystem::new(::core::clone::Clone::clone(self), system))
                }

                fn run(
                    &self,
                    system: &mut Self::System,
                    command: &#command,
                    env: &mut #library::Env,
                ) -> ::core::result::Result<#output, #library::Failed> {
                    match command {
                        #(#runs,)*
                        _ => ::core::unreachable!("faults do not run"),
                    }
                }

                fn fault(
                    &self,
                    mut system: Self::System,
                    _state: &Self::State,
                    fault: &#command,
                    env: &mut #library::Env,
                ) -> ::core::result::Result<Self::System, #library::Failed> {
                    match fault {
                        #(#faults,)*
                        _ => ::core::unreachable!("only faults happen"),
                    }
                }

                fn invariant(
                    &self,
                    state: &Self::State,
                    system: &mut Self::System,
                ) -> ::core::result::Result<(), #library::Failed> {
                    #(#invariants)*
                    ::core::result::Result::Ok(())
                }

                #class
                #teardown
            }
        }
    }
}
