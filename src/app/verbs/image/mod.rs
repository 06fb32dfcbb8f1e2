//! `castoff image build`: a release of the images of a payload.

mod preview;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use super::{context::Scene, output::Out, report::run_and_report};
use crate::{
    app::{
        ops::{
            plan::{left_out, planned},
            run::Task,
        },
        wiring::{services::Services, sinks::NamedSinks},
    },
    batch::tag_line,
    cli::{GlobalArgs, ImageBuildArgs},
    config::{ArtifactConfig, Config, ConsoleConfig, SinkConfig, VersionSource},
    error::{Error, Exit},
    git::Git,
    model::{
        ArtifactKind, ArtifactName, Descriptor, Failure, FailureKind, Index, Origin, Recipe,
        Release, Repository, Selection, Side, SinkName, SinkSpec, SinkUrl, TagName,
    },
    plan::Work,
    recipe::image_builder::{self, Document, ImageBuilderRecipe, Mistakes, Payload, PayloadImage},
    run::Run,
    streams,
};

/// What the registry of a payload is called.
const SINK: &str = "registry";

/// A payload that a command line names.
pub(crate) struct OpenedPayload {
    path: PathBuf,
    document: Document,
    payload: Payload,
    /// What is odd about it.
    pub(crate) warnings: Vec<String>,
}

impl OpenedPayload {
    /// Reads the payload, and tells of all that is mistaken in it.
    pub(crate) fn of(args: &ImageBuildArgs) -> Result<Self, Error> {
        let path = std::path::absolute(&args.payload)?;
        let document = image_builder::open(&path).map_err(of_payload)?;
        let (payload, warnings) =
            document.payload().map_err(|Mistakes(all)| mistaken(&args.payload, all))?;
        let warning = |what: String| format!("{}: {what}", args.payload.display());
        let warnings = warnings.into_iter().map(warning).collect();
        Ok(Self { path, document: document.completed(), payload, warnings })
    }

    /// A run that builds it and pushes it, unless it only builds.
    pub(crate) async fn task(
        &self,
        services: &Services,
        named: &NamedSinks,
        args: &ImageBuildArgs,
    ) -> Result<(Release, Task), Error> {
        // All images are of one commit, whatever is pushed there meanwhile.
        let git = Git::new(services.environment.clone());
        let commit = image_builder::commit(&self.payload.source, &git).await;
        let commit = commit.map_err(|failure| failure.context(args.payload.display()))?;
        let config = configuration(named, self, commit.as_deref(), args)?;
        let selection = Selection { platforms: args.platform.clone(), ..Selection::default() };
        let (release, plan) = planned(services, &config, &selection, args.force).await?;
        let plan = if args.no_push { plan.making() } else { plan };
        Ok((release, Task::new(services, plan).await?))
    }
}

/// Prints a payload in another form, or what would be built of it.
pub(crate) fn print(
    args: &ImageBuildArgs,
    note: &dyn Fn(String),
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let opened = OpenedPayload::of(args)?;
    opened.warnings.iter().cloned().for_each(note);
    if args.to_yaml || args.to_json {
        let document = &opened.document;
        let text = if args.to_yaml { document.to_yaml() } else { document.to_json() };
        return Ok(out.write_all(text.as_bytes())?);
    }
    let is_json = out.is_json;
    preview::show(&opened.payload, is_json, out)
}

/// Builds the images of a payload, and tells what would be pushed where nothing is.
pub(crate) async fn build(scene: &Scene<'_>, args: &ImageBuildArgs) -> Result<Exit, Error> {
    let Scene { services, options, note } = scene;
    let opened = OpenedPayload::of(args)?;
    opened.warnings.iter().cloned().for_each(note);
    let (release, task) = opened.task(services, &services.known, args).await?;
    left_out(&release).into_iter().for_each(note);
    let run = run_and_report(services, options, task).await?;
    if args.no_push {
        show_made(options, &release, &run)?;
    }
    Ok(Exit::of(&run))
}

/// A payload that cannot be used is the user's to mend.
fn of_payload(failure: Failure) -> Error {
    let is_mistaken = failure.kind == FailureKind::Invalid;
    let error = Error::from(failure);
    if is_mistaken { Error { exit: Exit::Usage, ..error } } else { error }
}

fn mistaken(payload: &Path, mistakes: Vec<String>) -> Error {
    let failure = |mistake: String| {
        let mut lines = mistake.lines();
        let what = format!("{}: {}", payload.display(), lines.next().unwrap_or_default());
        let failure = Failure::new(FailureKind::Invalid, Side::Local, what);
        lines.fold(failure, Failure::because)
    };
    Error { exit: Exit::Usage, failures: mistakes.into_iter().map(failure).collect() }
}

/// The configuration that says the same as a payload.
fn configuration(
    named: &NamedSinks,
    OpenedPayload { path, payload, .. }: &OpenedPayload,
    commit: Option<&str>,
    args: &ImageBuildArgs,
) -> Result<Config, Error> {
    let SinkUrl::Registry { host, namespace } = &payload.registry.url else {
        return Err(Error::usage("the payload's registry is not valid"));
    };
    let spec = SinkSpec {
        name: SinkName(SINK.to_owned()),
        // Each repository is whole already.
        url: SinkUrl::Registry { host: host.clone(), namespace: String::new() },
        insecure: args.trust.insecure,
        ca: args.trust.ca.as_deref().map(std::path::absolute).transpose()?,
        platform_tags: false,
        read_only: false,
        registry: None,
        login: payload.registry.login.is_some().then(|| path.clone()),
    };
    let artifact = |image: &PayloadImage| {
        let once = |repository: &Repository| named.written_once(&spec, repository);
        artifact(path, commit, namespace, image, once)
    };
    Ok(Config {
        root: named.folder.clone(),
        artifacts: payload.images.iter().map(artifact).collect::<Result<_, _>>()?,
        sinks: vec![SinkConfig { spec, repository: "{name}".to_owned() }],
        signers: Vec::new(),
        builders: named.builders(),
        immutable: Vec::new(),
        console: ConsoleConfig::default(),
        engine: named.engine(),
    })
}

fn artifact(
    path: &Path,
    commit: Option<&str>,
    namespace: &str,
    image: &PayloadImage,
    written_once: impl Fn(&Repository) -> Vec<String>,
) -> Result<ArtifactConfig, Error> {
    let repository = Repository::below(namespace, image.repository.as_str());
    let repository = repository.map_err(Error::usage)?;
    let spec = ImageBuilderRecipe { payload: path.to_owned() };
    let recipe = Recipe {
        part: Some(image.name()),
        commit: commit.map(str::to_owned),
        ..Recipe::of(&spec, ArtifactKind::Image)?.built()
    };
    let from = Origin::Recipe(Box::new(recipe));
    Ok(ArtifactConfig {
        version: Some(VersionSource::Text(image.tag.to_string())),
        repository: Some(repository.to_string()),
        immutable: written_once(&repository),
        // Two images of a payload may have one name, and different tags.
        ..ArtifactConfig::new(ArtifactName(image.name()), from)
    })
}

/// Tells what would be pushed, of what was made.
fn show_made(global: &GlobalArgs, release: &Release, run: &Run) -> Result<(), Error> {
    let mut out = streams::stdout();
    for artifact in &release.artifacts {
        let is_its = |work: &Work| {
            matches!(work, Work::Make { .. }) && work.artifact() == Some(&artifact.name)
        };
        let jobs = run.plan().jobs().iter().filter(|job| is_its(&job.work));
        let made = jobs.map(|job| run.made(job.id).and_then(<[_]>::first).cloned());
        let Some(made) = made.collect::<Option<Vec<Descriptor>>>() else { continue };
        let index = Index::of(made).descriptor();
        for (sink, repository) in &artifact.sinks {
            let spec = release.sinks.iter().find(|spec| spec.name == *sink);
            for (tag, spec) in artifact.tags.iter().zip(spec) {
                let (kind, repository) = (artifact.kind, repository.clone());
                let name = TagName { kind, repository, tag: tag.tag.clone() };
                if global.is_json() {
                    let line =
                        serde_json::json!({ "would_push": name.to_string(), "target": index });
                    writeln!(out, "{line}")?;
                } else {
                    writeln!(out, "would push {}", tag_line(spec, &name, &index))?;
                }
            }
        }
    }
    Ok(())
}
