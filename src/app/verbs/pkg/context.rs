//! What packages are built and published with.

use std::{collections::BTreeMap, sync::Arc};

use super::{signs::PackageSigners, trust};
use crate::{
    app::{
        verbs::report::run_plan,
        wiring::{
            credentials::RegistryLogins, notary, places::PlacesOf, project::Workplace,
            services::Services,
        },
    },
    cli::{GlobalArgs, ProgressForm, TrustArgs},
    engine::Elsewhere,
    error::{Error, Exit},
    model::{
        ArtifactKind, Builder, Builders, Digest, EngineUrl, Failure, Platform, SignerSpec,
        SinkName, SinkSpec, SinkUrl, Tag,
    },
    plan::Plan,
    ports::{Places, Sweeper},
    recipe::linuxkit::{self, ImageName, LinuxkitRecipe, Package, Publish},
    sign::notary::Notary,
};

/// What packages are built and published with.
pub(super) struct PackageContext<'g> {
    pub(super) global: &'g GlobalArgs,
    pub(super) services: Services,
    pub(super) builders: Builders,
    pub(super) signers: PackageSigners,
    trust: TrustArgs,
    /// The registries of the configuration, which say how they are trusted.
    known: Vec<SinkSpec>,
    progress: ProgressForm,
    places: PlacesOf,
}

impl<'g> PackageContext<'g> {
    /// With the signers that are called `signers`.
    pub(super) fn new(
        at: &Workplace,
        global: &'g GlobalArgs,
        trust: &TrustArgs,
        signers: &[String],
    ) -> Result<Self, Error> {
        let services = at.services()?;
        let named = services.known.clone();
        let places = services.places_to_look();
        let (builders, trust) = (named.builders(), trust.clone());
        let known = named.config.sinks.iter();
        let known: Vec<SinkSpec> = known.map(|sink| sink.spec.clone()).collect();
        services.reach.learn(&known);
        let signers = PackageSigners::of(&named, signers, &at.environment)?;
        let progress = ProgressForm::default();
        Ok(Self { global, services, builders, signers, trust, known, progress, places })
    }

    /// The same, with engines that the command line names.
    pub(super) fn building_at(mut self, named: BTreeMap<Platform, String>) -> Result<Self, Error> {
        for (platform, engine) in named {
            let engine: EngineUrl = engine.parse().map_err(Error::usage)?;
            self.builders.for_platforms.retain(|(of, _)| *of != platform);
            self.builders.for_platforms.push((platform, Builder::at(engine)));
        }
        Ok(self)
    }

    /// The same, where a run is shown in a certain way.
    pub(super) fn showing(self, progress: ProgressForm) -> Self {
        Self { progress, ..self }
    }

    /// The registry of an image.
    pub(super) fn registry(&self, name: &ImageName, platform_tags: bool) -> SinkSpec {
        let is_it = |spec: &&SinkSpec| matches!(&spec.url, SinkUrl::Registry { host, .. } if host == name.host());
        let known = self.known.iter().find(is_it);
        let ca = self.trust.ca.clone().or_else(|| known.and_then(|spec| spec.ca.clone()));
        let spec = SinkSpec {
            name: SinkName(name.host().to_owned()),
            url: SinkUrl::Registry { host: name.host().to_owned(), namespace: String::new() },
            insecure: self.trust.insecure || known.is_some_and(|spec| spec.insecure),
            ca,
            platform_tags,
            read_only: false,
            login: None,
            registry: None,
        };
        self.services.reach.learn([&spec]);
        spec
    }

    /// What lies at the registry of an image.
    pub(super) fn shelf(&self, name: &ImageName) -> Result<Arc<dyn Sweeper>, Failure> {
        let at = self.registry(name, false);
        self.places.shelf(&at, ArtifactKind::Image, name.repository())
    }

    /// What is published of a package.
    pub(super) async fn published(&self, package: &Package) -> Result<Elsewhere, Failure> {
        let name = &package.identity.name;
        let (tag, platforms) = (&package.identity.tag, linuxkit::pushed_elsewhere());
        let looked = Elsewhere::look(&*self.shelf(name)?, tag, &platforms).await;
        looked.map_err(|failure| failure.context(package.identity.canonical()))
    }

    /// What reads the meaning of tags at the notary server.
    fn notary(&self) -> Result<Notary, Failure> {
        let with = self.signers.notary.as_ref().map(|spec| &spec.with);
        let reader = with.map(|with| notary::reader(&self.services, with)).transpose()?.flatten();
        reader.ok_or_else(|| {
            let (kind, side) = (crate::model::FailureKind::Internal, crate::model::Side::Local);
            Failure::new(kind, side, "no notary server is given")
        })
    }

    /// Whether content trust knows a tag of a package by what it names.
    pub(super) async fn is_signed(
        &self,
        name: &ImageName,
        tag: &Tag,
        found: &Elsewhere,
    ) -> Result<bool, Failure> {
        let Some(tagged) = &found.tagged else { return Ok(false) };
        let called = format!("{}/{}", name.host(), name.repository());
        match self.notary()?.look_up(&called, tag).await {
            Ok(signed) => Ok(signed.digest == tagged.digest),
            Err(failure) if failure.kind == crate::model::FailureKind::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn logins(&self) -> Arc<RegistryLogins> {
        self.services.logins()
    }

    /// Finds out what a package is built of, where only what is signed counts.
    pub(super) async fn ready(&self, package: &Package) -> Result<LinuxkitRecipe, Failure> {
        Ok(LinuxkitRecipe { pins: self.pins(package).await?, ..package.recipe.clone() })
    }

    /// What a package is built on, where only what is signed counts.
    pub(super) async fn pins(
        &self,
        package: &Package,
    ) -> Result<Option<BTreeMap<String, Digest>>, Failure> {
        if !self.trusts(package) {
            return Ok(None);
        }
        self.registry(&package.identity.name, false);
        let blueprint = package.blueprint().await?;
        trust::pins(
            &self.services.reach,
            &self.logins(),
            &self.notary()?,
            &blueprint,
            &package.platforms,
        )
        .await
        .map(Some)
    }

    pub(super) async fn run(&self, plan: Plan) -> Result<Exit, Error> {
        let global = GlobalArgs { progress: self.progress, ..self.global.clone() };
        run_plan(&self.services, &global, plan).await
    }

    /// The signers of what is published of a package, where signing was not
    /// turned off.
    pub(super) fn signers_of(&self, publish: &Publish, sign: bool) -> Vec<SignerSpec> {
        self.signers.of_package(publish, sign)
    }

    /// Whether a package is built of what a notary server knows only.
    pub(super) fn trusts(&self, package: &Package) -> bool {
        package.switches.trust && self.signers.notary.is_some()
    }
}
