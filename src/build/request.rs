//! What is asked of an engine, and what decides how that comes out.

use std::{sync::Arc, time::Duration};

use super::context::ContextTree;
use crate::{
    model::{Digest, Failure, FailureKind, Platform, Recipe, Side},
    net::Network,
    recipe::{Blueprint, proxies},
};

/// What is asked of an engine.
pub(super) struct BuildRequest<'a> {
    pub(super) blueprint: &'a Blueprint,
    /// Of all that decides how the image comes out.
    pub(super) digest: Digest,
    pub(super) context: Arc<ContextTree>,
    pub(super) platform: &'a Platform,
    /// What the image is called at the engine.
    pub(super) name: &'a str,
    /// Whether no step is left out.
    pub(super) afresh: bool,
    /// Whether what it is built on is fetched, whatever the engine has.
    pub(super) pulls: bool,
    /// `SOURCE_DATE_EPOCH`, in seconds since the Unix epoch; it also dates the
    /// files of the context.
    pub(super) epoch: Option<u64>,
    /// How long the build may say nothing.
    pub(super) idle: Duration,
    /// What names the proxies that its steps use too.
    pub(super) network: &'a Network,
}

impl BuildRequest<'_> {
    /// The arguments of the build, those for its platform last.
    pub(super) fn args(&self) -> impl Iterator<Item = &(String, String)> {
        let own = self.blueprint.of(self.platform).into_iter().flat_map(|of| &of.args);
        self.blueprint.args.iter().chain(own)
    }

    /// The arguments that name proxies.
    pub(super) fn proxies(&self) -> Vec<(String, String)> {
        proxies(|name| self.network.environment().get(name).ok())
    }
}

/// The failure of a build that said nothing for too long.
pub(super) fn silent(idle: Duration) -> Failure {
    let what = format!("the build printed nothing for {} s", idle.as_secs());
    Failure::new(FailureKind::Build, Side::Source, what)
        .hint("if a step takes longer, raise engine.build_timeout in castoff.toml")
}

/// The digest of all that decides how an image comes out.
pub(super) fn identity(
    blueprint: &Blueprint,
    recipe: &Recipe,
    content: &Digest,
    epoch: Option<u64>,
) -> Digest {
    let Blueprint { context: _, dockerfile, target, args, labels, annotations, .. } = blueprint;
    let Blueprint { network, cache: _, for_platforms, depends, .. } = blueprint;
    let secrets: Vec<&String> = recipe.secrets.keys().collect();
    let mut all = serde_json::json!([
        content,
        dockerfile.text,
        target,
        args,
        labels,
        annotations,
        network,
        secrets,
        epoch,
        for_platforms,
    ]);
    if let (Some(all), Some(_)) = (all.as_array_mut(), depends.place()) {
        all.push(serde_json::json!(depends));
    }
    Digest::of(all.to_string().as_bytes())
}
