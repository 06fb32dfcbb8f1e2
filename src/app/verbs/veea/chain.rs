//! The steps of an image directory, up to one of them.

use super::{
    listing::StepLines,
    options::{RequestedRelease, asked},
};
use crate::{
    app::{
        ops::{plan::planned, run::Task},
        verbs::{context::Scene, report::run_shown_by},
        wiring::{services::Services, sinks::NamedSinks},
    },
    batch::Text,
    cli::VeeaArgs,
    config::{ArtifactConfig, Config, ConsoleConfig, SinkConfig, VersionSource},
    error::{Error, Exit},
    model::{ArtifactName, Origin, Selection, SinkName, SinkSpec, SinkUrl, StageName},
    streams,
    veea::VeeaStep,
    veea::archive::archive_name,
};

/// What the folder is called that an archive is made in.
const SINK: &str = "build";

/// Does all steps up to `last`.
pub(crate) async fn steps(
    scene: &Scene<'_>,
    args: &VeeaArgs,
    last: &StageName,
) -> Result<Exit, Error> {
    let Scene { services, options: global, .. } = scene;
    let known = &services.known;
    let asked = asked(known, args)?;
    let task = begin(services, known, &asked, args.force, last).await?;
    let (project, folders) = (&asked.project, &asked.project.folders);
    let is_released = *last == VeeaStep::Release.name();
    let archives = project.arches().filter(|_| is_released).map(|arch| {
        let name = archive_name(&project.config.app, arch, &project.config.version);
        (arch.platform(), folders.arch(arch).join(name))
    });
    let shown = StepLines {
        failures: Text::new(Box::new(streams::stderr()), false, global.colors()),
        archives: archives.collect(),
        shows_engine: global.verbose,
    };
    Ok(Exit::of(&run_shown_by(services, global, task, Box::new(shown)).await?))
}

/// A run of all steps up to `last`.
pub(crate) async fn task(
    services: &Services,
    known: &NamedSinks,
    args: &VeeaArgs,
    last: &StageName,
) -> Result<Task, Error> {
    begin(services, known, &asked(known, args)?, args.force, last).await
}

async fn begin(
    services: &Services,
    known: &NamedSinks,
    asked: &RequestedRelease,
    force: bool,
    last: &StageName,
) -> Result<Task, Error> {
    let platforms = asked.arches.iter().map(|arch| arch.platform()).collect();
    let selection = Selection { platforms, ..Selection::default() };
    let config = configuration(known, asked);
    let (_, plan) = planned(services, &config, &selection, force).await?;
    let made = plan.making();
    // The service file depends on config.yaml alone.
    let plan = if *last == VeeaStep::Swarm.name() {
        made.step_alone(last)
    } else {
        made.steps_until(last)
    };
    Task::new(services, plan).await
}

/// A configuration that has nothing but the image directory.
fn configuration(known: &NamedSinks, asked: &RequestedRelease) -> Config {
    let config = &asked.project.config;
    let url = SinkUrl::Archives(asked.project.folders.build.clone());
    let spec = SinkSpec::new(SinkName(SINK.to_owned()), url);
    let from = Origin::Recipe(Box::new(asked.recipe.clone()));
    let artifact = ArtifactConfig {
        version: Some(VersionSource::Text(config.version.clone())),
        ..ArtifactConfig::new(ArtifactName(config.app.clone()), from)
    };
    Config {
        root: known.folder.clone(),
        artifacts: vec![artifact],
        sinks: vec![SinkConfig { spec, repository: "{name}".to_owned() }],
        signers: Vec::new(),
        builders: known.builders(),
        immutable: Vec::new(),
        console: ConsoleConfig::default(),
        engine: known.engine(),
    }
}
