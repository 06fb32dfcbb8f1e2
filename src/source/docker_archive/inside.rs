//! What an archive is for, as its documents say.

use std::collections::BTreeSet;

use super::resolve::{Image, images, neither};
use crate::{
    model::{Failure, Platform, escape, media_type},
    ports::Lacking,
    source::{
        documents::Documents,
        invalid,
        oci_layout::{self, Resolved},
        strangers::refuse_strangers,
    },
};

/// What an archive is for.
pub(super) struct Inside {
    pub(super) platforms: Vec<Platform>,
    pub(super) lacking: Vec<Lacking>,
    pub(super) left_out: Vec<String>,
}

/// Whether an archive is one of Docker's rather than an image layout. It may
/// be both: then its layers are compressed, unless they are already, or
/// something is said about them as they are.
pub(in crate::source) fn is_docker(documents: &Documents, name: Option<&str>) -> bool {
    if documents.get("manifest.json").is_none() {
        return false;
    }
    let Ok(Resolved { platforms, .. }) = oci_layout::resolve_documents(documents, name) else {
        return true;
    };
    platforms.iter().any(|found| {
        let is_plain = |layer: &crate::model::Descriptor| {
            !layer.media_type.as_str().ends_with("gzip")
                && layer.media_type.as_str() != media_type::LAYER_ZSTD
        };
        found.attested.is_empty() && found.manifest.layers.iter().any(is_plain)
    })
}

impl Inside {
    /// What `documents` say; of several images the one called `name`, where one
    /// is meant.
    pub(super) fn of(documents: &Documents, name: Option<&str>) -> Result<Self, Failure> {
        if !is_docker(documents, name) {
            if documents.get("index.json").is_none() {
                return Err(neither());
            }
            let Resolved { platforms, lacking, left_out, .. } =
                oci_layout::resolve_documents(documents, name)?;
            let platforms = platforms.into_iter().map(|found| found.platform).collect();
            return Ok(Self { platforms, lacking, left_out });
        }
        let raw = documents.get("manifest.json").unwrap_or_default();
        let found = images(documents, raw, name)?;
        refuse_twins(&found)?;
        let named: Vec<_> = found.iter().map(|(image, of)| (image.names().collect(), of)).collect();
        refuse_strangers(&named)?;
        let platforms = found.into_iter().map(|(_, platform)| platform).collect();
        Ok(Self { platforms, lacking: Vec::new(), left_out: Vec::new() })
    }
}

fn refuse_twins(found: &[(Image, Platform)]) -> Result<(), Failure> {
    for (at, (image, platform)) in found.iter().enumerate() {
        let Some((first, _)) = found[..at].iter().find(|(_, of)| of.is_same(platform)) else {
            continue;
        };
        let names: BTreeSet<&str> = first.names().chain(image.names()).collect();
        let what = invalid(format!("it contains two images for {platform}"));
        let Some(one) = names.first() else {
            return Err(what.hint("save each image to its own archive"));
        };
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", escape(name))).collect();
        return Err(what
            .because(names.join(" and "))
            .hint(format!("choose one, as PATH:{}", escape(one))));
    }
    Ok(())
}
