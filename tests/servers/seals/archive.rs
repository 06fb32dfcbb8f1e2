//! Release archives, as other tools read them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use castoff::{
    model::Digest,
    ports::Sealer,
    sign::{
        PrivateKey, SignatureForm,
        cms::{Certificates, Cms, CmsTrust},
    },
    veea::{
        archive::{
            Parts, Policy, ReleaseMetadata, ReleasedImage,
            image::{self, ExpectedImage, SignedOutputs, UUID_LABEL},
            reference, verify, write,
        },
        recipe::VeeaArch,
    },
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{DockerEngine, P256, make_signer, run};

const UUID: &str = "00000033-A180-4F25-B6F9-F9439C533890";

/// What `docker save` writes of an image with one file.
fn saved(path: &Path, name: &str) {
    let mut layer = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(5);
    header.set_mode(0o755);
    layer.append_data(&mut header, "hello", &b"hello"[..]).unwrap();
    let layer = layer.into_inner().unwrap();
    let config = json!({
        "os": "linux", "architecture": "arm", "variant": "v7",
        "config": { "Cmd": ["/hello"], "Labels": { UUID_LABEL: UUID } },
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&layer)] },
    });
    let config = config.to_string();
    let file = format!("{}.json", Digest::of(config.as_bytes()).hex());
    let manifest = json!([{ "Config": file, "RepoTags": [name], "Layers": ["a/layer.tar"] }]);
    let mut tar = tar::Builder::new(File::create(path).unwrap());
    for (name, content) in [
        ("a/layer.tar", &layer[..]),
        (file.as_str(), config.as_bytes()),
        ("manifest.json", manifest.to_string().as_bytes()),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).unwrap();
    }
    tar.finish().unwrap();
}

/// A release in a folder with an authority, `ca.pem`, and a signer.
struct Release {
    folder: TempDir,
    targets: SignedOutputs,
    archive: PathBuf,
    metadata: Vec<u8>,
}

impl Release {
    async fn new() -> Self {
        Self::of(P256).await
    }

    /// The same, signed with a key of another kind.
    async fn of(kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        make_signer(folder.path(), "leaf", "ca", kind);
        let read = |name: &str| fs::read(path(name)).unwrap();
        let key = PrivateKey::open(&read("leaf.key"), None, SignatureForm::Asn1).unwrap();
        let certificates = Certificates::of_key(key.public(), &read("leaf.pem"), None).unwrap();
        let sealer = Cms::new(key, certificates, false, jiff::Timestamp::now()).unwrap();
        let (app, arch, version) = ("vh_dbus", VeeaArch::Arm32v7, "1.0.1");
        let name = reference(app, arch, version);
        saved(&path("unsigned.tar"), &name);
        let wanted = ExpectedImage {
            reference: name,
            architecture: arch,
            persistent_uuid: UUID.parse().unwrap(),
            labels: vec![(UUID_LABEL.to_owned(), UUID.to_owned())],
        };
        let targets = SignedOutputs { tar: path("signed.tar"), archive: path("signed.tgz") };
        let signed =
            image::sign(&path("unsigned.tar"), &wanted, &sealer, &targets, jiff::Timestamp::now())
                .await
                .unwrap();
        let about = ReleasedImage {
            app: app.to_owned(),
            description: String::new(),
            version: version.to_owned(),
            architecture: arch,
            platforms: Vec::new(),
            partner: wanted.persistent_uuid.partner(),
            persistent_uuid: wanted.persistent_uuid,
        };
        let (conf, now) = (b"docker: {}\n", jiff::Timestamp::now());
        let metadata =
            ReleaseMetadata::new(about, &signed, None, conf, Some(sealer.signed_by()), now);
        let json = metadata.to_json();
        let cms = sealer.seal(&json, jiff::Timestamp::now()).await.unwrap();
        let image = targets.archive.clone();
        let parts = Parts { metadata, sealed: cms, conf: conf.to_vec(), image };
        write(&path("release.tgz"), &parts).unwrap();
        let archive = path("release.tgz");
        Self { folder, targets, archive, metadata: json }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tool(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap());
        run(command.args(words).current_dir(self.folder.path()))
    }
}

#[tokio::test]
async fn tar_lists_what_the_original_has_and_openssl_gives_the_metadata() {
    for kind in [P256, "-newkey ec -pkeyopt ec_paramgen_curve:secp384r1", "-newkey rsa:2048"] {
        openssl_takes(&Release::of(kind).await);
    }
}

fn openssl_takes(release: &Release) {
    let names = release.tool("tar tf release.tgz");
    let names: Vec<&str> = names.lines().collect();
    assert_eq!(names.len(), 9);
    assert_eq!(names[0], "containers/");
    assert!(names[4].ends_with(&format!("services/{UUID}.conf")), "{names:?}");
    release.tool("tar xf release.tgz");
    let openssl =
        format!("openssl cms -verify -binary -inform DER -in {} -CAfile ca.pem -out out", names[8]);
    release.tool(&openssl);
    assert_eq!(fs::read(release.path("out")).unwrap(), release.metadata);
    let trust = CmsTrust::roots(&fs::read(release.path("ca.pem")).unwrap()).unwrap();
    let now = jiff::Timestamp::now();
    let policy = Policy { trust: Some(&trust), unauthorised: false, now };
    release.tool(&format!("gunzip -t {}", names[6]));
    let found = verify(&release.archive, policy).unwrap();
    assert_eq!(found.images[0].by.as_ref().unwrap().by, "CN=leaf,O=castoff");
}

#[tokio::test]
async fn skopeo_reads_a_signed_image_as_it_read_the_unsigned() {
    let release = Release::new().await;
    let inspect =
        |file: &str| release.tool(&format!("skopeo inspect --config docker-archive:{file}"));
    assert_eq!(inspect("signed.tar"), inspect("unsigned.tar"));
    fs::copy(&release.targets.archive, release.path("inflated.tgz")).unwrap();
    release.tool("gunzip inflated.tgz");
    assert_eq!(inspect("inflated.tar"), inspect("unsigned.tar"));
    release.tool("skopeo copy -q docker-archive:signed.tar oci:layout:it");
    assert!(release.targets.tar.exists() && release.path("layout/index.json").exists());
}

#[tokio::test]
async fn docker_loads_a_signed_image_under_its_name_and_with_its_id() {
    let release = Release::new().await;
    let engine = DockerEngine::shared();
    run(engine.docker().args(["load", "-q", "-i"]).arg(&release.targets.archive));
    let metadata = ReleaseMetadata::parse(&release.metadata).unwrap();
    let image = metadata.image;
    assert_eq!(engine.id(&image.reference).as_deref(), Some(image.config.as_str()));
    run(engine.docker().args(["rmi", &image.reference]));
}
