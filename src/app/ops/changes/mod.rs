//! What is published is copied, untagged and swept, each as a run with a
//! journal of its own.

mod choose;
mod collect;
mod copy;
mod remove;
mod roots;
mod sign;

use self::{
    copy::copied,
    remove::{removing, spots_of},
};
pub(crate) use self::{
    copy::{Carried, copying, proposed as proposed_copies},
    remove::proposed as proposed_removals,
    sign::{passphrase, refuse_service},
};
use super::run::{self, Task};
use crate::{
    app::{
        verbs::{files, out::Out},
        wiring::{
            references::Looking,
            services::World,
            sinks::{self, NamedSinks},
        },
    },
    cli::{GlobalArgs, SignArgs, UpkeepVerb},
    error::{Error, Exit},
    model::{ArtifactKind, Descriptor, Repository, SinkSpec, Tag, TagName},
    plan::Plan,
    ports::Sweeper,
    streams,
};

/// Changes what is published, or shows what would change.
pub(crate) async fn upkeep(global: &GlobalArgs, verb: UpkeepVerb) -> Result<Exit, Error> {
    if let UpkeepVerb::Sign(SignArgs { generate_key: Some(path), .. }) = &verb {
        return sign::generate(global, path).await;
    }
    if let UpkeepVerb::Sign(args) = &verb {
        refuse_service(args.service.as_deref())?;
    }
    let looks = verb.is_dry();
    let (world, known) = if looks { sinks::world_to_look(global)? } else { sinks::world(global)? };
    if let UpkeepVerb::Sign(args) = &verb
        && files::are_named(&args.references)?
    {
        let mut stdout = streams::stdout();
        files::sign(&world, &known, args, &mut Out::new(&mut stdout, global)).await?;
        return Ok(Exit::Done);
    }
    if verb.is_dry() {
        show(&world, &known, verb, &mut Out::new(&mut streams::stdout(), global)).await?;
        return Ok(Exit::Done);
    }
    if let UpkeepVerb::Gc(args) = verb {
        let collection = collect::choose(&world, &known, args).await?;
        if !global.is_json() && !global.quiet {
            collect::explain(&collection, &mut streams::stderr())?;
        }
        return run::start(&world, global, collection.plan()?).await;
    }
    let is_sign = matches!(verb, UpkeepVerb::Sign(_));
    let task = Task::new(&world, plan(&world, &known, verb).await?).await?;
    let run = run::ran(&world, global, task).await?;
    if is_sign && !global.is_json() {
        sign::show_signed(&run, &mut streams::stdout())?;
    }
    Ok(Exit::of(&run))
}

/// Plans what a verb says.
pub(crate) async fn plan(
    world: &World,
    known: &NamedSinks,
    verb: UpkeepVerb,
) -> Result<Plan, Error> {
    match verb {
        UpkeepVerb::Copy(args) => copied(world, known, &args).await,
        UpkeepVerb::Rm(args) => removing(world, &spots_of(world, known, &args).await?).await,
        UpkeepVerb::Gc(args) => collect::choose(world, known, args).await?.plan(),
        UpkeepVerb::Sign(args) => sign::plan(world, known, &args).await,
    }
}

/// Plans what a verb says, with what that changes, a line each: of a copy the
/// tags that name something else, of the others what they would say if they only
/// looked. Both come of one look.
pub(crate) async fn proposed(
    world: &World,
    known: &NamedSinks,
    verb: UpkeepVerb,
) -> Result<(Vec<String>, Plan), Error> {
    match verb {
        UpkeepVerb::Copy(args) => {
            let (all, plan) = copy::proposed(world, copied(world, known, &args).await?).await?;
            Ok((all.iter().flat_map(copy::changes_of_tag).collect(), plan))
        }
        UpkeepVerb::Rm(args) => {
            remove::proposed(world, &spots_of(world, known, &args).await?).await
        }
        UpkeepVerb::Gc(args) => {
            let (collection, mut text) = (collect::choose(world, known, args).await?, Vec::new());
            collect::show(world, &collection, &mut Out::plain(&mut text)).await?;
            let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
            Ok((lines, collection.plan()?))
        }
        UpkeepVerb::Sign(args) => Ok((Vec::new(), sign::plan(world, known, &args).await?)),
    }
}

/// Shows what a verb would change.
pub(crate) async fn show(
    world: &World,
    known: &NamedSinks,
    verb: UpkeepVerb,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    match verb {
        UpkeepVerb::Copy(args) => {
            let plan = copied(world, known, &args).await?;
            copy::show(world, &plan, out).await
        }
        UpkeepVerb::Rm(args) => {
            let spots = spots_of(world, known, &args).await?;
            remove::show(world, &spots, out).await
        }
        UpkeepVerb::Gc(args) => {
            let collection = collect::choose(world, known, args).await?;
            collect::show(world, &collection, out).await
        }
        UpkeepVerb::Sign(args) => sign::show(&sign::plan(world, known, &args).await?, out),
    }
}

/// A tag at a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The sink.
    pub(crate) spec: SinkSpec,
    /// What the tag names.
    pub(crate) kind: ArtifactKind,
    /// The repository.
    pub(crate) repository: Repository,
    /// The tag.
    pub(crate) tag: Tag,
}

impl Spot {
    fn name(&self) -> TagName {
        let Self { kind, repository, tag, .. } = self.clone();
        TagName { kind, repository, tag }
    }

    fn shelf(&self, world: &World) -> Result<std::sync::Arc<dyn Sweeper>, Error> {
        let looking = Looking::at_sink(world, self.spec.clone());
        Ok(looking.shelf(self.kind, &self.repository)?)
    }

    /// What the tag names, which must be something.
    async fn root(&self, world: &World) -> Result<Descriptor, Error> {
        let root = self.shelf(world)?.resolve(&self.tag).await?;
        root.ok_or_else(|| Error::refused(format!("{self} does not exist")))
    }
}

impl std::fmt::Display for Spot {
    /// For people: the name, and where it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` at {}", self.name(), self.spec.name)
    }
}

/// Each sink once, in order.
fn sinks(specs: impl Iterator<Item = SinkSpec>) -> Vec<SinkSpec> {
    let mut sinks: Vec<SinkSpec> = Vec::new();
    for spec in specs {
        if sinks.iter().all(|known| known.name != spec.name) {
            sinks.push(spec);
        }
    }
    sinks
}
