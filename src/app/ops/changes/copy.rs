//! `castoff copy`: what is published goes to another place, by digest.

use std::{collections::HashSet, sync::Arc};

use super::{
    placed_tag::{PlacedTag, sinks},
    sign::refuse_other_sums,
};
use crate::{
    app::wiring::{
        places::PlacesOf,
        references::{LocatedReference, Reference, find},
        services::Services,
        sinks::{NamedSinks, RegistryTrust},
    },
    browse::tree,
    engine::{graph, notices, signed_over},
    error::Error,
    model::{
        ArtifactKind, ConfigEntry, Descriptor, Node, Origin, Platform, Published, Repository,
        SinkName, SinkSpec, SinkUrl, Tag, TagName,
    },
    plan::{self, ExpectedTag, Plan, TagMove, TagTarget, Transfer, TransferOutlook, Work},
    ports::{Places, Shelf, Shelved, Sweeper, read_node},
    survey::is_immutable,
};

/// What is copied, as a user names it.
#[derive(Clone, Debug)]
pub(crate) struct CopyRequest {
    /// A reference.
    pub(crate) from: String,
    /// A place; a name or tag that it leaves out stays the same.
    pub(crate) to: String,
    /// What is copied, where a bucket holds both.
    pub(crate) kind: Option<ArtifactKind>,
    /// The only platform that is copied.
    pub(crate) platform: Option<Platform>,
    /// Whether a tag that names other content is refused.
    pub(crate) no_clobber: bool,
    /// How registries are trusted.
    pub(crate) trust: RegistryTrust,
}

/// A tag that is copied from the console.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// The tag.
    pub(crate) placed: PlacedTag,
    /// What it will be called; none: the same, below the other namespace.
    pub(crate) name: Option<TagName>,
}

/// Plans copies of tags to another sink.
pub(crate) async fn copying(
    services: &Services,
    known: &NamedSinks,
    what: &[Carried],
    to: &SinkSpec,
) -> Result<Plan, Error> {
    let mut transfers = Vec::new();
    for Carried { placed, name } in what {
        let root = placed.root(services).await?;
        let PlacedTag { spec, kind, repository, tag } = placed.clone();
        let (repository_there, tag_there) =
            name.clone().map(|name| (name.repository, name.tag)).unzip();
        let target = CopyTarget { spec: to.clone(), repository: repository_there, tag: tag_there };
        let from =
            Published { at: ConfigEntry::given(spec), kind, repository, tag: Some(tag), root };
        let shelf = services.places_to_look().shelf(from.place()?, kind, &from.repository)?;
        refuse_other_sums(&from, &*shelf).await?;
        transfers.push(transfer(from, target, known, false)?);
    }
    Ok(plan::transfer(known.folder.clone(), &transfers, vec![to.clone()])?)
}

/// Where something is copied to, and what it is called there, where that was
/// said.
struct CopyTarget {
    spec: SinkSpec,
    repository: Option<Repository>,
    tag: Option<Tag>,
}

/// Plans what is asked for.
pub(crate) async fn copied(
    services: &Services,
    known: &NamedSinks,
    request: &CopyRequest,
) -> Result<Plan, Error> {
    let CopyRequest { from, to, kind, platform, no_clobber, trust } = request;
    let from = Reference { called: "source", is_both: true, ..Reference::new(from, *kind, trust) };
    let LocatedReference { spec, kind, repository, tag, root, shelf } =
        find(services, known, &from).await?;
    let root = match platform {
        Some(_) if kind == ArtifactKind::Files => {
            return Err(Error::usage(
                "a release of files can only be copied with all its platforms",
            )
            .hint("leave out --platform"));
        }
        Some(platform) => of_platform(&*shelf, root, platform).await?,
        None => root,
    };
    let (to, destination) = known.find(to, String::new(), trust)?;
    let target = CopyTarget { spec: to, repository: destination.repository, tag: destination.tag };
    let from = Published { at: ConfigEntry::given(spec), kind, repository, tag, root };
    refuse_other_sums(&from, &*shelf).await?;
    let sink = target.spec.clone();
    let transfer = transfer(from, target, known, *no_clobber)?;
    Ok(plan::transfer(known.folder.clone(), &[transfer], sinks([sink].into_iter()))?)
}

/// The manifest of one platform of an index.
async fn of_platform(
    shelf: &dyn Sweeper,
    root: Descriptor,
    platform: &Platform,
) -> Result<Descriptor, Error> {
    let Node::Index(index) = read_node(shelf, &root).await? else {
        return Err(Error::usage(format!("{} has only one platform", root.digest))
            .hint("leave out --platform"));
    };
    let is_it = |of: &&Descriptor| of.platform.as_ref().is_some_and(|of| of.matches(platform));
    match &index.manifests.iter().filter(is_it).collect::<Vec<_>>()[..] {
        [only] => Ok(Descriptor::clone(only)),
        [] => {
            let known = index.manifests.iter().filter(|of| !of.is_attestation());
            let known: Vec<String> =
                known.filter_map(|of| Some(of.platform.as_ref()?.to_string())).collect();
            Err(Error::refused(format!("{} has no manifest for {platform}", root.digest))
                .hint(format!("it has {}", known.join(", "))))
        }
        _ => Err(Error::usage(format!("{platform} matches several of its platforms"))
            .hint("add the variant")),
    }
}

fn transfer(
    from: Published,
    to: CopyTarget,
    known: &NamedSinks,
    no_clobber: bool,
) -> Result<Transfer, Error> {
    let CopyTarget { spec, repository, tag } = to;
    if spec.url == SinkUrl::DockerDaemon {
        return Err(Error::usage("docker-daemon: cannot be the destination of a copy")
            .hint("let the engine pull it from a registry: docker pull"));
    }
    if !spec.url.can_hold(from.kind) {
        return Err(Error::usage(format!("{} cannot store {}", spec.url, from.kind)));
    }
    let repository = match repository {
        Some(repository) => repository,
        None => same_name(&from, &spec)?,
    };
    let tag = tag.or_else(|| from.tag.clone()).ok_or_else(|| {
        Error::usage(format!("the copy of {from} has no tag"))
            .hint("append the tag to the destination: …/NAME:TAG")
    })?;
    let immutable = is_immutable(&known.written_once(&spec, &repository), tag.as_str());
    let name = TagName { kind: from.kind, repository, tag };
    Ok(Transfer { from, to: spec.name, name, immutable, no_clobber })
}

/// The same name below another namespace.
fn same_name(from: &Published, to: &SinkSpec) -> Result<Repository, Error> {
    if from.repository.is_nameless() {
        return Err(Error::usage(format!(
            "{from} has no repository name, and neither has the destination"
        ))
        .hint("append the name to the destination: …/NAME:TAG"));
    }
    let namespace = format!("{}/", from.place()?.url.namespace());
    let name = from.repository.as_str();
    let name = name.strip_prefix(&namespace).unwrap_or(name);
    Repository::below(to.url.namespace(), name).map_err(Error::usage)
}

/// What a copy would do, a tag after another, and the plan that does it as long
/// as the tags name what that tells.
pub(crate) async fn proposed(
    services: &Services,
    plan: Plan,
) -> Result<(Vec<TransferOutlook>, Plan), Error> {
    let all = outlook(services, &plan).await?;
    let plan = plan.bound(|sink, name| {
        let told = all.iter().find(|of| of.sink == *sink && of.name == *name)?;
        Some(told.before.clone().map_or(ExpectedTag::Nothing, ExpectedTag::Digest))
    });
    Ok((all, plan))
}

/// How a tag moves that names something else, and what is worth knowing of that;
/// nothing where it does not.
pub(crate) fn changes_of_tag(of: &TransferOutlook) -> Vec<String> {
    let Some(before) = of.before.as_ref().filter(|_| of.moves()) else { return Vec::new() };
    let change = format!("{} at {}: {} → {}", of.name, of.sink, before.short(), of.after.short());
    std::iter::once(change).chain(of.notices.iter().cloned()).collect()
}

/// What a copy would do, a tag after another.
pub(crate) async fn outlook(
    services: &Services,
    plan: &Plan,
) -> Result<Vec<TransferOutlook>, Error> {
    let places = services.places(plan);
    let mut all = Vec::new();
    for job in plan.jobs() {
        let Work::Preflight { sink, moves } = &job.work else { continue };
        for tag in moves {
            let TagTarget::Job(copy) = &tag.to else { continue };
            let copied = plan.job(*copy).and_then(|job| job.work.artifact());
            let Some(Origin::Published(from)) = copied.map(|of| &plan.artifact(of).from) else {
                continue;
            };
            all.push(outlook_of(&places, plan, sink, (tag, moves), from).await?);
        }
    }
    Ok(all)
}

async fn outlook_of(
    places: &PlacesOf,
    plan: &Plan,
    sink: &SinkName,
    (tag, moves): (&TagMove, &[TagMove]),
    from: &Published,
) -> Result<TransferOutlook, Error> {
    let name = &tag.name;
    let source = places.shelf(from.place()?, from.kind, &from.repository)?;
    let place = places.open(sink, from.kind, &name.repository)?;
    let (mut present, mut to_send) = (0_u64, 0_u64);
    for node in carried(Arc::clone(&source) as _, &from.root).await? {
        let size = if place.exists(&node).await? { &mut present } else { &mut to_send };
        *size = size.saturating_add(node.size);
    }
    let before = place.resolve(&name.tag).await?;
    let there = plan.sink(sink).map(|spec| places.shelf(spec, name.kind, &name.repository));
    let before_version = match (&before, there) {
        (Some(root), Some(Ok(there))) => version(&*there, root).await,
        _ => None,
    };
    let now = |of: &TagMove| {
        let is_it = of.name == *name;
        before.clone().filter(|before| is_it && before.digest != from.root.digest)
    };
    let notices = notices(places, plan, sink, moves, now).await;
    let (before, after) = (before.map(|before| before.digest), from.root.digest.clone());
    let refused = match (tag, plan.sink(sink)) {
        _ if before.is_none() => None,
        (_, Some(to)) if before.as_ref() == Some(&after) => signed_over(places, from, to, name)
            .await?
            .map(|_| "a signature of another key would be lost"),
        (TagMove { immutable: true, .. }, _) => Some("it is immutable"),
        (TagMove { no_clobber: true, .. }, _) => Some("it already exists"),
        _ => None,
    };
    Ok(TransferOutlook {
        from: from.clone(),
        sink: sink.clone(),
        name: name.clone(),
        present,
        to_send,
        before,
        after,
        before_version,
        after_version: version(&*source, &from.root).await,
        refused,
        notices,
    })
}

/// All that a copy carries over: what is copied, and what is about it.
async fn carried(source: Arc<dyn Shelf>, root: &Descriptor) -> Result<Vec<Descriptor>, Error> {
    let (mut all, mut seen, mut left) = (Vec::new(), HashSet::new(), vec![root.clone()]);
    while let Some(next) = left.pop() {
        for node in graph(&Shelved(Arc::clone(&source)), &next).await? {
            if !seen.insert(node.digest.clone()) {
                continue;
            }
            if node.is_manifest() {
                let about = source.attached(&node.digest).await?;
                left.extend(about.into_iter().map(|about| about.node));
            }
            all.push(node);
        }
    }
    Ok(all)
}

/// The version that an image says it has; a mere help for the user's choice, so
/// that what cannot be read says none.
async fn version(shelf: &dyn Shelf, root: &Descriptor) -> Option<String> {
    const VERSION: &str = "org.opencontainers.image.version";
    let tree = tree(shelf, root).await.ok()?;
    let labels = tree.manifests.iter().flat_map(|of| [&of.annotations, &of.labels]);
    std::iter::once(&tree.annotations).chain(labels).find_map(|all| all.get(VERSION)).cloned()
}
