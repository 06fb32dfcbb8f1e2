//! `castoff aci convert`: an App Container Image as an OCI image, published
//! anywhere, and an OCI image, from anywhere, as an App Container Image.

use std::{
    fs::File,
    io::{Seek, Write},
    path::PathBuf,
    sync::Arc,
};

use serde_json::json;

use super::{AciContext, file::NewFile, shown, stoppable};
use crate::{
    aci::{
        AciForm, Halt, ImageHashing, ImageId, ImageStore, Import, LayerBlob, Name,
        convert::{ConvertedShape, Naming, OciImage, lost},
        manifest_of,
    },
    app::{
        verbs::{
            batch::{release_plan, show_release},
            context::Scene,
            output::{Out, warn},
            push,
            report::run_plan,
        },
        wiring::{
            project::Workplace,
            references::{LocatedReference, Reference, find},
            services::Services,
            sinks::NamedSinks,
        },
    },
    archive::{Caps, Decoder},
    cli::{AciConvertArgs, GlobalArgs, PushArgs},
    error::{Error, Exit},
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, ImageConfig, MANIFEST_LIMIT,
        Manifest, Node, Origin, Platform, Recipe, Side, SinkUrl, escape,
    },
    ports::{Shelf, each_chunk, read_node},
    source::{AciRecipe, copy_into},
    store::Store,
    streams,
};

impl AciContext {
    pub(super) async fn convert(
        &self,
        at: &Workplace,
        global: &GlobalArgs,
        args: AciConvertArgs,
    ) -> Result<Exit, Error> {
        if is_elsewhere(&args.from, &at.known()?) {
            return self.fetch_oci(at, args).await;
        }
        self.publish_oci(at, global, args).await
    }

    /// Publishes an image as an OCI image: that is a run like any other.
    async fn publish_oci(
        &self,
        at: &Workplace,
        global: &GlobalArgs,
        args: AciConvertArgs,
    ) -> Result<Exit, Error> {
        if args.name.is_some() || args.layers || args.overwrite {
            let what = "--name, --layers and --overwrite apply only when the result is an ACI";
            return Err(Error::usage(what));
        }
        let file = PathBuf::from(&args.from);
        let image = if file.is_file() { file } else { self.store.blob(&self.find(&args.from)?) };
        let name = image.display().to_string();
        let opened =
            File::open(&image).map_err(|error| Failure::from_io(Side::Source, &name, &error))?;
        for field in lost(&manifest_of(opened, &name, Caps::default())?) {
            self.say(format_args!("warning: `{field}` has no counterpart in an OCI image"));
        }
        let recipe = AciRecipe {
            store: Some(std::path::absolute(self.store.root())?),
            flatten: args.flatten,
            platform: args.platform,
            ..AciRecipe::new(vec![std::path::absolute(image)?])
        };
        let asked = PushArgs {
            tag: args.tag,
            kind: None,
            platform: Vec::new(),
            platform_tags: false,
            trust: args.trust,
            dry_run: args.dry_run,
            force: false,
            path: PathBuf::new(),
            urls: args.to,
        };
        let from = Origin::Recipe(Box::new(Recipe::of(&recipe, ArtifactKind::Image)?));
        let is_dry = asked.dry_run;
        let services = if is_dry { at.services_to_look()? } else { at.services()? };
        let scene = Scene { services: &services, options: global, note: &warn };
        let (config, selection, warnings) = push::releasing(&services.known, &from, asked)?;
        warnings.iter().for_each(warn);
        if is_dry {
            let mut stdout = streams::stdout();
            let mut out = Out::new(&mut stdout, global);
            return show_release(&scene, &config, &selection, false, &mut out).await;
        }
        let (_, plan) = release_plan(&scene, &config, &selection, false).await?;
        run_plan(&services, global, plan).await
    }

    async fn fetch_oci(&self, at: &Workplace, args: AciConvertArgs) -> Result<Exit, Error> {
        if args.flatten || args.dry_run {
            return Err(Error::usage(
                "--flatten and --dry-run apply only when the result is an OCI image",
            ));
        }
        let [path] = &args.to[..] else {
            return Err(Error::usage("an OCI image is converted to exactly one file"));
        };
        let target = NewFile { path: path.into(), overwrite: args.overwrite, signer: None };
        target.check()?;
        let services = at.services()?;
        let beside = args.tag.as_deref();
        let what = Reference { beside, ..Reference::new(&args.from, None, &args.trust) };
        let found = find(&services, &services.known, &what).await?;
        let naming = naming(&found, args.name.as_deref())?;
        let (image, ids) = fetch(&services, &found, args.platform.as_ref()).await?;
        let (store, has_layers) = (self.store.clone(), args.layers);
        let file = target.path.clone();
        let made = stoppable(move |halt| {
            let made = Converting { image, naming, store, halt: halt.clone() };
            if has_layers { made.layers(&ids, &target) } else { made.whole(&target) }
        });
        let Some(images) = made.await? else { return Ok(Exit::Stopped) };
        for (name, id) in images {
            let line = match &name {
                Some(name) => format!("image: {name}, hash: {}", id.key()),
                None => format!("image: {}, hash: {}", shown(&file), id.key()),
            };
            let json = json!({
                "image": name.is_none().then_some(&file), "name": name,
                "hash": id.key().as_str(), "id": id.as_str(),
            });
            self.print(line, &json)?;
        }
        Ok(Exit::Done)
    }
}

/// Whether something is named that is published, and no image of the store.
fn is_elsewhere(text: &str, known: &NamedSinks) -> bool {
    let named = text.split_once('/').map_or(text, |(name, _)| name);
    let is_sink = |config: &Arc<crate::config::Config>| {
        config.sinks.iter().any(|sink| sink.spec.name.0 == named)
    };
    text.contains("://") || text.starts_with("oci:") || is_sink(&known.config)
}

/// What an image is called: as asked, or after where it is published.
fn naming(found: &LocatedReference, asked: Option<&str>) -> Result<Naming, Error> {
    let host = match &found.spec.url {
        SinkUrl::Registry { host, .. } => format!("{host}/"),
        _ => String::new(),
    };
    let text = asked.map_or_else(|| tamed(&format!("{host}{}", found.repository)), str::to_owned);
    let name = text.parse::<Name>().map_err(Error::usage)?;
    let version = found.tag.as_ref().map(ToString::to_string);
    Ok(Naming { name, version })
}

/// A text as a name: separators alone between letters and digits.
fn tamed(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let parts = lower.split('/').map(|part| {
        let words = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
        let words = words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    });
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Fetches the image for a platform: its configuration, and its layers as
/// plain tars that are checked.
async fn fetch(
    services: &Services,
    found: &LocatedReference,
    asked: Option<&Platform>,
) -> Result<(OciImage, Vec<Digest>), Error> {
    let shelf: &dyn Shelf = &*found.shelf;
    let manifest = manifest(shelf, &found.root, asked).await?;
    let config = shelf.read(&manifest.config, MANIFEST_LIMIT).await?;
    let parsed: ImageConfig = serde_json::from_slice(&config)
        .map_err(|error| wrong("the image's configuration cannot be read").because(error))?;
    let platform = parsed.platform().map_err(|error| wrong(&error.to_string()))?;
    if parsed.rootfs.diff_ids.len() != manifest.layers.len() {
        return Err(wrong("its configuration and its manifest name different layers").into());
    }
    let mut blobs = Vec::new();
    for (layer, diff_id) in manifest.layers.iter().zip(&parsed.rootfs.diff_ids) {
        let packed = packed(&services.store, shelf, layer).await?;
        let (store, name, diff_id) =
            (Arc::clone(&services.store), layer.digest.to_string(), diff_id.clone());
        let plain = stoppable(move |halt| plain(&store, packed, &name, &diff_id, halt)).await?;
        blobs.push(plain.ok_or_else(|| Error::refused("stopped"))?);
    }
    let image = OciImage::new(platform, &config, blobs)?;
    Ok((image, parsed.rootfs.diff_ids))
}

/// The manifest for a platform: the one that is asked for, this machine's, or
/// the only one.
async fn manifest(
    shelf: &dyn Shelf,
    root: &Descriptor,
    asked: Option<&Platform>,
) -> Result<Manifest, Error> {
    let index = match read_node(shelf, root).await? {
        Node::Manifest(manifest) => return Ok(*manifest),
        Node::Index(index) => index,
    };
    let of = |node: &&Descriptor| node.platform.as_ref().is_some_and(|of| of.os != "unknown");
    let images: Vec<&Descriptor> = index.manifests.iter().filter(of).collect();
    let here = Platform::new("linux", std::env::consts::ARCH, None).ok();
    let wanted = asked.or(here.as_ref().filter(|_| images.len() > 1));
    let fits = |node: &&&Descriptor| {
        wanted.is_none_or(|wanted| node.platform.as_ref().is_some_and(|of| of.matches(wanted)))
    };
    let known: Vec<String> =
        images.iter().filter_map(|node| node.platform.as_ref()).map(Platform::to_string).collect();
    let node = images.iter().find(fits).ok_or_else(|| {
        Error::refused("it has no image for this platform")
            .hint(format!("choose one with --platform: {}", known.join(", ")))
    })?;
    match read_node(shelf, node).await? {
        Node::Manifest(manifest) => Ok(*manifest),
        Node::Index(_) => Err(wrong("its index refers to another index").into()),
    }
}

/// Fetches a layer as it is.
async fn packed(store: &Store, shelf: &dyn Shelf, layer: &Descriptor) -> Result<File, Error> {
    let content = shelf.open(layer).await?;
    let (mut file, mut hasher) = (store.temporary()?, layer.digest.hasher());
    each_chunk(&*content, 0..content.size(), |chunk| {
        hasher.update(chunk);
        let failed = |error| Failure::from_io(Side::Local, store.root().display(), &error);
        file.write_all(chunk).map_err(failed)
    })
    .await?;
    if hasher.finish() != layer.digest {
        let what = format!("the content at {} has another digest", layer.digest);
        return Err(Failure::new(FailureKind::Integrity, Side::Source, what).into());
    }
    Ok(file)
}

/// Inflates a layer, and makes sure that it is the one that was promised.
fn plain(
    store: &Store,
    mut packed: File,
    name: &str,
    diff_id: &Digest,
    halt: &Halt,
) -> Result<LayerBlob, Failure> {
    let failed = |error: std::io::Error| Failure::from_io(Side::Source, name, &error);
    packed.rewind().map_err(failed)?;
    let mut decoder = Decoder::new(halt.read(packed), name, Caps::default()).map_err(failed)?;
    let mut file = store.temporary()?;
    let found = copy_into(&mut decoder, &mut file, diff_id.hasher()).map_err(failed)?.finish();
    if found != *diff_id {
        let what = format!("its uncompressed tar is {found}, and should be {diff_id}");
        return Err(Failure::new(FailureKind::Integrity, Side::Source, what).context(name));
    }
    Ok(LayerBlob::of(file, name))
}

/// An OCI image that becomes one App Container Image, or several.
struct Converting {
    image: OciImage,
    naming: Naming,
    store: ImageStore,
    halt: Halt,
}

/// An image that was made: its name, where it is in the store.
type Image = (Option<Name>, ImageId);

impl Converting {
    fn whole(&self, target: &NewFile) -> Result<Vec<Image>, Failure> {
        let (id, _) = target.write(|out| self.write(&self.naming, &ConvertedShape::Flat, out))?;
        Ok(vec![(None, id)])
    }

    /// An image for each layer: those below the topmost go to the store, where
    /// the next one looks for them.
    fn layers(&self, ids: &[Digest], target: &NewFile) -> Result<Vec<Image>, Failure> {
        let (mut made, mut base) = (Vec::new(), None);
        let last = self.image.depth().saturating_sub(1);
        for (place, diff_id) in ids.iter().enumerate().take(last) {
            let name = format!("{}/layer-{}", self.naming.name, diff_id.short());
            let name: Name = name.parse().map_err(|_| wrong(&format!("`{name}` is not a name")))?;
            let naming = Naming { name: name.clone(), version: None };
            let mut file = tempfile::tempfile()
                .map_err(|error| Failure::from_io(Side::Local, "a temporary file", &error))?;
            self.write(&naming, &ConvertedShape::Layer(place, base.take()), &mut file)?;
            let failed = |error| Failure::from_io(Side::Local, &name, &error);
            file.rewind().map_err(failed)?;
            let (form, caps, now) =
                (AciForm::Aci, Caps::default(), crate::app::wiring::clock::now());
            let how = Import { form, caps, latest: false, now };
            let imported = self.store.import(file, name.as_str(), how)?;
            made.push((Some(name.clone()), imported.id));
            base = Some((imported.key, name));
        }
        let shape = ConvertedShape::Layer(last, base);
        let (id, _) = target.write(|out| self.write(&self.naming, &shape, out))?;
        made.push((None, id));
        Ok(made)
    }

    fn write(
        &self,
        naming: &Naming,
        shape: &ConvertedShape,
        out: &mut dyn Write,
    ) -> Result<ImageId, Failure> {
        let hashing = self.image.write(naming, shape, ImageHashing::new(out), &self.halt)?;
        Ok(hashing.finish())
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, escape(what))
}
