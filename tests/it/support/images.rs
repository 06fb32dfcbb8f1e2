//! Images in the forms that tools write them.

use std::{collections::BTreeMap, path::Path};

use castoff::model::{Descriptor, Digest, Index, Manifest, Platform, media_type};
use serde_json::json;

use super::tars::Tar;

/// Who wrote an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Docker before 25: `ID/layer.tar`.
    Legacy,
    /// The same, where a layer that was there before is a symbolic link.
    LegacySymlinks,
    /// The same with hard links.
    LegacyHardlinks,
    /// podman and skopeo: `DIFFID.tar`, and links to it.
    Podman,
    /// Docker since 25: also an image layout.
    Docker25,
}

pub(crate) const FORMS: [Form; 5] =
    [Form::Legacy, Form::LegacySymlinks, Form::LegacyHardlinks, Form::Podman, Form::Docker25];

/// An image as a test wants it.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) platform: Platform,
    /// What the configuration names.
    pub(crate) diff_ids: Vec<Digest>,
    /// What is written, plain or not.
    pub(crate) layers: Vec<Vec<u8>>,
}

impl Image {
    pub(crate) fn new(platform: &str, layers: &[Vec<u8>]) -> Self {
        Self {
            platform: platform.parse().expect("a platform"),
            diff_ids: layers.iter().map(|layer| Digest::of(layer)).collect(),
            layers: layers.to_vec(),
        }
    }

    /// The same, with each layer changed and its diff id left.
    pub(crate) fn with_layers(self, change: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        Self { layers: self.layers.iter().map(|layer| change(layer)).collect(), ..self }
    }

    pub(crate) fn config(&self) -> Vec<u8> {
        let mut config = json!({
            "os": self.platform.os, "architecture": self.platform.architecture,
            "config": { "Cmd": ["/hello"] },
            "rootfs": { "type": "layers", "diff_ids": self.diff_ids },
        });
        if let Some(variant) = &self.platform.variant {
            config["variant"] = json!(variant);
        }
        serde_json::to_vec_pretty(&config).expect("JSON")
    }

    /// The archive, with `manifest.json` first or last.
    pub(crate) fn save(&self, form: Form, manifest_first: bool) -> Vec<u8> {
        let config = self.config();
        let hex = Digest::of(&config).hex().to_owned();
        let config_name = match form {
            Form::Docker25 => format!("blobs/sha256/{hex}"),
            _ => format!("{hex}.json"),
        };
        let mut tar = Tar::default();
        let names: Vec<_> = (0..self.layers.len()).map(|place| self.name(form, place)).collect();
        let manifest = json!([{ "Config": config_name, "RepoTags": ["a:b"], "Layers": names }]);
        let manifest = manifest.to_string();
        if manifest_first {
            tar = tar.file("manifest.json", &manifest);
        }
        tar = tar.file(&config_name, &config);
        for place in 0..self.layers.len() {
            tar = self.layer(tar, form, place);
        }
        if form == Form::Docker25 {
            tar = tar.file("index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
            tar = tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        }
        if !manifest_first {
            tar = tar.file("manifest.json", &manifest);
        }
        tar.finish()
    }

    fn name(&self, form: Form, place: usize) -> String {
        match form {
            Form::Docker25 => format!("blobs/sha256/{}", Digest::of(&self.layers[place]).hex()),
            _ => format!("layer{place}/layer.tar"),
        }
    }

    fn layer(&self, tar: Tar, form: Form, place: usize) -> Tar {
        let (content, name) = (&self.layers[place], self.name(form, place));
        let earlier = self.layers[..place].iter().position(|other| other == content);
        match (form, earlier) {
            (Form::Docker25, Some(_)) => tar,
            (Form::LegacySymlinks, Some(earlier)) => {
                tar.symlink(&name, &format!("../layer{earlier}/layer.tar"))
            }
            (Form::LegacyHardlinks, Some(earlier)) => {
                tar.hardlink(&name, &format!("layer{earlier}/layer.tar"))
            }
            (Form::Podman, _) => {
                let file = format!("{}.tar", self.diff_ids[place].hex());
                let tar = if earlier.is_none() { tar.file(&file, content) } else { tar };
                tar.symlink(&name, &format!("../{file}"))
            }
            _ => tar.file(&format!("layer{place}/VERSION"), "1.0").file(&name, content),
        }
    }
}

/// The files of an image layout.
#[derive(Clone, Default)]
pub(crate) struct Layout {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    pub(crate) fn blob(&mut self, media_type: &str, content: &[u8]) -> Descriptor {
        let node = Descriptor::of(media_type, content);
        self.files.insert(format!("blobs/sha256/{}", node.digest.hex()), content.to_vec());
        node
    }

    /// Adds an image whose layers are as they are to be in the layout.
    pub(crate) fn image(&mut self, image: &Image, layer_type: &str) -> Descriptor {
        let config = self.blob(media_type::CONFIG, &image.config());
        let layers = image.layers.iter().map(|layer| self.blob(layer_type, layer)).collect();
        let manifest = Manifest::of_image(config, layers);
        self.blob(media_type::MANIFEST, manifest.raw()).on(image.platform.clone())
    }

    /// Adds an index over `nodes`, in this order.
    pub(crate) fn index(&mut self, nodes: &[Descriptor]) -> Descriptor {
        let raw = json!({
            "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": nodes,
        });
        self.blob(media_type::INDEX, raw.to_string().as_bytes())
    }

    /// Lets `index.json` name `nodes`.
    pub(crate) fn top(mut self, nodes: &[Descriptor]) -> Self {
        let index = Index::of(nodes.to_vec());
        self.files.insert("index.json".into(), index.raw().to_vec());
        let version = b"{\"imageLayoutVersion\":\"1.0.0\"}".to_vec();
        self.files.insert("oci-layout".into(), version);
        self
    }

    pub(crate) fn tar(&self) -> Vec<u8> {
        let tar = self.files.iter().fold(Tar::default(), |tar, (name, raw)| tar.file(name, raw));
        tar.finish()
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (name, raw) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, raw).expect("a file");
        }
    }
}
