//! What `LinuxKit` packages depend on: each platform's build finds that
//! platform's images, by digest, and the source folder stays as it is.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use super::Lab;
use crate::support::{Ended, busybox, copy_folder, run};

/// A package that depends on an image of its registry, `acme/nginx`.
struct Dependent {
    lab: Lab,
    digest: String,
}

impl Dependent {
    /// A package whose metadata says this of `docker-images`, with `IMAGE` for
    /// the image.
    fn new(wanted: &str) -> Self {
        let lab = Lab::new();
        let digest = lab.dependency("nginx", "one");
        let of = Self { lab, digest };
        of.wants(wanted);
        of
    }

    fn image(&self) -> String {
        format!("{}/nginx@{}", self.lab.org(), self.digest)
    }

    fn wants(&self, wanted: &str) {
        let wanted = wanted.replace("IMAGE", &self.image());
        let yml = format!(
            "image: pkg\narches: [amd64, arm64]\ndepends:\n  docker-images: {{{wanted}}}\n"
        );
        self.lab.castoff.write("pkg/build.yml", yml);
        self.lab.castoff.write("pkg/Dockerfile", "FROM scratch\nCOPY . /\n");
        self.lab.commit();
    }

    fn push(&self, platforms: &str) -> Ended {
        self.lab.push(platforms, &["-v"])
    }

    /// The architecture of the image in an archive that a published image has.
    fn architecture_in(image: &str, platform: &str, archive: &str) -> String {
        let folder = unpacked(image, platform);
        let listed = run(Command::new("tar")
            .arg("-xOf")
            .arg(folder.path().join(archive))
            .arg("manifest.json"));
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let config = listed[0]["Config"].as_str().unwrap();
        let config =
            run(Command::new("tar").arg("-xOf").arg(folder.path().join(archive)).arg(config));
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        config["architecture"].as_str().unwrap().to_owned()
    }
}

impl Lab {
    /// Pushes an image of all platforms, and returns its digest.
    fn dependency(&self, name: &str, text: &str) -> String {
        let folder = format!("archives-{text}");
        copy_folder(&busybox::archives(text), &self.castoff.path(&format!("../{folder}")));
        let url = format!("docker://{}/{name}:1", self.org());
        let ended = self.castoff.run(&["push", "--insecure", &format!("../{folder}"), &url]);
        ended.expect(0).digests().remove(0).1
    }
}

/// The files of an image at a registry.
fn unpacked(image: &str, arch: &str) -> tempfile::TempDir {
    let (layers, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["--insecure-policy", "--override-arch", arch, "copy", "-q"]);
    skopeo.args(["--src-tls-verify=false", &format!("docker://{image}")]);
    run(skopeo.arg(format!("dir:{}", layers.path().display())));
    let script = format!(
        "for l in *; do tar -xzf \"$l\" -C {} 2>/dev/null; done; true",
        files.path().display()
    );
    run(Command::new("sh").args(["-c", &script]).current_dir(layers.path()));
    files
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn each_platforms_image_holds_that_platforms_dependency_alone() {
    let of = Dependent::new("target-dir: dl, list: ['IMAGE']");
    let archive = format!("dl/nginx@{}.tar", of.digest);
    // What another build left there.
    of.lab.castoff.write("pkg/dl/stale@sha256.tar", "stale");
    of.lab.castoff.write(&format!("pkg/{archive}"), "the archive of another platform");
    let told = of.push("linux/amd64,linux/arm64").expect(0).stderr;
    assert!(told.contains(&format!("Adding \"nginx@{}\" as dependency", of.digest)), "{told}");
    let image = of.lab.image(&of.lab.tag());
    for arch in ["amd64", "arm64"] {
        assert_eq!(Dependent::architecture_in(&image, arch, &archive), arch);
        assert_eq!(names(&unpacked(&image, arch).path().join("dl")).len(), 1, "{arch}");
    }
    let left = fs::read_to_string(of.lab.castoff.path(&format!("pkg/{archive}"))).unwrap();
    assert_eq!(left, "the archive of another platform", "the source folder is touched");
}

#[test]
fn a_release_of_a_package_never_holds_what_an_older_build_left_there() {
    let of = Dependent::new("target: all.tar, list: ['IMAGE']");
    of.lab.castoff.write("pkg/all.tar", "left by an older build.yml");
    let address = of.lab.registry.address();
    of.lab.castoff.configure(&format!(
        "[[artifact]]\nname = \"pkg\"\nfrom = {{ linuxkit = \"pkg\" }}\n\
         [[sink]]\nname = \"hub\"\nurl = \"docker://{address}/acme\"\ninsecure = true\n"
    ));
    of.lab.castoff.run(&["--batch"]).expect(0);
    let image = of.lab.image(&of.lab.tag());
    for arch in ["amd64", "arm64"] {
        assert_eq!(Dependent::architecture_in(&image, arch, "all.tar"), arch);
    }
}

#[test]
fn a_link_in_the_way_of_a_dependency_is_refused() {
    let of = Dependent::new("target-dir: link/dl, list: ['IMAGE']");
    of.lab.castoff.write("precious/dl/file", "");
    symlink(of.lab.castoff.path("precious"), of.lab.castoff.path("pkg/link")).unwrap();
    of.lab.commit();
    let told = of.push("linux/amd64").expect(3).stderr;
    assert!(told.contains("is in the way of an image that it depends on"), "{told}");
    assert!(of.lab.castoff.path("precious/dl/file").exists());
}

#[test]
fn a_dependency_that_cannot_be_had_is_told_and_nothing_is_published() {
    let of = Dependent::new("target-dir: dl, list: ['IMAGE']");
    let yml = fs::read_to_string(of.lab.castoff.path("pkg/build.yml")).unwrap();
    of.lab.castoff.write("pkg/build.yml", yml.replace("/nginx@", "/nowhere@"));
    of.lab.commit();
    let told = of.push("linux/amd64").expect(3).stderr;
    assert!(told.contains("failed to pull 127.0.0.1:"), "{told}");
    // The digest of one platform's image is nothing for another.
    let raw = crate::support::Skopeo::new().raw(&format!("docker://{}", of.image()));
    let index: serde_json::Value = serde_json::from_slice(&raw).unwrap();
    let is_amd64 = |of: &&serde_json::Value| of["platform"]["architecture"] == "amd64";
    let entry = index["manifests"].as_array().unwrap().iter().find(is_amd64).unwrap();
    let amd64 = entry["digest"].as_str().unwrap();
    of.lab.castoff.write("pkg/build.yml", yml.replace(&of.digest, amd64));
    of.lab.commit();
    let told = of.push("linux/arm64").expect(3).stderr;
    assert!(told.contains("it has nothing for linux/arm64"), "{told}");
    of.push("linux/amd64").expect(0);
}
