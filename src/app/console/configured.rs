//! What is configured, for the screen.

use crate::{
    config::{ArtifactConfig, Config},
    model::SinkSpec,
    tui::Msg,
};

/// All of it.
pub(super) fn configured(config: &Config) -> Msg {
    let sinks_there = config.sinks.iter().map(|sink| sink.spec.clone()).collect();
    Msg::Configured { artifacts: artifacts(config), sinks: sinks(config), sinks_there }
}

/// The artifacts, each with what it is.
pub(super) fn artifacts(config: &Config) -> Vec<(String, String)> {
    let entry = |artifact: &ArtifactConfig| {
        (artifact.name.to_string(), format!("{}, {}", artifact.kind(), artifact.from))
    };
    config.artifacts.iter().map(entry).collect()
}

/// The sinks, each with where it is.
pub(super) fn sinks(config: &Config) -> Vec<(String, String)> {
    let root = format!("{}/", config.root.display());
    let url = |of: &SinkSpec| of.url.to_string().replacen(&root, "", 1);
    config.sinks.iter().map(|sink| (sink.spec.name.to_string(), url(&sink.spec))).collect()
}
