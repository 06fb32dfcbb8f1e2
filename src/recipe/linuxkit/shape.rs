//! Structures of Go, as tables: which keys they have in YAML, and how Go
//! writes them as JSON.
//!
//! LinuxKit reads a part of its metadata into structures of other projects
//! and writes them as one label. The label is part of the image, so it must
//! have Go's order, Go's zeros and Go's escapes.

use std::{collections::BTreeMap, fmt::Write};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A string; other scalars are taken as they are written.
    Text,
    Bool,
    Int,
    /// A number, a string or a boolean, as it is.
    Scalar,
    List(&'static Shape),
    /// A map with keys of any name, which Go sorts.
    Map(&'static Shape),
    Struct(&'static [Field]),
    /// Not written; only known.
    Known,
}

/// A field of a structure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// The key in YAML; what `json` says is understood as well.
    pub(super) yaml: &'static str,
    /// The key in JSON.
    pub(super) json: &'static str,
    pub(super) shape: Shape,
    pub(super) left_out: LeftOut,
}

/// When Go leaves a field out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// A pointer: where it is not set.
    Unset,
    /// A value: where it is zero or empty.
    Empty,
    /// Never: it is written as zero.
    Never,
}

impl Shape {
    /// What Go writes for a value that is not set.
    fn zero(self) -> String {
        match self {
            Self::Text => "\"\"".to_owned(),
            Self::Bool => "false".to_owned(),
            Self::Int => "0".to_owned(),
            Self::Struct(fields) => object(fields, &BTreeMap::new()),
            Self::Scalar | Self::List(_) | Self::Map(_) | Self::Known => "null".to_owned(),
        }
    }

    /// Whether `json` is what Go leaves out as empty.
    fn is_empty(self, json: &str) -> bool {
        match self {
            // A structure is never empty, and nor is a pointer to one.
            Self::Struct(_) => false,
            _ => json == self.zero() || matches!(json, "[]" | "{}"),
        }
    }
}

/// Reads a value of a shape, and answers with its JSON; none for null.
impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_option(Optional(self))
    }
}

struct Optional(Shape);

impl<'de> Visitor<'de> for Optional {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value, or nothing")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        let json = match self.0 {
            Shape::Text => quoted(&String::deserialize(from)?),
            Shape::Bool => bool::deserialize(from)?.to_string(),
            Shape::Int => i128::deserialize(from)?.to_string(),
            Shape::Scalar => from.deserialize_any(Scalar)?,
            Shape::List(of) => from.deserialize_seq(List(*of))?,
            Shape::Map(of) => from.deserialize_map(Map(*of))?,
            Shape::Struct(fields) => from.deserialize_map(Struct(fields))?,
            Shape::Known => {
                serde::de::IgnoredAny::deserialize(from)?;
                String::new()
            }
        };
        Ok(Some(json))
    }
}

struct Scalar;

impl Visitor<'_> for Scalar {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number or a string")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        Ok(quoted(value))
    }
}

struct List(Shape);

impl<'de> Visitor<'de> for List {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<String, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self.0)? {
            items.push(item.unwrap_or_else(|| self.0.zero()));
        }
        Ok(format!("[{}]", items.join(",")))
    }
}

struct Map(Shape);

impl<'de> Visitor<'de> for Map {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<String, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = from.next_key::<String>()? {
            let value = from.next_value_seed(self.0)?;
            entries.insert(key, value.unwrap_or_else(|| self.0.zero()));
        }
        let entries = entries.iter().map(|(key, value)| format!("{}:{value}", quoted(key)));
        Ok(format!("{{{}}}", entries.collect::<Vec<_>>().join(",")))
    }
}

struct Struct(&'static [Field]);

impl<'de> Visitor<'de> for Struct {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<String, A::Error> {
        let mut set = BTreeMap::new();
        while let Some(key) = from.next_key::<String>()? {
            // Unknown keys are told elsewhere.
            let field = self.0.iter().find(|field| field.is(&key));
            let shape = field.map_or(Shape::Known, |field| field.shape);
            if let (Some(field), Some(value)) = (field, from.next_value_seed(shape)?) {
                set.insert(field.json, value);
            }
        }
        Ok(object(self.0, &set))
    }
}

impl Field {
    /// Whether this is the field that a key means.
    pub(super) fn is(&self, key: &str) -> bool {
        self.yaml == key || self.json == key
    }

    /// The field as Go writes it; none where it leaves it out.
    fn entry(&self, value: Option<&String>) -> Option<String> {
        let value = match (value, self.left_out) {
            (None, LeftOut::Unset) => return None,
            (None, _) => self.shape.zero(),
            (Some(value), _) => value.clone(),
        };
        let is_left_out = self.left_out == LeftOut::Empty && self.shape.is_empty(&value);
        (!is_left_out).then(|| format!("{}:{value}", quoted(self.json)))
    }
}

fn object(fields: &[Field], set: &BTreeMap<&str, String>) -> String {
    let entries = fields.iter().filter_map(|field| field.entry(set.get(field.json)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// A string of JSON as Go writes it, which may stand in HTML.
pub(super) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // A string takes everything.
                let _ = write!(json, "\\u{:04x}", u32::from(letter));
            }
            _ => json.push(letter),
        }
    }
    json.push('"');
    json
}
