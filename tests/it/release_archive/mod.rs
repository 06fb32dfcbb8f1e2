//! Release archives: what they consist of, and that nothing in them can be
//! changed unseen.

mod app;
mod cli;
mod image;
mod restated;
mod verify;
mod written;

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use castoff::{
    model::{Digest, Failure},
    ports::Sealer,
    sign::{
        PrivateKey, SignatureForm,
        cms::{Certificates, Cms, CmsTrust, UnsignedSealer},
    },
    veea::{
        archive::{
            Part, Parts, Policy, ReleaseMetadata, ReleasedImage, VerifiedArchive, archive_name,
            image::{self as image_archive, ExpectedImage, Signed, SignedOutputs, UUID_LABEL},
            reference, verify as check, write,
        },
        recipe::VeeaArch,
    },
};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use crate::support::tars::{Tar, layer};

const KEY: &[u8] = include_bytes!("../keys/ec.key");
const CERTIFICATE: &[u8] = include_bytes!("../keys/ec.pem");
const ED_CERTIFICATE: &[u8] = include_bytes!("../keys/ed.pem");
/// What hubs run.
const ARCHES: [VeeaArch; 2] = [VeeaArch::Arm32v7, VeeaArch::Arm64v8];
/// Authorised for the partner 00000033, and for nobody.
const AUTHORISED: &str = "00000033-A180-4F25-B6F9-F9439C533890";
const UNAUTHORISED: &str = "FFFFFFFF-A180-4F25-B6F9-F9439C533890";
const CONF: &[u8] = b"docker:\n    service:\n        vh_dbus:\n            tag: 1.0.1\n";

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn trust() -> CmsTrust {
    CmsTrust::roots(CERTIFICATE).unwrap()
}

fn policy(trust: Option<&CmsTrust>) -> Policy<'_> {
    Policy { trust, unauthorised: trust.is_none(), now: now() }
}

fn local() -> Cms {
    let key = PrivateKey::open(KEY, None, SignatureForm::Asn1).unwrap();
    let certificates = Certificates::of_key(key.public(), CERTIFICATE, None).unwrap();
    Cms::new(key, certificates, false, now()).unwrap()
}

/// An image of which a release is made.
#[derive(Clone)]
struct Recipe {
    app: &'static str,
    arch: VeeaArch,
    uuid: &'static str,
    conf: &'static [u8],
    labels: Vec<(&'static str, &'static str)>,
}

impl Recipe {
    fn new(app: &'static str, arch: VeeaArch, uuid: &'static str) -> Self {
        let labels = vec![(UUID_LABEL, uuid), ("com.veea.vhc.app.name", app)];
        Self { app, arch, uuid, conf: CONF, labels }
    }

    fn reference(&self) -> String {
        reference(self.app, self.arch, "1.0.1")
    }

    fn wanted(&self) -> ExpectedImage {
        let label = |(label, value): &(&str, &str)| ((*label).to_owned(), (*value).to_owned());
        ExpectedImage {
            reference: self.reference(),
            architecture: self.arch,
            persistent_uuid: self.uuid.parse().unwrap(),
            labels: self.labels.iter().map(label).collect(),
        }
    }

    /// What `docker save` writes.
    fn saved(&self) -> Vec<u8> {
        let platform = self.arch.platform();
        let labels: serde_json::Map<_, _> =
            self.labels.iter().map(|(label, value)| ((*label).to_owned(), json!(value))).collect();
        let content = layer("hello", &format!("{} for {}", self.app, self.arch));
        let config = json!({
            "os": "linux", "architecture": platform.architecture, "variant": platform.variant,
            "config": { "Cmd": ["/hello"], "Labels": labels },
            "rootfs": { "type": "layers", "diff_ids": [Digest::of(&content), Digest::of(&content)] },
        });
        let config = config.to_string();
        let name = format!("{}.json", Digest::of(config.as_bytes()).hex());
        let manifest = json!([{
            "Config": name, "RepoTags": [self.reference()],
            "Layers": ["a/layer.tar", "b/layer.tar"],
        }]);
        Tar::default()
            .entry(tar::EntryType::Directory, "a/", "", b"")
            .file("a/layer.tar", &content)
            .symlink("b/layer.tar", "../a/layer.tar")
            .file(&name, &config)
            .file("manifest.json", manifest.to_string())
            .finish()
    }
}

fn dbus() -> Recipe {
    Recipe::new("vh_dbus", VeeaArch::Arm32v7, AUTHORISED)
}

/// A folder in which releases are made.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn targets(&self, recipe: &Recipe) -> SignedOutputs {
        let tar = self.path(&format!("{}.signed.tar", recipe.reference()));
        SignedOutputs { archive: tar.with_extension("tgz"), tar }
    }

    /// Signs the image of `recipe` as it was saved.
    async fn sign(&self, recipe: &Recipe, sealer: &dyn Sealer) -> Result<Signed, Failure> {
        self.sign_saved(recipe, &recipe.saved(), sealer).await
    }

    async fn sign_saved(
        &self,
        recipe: &Recipe,
        saved: &[u8],
        sealer: &dyn Sealer,
    ) -> Result<Signed, Failure> {
        let unsigned = self.path(&format!("{}.unsigned.tar", recipe.reference()));
        fs::write(&unsigned, saved).unwrap();
        let signed =
            image_archive::sign(&unsigned, &recipe.wanted(), sealer, &self.targets(recipe), now())
                .await;
        fs::remove_file(unsigned).unwrap();
        signed
    }

    async fn parts(&self, recipe: &Recipe, sealer: &dyn Sealer) -> Parts {
        let signed = self.sign(recipe, sealer).await.unwrap();
        let uuid = recipe.wanted().persistent_uuid;
        let about = ReleasedImage {
            app: recipe.app.to_owned(),
            description: "says hello".to_owned(),
            version: "1.0.1".to_owned(),
            architecture: recipe.arch,
            platforms: vec!["iesv0.5".to_owned()],
            partner: uuid.partner(),
            persistent_uuid: uuid,
        };
        let who = Some(sealer.signed_by()).filter(|_| sealer.certificate().is_some());
        let created = "2026-11-21T10:00:00.75Z".parse().unwrap();
        let manifest = Some(Digest::of(b"the manifest"));
        let metadata = ReleaseMetadata::new(about, &signed, manifest, recipe.conf, who, created);
        let cms = sealer.seal(&metadata.to_json(), now()).await.unwrap();
        let image = self.targets(recipe).archive;
        Parts { metadata, sealed: cms, conf: recipe.conf.to_vec(), image }
    }

    /// Makes a release archive, and tells where it lies.
    async fn release(&self, recipe: &Recipe, sealer: &dyn Sealer) -> PathBuf {
        let parts = self.parts(recipe, sealer).await;
        let target = self.path(&archive_name(recipe.app, recipe.arch, "1.0.1"));
        let written = write(&target, &parts).unwrap();
        let bytes = fs::read(&target).unwrap();
        assert_eq!(written, Part { digest: Digest::of(&bytes), size: bytes.len() as u64 });
        target
    }
}

/// What an archive consists of: names as they are written, and content.
fn entries(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut tar = tar::Archive::new(flate2::read::MultiGzDecoder::new(File::open(path).unwrap()));
    let mut found = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((name, content));
    }
    found
}

/// Writes an archive of any entries, with the compressor of castoff or not.
fn packed(path: &Path, entries: &[(String, Vec<u8>)]) {
    let out = castoff::archive::GzipWriter::new(
        File::create(path).unwrap(),
        castoff::archive::Workers::shared(),
    );
    let mut tar = tar::Builder::new(out);
    for (name, content) in entries {
        let mut header = tar::Header::new_ustar();
        let is_folder = name.ends_with('/');
        let kind = if is_folder { tar::EntryType::Directory } else { tar::EntryType::Regular };
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, &content[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

/// Checks an archive that the key here signed.
fn verified(path: &Path) -> Result<VerifiedArchive, Failure> {
    check(path, policy(Some(&trust())))
}

/// What is told of an archive that is wrong, without where it lies.
#[track_caller]
fn refused(path: &Path, policy: Policy<'_>) -> String {
    let failure = check(path, policy).unwrap_err();
    assert_eq!(failure.kind, castoff::model::FailureKind::Integrity, "{failure}");
    failure.to_string().replace(&format!("{}: ", path.display()), "")
}

#[tokio::test]
async fn an_archive_has_the_entries_of_the_original_in_their_order() {
    let bench = Bench::new();
    let path = bench.release(&dbus(), &local()).await;
    let found = entries(&path);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let (image, metadata) = (names[6], names[8]);
    let services = "containers/config/00000000-BA5E-5EED-C0DE-000000000003/services/";
    assert_eq!(
        names,
        [
            "containers/",
            "containers/config/",
            "containers/config/00000000-BA5E-5EED-C0DE-000000000003/",
            services,
            &format!("{services}{AUTHORISED}.conf"),
            "containers/images/",
            image,
            "containers/metadata/",
            metadata,
        ]
    );
    let uuid = |name: &str| name.rsplit_once('/').unwrap().1[..36].to_owned();
    let (a, b) = (uuid(image), uuid(metadata));
    assert_ne!(a, b);
    for uuid in [&a, &b] {
        assert_eq!(uuid.to_uppercase(), *uuid);
        assert_eq!((&uuid[14..15], "89AB".contains(&uuid[19..20])), ("4", true), "{uuid}");
        assert!(uuid.parse::<castoff::veea::recipe::PersistentUuid>().is_ok());
    }
    assert_eq!(found[4].1, CONF);
    assert_eq!(found[6].1, fs::read(bench.targets(&dbus()).archive).unwrap());
}

#[tokio::test]
async fn an_archive_that_was_made_is_right_and_says_what_it_is() {
    let bench = Bench::new();
    let path = bench.release(&dbus(), &local()).await;
    let VerifiedArchive { images, .. } = verified(&path).unwrap();
    let [image] = &images[..] else { panic!("{images:?}") };
    assert_eq!(image.metadata.about.app, "vh_dbus");
    assert!(image.by.as_ref().unwrap().by.contains("CN="), "{:?}", image.by);
    assert_eq!(image.image_by.as_ref().unwrap().by, image.by.as_ref().unwrap().by);
    let json = String::from_utf8(image.metadata.to_json()).unwrap();
    // The signature in the image is another each time.
    let image = image.metadata.image.clone();
    let (archive, tar) = (image.archive, image.tar);
    let json = [archive.digest.as_str(), tar.digest.as_str(), &image.uuid]
        .iter()
        .fold(json, |json, text| json.replace(text, "…"))
        .replace(&format!("\"size\": {}", archive.size), "\"size\": …")
        .replace(&format!("\"size\": {}", tar.size), "\"size\": …");
    insta::assert_snapshot!(json);
}

#[tokio::test]
async fn the_same_release_is_the_same_bytes_on_any_machine() {
    let recipe = Recipe::new("vh_dbus", VeeaArch::Arm64v8, UNAUTHORISED);
    let (first, second) = (Bench::new(), Bench::new());
    let made = [
        first.release(&recipe, &UnsignedSealer).await,
        second.release(&recipe, &UnsignedSealer).await,
    ];
    let [one, other] = made.map(|path| fs::read(path).unwrap());
    assert_eq!(one, other);
}

#[tokio::test]
async fn nothing_is_left_of_an_archive_that_cannot_be_written() {
    let bench = Bench::new();
    let parts = bench.parts(&dbus(), &local()).await;
    let before = bench.names();
    let target = bench.path("release.tgz");
    let conf = Parts { conf: b"other".to_vec(), ..parts.clone() };
    assert!(write(&target, &conf).unwrap_err().to_string().contains("swarm service file"));
    let image = Parts { image: bench.targets(&dbus()).tar, ..parts.clone() };
    assert!(write(&target, &image).is_err());
    let missing = Parts { image: bench.path("missing"), ..parts.clone() };
    assert!(write(&target, &missing).unwrap_err().to_string().contains("missing"));
    // One byte more than was signed.
    let mut longer = fs::read(&parts.image).unwrap();
    longer.push(0);
    fs::write(&parts.image, longer).unwrap();
    assert!(write(&target, &parts).unwrap_err().to_string().contains("metadata"));
    assert_eq!(bench.names(), before);
}
