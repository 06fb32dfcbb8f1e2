//! Places that are looked at: which adapter shows what lies where.

use std::sync::Arc;

use super::{
    abilities::{Hosts, Tried},
    places::PlacesOf,
    services::Services,
    sinks::{NamedSinks, RegistryTrust, addressed},
};
use crate::{
    error::Error,
    model::{
        Abilities, ArtifactKind, Descriptor, Destination, Digest, Failure, FailureKind, Repository,
        Side, SinkSpec, SinkUrl, Tag, entry_name, escape,
    },
    ports::{Catalog, Places, Sweeper},
    sink::layout::{self, Address},
};

/// A place to be looked at.
pub(crate) struct Looking {
    places: PlacesOf,
    pub(crate) spec: SinkSpec,
    pub(crate) destination: Destination,
    /// What is looked for, where that was said.
    kind: Option<ArtifactKind>,
}

/// A place, a tag or a digest, as a command line names it.
pub(crate) struct Reference<'a> {
    /// What was written.
    pub(crate) text: &'a str,
    /// The name and tag that stand beside it.
    pub(crate) beside: Option<&'a str>,
    pub(crate) kind: Option<ArtifactKind>,
    pub(crate) trust: RegistryTrust,
    /// What it is called where no sink is named; empty: after its URL.
    pub(crate) called: &'a str,
    /// Whether a tag beside a digest must name it, and is meant too.
    pub(crate) is_both: bool,
}

impl<'a> Reference<'a> {
    pub(crate) fn new(
        text: &'a str,
        kind: Option<ArtifactKind>,
        trust: impl Into<RegistryTrust>,
    ) -> Self {
        Self { text, beside: None, kind, trust: trust.into(), called: "", is_both: false }
    }
}

/// What a reference names, and where it lies.
pub(crate) struct Found {
    pub(crate) spec: SinkSpec,
    pub(crate) kind: ArtifactKind,
    pub(crate) repository: Repository,
    /// The tag that was asked for; none: a digest was.
    pub(crate) tag: Option<Tag>,
    pub(crate) shelf: Arc<dyn Sweeper>,
    pub(crate) root: Descriptor,
}

impl Looking {
    /// The place that a command line names.
    pub(crate) fn of(
        services: &Services,
        named: &NamedSinks,
        what: &Reference<'_>,
    ) -> Result<Self, Error> {
        Self::at(services, named, what.text, what)
    }

    fn at(
        services: &Services,
        named: &NamedSinks,
        text: &str,
        what: &Reference<'_>,
    ) -> Result<Self, Error> {
        let (spec, destination) = named.find(text, what.called.to_owned(), &what.trust)?;
        Ok(Self { places: services.places_to_look(), spec, destination, kind: what.kind })
    }

    /// A sink of the configuration.
    pub(crate) fn at_sink(services: &Services, spec: SinkSpec) -> Self {
        let places = services.places_to_look();
        let destination = Destination { url: spec.url.clone(), repository: None, tag: None };
        Self { places, spec, destination, kind: None }
    }

    /// What a layout holds that has no name, where none is said.
    pub(crate) fn unnamed(&self) -> Result<Option<Address>, Error> {
        match &self.spec.url {
            SinkUrl::Layout(path) => Ok(layout::addressed(path, None)?),
            _ => Ok(None),
        }
    }

    /// Fails where a folder or file is named that does not exist.
    pub(crate) fn refuse_absent(&self) -> Result<(), Error> {
        let (SinkUrl::Layout(path) | SinkUrl::Folder(path) | SinkUrl::Archives(path)) =
            &self.spec.url
        else {
            return Ok(());
        };
        let is_layout = matches!(self.spec.url, SinkUrl::Layout(_));
        if !path.exists() {
            return Err(Error::refused(format!("{} does not exist", self.spec.url)));
        }
        if is_layout && path.is_dir() && !path.join("index.json").exists() {
            return Err(Error::refused(format!("{} is not an image layout", self.spec.url))
                .hint("it has no index.json"));
        }
        Ok(())
    }

    /// Fails where a layout has nothing of a name.
    pub(crate) fn refuse_unknown(&self, repository: &Repository) -> Result<(), Error> {
        let SinkUrl::Layout(path) = &self.spec.url else { return Ok(()) };
        if layout::addressed(path, Some(repository.as_str()))?.is_some() {
            return Ok(());
        }
        Err(Error::refused(format!("`{repository}` does not exist at {}", self.spec.url))
            .hint("castoff ls lists what exists"))
    }

    /// Finds out what the server can do as far as reading tells. A command that only
    /// looks writes nothing: a registry may take a moment to write again what
    /// is there, and fail its readers meanwhile.
    pub(crate) async fn glimpsed(&self) -> Result<Tried, Error> {
        Ok(Tried { at: crate::app::wiring::clock::now(), can: self.abilities(false).await? })
    }

    /// Finds out what the server can do, and remembers it.
    pub(crate) async fn tried(&self) -> Result<Tried, Error> {
        let can = self.abilities(!self.spec.read_only).await?;
        let at = crate::app::wiring::clock::now();
        let kept = super::project::user_paths()
            .and_then(|paths| Ok(Hosts::of(&paths).put(&self.spec, can.clone())?));
        // What was found out is true, whether it can be remembered or not.
        Ok(kept.unwrap_or_else(|error| {
            tracing::info!("the server's features cannot be remembered: {error}");
            Tried { at, can }
        }))
    }

    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure> {
        let kind = self.kinds().first().copied().unwrap_or(ArtifactKind::Image);
        self.catalog(kind)?.abilities(self.destination.repository.as_ref(), may_write).await
    }

    /// What can lie here.
    pub(crate) fn kinds(&self) -> Vec<ArtifactKind> {
        let both = [ArtifactKind::Image, ArtifactKind::Files];
        let is_held = |kind: &ArtifactKind| {
            self.spec.url.holds(*kind) && self.kind.is_none_or(|asked| asked == *kind)
        };
        both.into_iter().filter(is_held).collect()
    }

    /// A name below the sink's namespace.
    pub(crate) fn below(&self, name: &Repository) -> Result<Repository, Error> {
        let parent = match (&self.destination.repository, self.spec.url.namespace()) {
            // `docker://HOST/NAMESPACE -t NAME`
            (Some(parent), "") => parent.as_str(),
            (_, namespace) => namespace,
        };
        Repository::below(parent, name.as_str()).map_err(Error::usage)
    }

    /// The names of what is there.
    pub(crate) fn catalog(&self, kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        self.places.catalog(&self.spec, kind)
    }

    /// What is there under one name.
    pub(crate) fn shelf(
        &self,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Sweeper>, Failure> {
        self.places.shelf(&self.spec, kind, repository)
    }

    /// What lies under a name: an image or files.
    pub(crate) async fn kind_of(&self, repository: &Repository) -> Result<ArtifactKind, Error> {
        let kinds = self.kinds();
        let Some(first) = kinds.first().copied() else {
            return Err(Error::usage(format!("{} has nothing of that kind", self.spec.url)));
        };
        let mut there = Vec::new();
        for kind in kinds.iter().copied().filter(|_| kinds.len() > 1) {
            // What cannot have this name is not there.
            let Ok(names) = self.shelf(kind, repository) else { continue };
            if names.tags(None).await?.is_some() {
                there.push(kind);
            }
        }
        match there[..] {
            [_, _, ..] => {
                let what =
                    format!("at {}, `{repository}` is both an image and files", self.spec.url);
                Err(Error::usage(what).hint("choose with --kind image or --kind files"))
            }
            [kind] => Ok(kind),
            [] => Ok(first),
        }
    }
}

impl Looking {
    /// The repository that is meant, and the image where a layout holds one
    /// that has no name; none where no repository is named.
    fn meant(
        &self,
        named: Option<&Repository>,
    ) -> Result<Option<(Repository, Option<Descriptor>)>, Error> {
        Ok(Some(match (&self.destination.repository, named) {
            (_, Some(name)) => (self.below(name)?, None),
            (Some(repository), None) => (repository.clone(), None),
            (None, None) => match self.unnamed()? {
                Some(Address::Only(node)) => (Repository::nameless(), Some(*node)),
                Some(_) => (Repository::nameless(), None),
                None => return Ok(None),
            },
        }))
    }
}

/// Finds what a reference names.
pub(crate) async fn find(
    services: &Services,
    known: &NamedSinks,
    what: &Reference<'_>,
) -> Result<Found, Error> {
    let (text, digest) = split_digest(what.text)?;
    let looking = Looking::at(services, known, text, what)?;
    let needs = |part: &str| {
        Error::usage(format!("`{}` has no {part}", escape(what.text)))
            .hint("write it as docker://HOST/NAME:TAG or …@sha256:…")
    };
    looking.refuse_absent()?;
    let (named, beside) = what.beside.map(super::sinks::name_and_tag).transpose()?.unzip();
    let meant = looking.meant(named.as_ref())?;
    let (repository, only) = meant.ok_or_else(|| needs("repository"))?;
    let beside = beside.flatten();
    let Destination { repository, tag, .. } = addressed(Destination {
        url: looking.spec.url.clone(),
        repository: Some(repository),
        tag: looking.destination.tag.clone().or(beside),
    })?;
    let repository = repository.ok_or_else(|| needs("repository"))?;
    let kind = looking.kind_of(&repository).await?;
    let shelf = looking.shelf(kind, &repository)?;
    let missing = |name: String| {
        Error::refused(format!("`{name}` does not exist at {}", looking.spec.url))
            .hint("castoff ls lists what exists")
    };
    let root = match (&digest, &tag) {
        (Some(digest), _) => {
            let found = shelf.describe(digest).await?;
            found.ok_or_else(|| missing(format!("{repository}@{digest}")))?
        }
        (None, Some(tag)) => {
            let name = || entry_name(&repository, tag);
            shelf.resolve(tag).await?.ok_or_else(|| missing(name()))?
        }
        (None, None) => {
            let Some(root) = only else {
                looking.refuse_unknown(&repository)?;
                return Err(needs("tag or digest"));
            };
            root
        }
    };
    if let (Some(digest), Some(tag), true) = (&digest, &tag, what.is_both) {
        let now = shelf.resolve(tag).await?.map(|node| node.digest);
        if now.as_ref() != Some(digest) {
            return Err(names_another(&repository, tag, digest, now.as_ref()).into());
        }
    }
    let tag = tag.filter(|_| digest.is_none() || what.is_both);
    Ok(Found { spec: looking.spec, kind, repository, tag, shelf, root })
}

/// The tag that was written beside a digest is not, or not any more, its name.
fn names_another(
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
    now: Option<&Digest>,
) -> Failure {
    let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let what = format!("`{repository}:{tag}` names {now}, not {digest}");
    Failure::new(FailureKind::Conflict, Side::Sink, what)
        .hint("castoff inspect shows what it names now")
}

/// `REFERENCE[@DIGEST]`.
fn split_digest(reference: &str) -> Result<(&str, Option<Digest>), Error> {
    match reference.rsplit_once('@') {
        Some((text, digest)) if digest.contains(':') && !digest.contains('/') => {
            Ok((text, Some(digest.parse().map_err(Error::usage)?)))
        }
        _ => Ok((reference, None)),
    }
}
