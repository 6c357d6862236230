//! The values that references stand for while the system runs.

use std::any::{Any, TypeId, type_name};
use std::fmt;

use crate::reference::{New, Ref, RefId};

/// The values that references stand for, while one sequence runs against the system.
///
/// A command that holds a [`New`] binds it when it has run; later commands look their [`Ref`]s up. The runner makes sure
/// that a command is only run when all it uses is bound.
///
/// ```
/// use stateful_testing::testing::env_with;
///
/// let (mut env, user) = env_with(7_u64);
/// assert_eq!(*env.get(user), 7);
/// assert_eq!(env.find(&7_u64), Some(user)); // the other way round, for comparing with the model
/// assert_eq!(env.take(user), 7);
/// ```
#[derive(Default)]
pub struct Env {
    /// One store for each type; sequences use so few types that a search is faster than hashing.
    stores: Vec<(TypeId, Box<dyn AnyStore>)>,
}

impl Env {
    /// Binds what `new` stands for.
    ///
    /// A command that was refused by the system, as the model predicts, leaves its reference unbound; the precondition
    /// must then keep later commands from using it.
    pub fn bind<T: 'static>(&mut self, new: New<T>, value: T) {
        let at = self.position::<T>().unwrap_or_else(|| {
            self.stores.push((TypeId::of::<T>(), Box::new(Store::<T> { slots: Vec::new() })));
            self.stores.len() - 1
        });
        let slots = &mut store_mut::<T>(self.stores[at].1.as_mut()).slots;
        let index = new.id().index();
        if slots.len() <= index {
            slots.resize_with(index + 1, || None);
        }
        slots[index] = Some(value);
    }

    /// The value `reference` stands for.
    ///
    /// # Panics
    /// If nothing has been bound to it, or it has been taken. The runner prevents this for the references of the command
    /// that is being run.
    #[track_caller]
    pub fn get<T: 'static>(&self, reference: Ref<T>) -> &T {
        self.store::<T>()
            .and_then(|store| store.slots.get(reference.id().index())?.as_ref())
            .unwrap_or_else(|| unbound::<T>(reference))
    }

    /// The value `reference` stands for, to be changed in place.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[track_caller]
    pub fn get_mut<T: 'static>(&mut self, reference: Ref<T>) -> &mut T {
        self.slot_mut(reference).and_then(Option::as_mut).unwrap_or_else(|| unbound::<T>(reference))
    }

    /// Takes the value out, for a command that consumes it.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[track_caller]
    pub fn take<T: 'static>(&mut self, reference: Ref<T>) -> T {
        self.slot_mut(reference).and_then(Option::take).unwrap_or_else(|| unbound::<T>(reference))
    }

    /// The first reference that stands for a value equal to `value`, so that what the system returns can be put in the
    /// model's words before the two are compared. Cost is linear in the number of values of that type.
    pub fn find<T: PartialEq + 'static>(&self, value: &T) -> Option<Ref<T>> {
        let at = self.store::<T>()?.slots.iter().position(|slot| slot.as_ref() == Some(value))?;
        u32::try_from(at).ok().map(|id| Ref::new(RefId::new(id)))
    }

    /// Whether a value is bound to the reference with this number.
    pub fn is_bound(&self, id: RefId) -> bool {
        self.stores.iter().any(|(_, store)| store.is_bound(id.index()))
    }

    /// Forgets all values and keeps the memory for the next run.
    pub(crate) fn clear(&mut self) {
        self.stores.iter_mut().for_each(|(_, store)| store.clear());
    }

    fn position<T: 'static>(&self) -> Option<usize> {
        self.stores.iter().position(|(ty, _)| *ty == TypeId::of::<T>())
    }

    fn store<T: 'static>(&self) -> Option<&Store<T>> {
        let store: &dyn Any = self.stores[self.position::<T>()?].1.as_ref();
        store.downcast_ref()
    }

    fn slot_mut<T: 'static>(&mut self, reference: Ref<T>) -> Option<&mut Option<T>> {
        let at = self.position::<T>()?;
        store_mut::<T>(self.stores[at].1.as_mut()).slots.get_mut(reference.id().index())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("types", &self.stores.len()).finish_non_exhaustive()
    }
}

#[track_caller]
fn unbound<T>(reference: Ref<T>) -> ! {
    panic!("nothing of type `{}` is bound to {reference:?}", type_name::<T>())
}

struct Store<T> {
    slots: Vec<Option<T>>,
}

fn store_mut<T: 'static>(store: &mut dyn AnyStore) -> &mut Store<T> {
    let store: &mut dyn Any = store;
    store.downcast_mut().expect("stores are kept by the type they hold")
}

trait AnyStore: Any {
    fn clear(&mut self);
    fn is_bound(&self, index: usize) -> bool;
}

impl<T: 'static> AnyStore for Store<T> {
    fn clear(&mut self) {
        self.slots.clear();
    }

    fn is_bound(&self, index: usize) -> bool {
        self.slots.get(index).is_some_and(Option::is_some)
    }
}
