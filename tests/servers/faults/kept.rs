//! What is about an image that a kept tag names: signatures, SBOMs and others,
//! as today's clients make them, before and after a collection.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{
    Lab, hub,
    images::{Form, Image},
    shelf, tars,
};
use crate::support::{Castoff, Cosign, DockerRegistry, FaultProxy, Garage, output, run};

/// cosign 3, notation and oras, with a home of their own.
struct Clients {
    home: TempDir,
    cosign2: Cosign,
}

impl Clients {
    fn new() -> Self {
        let clients = Self { home: tempfile::tempdir().unwrap(), cosign2: Cosign::new() };
        let key = format!("--output-key-prefix={}", clients.path("three").display());
        run(clients.client("cosign").args(["generate-key-pair", &key]));
        clients.cosign2.generate(clients.home.path(), "two", "");
        run(clients.client("notation").args(["cert", "generate-test", "--default", "castoff"]));
        let policy = r#"{"version":"1.0","trustPolicies":[{"name":"t","registryScopes":["*"],
            "signatureVerification":{"level":"strict"},"trustStores":["ca:castoff"],
            "trustedIdentities":["*"]}]}"#;
        fs::write(clients.path("policy.json"), policy).unwrap();
        let policy = clients.path("policy.json");
        run(clients.client("notation").args(["policy", "import", "--force"]).arg(policy));
        fs::write(clients.path("sbom.json"), r#"{"spdxVersion":"SPDX-2.3"}"#).unwrap();
        clients
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn client(&self, program: &str) -> Command {
        let folder = std::env::var_os("CASTOFF_TEST_UNSTABLE").expect("tests/run sets it");
        let mut command = Command::new(Path::new(&folder).join(program));
        command.env_clear().env("HOME", self.home.path()).env("COSIGN_PASSWORD", "");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir(self.home.path());
        command
    }

    /// Signs an image in each way.
    fn sign(&self, image: &str) {
        let insecure = ["--allow-http-registry", "--allow-insecure-registry"];
        let sign = ["sign", "-y", "--key=three.key", "--tlog-upload=false"];
        let mut cosign = self.client("cosign");
        run(cosign.args(sign).arg("--use-signing-config=false").args(insecure).arg(image));
        self.cosign2.sign(image, &self.path("two.key"), "");
        run(self.client("notation").args(["sign", "--insecure-registry", image]));
    }

    /// Attaches an SBOM.
    fn attach(&self, image: &str) {
        run(self.client("oras").args([
            "attach",
            "--plain-http",
            "--artifact-type=application/spdx+json",
            image,
            "sbom.json:application/spdx+json",
        ]));
    }

    /// What each says of an image: whether it is signed.
    fn is_signed(&self, image: &str) -> [bool; 3] {
        let insecure = ["--allow-http-registry", "--allow-insecure-registry"];
        let verify = ["verify", "--key=three.pub", "--insecure-ignore-tlog"];
        let mut cosign = self.client("cosign");
        let three = output(cosign.args(verify).args(insecure).arg(image));
        let notation =
            output(self.client("notation").args(["verify", "--insecure-registry", image]));
        let two = self.cosign2.verify(image, &self.path("two.pub"));
        [three.status.success(), two.is_ok(), notation.status.success()]
    }

    /// Whether an image has an SBOM that can be fetched.
    fn has_sbom(&self, image: &str) -> bool {
        let mut oras = self.client("oras");
        let discover = ["discover", "--plain-http", "--format=json"];
        let found =
            output(oras.args(discover).arg("--artifact-type=application/spdx+json").arg(image));
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap_or_default();
        let list = found["referrers"].as_array().or_else(|| found["manifests"].as_array());
        let Some(first) = list.and_then(|list| list.first()) else { return false };
        let (repository, _) = image.split_once('@').unwrap();
        let sbom = format!("{repository}@{}", first["digest"].as_str().unwrap());
        let folder = tempfile::tempdir_in(self.home.path()).unwrap();
        let pull = ["pull", "--plain-http", &sbom, "-o"];
        output(self.client("oras").args(pull).arg(folder.path())).status.success()
            && folder.path().join("sbom.json").exists()
    }
}

/// A project that published `1.0` and `1.1`, which share a platform, with much
/// about `1.0`, which `latest` names too, and about the platform.
struct Shop {
    lab: Lab,
    clients: Clients,
    index: String,
    shared: String,
}

impl Shop {
    fn open(garage: &Garage) -> Self {
        let lab = Lab { castoff: Castoff::new().with(garage), registry: DockerRegistry::start() };
        let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", garage.url());
        let sinks = [hub(lab.registry.address()), bucket, shelf("shelf")];
        lab.content("one");
        lab.configure_sinks("1.0", &sinks[..1], "");
        lab.run(&["--batch"]).expect(0);
        let amd64 = fs::read(lab.castoff.path("images/linux.arm64.tar")).unwrap();
        lab.content("two");
        lab.castoff.write("images/linux.arm64.tar", amd64);
        lab.configure_sinks("1.1", &sinks, "");
        let toml = fs::read_to_string(lab.castoff.path("castoff.toml")).unwrap();
        let only = toml.replace("tags = [\"{version}\", \"latest\"]", "tags = [\"{version}\"]");
        lab.castoff.configure(&only);
        lab.run(&["--batch", "--sink", "hub"]).expect(0);
        let told = lab.run(&["inspect", "hub/app:1.0", "--json"]).expect(0).stdout;
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let index = text(&told["root"]["digest"]);
        let shared = text(&told["manifests"][1]["manifest"]["digest"]);
        let shop = Self { lab, clients: Clients::new(), index, shared };
        let (index, shared) = (shop.at("app", &shop.index), shop.at("app", &shop.shared));
        shop.clients.sign(&index);
        shop.clients.attach(&index);
        shop.clients.sign(&shared);
        shop.clients.attach(&shared);
        shop
    }

    fn at(&self, name: &str, digest: &str) -> String {
        format!("{}/team/{name}@{digest}", self.lab.registry.address())
    }

    /// What is about the index and the shared platform, by what the clients say
    /// where it lies at the registry as `name`.
    #[track_caller]
    fn expect(&self, name: &str, index: bool) {
        for (digest, expected) in [(&self.index, index), (&self.shared, true)] {
            let image = self.at(name, digest);
            assert_eq!(self.clients.is_signed(&image), [expected; 3], "{image}");
            assert_eq!(self.clients.has_sbom(&image), expected, "{image}");
        }
    }

    /// What a collection tells before, and its run.
    fn gc(&self, place: &str) -> (String, String) {
        let (told, done) =
            (["gc", place, "--keep", "1", "--dry-run"], ["gc", place, "--keep", "1"]);
        let told = self.lab.run(&told).expect(0).stdout;
        self.lab.run(&done).expect(0);
        (told, self.lab.newest_run())
    }

    /// Collects at a place while `latest` is there and after, and undoes both.
    /// `look` copies a tag to where the clients look, and returns its name.
    #[track_caller]
    fn walk(&self, place: &str, look: &dyn Fn(&str) -> String) {
        let (told, run) = self.gc(place);
        assert!(told.contains("tag     1.0") && !told.contains("signature"), "{told}");
        self.expect(&look("latest"), true);
        self.lab.run(&["rollback", &run]).expect(0);
        self.expect(&look("1.0"), true);
        self.lab.run(&["rm", &format!("{place}:latest")]).expect(0);
        let (told, run) = self.gc(place);
        for what in ["signature of image 1.0", "SBOM of image 1.0", "image 1.0 linux/amd64"] {
            assert!(told.contains(what), "{what}: {told}");
        }
        assert!(!told.contains("linux/arm64"), "{told}");
        self.expect_shared(&look("1.1"));
        self.lab.run(&["rollback", &run]).expect(0);
        self.expect(&look("1.0"), true);
    }

    #[track_caller]
    fn expect_shared(&self, name: &str) {
        let image = self.at(name, &self.shared);
        assert_eq!(self.clients.is_signed(&image), [true; 3], "{image}");
        assert!(self.clients.has_sbom(&image), "{image}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_kept_images_verifies_after_a_collection_and_its_rollback() {
    tokio::task::block_in_place(|| {
        let garage = Garage::shared();
        let shop = Shop::open(&garage);
        // Elsewhere it lies as castoff copies it, and is copied back to be looked at.
        for place in ["garage/kept", "oci:layout:app", "oci:layout.tar:app"] {
            for tag in ["1.0", "latest", "1.1"] {
                shop.lab
                    .run(&["copy", &format!("hub/app:{tag}"), &format!("{place}:{tag}")])
                    .expect(0);
            }
            let copies = std::cell::Cell::new(0);
            let look = |tag: &str| {
                copies.set(copies.get() + 1);
                let place_word = place.replace(['/', ':', '.'], "-");
                let name = format!("back-{place_word}-{}", copies.get());
                let (from, to) = (format!("{place}:{tag}"), format!("hub/{name}:{tag}"));
                shop.lab.run(&["copy", &from, &to]).expect(0);
                name
            };
            shop.walk(place, &look);
        }
        shop.walk("hub/app", &|_| "app".to_owned());
        // The last one to use the bucket ends its server, which may block.
        drop(shop);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_of_many_tags_writes_their_list_once() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    let proxy = FaultProxy::start(&garage.endpoint(), Vec::new()).await;
    let url = garage.url().replace(&garage.endpoint(), proxy.address());
    tokio::task::block_in_place(|| {
        castoff.write("df/linux/amd64/tool", "tool");
        let archive = Image::new("linux/amd64", &[tars::layer("only", "one")]);
        castoff.write("images/linux.amd64.tar", archive.save(Form::Legacy, true));
        for tag in ["0.1", "0.2", "0.3", "0.4", "0.5"] {
            for (path, name) in [("df", "many-files"), ("images", "many-images")] {
                castoff
                    .run(&["push", "-t", &format!("{name}:{tag}"), path, &garage.url()])
                    .expect(0);
            }
        }
        for (name, list) in
            [("many-files", "df-dist-v1/many-files"), ("many-images", "v2/many-images/tags/list")]
        {
            proxy.forget();
            castoff.run(&["gc", &url, "-t", name, "--keep", "1"]).expect(0);
            let is_list =
                |path: &str| path.split('?').next().is_some_and(|path| path.ends_with(list));
            let seen = proxy.seen();
            let writes = seen.iter().filter(|seen| seen.method == "PUT" && is_list(&seen.path));
            assert_eq!(writes.count(), 1, "{name}");
        }
        drop((castoff, garage));
    });
}

#[test]
fn a_rollback_gives_an_image_back_what_stayed_under_a_tag_of_its_own() {
    let garage = Garage::shared();
    let lab = Lab { castoff: Castoff::new().with(&garage), registry: DockerRegistry::start() };
    let clients = Clients::new();
    let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", garage.url());
    let sinks = [hub(lab.registry.address()), bucket, shelf("shelf")];
    for version in ["1.0", "1.1"] {
        lab.content(version);
        lab.configure_sinks(version, &sinks, "");
        lab.run(&["--batch", "--sink", "hub"]).expect(0);
    }
    let image = format!("{}/team/app", lab.registry.address());
    let told = lab.run(&["inspect", "hub/app:1.0", "--json"]).expect(0).stdout;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let root = told["root"]["digest"].as_str().unwrap();
    clients.attach(&format!("{image}@{root}"));
    let discover = ["discover", "--plain-http", "--format=json"];
    let found = output(clients.client("oras").args(discover).arg(format!("{image}@{root}")));
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    let list = found["referrers"].as_array().or_else(|| found["manifests"].as_array()).unwrap();
    let sbom = list[0]["digest"].as_str().unwrap();
    let tag = ["tag", "--plain-http", &format!("{image}@{sbom}"), "sbom"];
    run(clients.client("oras").args(tag));
    for place in ["garage", "shelf"] {
        let at = |tag: &str| format!("{place}/parted:{tag}");
        for tag in ["1.0", "1.1", "sbom"] {
            lab.run(&["copy", &format!("hub/app:{tag}"), &at(tag)]).expect(0);
        }
        let about = || lab.run(&["inspect", &at("1.0"), "--json"]).expect(0).stdout.contains(sbom);
        assert!(about(), "{place}");
        let gc = ["gc", &format!("{place}/parted"), "--keep", "1", "--grace", "0s"];
        lab.run(&gc).expect(0);
        lab.run(&["inspect", &at("1.0")]).expect(4);
        lab.run(&["rollback", &lab.newest_run()]).expect(0);
        assert!(about(), "{place}");
    }
}

#[test]
fn a_signature_of_a_form_that_is_not_read_is_not_called_missing() {
    let lab = Lab::new();
    let lab = Lab { castoff: lab.castoff.env("COSIGN_PASSWORD", "x"), ..lab };
    lab.configure("1.0", lab.registry.address());
    lab.run(&["--batch"]).expect(0);
    let clients = Clients::new();
    let digest = lab.at_hub("1.0").unwrap();
    let image = format!("{}/team/app@{digest}", lab.registry.address());
    run(clients.client("notation").args(["sign", "--insecure-registry", &image]));
    let key = clients.path("three.pub").display().to_string();
    let told = lab.run(&["verify", "hub/app:1.0", "--key", &key]).expect(4).stderr;
    assert!(
        told.contains("is signed as a Notation signature, which castoff cannot check"),
        "{told}"
    );
    let sign = ["sign", "-y", "--key=three.key", "--tlog-upload=false"];
    let insecure = ["--allow-http-registry", "--allow-insecure-registry"];
    let mut cosign = clients.client("cosign");
    run(cosign.args(sign).arg("--use-signing-config=false").args(insecure).arg(&image));
    let told = lab.run(&["verify", "hub/app:1.0", "--key", &key]).expect(4).stderr;
    let forms = "signed as a Notation signature and as a Sigstore bundle";
    assert!(told.contains(forms), "{told}");
    // Signatures of others that can be read do not hide those that cannot.
    lab.run(&["sign", "--generate-key", "ours"]).expect(0);
    lab.run(&["sign", "hub/app:1.0", "--key", "ours.key"]).expect(0);
    let told = lab.run(&["verify", "hub/app:1.0", "--key", &key]).expect(4).stderr;
    assert!(told.contains("are by other keys, and it is") && told.contains(forms), "{told}");
    assert!(told.contains("cosign verify"), "{told}");
    lab.run(&["verify", "hub/app:1.0", "--key", "ours.pub"]).expect(0);
}
