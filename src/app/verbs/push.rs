//! `castoff push`: a release of one artifact, without a configuration.

use std::path::{Path, PathBuf};

use crate::{
    app::wiring::sinks::{NamedSinks, name_and_tag},
    cli::{Kind, PushArgs},
    config::{ArtifactConfig, Config, ConsoleConfig, SinkConfig, Version},
    error::Error,
    model::{
        ArtifactKind, ArtifactName, Destination, ImageSettings, Origin, Repository, Selection,
        SinkName, SinkSpec, SinkUrl, Tag, entry_name, escape, is_known_os,
    },
    source,
};

/// The configuration and selection that say the same as `args`, and what is
/// worth knowing of them. Sinks may be those that are `named`.
pub(crate) fn configuration(
    named: &NamedSinks,
    args: PushArgs,
) -> Result<(Config, Selection, Vec<String>), Error> {
    let from = origin(&args.path, args.kind)?;
    releasing(named, &from, args)
}

/// The same, for what comes from elsewhere than the path of `args`.
pub(crate) fn releasing(
    named: &NamedSinks,
    from: &Origin,
    args: PushArgs,
) -> Result<(Config, Selection, Vec<String>), Error> {
    let kind = from.kind();
    let mut warnings = Vec::new();
    let given = args.tag.as_deref().map(name_and_tag).transpose()?;
    let mut config = Config {
        root: named.folder.clone(),
        artifacts: Vec::new(),
        sinks: Vec::new(),
        signers: Vec::new(),
        builders: named.builders(),
        immutable: Vec::new(),
        console: ConsoleConfig::default(),
        engine: named.engine(),
    };
    for url in &args.urls {
        let (mut target, warning) = named.target(url, kind, given.as_ref(), &args)?;
        target.spec.name = named.unlike(target.spec.name, &config);
        let (from, told) = picked(from, &target)?;
        add(&mut config, &from, target);
        warnings.extend(warning.into_iter().chain(told));
    }
    let selection = Selection { platforms: args.platform, ..Selection::default() };
    Ok((config, selection, warnings))
}

/// Where to, and under which name.
struct Target {
    spec: SinkSpec,
    repository: Repository,
    tag: Tag,
    /// Patterns of tags that are written once there.
    immutable: Vec<String>,
}

impl NamedSinks {
    fn target(
        &self,
        url: &str,
        kind: ArtifactKind,
        given: Option<&(Repository, Option<Tag>)>,
        args: &PushArgs,
    ) -> Result<(Target, Option<String>), Error> {
        let (mut spec, destination) = self.find(url, String::new(), &(&args.trust).into())?;
        spec.platform_tags |= args.platform_tags;
        if !spec.url.can_hold(kind) {
            return Err(Error::usage(format!("{} cannot store {kind}", spec.url)));
        }
        let warning = warning(url, &destination, given);
        let (repository, tag) = name(url, spec.url.namespace(), destination, given)?;
        let immutable = self.written_once(&spec, &repository);
        Ok((Target { spec, repository, tag, immutable }, warning))
    }

    /// A name that no other place of `config` has, unless it is a sink of the
    /// configuration: two URLs of one host are two places.
    fn unlike(&self, name: SinkName, config: &Config) -> SinkName {
        let is_free = |name: &SinkName| config.sink(name).is_none();
        if is_free(&name) || self.config.sink(&name).is_some() {
            return name;
        }
        let mut others = (2..).map(|place| SinkName(format!("{}-{place}", name.0)));
        others.find(is_free).unwrap_or(name)
    }
}

/// The name and tag: the URL's where it has them, those of `-t` otherwise; that
/// name is below the `namespace` of a sink of the configuration.
fn name(
    url: &str,
    namespace: &str,
    destination: Destination,
    given: Option<&(Repository, Option<Tag>)>,
) -> Result<(Repository, Tag), Error> {
    let url = escape(url);
    let missing = |what: &str| {
        Error::usage(format!("{url} has no {what}"))
            .hint("give -t NAME:TAG, or append it to the URL")
    };
    let repository = match (destination.repository, given) {
        (Some(repository), _) => repository,
        (None, Some((name, _))) => {
            Repository::below(namespace, name.as_str()).map_err(Error::usage)?
        }
        (None, None) => return Err(missing("repository")),
    };
    let asked = given.and_then(|(_, tag)| tag.clone());
    let tag = destination.tag.or(asked).ok_or_else(|| missing("tag"))?;
    Ok((repository, tag))
}

/// That the tag of a URL wins over another one of `-t`.
fn warning(
    url: &str,
    destination: &Destination,
    given: Option<&(Repository, Option<Tag>)>,
) -> Option<String> {
    let asked = given?.1.as_ref()?;
    let tag = destination.tag.as_ref().filter(|tag| *tag != asked)?;
    let url = escape(url);
    Some(format!("{url} has the tag `{tag}`, which is used instead of `{asked}` from -t"))
}

/// One artifact for each name; the same source serves them all.
fn add(config: &mut Config, from: &Origin, target: Target) {
    let Target { spec, repository, tag, immutable } = target;
    let artifact = ArtifactConfig {
        version: Some(Version::Text(tag.to_string())),
        sinks: Some(vec![spec.name.clone()]),
        repository: Some(repository.to_string()),
        immutable,
        ..ArtifactConfig::new(ArtifactName(repository.to_string()), from.clone())
    };
    let same = |known: &&mut ArtifactConfig| {
        known.repository == artifact.repository && known.version == artifact.version
    };
    if let Some(known) = config.artifacts.iter_mut().find(same) {
        known.sinks.get_or_insert_default().push(spec.name.clone());
        known.immutable.extend(artifact.immutable);
    } else {
        config.artifacts.push(artifact);
    }
    // The repository is whole already.
    let url = match spec.url {
        SinkUrl::Registry { host, .. } => SinkUrl::Registry { host, namespace: String::new() },
        url => url,
    };
    config
        .sinks
        .push(SinkConfig { spec: SinkSpec { url, ..spec }, repository: "{name}".to_owned() });
}

/// What lies at `path`, which decides what is published.
fn origin(path: &Path, kind: Option<Kind>) -> Result<Origin, Error> {
    let path = path.to_str().and_then(|text| text.strip_prefix("oci:")).map_or(path, Path::new);
    let whole = std::path::absolute(path)?;
    let (path, name) = source::split(&whole);
    if !path.exists() {
        return Err(Error::refused(format!("{} does not exist", path.display())));
    }
    if !path.is_file() && !path.is_dir() {
        return Err(Error::refused(format!(
            "{} is neither a regular file nor a folder",
            path.display()
        ))
        .hint("write it to a file first"));
    }
    if path.is_file() || path.join("oci-layout").exists() {
        return match kind {
            Some(Kind::Files) => {
                Err(Error::usage(format!("{} is not a file tree", path.display())))
            }
            _ => Ok(Origin::Layout(whole)),
        };
    }
    if let Some(name) = name {
        let what = format!("{} is not an image layout, so it has no named images", path.display());
        return Err(Error::refused(what).hint(format!("leave `:{}` out", escape(&name))));
    }
    let (files, folders) = entries(&path)?;
    match kind {
        Some(Kind::Files) => Ok(Origin::Files(path)),
        Some(Kind::Image) if files.is_empty() && !folders.is_empty() => {
            Ok(Origin::ImageOf { files: path, settings: ImageSettings::default() })
        }
        Some(Kind::Image) => Ok(Origin::Archives(path)),
        None => guess(path, &files, &folders),
    }
}

/// The image of a layout or an archive that is called just as it is to be
/// published, where there are several and none is named; and that it is meant.
fn picked(
    from: &Origin,
    Target { repository, tag, .. }: &Target,
) -> Result<(Origin, Option<String>), Error> {
    let Origin::Layout(whole) = from else { return Ok((from.clone(), None)) };
    let (path, None) = source::split(whole) else { return Ok((from.clone(), None)) };
    let names = source::names_in(&path)?;
    let exact = [entry_name(repository, tag), tag.to_string()];
    let Some(name) = exact.iter().find(|name| names.len() > 1 && names.contains(name)) else {
        return Ok((from.clone(), None));
    };
    let (path, count) = (path.display(), names.len());
    let told = format!("{path} has {count} names; `{}` is published", escape(name));
    Ok((Origin::Layout(format!("{path}:{name}").into()), Some(told)))
}

fn guess(path: PathBuf, files: &[String], folders: &[String]) -> Result<Origin, Error> {
    let is_archive = |name: &&String| name.contains(".tar");
    let shown = path.display();
    match (files.iter().any(|name| is_archive(&name)), folders.iter().any(|name| is_known_os(name)))
    {
        (true, true) => {
            Err(Error::refused(format!("{shown} contains both archives and a file tree"))
                .hint("choose with --kind image or --kind files, or put them into two folders"))
        }
        (false, _) if !folders.is_empty() => Ok(Origin::Files(path)),
        _ if files.is_empty() => Err(Error::refused(format!("{shown} is empty"))
            .hint("put archives named OS.ARCH.tar.gz there, or a tree OS/ARCH/FILE")),
        _ => Ok(Origin::Archives(path)),
    }
}

/// The names of the files and folders in a folder; links count as what they lead to.
fn entries(path: &Path) -> Result<(Vec<String>, Vec<String>), Error> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() { folders.push(name) } else { files.push(name) }
    }
    Ok((files, folders))
}
