//! `castoff ls` and `castoff inspect`: looks at what is published.

mod age;
mod print;

use std::{
    io::{self, Write},
    sync::Arc,
};

use futures_util::{StreamExt, stream};

use self::{
    age::Age,
    print::{print, row, show, show_diff},
};
use super::{World, named::NamedSinks, places::PlacesOf};
use crate::{
    browse::{self, MANIFEST_LIMIT, each_page, tree},
    cli::{DiffArgs, GlobalArgs, InspectArgs, LsArgs, Sort, TrustArgs},
    config::EngineConfig,
    error::{Error, Exit},
    model::{
        ArtifactKind, Descriptor, Destination, Digest, Failure, FailureKind, Repository, Side,
        SinkSpec, SinkUrl, Tag, escape,
    },
    ports::{Catalog, Shelf},
    sink::{
        LayoutCatalog, ObjectsCatalog, RegistryCatalog, RegistrySink, layout::LayoutSink,
        static_registry::StaticRegistry,
    },
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// A place to be looked at.
struct Looking {
    places: PlacesOf,
    spec: SinkSpec,
    destination: Destination,
}

/// Lists repositories, or the tags of one.
pub(super) async fn ls(global: &GlobalArgs, args: LsArgs) -> Result<Exit, Error> {
    let looking = Looking::at(global, &args.url, &args.trust)?;
    let named = args.tag.as_deref().map(str::parse::<Repository>).transpose();
    let given = named.map_err(Error::usage)?.map(|name| looking.below(&name)).transpose()?;
    match given.or_else(|| looking.destination.repository.clone()) {
        Some(repository) => looking.tags(global, &repository, &args).await?,
        None => looking.repositories(global).await?,
    }
    Ok(Exit::Done)
}

/// Shows what a reference names.
pub(super) async fn inspect(global: &GlobalArgs, args: InspectArgs) -> Result<Exit, Error> {
    let Found { shelf, root } = find(global, &args.reference, &args.trust).await?;
    let mut out = io::stdout().lock();
    if args.raw {
        out.write_all(&shelf.read(&root, MANIFEST_LIMIT).await?)?;
        return Ok(Exit::Done);
    }
    let mut tree = tree(&*shelf, &root).await?;
    if let Some(asked) = &args.platform {
        tree.manifests
            .retain(|branch| branch.manifest.platform.as_ref().is_some_and(|of| of.matches(asked)));
        if tree.manifests.is_empty() {
            return Err(Error::refused(format!("there is nothing for {asked}")));
        }
    }
    if global.is_json() {
        write_json(&tree, &mut out)?;
    } else {
        show(&tree, &args.reference, &mut out)?;
    }
    Ok(Exit::Done)
}

/// Compares what two references name.
pub(super) async fn diff(global: &GlobalArgs, args: &DiffArgs) -> Result<Exit, Error> {
    let mut trees = Vec::new();
    for reference in [&args.before, &args.after] {
        let Found { shelf, root } = find(global, reference, &args.trust).await?;
        trees.push(tree(&*shelf, &root).await?);
    }
    let diff = browse::diff(&trees[0], &trees[1]);
    let mut out = io::stdout().lock();
    if global.is_json() {
        write_json(&diff, &mut out)?;
    } else {
        show_diff(&diff, &mut out)?;
    }
    Ok(Exit::Done)
}

fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// What a reference names, and where it lies.
struct Found {
    shelf: Arc<dyn Shelf>,
    root: Descriptor,
}

async fn find(global: &GlobalArgs, reference: &str, trust: &TrustArgs) -> Result<Found, Error> {
    let (text, digest) = match reference.rsplit_once('@') {
        Some((text, digest)) if digest.contains(':') => {
            (text, Some(digest.parse::<Digest>().map_err(Error::usage)?))
        }
        _ => (reference, None),
    };
    let looking = Looking::at(global, text, trust)?;
    let needs = |what: &str| {
        Error::usage(format!("`{}` names no {what}", escape(reference)))
            .hint("write, say, docker://HOST/NAME:TAG, or …@sha256:…")
    };
    let repository = looking.destination.repository.clone().ok_or_else(|| needs("repository"))?;
    let shelf = looking.shelf(&repository)?;
    let root = match (digest, looking.destination.tag.clone()) {
        (Some(digest), _) => looking.by_digest(&repository, digest).await?,
        (None, Some(tag)) => shelf.resolve(&tag).await?.ok_or_else(|| {
            Error::refused(format!("`{repository}:{tag}` does not exist")).hint("see castoff ls")
        })?,
        (None, None) => return Err(needs("tag and no digest")),
    };
    Ok(Found { shelf, root })
}

impl Looking {
    fn at(global: &GlobalArgs, text: &str, trust: &TrustArgs) -> Result<Self, Error> {
        let known = super::project(global)?.map(|file| crate::config::load(&file, None));
        let known = known.transpose()?;
        let engine = known.as_ref().map_or_else(EngineConfig::default, |config| config.engine);
        let world = World::new(engine)?;
        let (spec, destination) = NamedSinks(known).find(text, "place".to_owned(), trust)?;
        Ok(Self { places: PlacesOf::without_plan(world.store, engine), spec, destination })
    }

    /// A name below the sink's namespace.
    fn below(&self, name: &Repository) -> Result<Repository, Error> {
        let parent = match (&self.destination.repository, self.spec.url.namespace()) {
            // `docker://HOST/NAMESPACE -t NAME`
            (Some(parent), "") => parent.as_str(),
            (_, namespace) => namespace,
        };
        Repository::below(parent, name.as_str()).map_err(Error::usage)
    }

    fn catalog(&self) -> Result<Box<dyn Catalog>, Failure> {
        Ok(match &self.spec.url {
            SinkUrl::Registry { host, namespace } => {
                let client = self.places.client(&self.spec, host)?;
                Box::new(RegistryCatalog::new(client, namespace.clone()))
            }
            SinkUrl::Layout(path) => {
                let any = "any".parse().expect("it is in the grammar");
                Box::new(LayoutCatalog(LayoutSink::new(path.clone(), any)))
            }
            SinkUrl::S3(url) => {
                Box::new(ObjectsCatalog::new(self.places.bucket(url), ArtifactKind::Image))
            }
            url => return Err(cannot(url)),
        })
    }

    fn shelf(&self, repository: &Repository) -> Result<Arc<dyn Shelf>, Failure> {
        let repository = repository.clone();
        Ok(match &self.spec.url {
            SinkUrl::Registry { host, .. } => {
                Arc::new(RegistrySink::new(self.places.client(&self.spec, host)?, repository))
            }
            SinkUrl::Layout(path) => Arc::new(LayoutSink::new(path.clone(), repository)),
            SinkUrl::S3(url) => Arc::new(StaticRegistry::new(self.places.bucket(url), repository)),
            url => return Err(cannot(url)),
        })
    }

    /// Describes what a digest names; only a registry knows its media type.
    async fn by_digest(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Descriptor, Error> {
        let SinkUrl::Registry { host, .. } = &self.spec.url else {
            return Err(Error::usage("only a registry is asked by digest; name a tag"));
        };
        let client = self.places.client(&self.spec, host)?;
        let name = crate::registry::ManifestName::Digest(&digest);
        let found = client.describe_manifest(repository, name).await?;
        found.ok_or_else(|| Error::refused(format!("`{repository}@{digest}` does not exist")))
    }

    async fn repositories(&self, global: &GlobalArgs) -> Result<(), Error> {
        let catalog = self.catalog()?;
        let mut out = io::stdout().lock();
        let read = async |from: Option<String>| catalog.repositories(from.as_deref()).await;
        let there = each_page(read, |names| print(&mut out, global, "repository", &names)).await?;
        if there {
            return Ok(());
        }
        Err(Error::refused(format!("{} keeps no list of its repositories", self.spec.url))
            .hint("name one: castoff ls URL/NAME"))
    }

    async fn tags(
        &self,
        global: &GlobalArgs,
        repository: &Repository,
        args: &LsArgs,
    ) -> Result<(), Error> {
        let tags = self.shelf(repository)?;
        let read = async |from: Option<String>| tags.tags(from.as_deref()).await;
        let mut all = Vec::new();
        let there = if args.names && args.sort == Sort::Stored {
            let mut out = io::stdout().lock();
            each_page(read, |names| print(&mut out, global, "tag", &names)).await?
        } else {
            each_page(read, |names| {
                all.extend(names);
                Ok(())
            })
            .await?
        };
        if !there {
            return Err(Error::refused(format!("`{repository}` does not exist there"))
                .hint("see castoff ls URL for what is there"));
        }
        if args.sort == Sort::Version {
            all.sort_by_cached_key(|tag| Age::of(tag));
        }
        if args.names {
            return Ok(print(&mut io::stdout().lock(), global, "tag", &all)?);
        }
        describe(global, &*tags, all).await
    }
}

/// Prints each tag with what it names, as the answers come, in their order.
async fn describe(global: &GlobalArgs, shelf: &dyn Shelf, tags: Vec<String>) -> Result<(), Error> {
    let look = async |name: String| {
        // A name outside the grammar cannot be asked for.
        let Ok(tag) = name.parse::<Tag>() else { return (name, Ok(None)) };
        let found = async {
            match shelf.resolve(&tag).await? {
                Some(root) => tree(shelf, &root).await.map(Some),
                None => Ok(None),
            }
        };
        (name, found.await)
    };
    let mut failures = Vec::new();
    let mut looks = stream::iter(tags).map(look).buffered(PARALLEL);
    while let Some((name, found)) = looks.next().await {
        let mut out = io::stdout().lock();
        match found {
            Ok(Some(tree)) if global.is_json() => {
                let line = serde_json::json!({ "tag": name, "size": tree.size(), "names": tree });
                writeln!(out, "{line}")?;
            }
            Ok(Some(tree)) => writeln!(out, "{}", row(&name, &tree))?,
            // It went meanwhile, or cannot be asked for.
            Ok(None) if global.is_json() => {
                writeln!(out, "{}", serde_json::json!({ "tag": name }))?;
            }
            Ok(None) => writeln!(out, "{:<20} names nothing", escape(&name).to_string())?,
            Err(failure) => failures.push(failure.context(format!("tag `{name}`"))),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

fn cannot(url: &SinkUrl) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, format!("{url} cannot be looked at yet"))
        .hint("look at a registry, a bucket or a layout")
}
