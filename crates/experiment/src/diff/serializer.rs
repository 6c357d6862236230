//! Serde's side of building a tree.

use std::fmt;

use serde::ser::{self, Serialize};

use super::build::{Builder, Halt};
use super::limits::Limits;
use super::tree::{NameId, Tree, Value};

/// Tuples longer than this are arrays: their elements have no meaning by their place.
const LONGEST_TUPLE: usize = 16;

impl Tree {
    /// Takes a value apart, as far as the limits go.
    ///
    /// # Errors
    /// What the value's `Serialize` said when it gave up.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T, limits: Limits) -> Result<Self, String> {
        let mut builder = Builder::new(limits);
        match value.serialize(&mut builder) {
            Ok(()) | Err(Halt::Full) => Ok(builder.finish()),
            Err(Halt::Refused(message)) => Err(message),
        }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the value is larger than the limits",
            Self::Refused(message) => message,
        })
    }
}

impl std::error::Error for Halt {}

impl ser::Error for Halt {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Refused(message.to_string())
    }
}

/// A container whose children are being serialised.
pub(super) struct Children<'b> {
    builder: &'b mut Builder,
    /// How many containers end with this one: none if it was too deep, two if it is the content of a variant.
    closes: usize,
    /// `false` if it was too deep, so that its children are left out.
    is_live: bool,
}

impl<'b> Children<'b> {
    fn open(builder: &'b mut Builder, value: Value) -> Result<Self, Halt> {
        let opened = builder.open(value)?;
        Ok(Self { builder, closes: usize::from(opened), is_live: opened })
    }

    fn open_variant(builder: &'b mut Builder, variant: &'static str, content: Value) -> Result<Self, Halt> {
        let variant = builder.name(variant);
        if !builder.open(Value::Variant(variant))? {
            return Ok(Self { builder, closes: 0, is_live: false });
        }
        let opened = builder.open(content)?;
        Ok(Self { builder, closes: 1 + usize::from(opened), is_live: opened })
    }

    fn child<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        if self.is_live { value.serialize(&mut *self.builder) } else { Ok(()) }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Halt> {
        if !self.is_live {
            return Ok(());
        }
        self.builder.field(name);
        value.serialize(&mut *self.builder)
    }

    #[allow(clippy::unnecessary_wraps, reason = "it is what all the `end` functions of serde return")]
    fn close(self) -> Result<(), Halt> {
        for _ in 0..self.closes {
            self.builder.close();
        }
        Ok(())
    }
}

impl<'b> ser::Serializer for &'b mut Builder {
    type Ok = ();
    type Error = Halt;
    type SerializeSeq = Children<'b>;
    type SerializeTuple = Children<'b>;
    type SerializeTupleStruct = Children<'b>;
    type SerializeTupleVariant = Children<'b>;
    type SerializeMap = Children<'b>;
    type SerializeStruct = Children<'b>;
    type SerializeStructVariant = Children<'b>;

    fn serialize_bool(self, value: bool) -> Result<(), Halt> {
        self.leaf(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Result<(), Halt> {
        self.leaf(Value::Int(value))
    }

    fn serialize_i128(self, value: i128) -> Result<(), Halt> {
        self.integer(value < 0, value.unsigned_abs())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<(), Halt> {
        self.leaf(Value::Int(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<(), Halt> {
        self.integer(false, value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<(), Halt> {
        self.integer(false, value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Halt> {
        self.leaf(Value::F32(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Halt> {
        self.leaf(Value::F64(value))
    }

    fn serialize_char(self, value: char) -> Result<(), Halt> {
        self.leaf(Value::Char(value))
    }

    fn serialize_str(self, value: &str) -> Result<(), Halt> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Halt> {
        self.bytes(value)
    }

    fn serialize_none(self) -> Result<(), Halt> {
        self.leaf(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Halt> {
        let mut children = Children::open(self, Value::Some)?;
        children.child(value)?;
        children.close()
    }

    fn serialize_unit(self) -> Result<(), Halt> {
        self.leaf(Value::Unit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Halt> {
        self.leaf(Value::Unit)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Halt> {
        let variant = self.name(variant);
        self.leaf(Value::Variant(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Halt> {
        if self.descend()? {
            value.serialize(&mut *self)?;
            self.ascend();
        }
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        let variant = self.name(variant);
        let mut children = Children::open(self, Value::Variant(variant))?;
        children.child(value)?;
        children.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Children<'b>, Halt> {
        Children::open(self, Value::Seq)
    }

    fn serialize_tuple(self, len: usize) -> Result<Children<'b>, Halt> {
        Children::open(self, if len > LONGEST_TUPLE { Value::Seq } else { Value::Tuple })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Children<'b>, Halt> {
        Children::open(self, Value::Tuple)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Children<'b>, Halt> {
        Children::open_variant(self, variant, Value::Tuple)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Children<'b>, Halt> {
        Children::open(self, Value::Map)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Children<'b>, Halt> {
        let name = self.name(name);
        Children::open(self, Value::Struct(name))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Children<'b>, Halt> {
        Children::open_variant(self, variant, Value::Struct(NameId::NONE))
    }
}

impl ser::SerializeSeq for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.child(value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeTuple for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.child(value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.child(value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeTupleVariant for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.child(value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeMap for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Halt> {
        self.child(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.child(value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeStruct for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Halt> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}

impl ser::SerializeStructVariant for Children<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Halt> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}
