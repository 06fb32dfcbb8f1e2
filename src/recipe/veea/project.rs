//! An image directory as it is read, and what follows from it.

use super::{
    dockerfile::{self, ARCH},
    folders::{Folders, MADE},
    image_config::{FILE, ImageConfig},
    labels::{self, Label},
    licenses::License,
    options::Options,
    partner::Partner,
    refusal::invalid,
    swarm,
};
use crate::{
    model::{Failure, PersistentUuid, VeeaArch},
    recipe::{Blueprint, ContextFolder, Dockerfile, ForPlatform},
};

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
    pub(super) source: String,
    pub(super) options: Options,
    pub(super) for_arches: Vec<(VeeaArch, Options)>,
    pub(super) no_cache: bool,
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
        labels::of(&self.config, self.uuid(), self.partner.as_ref(), &self.licenses)
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
                without: MADE.map(str::to_owned).to_vec(),
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
