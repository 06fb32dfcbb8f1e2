//! The steps, and which of them are done again.

use std::fs;

use insta::assert_snapshot;

use super::{CONFIG, Directory, skipped};

/// The steps up to one, and from there on.
fn from(step: usize) -> Vec<bool> {
    (1..=7).map(|number| number < step).collect()
}

#[test]
fn a_first_release_does_all_steps_and_a_second_none_without_an_engine() {
    let directory = Directory::new();
    let first = directory.release(&["--arch", "arm32v7"]);
    assert_snapshot!(first);
    assert!(directory.archive("arm32v7").exists());
    let before = fs::read(directory.archive("arm32v7")).unwrap();
    let directory = directory.at("unix:///nonexistent/socket");
    let second = directory.release(&["--arch", "arm32v7"]);
    assert_snapshot!(second);
    assert_eq!(fs::read(directory.archive("arm32v7")).unwrap(), before);
}

#[test]
fn without_a_service_file_the_listing_is_that_of_the_vendors_document() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    fs::remove_file(directory.build("swarm.conf")).unwrap();
    assert_snapshot!(directory.release(&["--arch", "arm32v7"]));
}

#[test]
fn architectures_follow_one_another_and_share_the_dockerfile_and_the_service_file() {
    let directory = Directory::new();
    let lines = directory.release(&[]);
    let (first, second) = lines.split_once("Releasing arm64v8\n").unwrap();
    assert!(first.starts_with("Releasing arm32v7\n") && !first.contains("arm64v8"), "{first}");
    assert!(!second.contains("arm32v7"), "{second}");
    assert_eq!(skipped(first), [false; 7]);
    let expected = [true, false, false, false, true, false, false];
    assert_eq!(skipped(second), expected);
    assert!(directory.archive("arm32v7").exists() && directory.archive("arm64v8").exists());
}

#[test]
fn what_has_changed_is_made_again_with_all_that_follows() {
    let directory = Directory::new();
    let release = || skipped(&directory.release(&["--arch", "arm32v7"]));
    assert_eq!(release(), from(1));
    assert_eq!(release(), from(8));
    // The labels are the same, and so is the Dockerfile that has them.
    directory.change("Dockerfile", "uname\", \"-m", "uname\", \"-a");
    assert_eq!(release(), from(1));
    fs::remove_file(directory.build("auth/arm32v7/vh_dbus-arm32v7:1.0.1.unsigned.tar")).unwrap();
    assert_eq!(release(), from(3));
    fs::remove_file(directory.build("auth/arm32v7/vh_dbus-arm32v7:1.0.1.signed.tar")).unwrap();
    assert_eq!(release(), from(4));
    fs::remove_file(directory.build("swarm.conf")).unwrap();
    assert_eq!(release(), from(5));
    fs::remove_file(directory.build("auth/arm32v7/vh_dbus-arm32v7-metadata-1.0.1.json")).unwrap();
    assert_eq!(release(), from(6));
    fs::remove_file(directory.build("auth/arm32v7/vh_dbus-arm32v7-metadata-1.0.1.cms")).unwrap();
    assert_eq!(release(), from(7));
    fs::remove_file(directory.archive("arm32v7")).unwrap();
    assert_eq!(release(), from(7));
    assert_eq!(release(), from(8));
}

#[test]
fn a_port_that_is_added_changes_the_service_file_and_all_after_it() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    directory.change("config.yaml", "publish: []", "publish: ['9500:9500']");
    let steps = skipped(&directory.release(&["--arch", "arm32v7"]));
    assert_eq!(steps[4..], [false, false, false]);
    let conf = fs::read_to_string(directory.build("swarm.conf")).unwrap();
    assert!(
        conf.ends_with("--publish mode=host,target=9500,published=9500,protocol=tcp\n"),
        "{conf}"
    );
}

#[test]
fn metadata_that_somebody_edited_are_made_anew_and_never_signed() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    let metadata = "build/auth/arm32v7/vh_dbus-arm32v7-metadata-1.0.1.json";
    for more in [&["--arch", "arm32v7"][..], &["--arch", "arm32v7", "--mtime"]] {
        directory.change(metadata, "Talks to the bus", "Talks to nobody!");
        assert_eq!(skipped(&directory.release(more)), from(6), "{more:?}");
        let text = fs::read_to_string(directory.path("vh_dbus").join(metadata)).unwrap();
        assert!(text.contains("Talks to the bus"), "{text}");
    }
}

#[test]
fn an_image_archive_that_somebody_edited_is_made_anew() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    let signed = directory.build("auth/arm32v7/vh_dbus-arm32v7:1.0.1.signed.tgz");
    let mut bytes = fs::read(&signed).unwrap();
    bytes.push(0);
    fs::write(&signed, bytes).unwrap();
    assert_eq!(skipped(&directory.release(&["--arch", "arm32v7"])), from(4));
}

#[test]
fn force_does_all_steps_again_and_each_verb_only_those_up_to_its_own() {
    let directory = Directory::new();
    let one = ["--arch", "arm64v8"];
    for (number, verb) in
        ["generate", "compile", "save", "sign", "swarm", "metadata"].iter().enumerate()
    {
        let lines = directory.plain(&directory.veea(verb, &one).expect(0).stdout);
        let done = lines.lines().filter(|line| line.ends_with("skipping")).count();
        // The service file needs no step before it.
        let before = if *verb == "swarm" { 0 } else { number };
        assert_eq!(done, before, "{verb}: {lines}");
        assert!(!lines.starts_with("Releasing"), "{lines}");
    }
    assert_eq!(skipped(&directory.release(&one)), from(7));
    let forced = directory.release(&["--arch", "arm64v8", "--force", "--no-cache"]);
    assert_eq!(skipped(&forced), from(1));
    assert!(forced.contains("\nPruning previous instance of the same image\n"), "{forced}");
    assert!(forced.contains("\ndocker build  --no-cache --build-arg ARCH=arm64v8 "), "{forced}");
}

#[test]
fn the_image_stays_at_its_engine_and_runs_and_its_predecessor_goes() {
    let directory = Directory::new();
    directory.castoff.write("vh_dbus/config.yaml", CONFIG.replace("vh_dbus", "vh_stays"));
    let names = || {
        let images = directory.engine.images();
        images.lines().filter(|line| line.contains("vh_stays-arm64v8")).count()
    };
    directory.veea("compile", &["--arch", "arm64v8"]).expect(0);
    let image = "vh_stays-arm64v8:1.0.1";
    assert_eq!(directory.engine.run(None, image, &[]), "aarch64");
    let before = directory.engine.id(image).unwrap();
    directory.change("Dockerfile", "\"-m\"", "\"-s\"");
    directory.veea("compile", &["--arch", "arm64v8"]).expect(0);
    assert_eq!(directory.engine.run(None, image, &[]), "Linux");
    assert_eq!(names(), 1);
    let gone = directory.engine.docker().args(["image", "inspect", &before]).output().unwrap();
    assert!(!gone.status.success(), "the first image is still there");
}

#[test]
fn a_service_file_that_somebody_wrote_goes_into_the_archive_as_it_is() {
    let directory = Directory::new();
    let text = "docker: {service: {vh_dbus: {tag: 1.0.1, args: --replicas 2 --frobnicate}}}\n";
    directory.castoff.write("vh_dbus/swarm.conf", text);
    let ended = directory.veea("release", &["--arch", "arm32v7"]).expect(0);
    assert!(ended.stderr.contains("Docker has no argument --frobnicate"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(directory.build("swarm.conf")).unwrap(), text);
    assert_eq!(fs::read_to_string(directory.path("vh_dbus/swarm.conf")).unwrap(), text);
    directory.castoff.write("vh_dbus/swarm.conf", "docker:\n  service: [\n");
    let refused = directory.veea("release", &["--arch", "arm32v7"]);
    assert_eq!(refused.status, Some(4));
    assert!(refused.stderr.contains("swarm.conf:"), "{}", refused.stderr);
}
