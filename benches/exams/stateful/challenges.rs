//! The shrinking challenge (github.com/jlink/shrinking-challenge): each a machine with one command, of which the argument is
//! what has to become small.

use std::collections::BTreeSet;
use std::fmt::Debug;

use stateful_testing::{Command, Env, Failed, Gen, Menu, Model};

/// One challenge: how values are made, which are allowed, and what should hold for them.
pub(crate) struct Challenge<T> {
    make: fn(&mut Gen) -> T,
    allowed: fn(&T) -> bool,
    holds: fn(&T) -> bool,
}

#[derive(Debug, Clone, Command)]
pub(crate) enum Attempt<T: Debug + Clone + 'static> {
    Try(T),
}

impl<T: Debug + Clone + 'static> Model for Challenge<T> {
    type State = ();
    type Command = Attempt<T>;
    type Output = bool;
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Attempt<T>>) {
        menu.offer(1, |g| Attempt::Try((self.make)(g)));
    }
    fn precondition(&self, _state: &(), Attempt::Try(value): &Attempt<T>) -> bool {
        (self.allowed)(value)
    }
    fn next(&self, _state: &mut (), _command: &Attempt<T>) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), Attempt::Try(value): &Attempt<T>, _env: &mut Env) -> Result<bool, Failed> {
        Ok((self.holds)(value))
    }
}

fn wrapping_sum(numbers: &[i16]) -> i16 {
    numbers.iter().fold(0, |sum, number| sum.wrapping_add(*number))
}

/// Five lists, each with a small sum, have a small sum together: wrong where a sum overflows.
pub(crate) fn bound5() -> Challenge<Vec<Vec<i16>>> {
    Challenge {
        make: |g| g.list(5..=5, |g| g.list(0..=10, |g| g.int(..))),
        allowed: |lists| lists.iter().all(|list| wrapping_sum(list) < 256),
        holds: |lists| wrapping_sum(&lists.concat()) < 5 * 256,
    }
}

/// At most four different numbers.
pub(crate) fn large_union_list() -> Challenge<Vec<Vec<i32>>> {
    Challenge {
        make: |g| g.list(0..=10, |g| g.list(0..=10, |g| g.int(..))),
        allowed: |_| true,
        holds: |lists| lists.iter().flatten().collect::<BTreeSet<_>>().len() <= 4,
    }
}

/// A list is its own reverse.
pub(crate) fn reverse() -> Challenge<Vec<i32>> {
    Challenge { make: |g| g.list(0..=20, |g| g.int(..)), allowed: |_| true, holds: |list| list.iter().rev().eq(list) }
}

#[derive(Clone)]
pub(crate) enum Term {
    Number(i32),
    Add(Box<(Term, Term)>),
    Divide(Box<(Term, Term)>),
}

impl Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Add(terms) => write!(f, "({:?} + {:?})", terms.0, terms.1),
            Self::Divide(terms) => write!(f, "({:?} / {:?})", terms.0, terms.1),
        }
    }
}

impl Term {
    fn make(g: &mut Gen, depth: u8) -> Self {
        match if depth == 0 { 0 } else { g.int(0..=2_u8) } {
            0 => Self::Number(g.int(..)),
            1 => Self::Add(Box::new((Self::make(g, depth - 1), Self::make(g, depth - 1)))),
            _ => Self::Divide(Box::new((Self::make(g, depth - 1), Self::make(g, depth - 1)))),
        }
    }

    fn divides_by_a_written_zero(&self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Divide(terms) if matches!(terms.1, Self::Number(0)) => true,
            Self::Add(terms) | Self::Divide(terms) => {
                terms.0.divides_by_a_written_zero() || terms.1.divides_by_a_written_zero()
            }
        }
    }

    fn value(&self) -> Option<i32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Add(terms) => Some(terms.0.value()?.wrapping_add(terms.1.value()?)),
            Self::Divide(terms) => {
                let (dividend, divisor) = (terms.0.value()?, terms.1.value()?);
                if divisor == 0 { None } else { Some(dividend.wrapping_div(divisor)) }
            }
        }
    }
}

/// A term without a division by a written zero has a value.
pub(crate) fn calculator() -> Challenge<Term> {
    Challenge {
        make: |g| Term::make(g, 5),
        allowed: |term| !term.divides_by_a_written_zero(),
        holds: |term| term.value().is_some(),
    }
}

/// A list whose length is drawn first; no element is 900 or more.
pub(crate) fn length_list() -> Challenge<Vec<u16>> {
    Challenge {
        make: |g| {
            let length = g.int(1..=100_usize);
            (0..length).map(|_| g.int(0..=1000)).collect()
        },
        allowed: |_| true,
        holds: |list| list.iter().all(|number| *number < 900),
    }
}

fn differing(holds: fn(&(u32, u32)) -> bool) -> Challenge<(u32, u32)> {
    Challenge { make: |g| (g.int(1..=1000), g.int(1..=1000)), allowed: |_| true, holds }
}

pub(crate) fn difference_zero() -> Challenge<(u32, u32)> {
    differing(|(a, b)| *a < 10 || a != b)
}

pub(crate) fn difference_small() -> Challenge<(u32, u32)> {
    differing(|(a, b)| *a < 10 || !(1..=4).contains(&a.abs_diff(*b)))
}

pub(crate) fn difference_one() -> Challenge<(u32, u32)> {
    differing(|(a, b)| *a < 10 || a.abs_diff(*b) != 1)
}

/// Each element is the place of another, and no two point at each other.
pub(crate) fn coupling() -> Challenge<Vec<usize>> {
    Challenge {
        make: |g| g.list(0..=20, |g| g.int(0..=10_usize)),
        allowed: |list| list.iter().all(|place| *place < list.len()),
        holds: |list| !list.iter().enumerate().any(|(at, place)| at != *place && list[*place] == at),
    }
}

/// Once an element is removed it is gone.
pub(crate) fn deletion() -> Challenge<(Vec<i32>, i32)> {
    Challenge {
        make: |g| {
            let list = g.list(1..=20, |g| g.int(..));
            let element = *g.pick(&list);
            (list, element)
        },
        allowed: |_| true,
        holds: |(list, element)| list.iter().filter(|other| *other == element).count() < 2,
    }
}

/// Fewer than three different numbers.
pub(crate) fn distinct() -> Challenge<Vec<i32>> {
    Challenge {
        make: |g| g.list(0..=20, |g| g.int(..)),
        allowed: |_| true,
        holds: |list| list.iter().collect::<BTreeSet<_>>().len() < 3,
    }
}

/// At most ten numbers in all.
pub(crate) fn nested_lists() -> Challenge<Vec<Vec<i32>>> {
    Challenge {
        make: |g| g.list(0..=20, |g| g.list(0..=20, |g| g.int(..))),
        allowed: |_| true,
        holds: |lists| lists.iter().map(Vec::len).sum::<usize>() <= 10,
    }
}

/// A heap in which no child is less than its parent.
#[derive(Clone)]
pub(crate) struct Heap {
    head: i32,
    children: Box<[Option<Self>; 2]>,
}

impl Debug for Heap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let child = |heap: &Option<Self>| heap.as_ref().map_or_else(|| "None".to_owned(), |heap| format!("{heap:?}"));
        match &*self.children {
            [None, None] => write!(f, "({})", self.head),
            [left, right] => write!(f, "({}, {}, {})", self.head, child(left), child(right)),
        }
    }
}

impl Heap {
    fn make(g: &mut Gen, least: i32, size: u8) -> Option<Self> {
        if size == 0 {
            return None;
        }
        g.option(|g| {
            let head = g.int(least..);
            let children = Box::new([Self::make(g, head, size / 2), Self::make(g, head, size / 2)]);
            Self { head, children }
        })
    }

    /// From the root down, what is right before what is left.
    fn values(&self) -> Vec<i32> {
        let below = self.children.iter().rev().flatten().flat_map(Self::values);
        std::iter::once(self.head).chain(below).collect()
    }

    fn merged(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        let (less, greater) = match (left, right) {
            (None, one) | (one, None) => return one,
            (Some(left), Some(right)) if left.head <= right.head => (left, right),
            (Some(left), Some(right)) => (right, left),
        };
        let [left, right] = *less.children;
        Some(Self { head: less.head, children: Box::new([Self::merged(right, Some(greater)), left]) })
    }

    /// Forgets to take the least element off the rest once more.
    fn wrongly_sorted(&self) -> Vec<i32> {
        let [left, right] = *self.children.clone();
        let rest = Self::merged(left, right).map_or_else(Vec::new, |rest| rest.values());
        std::iter::once(self.head).chain(rest).collect()
    }
}

/// Taking a heap apart gives its elements in order.
pub(crate) fn binheap() -> Challenge<Option<Heap>> {
    Challenge {
        make: |g| {
            let size = g.int(0..=20);
            Heap::make(g, 0, size)
        },
        allowed: |_| true,
        holds: |heap| heap.as_ref().is_none_or(|heap| heap.wrongly_sorted().is_sorted()),
    }
}
