//! References as their numbers, for commands that are sent to another process.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::reference::{New, Ref};

macro_rules! is_written_as_its_number {
    ($($ty:ident),*) => {
        $(impl<T> Serialize for $ty<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u32(self.id().number())
            }
        }

        impl<'de, T> Deserialize<'de> for $ty<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u32::deserialize(deserializer).map(Self::numbered)
            }
        })*
    };
}
is_written_as_its_number!(Ref, New);
