//! Reading JSON as leniently as Go does, and finding where a JSON value ends while it still streams in.
//!
//! Go's decoder takes `null` for the zero value of any type; [`Lax`] does the same for every field of the slim types.

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::meta::Pair;

/// A value that reads `null` as its default. Unlike serde's `Deserialize` it also reads text into [`Bytes`].
pub(super) trait Lax: Sized + Default {
    /// One value.
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Many of them: an array, but for types that stand for the entries of a map.
    fn lax_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        let list = Option::<Vec<Lenient<Self>>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(list.into_iter().map(|value| value.0).collect())
    }
}

/// What every field of a slim type names as its `deserialize_with`.
pub(super) fn lax<'de, T: Lax, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::lax(deserializer)
}

/// Carries [`Lax`] into serde's own containers.
pub(super) struct Lenient<T>(pub(super) T);

impl<'de, T: Lax> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::lax(deserializer).map(Self)
    }
}

macro_rules! lax_as_serde_reads_it {
    ($($plain:ty),*) => {
        $(impl crate::wire::json::Lax for $plain {
            fn lax<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Option<Self> as serde::Deserialize>::deserialize(deserializer).map(Option::unwrap_or_default)
            }
        })*
    };
}
pub(super) use lax_as_serde_reads_it;

lax_as_serde_reads_it!(bool, i32, i64);

impl<T: Lax> Lax for Option<T> {
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Lenient<T>>::deserialize(deserializer)?.map(|value| value.0))
    }
}

impl<T: Lax> Lax for Vec<T> {
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::lax_list(deserializer)
    }
}

impl Lax for Bytes {
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Raw>::deserialize(deserializer)?.map(|raw| raw.0).unwrap_or_default())
    }
}

/// Text as bytes, not checked for UTF-8.
struct Raw(Bytes);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(RawVisitor)
    }
}

struct RawVisitor;

impl Visitor<'_> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Raw, E> {
        Ok(Raw(Bytes::copy_from_slice(bytes)))
    }
}

/// Follows the nesting of JSON text, byte by byte, over any number of chunks. It does not check the grammar: what it
/// cuts out goes to the parser, which does.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

/// What a byte does to the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It opens an object or an array.
    Opens,
    /// It closes one.
    Closes,
    /// Neither.
    Inside,
}

impl Nesting {
    /// How many objects and arrays are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Takes the next byte.
    pub(super) fn step(&mut self, byte: u8) -> Edge {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return Edge::Inside;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => {
                self.depth = self.depth.saturating_add(1);
                return Edge::Opens;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Edge::Closes;
            }
            _ => {}
        }
        Edge::Inside
    }
}

/// Reads a map of text to text, or `null`, as the entries protobuf would write.
pub(super) struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<Pair>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of text to text")
    }

    fn visit_none<E: Error>(self) -> Result<Vec<Pair>, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Pair>, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Pair>, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Lenient<Bytes>>()? {
            pairs.push(Pair { key: key.into(), value: value.0 });
        }
        Ok(pairs)
    }
}
