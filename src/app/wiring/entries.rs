//! What plans take from the configuration, by name.

use std::path::Path;

use crate::{
    config::Config,
    model::{Builder, Platform, SignerSpec, SinkName, SinkSpec},
    plan::Entries,
};

impl Entries for Config {
    fn root(&self) -> &Path {
        &self.root
    }

    fn sink(&self, name: &str) -> Option<SinkSpec> {
        Self::sink(self, &SinkName(name.to_owned())).map(|sink| sink.spec.clone())
    }

    fn signer(&self, name: &str) -> Option<SignerSpec> {
        self.signers.iter().find(|signer| signer.name.0 == name).cloned()
    }

    fn builder(&self, platform: &Platform) -> Option<Builder> {
        Some(self.builders.of(platform))
    }
}
