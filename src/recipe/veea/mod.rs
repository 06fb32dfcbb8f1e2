//! Veea image directories: a folder with `config.yaml` and a Dockerfile, that
//! becomes a release archive for each architecture.
//!
//! [`read`] tells what a directory says and for which partner; nothing is built,
//! and nothing is written. From that follow, purely, the Dockerfile with its
//! labels, the Swarm service file, and what an engine is asked for.
//!
//! What is documented of the vendor's tool is kept: keys, labels and their
//! order, names and messages. The following is not documented anywhere, and is
//! therefore ours:
//!
//! - The end of the block in the Dockerfile, and the numbers of labels such as
//!   `device1`, which count from 1.
//! - A licence is a file with a field, between semicolons, that is the device or
//!   feature which it allows. One of several lines goes into its label as
//!   base64.
//! - `partner_features` need no licence.
//! - What a volume offers and requests goes into labels beside what it keeps.
//! - Beside a partner's certificate may lie `veea-partner-ID-identifier`,
//!   `veeahub_license_server.pem` and `veeahub_license_authority.pem`; what is
//!   there goes into the labels of those names.

mod checks;
mod config;
mod dockerfile;
mod folders;
mod labels;
mod licenses;
mod options;
mod partner;
mod port;
mod raw;
mod swarm;

use std::path::Path;

use self::options::Options;
pub use self::{
    config::{FILE, ImageConfig, NodeType},
    folders::Folders,
    labels::Label,
    licenses::License,
    partner::Partner,
    port::{Port, Protocol},
};
use super::{Blueprint, ContextFolder, Dockerfile, ForPlatform};
use crate::model::{Failure, FailureKind, PersistentUuid, Side, VeeaArch, VeeaRecipe, escape};

/// What Dockerfiles are called.
const DOCKERFILE: &str = "Dockerfile";
/// The name of the architecture among the arguments of a build.
const ARCH: &str = "ARCH";

/// An image directory as it is read.
#[derive(Clone, Debug)]
pub struct Project {
    /// What `config.yaml` says.
    pub config: ImageConfig,
    /// Where its files lie.
    pub folders: Folders,
    /// The partner that it is released for, if any.
    pub partner: Option<Partner>,
    /// What allows its devices and features, in their order.
    pub licenses: Vec<License>,
    /// What is worth knowing, and no reason to stop.
    pub warnings: Vec<String>,
    source: String,
    options: Options,
    for_arches: Vec<(VeeaArch, Options)>,
    no_cache: bool,
}

/// Reads an image directory.
///
/// # Errors
///
/// Fails where its files cannot be read or have mistakes (all are told), where
/// a licence is missing, and where no partner is found.
pub fn read(recipe: &VeeaRecipe) -> Result<Project, Failure> {
    let folders = Folders::new(&recipe.folder, recipe.unauth);
    let (config, mut warnings) = config::read(&recipe.folder)?;
    let source = super::text(&folders.source)?;
    let partner = if recipe.unauth { None } else { Some(partner::find(recipe)?) };
    let licenses = match &partner {
        Some(_) => licenses::find(recipe, &config)?,
        None => Vec::new(),
    };
    let (options, for_arches) = options::of(&config)?;
    warnings.extend(missing_targets(&config));
    Ok(Project {
        config,
        folders,
        partner,
        licenses,
        warnings,
        source,
        options,
        for_arches,
        no_cache: recipe.no_cache,
    })
}

fn missing_targets(config: &ImageConfig) -> impl Iterator<Item = String> + '_ {
    let empty = config
        .arches
        .iter()
        .filter(|(arch, targets)| targets.is_empty() && !arch.targets().is_empty());
    empty.map(|(arch, _)| {
        let known = arch.targets().join(", ");
        format!("{FILE}: {arch} has no platform; known: {known}")
    })
}

impl Project {
    /// What the image is called: `APP-ARCH:VERSION`.
    #[must_use]
    pub fn reference(&self, arch: VeeaArch) -> String {
        format!("{}-{arch}:{}", self.config.app, self.config.version)
    }

    /// The identity of the image, with the partner's digits where it is
    /// released for one.
    #[must_use]
    pub fn uuid(&self) -> PersistentUuid {
        match &self.partner {
            Some(partner) => self.config.uuid.authorised(partner.id),
            None => self.config.uuid.unauthorised(),
        }
    }

    /// The architectures that it is for, in order.
    pub fn arches(&self) -> impl Iterator<Item = VeeaArch> + '_ {
        self.config.arches.iter().map(|(arch, _)| *arch)
    }

    /// That it is for `arch`.
    ///
    /// # Errors
    ///
    /// Fails where it is not.
    pub fn refuse_other(&self, arch: VeeaArch) -> Result<(), Failure> {
        if self.arches().any(|known| known == arch) {
            return Ok(());
        }
        let known: Vec<&str> = self.arches().map(VeeaArch::word).collect();
        let what = format!("ERROR: Architecture '{arch}' is not valid for this image.");
        Err(invalid(what).verbatim().hint(format!("{FILE} has {}", known.join(", "))))
    }

    /// The labels of the image, in order. That of the architecture has the
    /// value `$ARCH`.
    #[must_use]
    pub fn labels(&self) -> Vec<Label> {
        labels::of(self)
    }

    /// The labels that the image for `arch` must have.
    #[must_use]
    pub fn labels_for(&self, arch: VeeaArch) -> Vec<(String, String)> {
        let value = |label: Label| {
            let value = if label.is_argument { arch.word().to_owned() } else { label.value };
            (label.name, value)
        };
        self.labels().into_iter().map(value).collect()
    }

    /// The Dockerfile with its labels.
    ///
    /// # Errors
    ///
    /// Fails where the Dockerfile is none, or has the block already.
    pub fn dockerfile(&self) -> Result<String, Failure> {
        dockerfile::generate(&self.source, &self.folders.source, &self.labels())
    }

    /// The Swarm service file that is generated.
    #[must_use]
    pub fn generated_swarm(&self) -> String {
        swarm::generate(&self.config)
    }

    /// The Swarm service file, and what is worth knowing of it: the one in the
    /// directory, as it is, or else the generated one.
    ///
    /// # Errors
    ///
    /// Fails where the one in the directory is no YAML.
    pub fn swarm(&self) -> Result<(String, Vec<String>), Failure> {
        let custom = self.folders.root.join(swarm::FILE);
        match swarm::custom(&custom)? {
            Some(text) => {
                let warnings = swarm::check(&text, &self.config, &custom)?;
                Ok((text, warnings))
            }
            None => Ok((self.generated_swarm(), Vec::new())),
        }
    }

    /// What an engine is asked for.
    ///
    /// # Errors
    ///
    /// Fails as [`dockerfile`](Self::dockerfile) does.
    pub fn blueprint(&self) -> Result<Blueprint, Failure> {
        let options = &self.options;
        let for_platforms = self.arches().map(|arch| ForPlatform {
            platform: arch.platform(),
            args: self.args(arch),
            name: Some(self.reference(arch)),
        });
        Ok(Blueprint {
            context: vec![ContextFolder {
                folder: self.folders.root.clone(),
                to: String::new(),
                ignores: true,
                without: folders::MADE.map(str::to_owned).to_vec(),
            }],
            dockerfile: Dockerfile {
                from: self.folders.dockerfile.display().to_string(),
                text: self.dockerfile()?,
            },
            target: options.target.clone(),
            args: Vec::new(),
            labels: options.labels.clone(),
            network: !options.no_network,
            cache: !self.no_cache && !options.no_cache,
            for_platforms: for_platforms.collect(),
            ..Blueprint::default()
        })
    }

    /// The arguments of the build for `arch`.
    fn args(&self, arch: VeeaArch) -> Vec<(String, String)> {
        let own = self.for_arches.iter().filter(|(of, _)| *of == arch);
        let own = own.flat_map(|(_, options)| options.args.clone());
        let first = (ARCH.to_owned(), arch.word().to_owned());
        [first].into_iter().chain(self.options.args.clone()).chain(own).collect()
    }

    /// The command that the build is, as the vendor's tool shows it.
    #[must_use]
    pub fn docker_command(&self, arch: VeeaArch) -> String {
        let mut words = vec!["docker build ".to_owned()];
        if self.no_cache {
            words.push("--no-cache".to_owned());
        }
        words.push(format!("--build-arg {ARCH}={arch}"));
        let own = self.config.arch_options.iter().filter(|(of, _)| *of == arch);
        let shown = [&self.config.options].into_iter().chain(own.map(|(_, options)| options));
        words.extend(shown.filter(|shown| !shown.is_empty()).cloned());
        let (reference, folders) = (self.reference(arch), &self.folders);
        words.push(format!("-t {reference}"));
        words.push(format!("-f {} {}", folders.dockerfile.display(), folders.root.display()));
        words.join(" ")
    }
}

fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}

/// What is told of a path that is not there.
fn missing(path: &Path) -> Failure {
    let shown = path.display().to_string();
    let what = format!("ERROR: {} does not exist.", escape(&shown));
    Failure::new(FailureKind::NotFound, Side::Source, what).verbatim()
}
