//! What `LinuxKit` packages depend on, with a real engine and a real registry.

use std::{fs, os::unix::fs::symlink, process::Command, sync::Arc};

use crate::support::{Castoff, DockerEngine, DockerRegistry, busybox, copy_folder, run};

/// A package that depends on an image of a registry.
struct Lab {
    _engine: Arc<DockerEngine>,
    _registry: DockerRegistry,
    castoff: Castoff,
    digest: String,
}

impl Lab {
    /// A package whose metadata says this of `docker-images`, with `IMAGE` for
    /// the image.
    fn new(name: &str, wanted: &str) -> Self {
        let (engine, registry) = (DockerEngine::of_packages(), DockerRegistry::start());
        let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
        copy_folder(&busybox::archives("one"), &castoff.path("docker"));
        let image = format!("{}/acme/{name}", registry.address());
        let url = format!("docker://{image}:1");
        let ended = castoff.run(&["push", "--insecure", "docker", &url]).expect(0);
        let (_, digest) = ended.digests().remove(0);
        let wanted = wanted.replace("IMAGE", &format!("{image}@{digest}"));
        castoff.write(
            "pkg/build.yml",
            format!("image: {name}\ndepends:\n  docker-images: {{{wanted}}}\n"),
        );
        castoff.write("pkg/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
        Self { _engine: engine, _registry: registry, castoff, digest }
    }

    /// What `pkg build` says that ends so.
    fn build(&self, status: i32) -> String {
        let line = ["pkg", "build", "-hash", "dev", "-disable-content-trust", "-force", "pkg"];
        self.castoff.run(&line).expect(status).stderr
    }

    /// What files there are in an archive of the package.
    fn listed(&self, archive: &str) -> String {
        run(Command::new("tar").arg("-tf").arg(self.castoff.path("pkg").join(archive)))
    }
}

#[test]
fn each_dependency_lies_alone_in_a_folder_that_is_made_anew() {
    let lab = Lab::new("nginx", "target-dir: dl, list: ['IMAGE']");
    lab.castoff.write("pkg/dl/stale", "");
    let told = lab.build(0);
    assert!(told.contains(&format!("Adding \"nginx@{}\" as dependency", lab.digest)), "{told}");
    let found = fs::read_dir(lab.castoff.path("pkg/dl")).unwrap();
    let found: Vec<_> = found.map(|entry| entry.unwrap().file_name()).collect();
    let archive = format!("nginx@{}.tar", lab.digest);
    assert_eq!(found, [archive.as_str()]);
    assert!(lab.listed(&format!("dl/{archive}")).contains("manifest.json"));
}

#[test]
fn all_dependencies_may_lie_in_one_archive() {
    let lab = Lab::new("caddy", "target: all.tar, list: ['IMAGE']");
    lab.build(0);
    assert!(lab.listed("all.tar").contains("manifest.json"));
}

#[test]
fn a_folder_that_a_link_leads_to_is_not_removed() {
    let lab = Lab::new("lighttpd", "target-dir: link/dl, list: ['IMAGE']");
    lab.castoff.write("precious/dl/file", "");
    symlink(lab.castoff.path("precious"), lab.castoff.path("pkg/link")).unwrap();
    let told = lab.build(4);
    assert!(told.contains("leads out of the package directory"), "{told}");
    assert!(lab.castoff.path("precious/dl/file").exists());
}

#[test]
fn a_dependency_that_cannot_be_pulled_is_told() {
    let lab = Lab::new("apache", "target-dir: dl, list: ['IMAGE']");
    let wrong = fs::read_to_string(lab.castoff.path("pkg/build.yml")).unwrap();
    lab.castoff.write("pkg/build.yml", wrong.replace("/apache@", "/nowhere@"));
    let told = lab.build(4);
    assert!(told.contains("failed to pull 127.0.0.1:"), "{told}");
    assert_eq!(fs::read_dir(lab.castoff.path("pkg/dl")).unwrap().count(), 0);
}
