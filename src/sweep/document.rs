//! What a manifest says of other content.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Descriptor, Digest, Failure, FailureKind, Node, Side, media_type};

/// What a manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SweptDocument {
    /// What it refers to.
    pub(super) below: Vec<Descriptor>,
    /// What it is about.
    pub(super) subject: Option<Descriptor>,
    /// What it calls itself.
    pub(super) artifact_type: Option<String>,
    /// What it says besides.
    pub(super) annotations: BTreeMap<String, String>,
    /// What a document of an unknown form mentions, which it may refer to.
    mentions: Vec<Descriptor>,
}

impl SweptDocument {
    /// Reads what `node` describes.
    ///
    /// # Errors
    ///
    /// Fails where it is no JSON, so that it cannot be known what it needs.
    pub(super) fn parse(bytes: Vec<u8>, node: &Descriptor) -> Result<Self, Failure> {
        let invalid = |error: serde_json::Error| {
            Failure::from_error(FailureKind::Invalid, Side::Sink, &error).context(&node.digest)
        };
        let value: Value = serde_json::from_slice(&bytes).map_err(invalid)?;
        let text = |of: &Value| of.as_str().map(str::to_owned);
        let annotations = value["annotations"].as_object().into_iter().flatten();
        let mut document = Self {
            artifact_type: text(&value["artifactType"])
                .or_else(|| text(&value["config"]["mediaType"])),
            annotations: annotations
                .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
                .collect(),
            ..Self::default()
        };
        if let Ok(parsed) = Node::parse(bytes, node.media_type.as_str()) {
            document.subject = parsed.subject().cloned();
            document.below = parsed.successors();
        } else {
            document.subject = serde_json::from_value(value["subject"].clone()).ok();
            mentioned(&value, &mut document.mentions);
        }
        Ok(document)
    }

    /// All that it may refer to: what is not known is needed.
    pub(super) fn needs(&self) -> Vec<Descriptor> {
        self.below.iter().chain(&self.mentions).cloned().collect()
    }
}

/// Adds each digest that stands anywhere in a document.
fn mentioned(value: &Value, found: &mut Vec<Descriptor>) {
    match value {
        Value::Object(fields) => {
            if let Ok(node) = serde_json::from_value::<Descriptor>(value.clone()) {
                found.push(node);
                return;
            }
            fields.values().for_each(|value| mentioned(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| mentioned(value, found)),
        Value::String(text) => {
            let digest = text.parse::<Digest>().ok();
            found.extend(digest.map(|of| Descriptor::new(media_type::OCTET_STREAM, of, 0)));
        }
        _ => {}
    }
}
