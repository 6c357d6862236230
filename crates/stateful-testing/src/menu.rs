//! Which commands can come next.

use crate::command::Command;
use crate::generator::Gen;

/// What a [`Model`](crate::Model) offers as the next command in a state.
///
/// `commands` of a model is called twice for each command: once to add up the weights, once to make the chosen command. It
/// must offer the same both times, which it does if it looks at nothing but the state.
///
/// ```
/// use stateful_testing::Menu;
/// use stateful_testing::testing::Counting;
///
/// fn commands(count: &u32, menu: &mut Menu<'_, Counting>) {
///     menu.offer(3, |g| Counting::Add(g.int(1..=100)));
///     if *count > 0 {
///         menu.offer(1, |_| Counting::Reset);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Menu<'a, C> {
    wanted: Wanted,
    maker: &'a mut Gen,
    /// How many have been offered so far.
    offered: u32,
    total: u64,
    taken: Option<Taken<C>>,
}

/// The command that was made and which offer it came from.
#[derive(Debug)]
pub(crate) struct Taken<C> {
    pub(crate) command: C,
    pub(crate) offer: u32,
}

#[derive(Debug)]
enum Wanted {
    /// Only the weights.
    Weights,
    /// The offer in which this number of the added weights falls.
    Weight(u64),
    /// The offer with this number.
    Offer(u32),
    /// The first offer that makes a command of this kind.
    Kind { kind: usize, first_ref: u32 },
}

impl<C: Command> Menu<'_, C> {
    /// Offers a command. An offer of weight 3 is taken three times as often as one of weight 1, one of weight 0 never.
    pub fn offer(&mut self, weight: u32, make: impl FnOnce(&mut Gen) -> C) {
        let offer = self.offered;
        self.offered += 1;
        if weight == 0 || self.taken.is_some() {
            return;
        }
        let before = self.total;
        self.total += u64::from(weight);
        match self.wanted {
            Wanted::Weights => {}
            Wanted::Weight(at) if !(before..self.total).contains(&at) => {}
            Wanted::Offer(wanted) if wanted != offer => {}
            Wanted::Weight(_) | Wanted::Offer(_) => self.taken = Some(Taken { command: make(self.maker), offer }),
            Wanted::Kind { kind, first_ref } => {
                self.maker.rewind(first_ref);
                let command = make(self.maker);
                if command.kind() == kind {
                    self.taken = Some(Taken { command, offer });
                }
            }
        }
    }
}

impl<C: Command> Menu<'_, C> {
    /// Offers the command called `name` with the weight that its declaration gives it by `#[command(weight = 3)]`, 1 if it gives none.
    ///
    /// ```
    /// use stateful_testing::{Command, Menu};
    ///
    /// #[derive(Debug, Clone, Command)]
    /// enum Todo {
    ///     #[command(weight = 3)]
    ///     Add(u8),
    ///     Clear,
    /// }
    ///
    /// fn commands(menu: &mut Menu<'_, Todo>) {
    ///     menu.offer_named("add", |g| Todo::Add(g.int(..)));
    ///     menu.offer_named("clear", |_| Todo::Clear);
    /// }
    /// ```
    ///
    /// # Panics
    /// If there is no command of that name.
    #[track_caller]
    pub fn offer_named(&mut self, name: &str, make: impl FnOnce(&mut Gen) -> C) {
        let Some(kind) = C::NAMES.iter().position(|other| *other == name) else {
            panic!("there is no command `{name}`; there are: {}", C::NAMES.join(", "));
        };
        self.offer(C::WEIGHTS.get(kind).copied().unwrap_or(1), make);
    }
}

/// Asks for one command at random; `None` if nothing is offered.
pub(crate) fn draw<C: Command>(generator: &mut Gen, mut offer: impl FnMut(&mut Menu<'_, C>)) -> Option<Taken<C>> {
    let total = open(generator, Wanted::Weights, &mut offer).0;
    if total == 0 {
        return None;
    }
    let at = generator.aside(total);
    open(generator, Wanted::Weight(at), &mut offer).1
}

/// Asks for a command of this kind again: first at the offer it came from, then at all.
pub(crate) fn again<C: Command>(
    generator: &mut Gen,
    kind: usize,
    hint: u32,
    mut offer: impl FnMut(&mut Menu<'_, C>),
) -> Option<Taken<C>> {
    let first_ref = generator.next_ref();
    let same = open(generator, Wanted::Offer(hint), &mut offer).1.filter(|taken| taken.command.kind() == kind);
    if same.is_some() {
        return same;
    }
    open(generator, Wanted::Kind { kind, first_ref }, &mut offer).1
}

/// Asks for the command of one offer; `None` if there are not so many, or its weight is 0.
pub(crate) fn exactly<C: Command>(
    generator: &mut Gen,
    offer: u32,
    mut offers: impl FnMut(&mut Menu<'_, C>),
) -> Option<Taken<C>> {
    open(generator, Wanted::Offer(offer), &mut offers).1
}

/// How many offers there are.
pub(crate) fn offers<C: Command>(mut offers: impl FnMut(&mut Menu<'_, C>)) -> u32 {
    let mut generator = Gen::replay(Vec::new(), 0);
    let mut menu = Menu { wanted: Wanted::Weights, maker: &mut generator, offered: 0, total: 0, taken: None };
    offers(&mut menu);
    menu.offered
}

fn open<C>(generator: &mut Gen, wanted: Wanted, offer: &mut impl FnMut(&mut Menu<'_, C>)) -> (u64, Option<Taken<C>>) {
    let mut menu = Menu { wanted, maker: generator, offered: 0, total: 0, taken: None };
    offer(&mut menu);
    (menu.total, menu.taken)
}
