//! What is done for a request: decided here alone, for the command line and for the
//! palette. A face only says how it is shown, and whether it asks first.

use super::{
    batch::{plan_view, release_plan, show_release},
    browse,
    changes::{self, refuse_service},
    context::Scene,
    files,
    image::OpenedPayload,
    output::Out,
    push, veea,
};
use crate::{
    app::{
        ops::{
            agreement,
            changes::ChangeRequest,
            history::{self, OtherProject},
            plan::{left_out, outlook},
            run::Task,
            unfinished::chosen_run,
        },
        wiring::services::Services,
    },
    cli::{
        ArchiveVerb, ImageBuildArgs, ImageVerb, LookVerb, PushArgs, RequestedAction, SignArgs,
        UpkeepVerb, VeeaArgs, VeeaVerb,
    },
    error::{Error, Exit},
    model::{Release, Selection, StageName},
    plan::Plan,
};

/// What is done for a request.
pub(crate) enum Deed {
    /// Something is printed, and nothing changes of what is published.
    Print(Print),
    /// What is published changes.
    Change(RequestedChange),
    /// A run begins, or goes on, that no user need agree to first.
    Begin(Begin),
    /// A payload is printed in another form, or what would be built of it.
    Payload(ImageBuildArgs),
    /// What is no release at all.
    Other(RequestedAction),
}

/// What is printed.
pub(crate) enum Print {
    /// What a release would do.
    Release { selection: Selection, force: bool },
    /// What a release without a configuration would do.
    Push(PushArgs),
    /// What is published.
    Look(LookVerb),
    /// What a change would do.
    Change(ChangeRequest),
    /// Which files were signed, or would be.
    Files(SignArgs),
    /// What release archives say.
    Archive(ArchiveVerb),
}

/// What changes.
pub(crate) enum RequestedChange {
    /// What the configuration names is released.
    Release { selection: Selection, force: bool },
    /// One artifact is released, without a configuration.
    Push(PushArgs),
    /// What is published is copied, or removed.
    Published(ChangeRequest),
    /// The tags of a run are put back.
    Rollback(String),
}

/// What begins.
pub(crate) enum Begin {
    /// A run goes on: the one that is named, or the one that can be meant.
    Resume(Option<String>),
    /// Jobs of a run are done again.
    Retry { run: String, selection: Selection },
    /// The images of a payload are built.
    Image(ImageBuildArgs),
    /// The steps of an image directory are done, up to one.
    Veea { args: Box<VeeaArgs>, last: StageName },
    /// What is published is signed where it lies.
    Sign(ChangeRequest),
}

impl Deed {
    /// What an action comes to.
    ///
    /// # Errors
    ///
    /// Fails where its parts do not go together.
    pub(crate) fn of(action: RequestedAction) -> Result<Self, Error> {
        Ok(match action {
            RequestedAction::Release { selection, dry_run: true, force } => {
                Self::Print(Print::Release { selection: selection.into(), force })
            }
            RequestedAction::Release { selection, force, .. } => {
                Self::Change(RequestedChange::Release { selection: selection.into(), force })
            }
            RequestedAction::Push(args) if args.dry_run => Self::Print(Print::Push(args)),
            RequestedAction::Push(args) => Self::Change(RequestedChange::Push(args)),
            RequestedAction::Look(verb) => Self::Print(Print::Look(verb)),
            RequestedAction::Change(verb) => Self::of_change(verb)?,
            RequestedAction::Rollback { run } => Self::Change(RequestedChange::Rollback(run)),
            RequestedAction::Resume { run } => Self::Begin(Begin::Resume(run)),
            RequestedAction::Retry { run, selection } => {
                Self::Begin(Begin::Retry { run, selection: selection.into() })
            }
            RequestedAction::Image(ImageVerb::Build(args)) if args.prints() => Self::Payload(args),
            RequestedAction::Image(ImageVerb::Build(args)) => Self::Begin(Begin::Image(args)),
            RequestedAction::Veea(verb) => match *verb {
                VeeaVerb::Step(step) => {
                    let (args, last) = step.split();
                    Self::Begin(Begin::Veea { args: Box::new(args), last })
                }
                VeeaVerb::Archive(verb) => Self::Print(Print::Archive(verb)),
            },
            other => Self::Other(other),
        })
    }

    fn of_change(verb: UpkeepVerb) -> Result<Self, Error> {
        let is_dry = verb.is_dry();
        if let UpkeepVerb::Sign(args) = &verb {
            if args.generate_key.is_some() {
                return Ok(Self::Other(RequestedAction::Change(verb)));
            }
            refuse_service(args.service.as_deref())?;
            if files::are_named(&args.references)? {
                return Ok(Self::Print(Print::Files(args.clone())));
            }
        }
        Ok(match ChangeRequest::from(verb) {
            request if is_dry => Self::Print(Print::Change(request)),
            request @ ChangeRequest::Sign(_) => Self::Begin(Begin::Sign(request)),
            request => Self::Change(RequestedChange::Published(request)),
        })
    }

    /// Whether it is about what the project's configuration names.
    pub(crate) fn needs_configuration(&self) -> bool {
        let (print, change) = (
            matches!(self, Self::Print(Print::Release { .. })),
            matches!(self, Self::Change(RequestedChange::Release { .. })),
        );
        print || change
    }
}

impl Print {
    /// Prints it.
    pub(crate) async fn print(self, scene: &Scene<'_>, out: &mut Out<'_>) -> Result<Exit, Error> {
        let known = &scene.services.known;
        match self {
            Self::Release { selection, force } => {
                return show_release(scene, &known.config, &selection, force, out).await;
            }
            Self::Push(args) => {
                let force = args.force;
                let (config, selection, warnings) = push::configuration(known, args)?;
                warnings.into_iter().for_each(scene.note);
                return show_release(scene, &config, &selection, force, out).await;
            }
            Self::Look(verb) => browse::look(scene.services, known, verb, out).await?,
            Self::Change(request) => changes::show(scene.services, known, request, out).await?,
            Self::Files(args) => files::sign(scene.services, known, &args, out).await?,
            Self::Archive(verb) => veea::archive(known, verb, out).await?,
        }
        Ok(Exit::Done)
    }
}

impl RequestedChange {
    /// The run that does it.
    pub(crate) async fn task(self, scene: &Scene<'_>) -> Result<Task, Error> {
        let services = scene.services;
        let plan = match self {
            Self::Release { selection, force } => {
                release_plan(scene, &services.known.config, &selection, force).await?.1
            }
            Self::Push(args) => push_plan(scene, args).await?.1,
            Self::Published(request) => {
                crate::app::ops::changes::plan(services, &services.known, request).await?
            }
            Self::Rollback(run) => {
                return history::undoing(services, &history::named(services, &run)?).await;
            }
        };
        Task::new(services, plan).await
    }

    /// What it changes, a line each, and the plan that does it as long as that is
    /// so.
    pub(crate) async fn proposal(self, scene: &Scene<'_>) -> Result<(Vec<String>, Plan), Error> {
        let services = scene.services;
        match self {
            Self::Release { selection, force } => {
                let config = &services.known.config;
                let (release, plan) = release_plan(scene, config, &selection, force).await?;
                moves(services, &release, plan).await
            }
            Self::Push(args) => {
                let (release, plan) = push_plan(scene, args).await?;
                moves(services, &release, plan).await
            }
            Self::Published(request) => changes::proposed(services, &services.known, request).await,
            Self::Rollback(run) => {
                let run = history::named(services, &run)?;
                history::refuse_elsewhere(services, &run)?;
                let (lines, plan) = history::put_back(services, &run)?;
                agreement::refuse_moved(services, &plan).await?;
                Ok((lines, plan))
            }
        }
    }
}

impl Begin {
    /// The run that does it. One of another project is told of, or refused.
    pub(crate) async fn task(self, scene: &Scene<'_>, other: OtherProject) -> Result<Task, Error> {
        let services = scene.services;
        match self {
            Self::Resume(run) => {
                let run = chosen_run(services, run.as_deref())?;
                history::again(services, &run, other, |_| Ok(None)).await
            }
            Self::Retry { run, selection } => {
                let run = history::named(services, &run)?;
                let chosen = |run: &_| history::some_chosen(run, &selection);
                history::again(services, &run, other, chosen).await
            }
            Self::Image(args) => {
                let opened = OpenedPayload::of(&args)?;
                opened.warnings.iter().cloned().for_each(scene.note);
                let (release, task) = opened.task(services, &services.known, &args).await?;
                left_out(&release).into_iter().for_each(scene.note);
                Ok(task)
            }
            Self::Veea { args, last } => veea::task(services, &services.known, &args, &last).await,
            Self::Sign(request) => {
                let plan = crate::app::ops::changes::plan(services, &services.known, request);
                Task::new(services, plan.await?).await
            }
        }
    }
}

/// What is released without a configuration, and what that takes.
async fn push_plan(scene: &Scene<'_>, args: PushArgs) -> Result<(Release, Plan), Error> {
    let force = args.force;
    let (config, selection, warnings) = push::configuration(&scene.services.known, args)?;
    warnings.into_iter().for_each(scene.note);
    release_plan(scene, &config, &selection, force).await
}

/// The tags that a release moves from something else, a line each.
async fn moves(
    services: &Services,
    release: &Release,
    plan: Plan,
) -> Result<(Vec<String>, Plan), Error> {
    let outlook = outlook(services, release, &plan).await?;
    let named = outlook.named.clone();
    let view = plan_view(&plan, release, outlook);
    let tags = view.present.iter().flat_map(|at| at.tags.iter().map(move |tag| (at, tag)));
    let moved = tags.filter(|(_, tag)| tag.before.is_some() && tag.before != tag.after);
    let moved = moved.filter_map(|(at, tag)| {
        let before = tag.before.as_ref()?.short();
        let after = tag.after.as_ref().map_or("known after it is prepared", |after| after.short());
        Some(format!("{}:{} at {}: {before} → {after}", at.repository, tag.tag, at.sink))
    });
    let lines = moved.chain(view.notices.iter().cloned()).collect();
    Ok((lines, agreement::bound(services, plan, &named).await?))
}
