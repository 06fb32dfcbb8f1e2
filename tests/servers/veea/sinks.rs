//! Archives and their image, in one release.

use std::{fs, process::Command};

use serde_json::Value;

use super::Directory;
use crate::support::{Castoff, DockerRegistry, Garage, Skopeo, run};

const ARTIFACT: &str = "[release]\ntags = [\"{version}\", \"latest\"]\n\
    [[artifact]]\nname = \"vh_dbus\"\n\
    from = { veea = \"vh_dbus\", signer = \"veea\", certificate = \"keys/veea-partner-00000033-cert.pem\" }\n\
    [[signer]]\nname = \"veea\"\nkind = \"cms\"\nkey = \"keys/partner.key\"\n\
    certificate = \"keys/veea-partner-00000033-cert.pem\"\n";

fn sink(name: &str, url: &str) -> String {
    format!("[[sink]]\nname = \"{name}\"\nurl = \"{url}\"\n")
}

fn configured(directory: &Directory, sinks: &[(&str, &str)]) {
    let sinks: String = sinks.iter().map(|(name, url)| sink(name, url)).collect();
    directory.castoff.configure(&format!("{ARTIFACT}{sinks}"));
}

#[test]
fn one_run_releases_an_image_as_archive_and_to_a_registry_and_to_garage() {
    let (garage, registry) = (Garage::start(), DockerRegistry::start());
    let directory = Directory::new();
    let address = registry.address().to_owned();
    configured(
        &directory,
        &[
            ("hub", &format!("docker://{address}/acme")),
            ("garage", &garage.url()),
            ("shelf", "archive:archives"),
        ],
    );
    let castoff: Castoff = directory.castoff.with(&garage);
    let directory = Directory { castoff, ..directory };
    directory.castoff.run(&["--batch", "-v"]).expect(0);
    let name = |arch: &str| format!("vh_dbus-{arch}-release-1.0.1.tgz");
    let image = format!("{address}/acme/vh_dbus:1.0.1");
    let index: Value =
        serde_json::from_slice(&Skopeo::new().raw(&format!("docker://{image}"))).unwrap();
    for (place, arch) in ["arm32v7", "arm64v8"].into_iter().enumerate() {
        let archive = fs::read(directory.path("archives").join(name(arch))).unwrap();
        assert_eq!(archive, fs::read(directory.archive(arch)).unwrap());
        let platform = ["arm/v7", "arm64"][place];
        let key = format!("df-dist-v1/vh_dbus/1.0.1/linux/{platform}/{}", name(arch));
        assert!(garage.keys("df-dist-v1/").contains(&key), "{key}");
        // The metadata name the very image that the registry has.
        let metadata = directory.build(&format!("auth/{arch}/vh_dbus-{arch}-metadata-1.0.1.json"));
        let metadata: Value = serde_json::from_slice(&fs::read(metadata).unwrap()).unwrap();
        assert_eq!(index["manifests"][place]["digest"], metadata["image"]["manifest"]);
    }
    let at_garage = format!("docker://{}/vh_dbus:latest", garage.web());
    assert_eq!(Skopeo::new().raw(&at_garage), Skopeo::new().raw(&format!("docker://{image}")));
    run(directory.engine.docker().args(["pull", "-q", "--platform", "linux/arm/v7", &image]));
    assert_eq!(directory.engine.run(Some("linux/arm/v7"), &image, &[]), "armv7l");
    let again = directory.castoff.run(&["--batch"]).expect(0);
    assert!(again.stderr.contains("sent 0 B"), "{}", again.stderr);
}

#[test]
fn a_forced_release_builds_each_image_once_for_all_that_it_becomes() {
    let directory = Directory::new();
    configured(&directory, &[("shelf", "archive:archives"), ("layout", "oci:layout")]);
    for more in [&[][..], &["--force"]] {
        let mut arguments = vec!["--batch", "-v", "--platform", "linux/arm64"];
        arguments.extend(more);
        let ended = directory.castoff.run(&arguments).expect(0);
        assert_eq!(
            ended.stderr.matches(": | linux/arm64: building").count(),
            1,
            "{}",
            ended.stderr
        );
        let built = "build vh_dbus-image linux/arm64: unchanged, not built again";
        assert!(ended.stderr.contains(built), "{}", ended.stderr);
    }
}

#[test]
fn a_folder_of_archives_keeps_those_that_a_tag_names_and_lets_go_of_others() {
    let directory = Directory::new();
    configured(&directory, &[("shelf", "archive:archives")]);
    let release = || directory.castoff.run(&["--batch", "--platform", "linux/arm64"]).expect(0);
    let archives = || {
        let found = fs::read_dir(directory.path("archives")).unwrap();
        let names = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    };
    let name = |version: &str| format!("vh_dbus-arm64v8-release-{version}.tgz");
    release();
    directory.change("config.yaml", "1.0.1", "1.0.2");
    release();
    assert_eq!(archives(), [name("1.0.1"), name("1.0.2")]);
    let listed = directory.castoff.run(&["ls", "shelf", "-t", "vh_dbus"]).expect(0).stdout;
    let tags: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(tags, ["1.0.1", "1.0.2", "latest"]);
    directory.castoff.run(&["rm", "shelf/vh_dbus:1.0.2"]).expect(0);
    assert_eq!(archives(), [name("1.0.1"), name("1.0.2")], "`latest` names it still");
    directory.castoff.run(&["rm", "shelf/vh_dbus:latest"]).expect(0);
    assert_eq!(archives(), [name("1.0.1")]);
    let runs = directory.castoff.run(&["runs"]).expect(0).stdout;
    let newest = runs.lines().next_back().unwrap().split(' ').next().unwrap();
    directory.castoff.run(&["rollback", newest]).expect(0);
    assert_eq!(archives(), [name("1.0.1"), name("1.0.2")]);
    // `latest` is of no series, and stays; 1.0.1 is the newest version.
    directory.castoff.run(&["gc", "shelf", "-t", "vh_dbus", "--keep", "1"]).expect(0);
    assert_eq!(archives(), [name("1.0.1"), name("1.0.2")]);
    let matching = ["gc", "shelf", "-t", "vh_dbus", "--match", "1.0.1"];
    directory.castoff.run(&matching).expect(0);
    assert_eq!(archives(), [name("1.0.2")]);
}

#[test]
fn a_file_of_somebody_else_is_not_replaced_and_no_tag_moves() {
    let directory = Directory::new();
    configured(&directory, &[("shelf", "archive:archives"), ("layout", "oci:layout")]);
    let mine = directory.castoff.write("archives/vh_dbus-arm64v8-release-1.0.1.tgz", "mine");
    let refused = directory.castoff.run(&["--batch", "--platform", "linux/arm64"]);
    assert_eq!(refused.status, Some(5), "{}", refused.stderr);
    assert!(refused.stderr.contains("is not part of this release"), "{}", refused.stderr);
    assert_eq!(fs::read(mine).unwrap(), b"mine");
    let tags = directory.castoff.run(&["ls", "layout", "-t", "vh_dbus"]);
    assert!(!tags.stdout.contains("1.0.1"), "{}", tags.stdout);
}

#[test]
fn an_image_directory_whose_files_changed_is_not_taken_up_again() {
    let directory = Directory::new();
    configured(&directory, &[("shelf", "archive:archives")]);
    directory.change("Dockerfile", "ENTRYPOINT", "COPY missing /\nENTRYPOINT");
    let failed = directory.castoff.run(&["--batch", "--platform", "linux/arm64"]);
    assert_eq!(failed.status, Some(3), "{}", failed.stderr);
    directory.change("Dockerfile", "COPY missing /\n", "");
    let refused = directory.castoff.run(&["resume"]);
    assert!(refused.stderr.contains("changed since the run began"), "{}", refused.stderr);
    assert_eq!(refused.status, Some(4), "{}", refused.stderr);
    directory.castoff.run(&["--batch", "--platform", "linux/arm64"]).expect(0);
}

#[test]
fn a_release_that_is_killed_is_taken_up_again_and_leaves_no_half_archive() {
    let directory = Directory::new();
    configured(&directory, &[("shelf", "archive:archives")]);
    let mut command = directory.castoff.command(&["--batch", "-v"]);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufReader::new(child.stderr.take().unwrap());
    for line in std::io::BufRead::lines(lines) {
        if line.unwrap().contains("Signing: vh_dbus") {
            break;
        }
    }
    run(Command::new("kill").args(["-KILL", &child.id().to_string()]));
    child.wait().unwrap();
    for arch in ["arm32v7", "arm64v8"] {
        assert!(!directory.archive(arch).exists());
    }
    directory.castoff.run(&["resume"]).expect(0);
    for arch in ["arm32v7", "arm64v8"] {
        run(Command::new("tar").arg("tf").arg(directory.archive(arch)));
    }
}
