//! What a journal may not decide: keys, commands, engines and logins are those
//! of the configuration at hand, by name, or those that the command line named
//! when the run began on this machine.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    app::wiring::{services::Services, sinks::NamedSinks},
    config::{ArtifactConfig, Config},
    error::Error,
    model::{
        ArtifactName, Builder, ConfigEntry, Digest, Failure, FailureKind, Origin, Platform, Recipe,
        Side, SignerKind, SignerSpec, SinkSpec, escape,
    },
    plan::{LackingEntry, Plan},
    run::{Event, EventKind, FORMAT, Run},
};

const HINT: &str = "sinks, keys, commands and engines come from castoff.toml, never from a \
                    journal: resume the run where it began, with the same configuration, or \
                    begin a new run";

/// Something that a plan uses, and that can read a key or begin a program.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Means<'p> {
    /// A key, and where its passphrase comes from.
    Signer(&'p SignerSpec),
    /// A build, which may mount secrets and runs what its files say.
    Build { artifact: &'p ArtifactName, from: &'p Origin },
    /// The engine that builds.
    Builder { platform: &'p Platform, builder: &'p Builder },
    /// A file that says how to log in.
    Login(&'p SinkSpec),
    /// Where content and tags go.
    Sink(&'p SinkSpec),
}

impl std::fmt::Display for Means<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signer(spec) => write!(f, "the signer `{}`", spec.name),
            Self::Build { artifact, from } => write!(f, "the build of `{artifact}`, {from}"),
            Self::Builder { platform, builder } => {
                write!(f, "the builder of {platform}, {}", builder.engine)
            }
            Self::Login(sink) => write!(f, "the login of `{}`", sink.name),
            Self::Sink(sink) => write!(f, "the sink `{}`, {}", sink.name, sink.url),
        }
    }
}

impl Means<'_> {
    /// Whether the configuration says the same by the same name.
    fn is_in(&self, config: &Config) -> bool {
        match self {
            Self::Signer(spec) => config.signers.iter().any(|known| known == *spec),
            Self::Build { artifact, from } => {
                let is_it = |known: &&ArtifactConfig| known.name == **artifact;
                config
                    .artifacts
                    .iter()
                    .find(is_it)
                    .is_some_and(|of| is_same(&of.from, from, config))
            }
            Self::Builder { platform, builder } => config.builders.of(platform) == **builder,
            // No configuration has one.
            Self::Login(_) => false,
            Self::Sink(spec) => config.sinks.iter().any(|known| known.spec == **spec),
        }
    }

    /// Whether the configuration has another of that name.
    fn is_another_in(&self, config: &Config) -> bool {
        match self {
            Self::Signer(spec) => config.signers.iter().any(|known| known.name == spec.name),
            Self::Build { artifact, .. } => {
                config.artifacts.iter().any(|known| known.name == **artifact)
            }
            Self::Builder { .. } => true,
            Self::Login(_) => false,
            Self::Sink(spec) => config.sinks.iter().any(|known| known.spec.name == spec.name),
        }
    }

    /// The same whether its entries are named or given.
    fn digest(&self) -> Result<Digest, Error> {
        let text = match self {
            Self::Build { artifact, from } => {
                let from = Origin::clone(from).whole();
                serde_json::to_vec(&Means::Build { artifact, from: &from })
            }
            other => serde_json::to_vec(other),
        };
        let text = text.map_err(Error::internal)?;
        Ok(Digest::of(&text))
    }
}

/// The same run, with what the configuration says of what it names.
pub(crate) fn resolve(run: &mut [Event], config: &Config) -> Vec<LackingEntry> {
    let Some(Event { event: EventKind::RunStarted { plan, .. }, .. }) = run.first_mut() else {
        return Vec::new();
    };
    let (resolved, lacking) = Plan::clone(plan).resolved(config);
    *plan = Arc::new(resolved);
    lacking
}

/// Why a plan does not go on that names what the configuration does not have, or
/// has otherwise.
fn lacks(run: &str, LackingEntry { what, planned, now }: &LackingEntry) -> Failure {
    let why = match now {
        Some(now) => {
            format!("run {run} began with another definition of {what}: {planned}, now {now}")
        }
        None => {
            format!(
                "run {run} needs {what} ({planned}), which the configuration here does not \
                 define"
            )
        }
    };
    Failure::new(FailureKind::Invalid, Side::Local, escape(&why)).hint(HINT)
}

/// Digests of what the command line gave a plan that the configuration has not.
pub(crate) fn given(known: &NamedSinks, plan: &Plan) -> Result<Vec<Digest>, Error> {
    let config = &known.config;
    means(plan).iter().filter(|means| !means.is_in(config)).map(Means::digest).collect()
}

/// Refuses a run of the past that names what is not in its configuration, or
/// uses what is neither there nor was given by the command line that began it
/// here.
pub(crate) fn refuse_unknown(
    services: &Services,
    run: &Run,
    (config, lacking): (&Config, &[LackingEntry]),
) -> Result<(), Error> {
    let began = services.history().ledger().find(run.id())?;
    // Earlier forms noted no sinks of a command line.
    let is_earlier = began.is_some() && run.format() < FORMAT;
    let given = began.map(|began| began.given).unwrap_or_default();
    let mut refusals: Vec<Failure> = lacking.iter().map(|entry| lacks(run.id(), entry)).collect();
    refusals.extend(other_folders(run, config));
    for means in means(run.plan()) {
        if is_earlier && matches!(means, Means::Sink(_)) {
            continue;
        }
        if !means.is_in(config) && !given.contains(&means.digest()?) {
            refusals.push(refusal(run, &means, config));
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals.into()) }
}

/// Sinks of the configuration that are folders of its project, where the run began
/// in another: what it knows of them is true of the folders there.
fn other_folders(run: &Run, config: &Config) -> Vec<Failure> {
    let began = &run.plan().root;
    let is_other = |sink: &&ConfigEntry<SinkSpec>| {
        let path = sink.spec().and_then(|spec| spec.url.path());
        sink.is_named() && path.is_some_and(|path| path.starts_with(&config.root))
    };
    let others = run.plan().sinks.iter().filter(|_| *began != config.root).filter(is_other);
    let refusal = |sink: &ConfigEntry<SinkSpec>| {
        let (id, began, name) = (run.id(), began.display(), sink.name());
        let what = format!("run {id} began in {began}, where sink `{name}` is another folder");
        Failure::new(FailureKind::Invalid, Side::Local, escape(&what))
            .hint("continue it there, or begin a new run")
    };
    others.map(refusal).collect()
}

fn refusal(run: &Run, means: &Means<'_>, config: &Config) -> Failure {
    let id = run.id();
    let what = if means.is_another_in(config) {
        format!("run {id} began with another definition of {means}")
    } else {
        format!("run {id} needs {means}, which the configuration here does not define")
    };
    Failure::new(FailureKind::Invalid, Side::Local, what).hint(HINT)
}

/// Whether a configured source is the one that a plan has, for which its paths
/// were made absolute and its platforms were chosen.
fn is_same(configured: &Origin, planned: &Origin, config: &Config) -> bool {
    let configured = configured.clone().map_paths(|path| config.root.join(path)).unsettled();
    match (configured, planned.clone().unsettled()) {
        (Origin::Recipe(one), Origin::Recipe(other)) => {
            // Which of its parts is the only one is settled when it is planned.
            let part = one.part.is_some().then(|| other.part.clone()).flatten();
            *one == Recipe { part, ..*other }
        }
        (one, other) => one == other,
    }
}

/// All of a plan that can read a key or begin a program.
fn means(plan: &Plan) -> Vec<Means<'_>> {
    // Sums alone need no key.
    let signs = |spec: &&SignerSpec| spec.kind() != SignerKind::Checksums;
    let mut all: Vec<Means<'_>> = plan.known_signers().filter(signs).map(Means::Signer).collect();
    for artifact in &plan.artifacts {
        let (name, from) = (&artifact.name, &artifact.from);
        all.extend(from.signer().and_then(ConfigEntry::spec).map(Means::Signer));
        if from.is_built() {
            all.push(Means::Build { artifact: name, from });
        }
        for of in &artifact.platforms {
            let (platform, builder) =
                (&of.platform, of.builder.as_ref().and_then(ConfigEntry::spec));
            all.extend(builder.map(|builder| Means::Builder { platform, builder }));
        }
        if let Origin::Published(published) = from {
            let at = published.at.spec();
            all.extend(at.filter(|at| at.login.is_some()).map(Means::Login));
            all.extend(at.map(Means::Sink));
        }
    }
    let logins = plan.known_sinks().filter(|sink| sink.login.is_some());
    all.extend(logins.map(Means::Login));
    all.extend(plan.known_sinks().map(Means::Sink));
    all
}
