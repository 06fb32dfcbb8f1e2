//! What is pushed, and for which platforms.

use super::Lab;
use crate::support::run;

#[test]
fn an_index_gets_one_platform_after_another() {
    let lab = Lab::new();
    let tag = lab.tag();
    let pushed = lab.push("linux/amd64", &[]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64"]);
    assert_eq!(pushed.digests().len(), 2, "{}", pushed.stdout);
    lab.push("linux/arm64", &[]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64", "arm64"]);
    lab.push("linux/arm/v7", &[]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64", "arm/v7", "arm64"]);
    for (platform, machine) in [("linux/amd64", "x86_64"), ("linux/arm/v7", "armv7l")] {
        let image = lab.image(&tag);
        run(lab.engine.docker().args(["pull", "-q", "--platform", platform, &image]));
        assert_eq!(lab.engine.run(Some(platform), &image, &[]), format!("shared on {machine}"));
        run(lab.engine.docker().args(["rmi", &image]));
    }
    let tags = [format!("{tag}-amd64"), format!("{tag}-arm64"), format!("{tag}-armv7")];
    assert!(tags.iter().all(|tag| lab.tags().contains(tag)), "{:?}", lab.tags());
    let again = lab.push("linux/amd64", &[]).expect(0).stderr;
    assert!(again.contains("is already published for linux/amd64, not built again"), "{again}");
    assert!(again.contains("No new platforms to push, skipping."), "{again}");
}

#[test]
fn a_rollback_gives_the_index_back_that_others_had_made() {
    let lab = Lab::new();
    let tag = lab.tag();
    lab.push("linux/amd64", &[]).expect(0);
    let before = lab.digest(&tag);
    lab.push("linux/arm64", &[]).expect(0);
    let runs = lab.castoff.run(&["runs"]).expect(0).stdout;
    let newest = runs.lines().last().and_then(|line| line.split(' ').next()).unwrap();
    lab.castoff.run(&["rollback", newest]).expect(0);
    assert_eq!(lab.digest(&tag), before);
    assert!(!lab.tags().contains(&format!("{tag}-arm64")), "{:?}", lab.tags());
}

#[test]
fn what_others_pushed_apart_is_joined_as_far_as_it_is_there() {
    let lab = Lab::new();
    let tag = lab.tag();
    let none = lab.pkg("manifest", &["--insecure"]).expect(4).stderr;
    assert!(none.contains("all entries were skipped due to missing source image"), "{none}");
    for platform in ["linux/amd64", "linux/arm/v7"] {
        let pushed = lab.push(platform, &["-manifest=false"]).expect(0);
        assert!(pushed.stderr.contains("Manifest push disabled, skipping..."), "{}", pushed.stderr);
        assert!(!lab.tags().contains(&tag), "{:?}", lab.tags());
    }
    let joined = lab.pkg("index", &["--insecure"]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64", "arm/v7"]);
    assert_eq!(joined.digests().len(), 1, "{}", joined.stdout);
    let again = lab.pkg("manifest", &["--insecure"]).expect(0);
    assert!(again.stderr.contains("No new platforms to push, skipping."), "{}", again.stderr);
    lab.push("linux/arm64", &["-manifest=false"]).expect(0);
    lab.push("linux/arm64", &["-image=false"]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64", "arm/v7", "arm64"]);
}

#[test]
fn a_release_is_another_name_of_what_is_there() {
    let lab = Lab::new();
    let tag = lab.tag();
    lab.push("linux/amd64,linux/arm64", &[]).expect(0);
    lab.push("linux/amd64,linux/arm64", &["-release", "v1"]).expect(0);
    for word in ["", "-amd64", "-arm64"] {
        let [own, released] = [&tag, "v1"].map(|of| lab.digest(&format!("{of}{word}")));
        assert_eq!(own, released, "{word}");
    }
    lab.git(&["tag", "v2"]);
    let told = lab.push("linux/amd64,linux/arm64", &[]).expect(0).stderr;
    assert!(told.contains("Build, push and release of \"v2\" complete, all done."), "{told}");
    assert_eq!(lab.digest("v2"), lab.digest(&tag));
    let again = lab.push("linux/amd64,linux/arm64", &[]).expect(0).stderr;
    assert!(again.contains("No new platforms to push, skipping."), "{again}");
}

#[test]
fn force_builds_what_is_there_and_nobuild_builds_nothing() {
    let lab = Lab::new();
    let told = lab.push("linux/amd64", &["-nobuild"]).expect(4).stderr;
    assert!(told.contains("missing source image references"), "{told}");
    let told = lab.push("linux/amd64", &["-nobuild", "--compat", "2026"]).expect(0).stderr;
    assert!(told.contains("No new platforms to push, skipping."), "{told}");
    lab.push("linux/amd64", &[]).expect(0);
    let told = lab.push("linux/amd64", &["-force", "-v"]).expect(0).stderr;
    assert!(told.contains("linux/amd64: building "), "{told}");
    let told = lab.push("linux/amd64", &["-nobuild", "-release", "v1"]).expect(0).stderr;
    assert!(!told.contains("prepare"), "{told}");
    assert_eq!(lab.digest("v1-amd64"), lab.digest(&format!("{}-amd64", lab.tag())));
}

#[test]
fn nobuild_pushes_what_was_built_here() {
    let lab = Lab::new();
    lab.pkg("build", &["--platforms", "linux/arm64"]).expect(0);
    let told = lab.push("linux/arm64", &["-nobuild", "-v"]).expect(0).stderr;
    assert!(told.contains("unchanged since it was built"), "{told}");
    assert_eq!(lab.platforms(&lab.tag()), ["arm64"]);
}

#[test]
fn what_differs_from_its_commit_is_built_and_never_pushed() {
    let lab = Lab::new();
    lab.castoff.write("common/lib.txt", "edited");
    let told = lab.push("linux/amd64", &[]).expect(4).stderr;
    assert!(told.contains("refusing to push dirty package"), "{told}");
    let told = lab.push("linux/amd64", &["-release", "v1"]).expect(4).stderr;
    assert!(told.contains("Cannot release a dirty package"), "{told}");
    lab.pkg("manifest", &["--insecure"]).expect(4);
    assert!(!lab.registry.storage().join("repositories").exists(), "something was sent");
    lab.pkg("build", &[]).expect(0);
    assert!(lab.tag().ends_with("-dirty"));
    assert_eq!(
        lab.engine.run(None, &lab.image(&lab.tag()), &["/bin/busybox", "cat", "/lib.txt"]),
        "edited"
    );
}

#[test]
fn the_first_package_that_is_not_done_is_the_last_that_is_begun() {
    let lab = Lab::new();
    lab.package("pkg-b", "arches: [amd64]\n");
    lab.castoff.write("pkg/Dockerfile", "FROM scratch\nCOPY nowhere /\n");
    lab.commit();
    let told = lab.push("linux/amd64", &["pkg", "pkg-b"]).expect(3).stderr;
    assert!(told.contains("was not begun, because"), "{told}");
    assert!(!lab.registry.storage().join("repositories/acme/pkg-b").exists());
    let two = lab.push("linux/amd64", &["pkg-b", "pkg"]).expect(3);
    assert_eq!(two.digests().len(), 2, "{}", two.stdout);
    let runs = lab.castoff.run(&["runs"]).expect(0).stdout;
    assert_eq!(runs.lines().count(), 3, "each package is a run: {runs}");
}

#[test]
fn two_machines_that_push_at_once_are_both_in_the_index() {
    let lab = Lab::new();
    let tag = lab.tag();
    for platform in ["linux/amd64", "linux/arm64"] {
        // So that both come to the registry at the same time.
        lab.pkg("build", &["--platforms", platform]).expect(0);
    }
    std::thread::scope(|scope| {
        let pushes = ["linux/amd64", "linux/arm64"].map(|platform| {
            let lab = &lab;
            scope.spawn(move || lab.push(platform, &[]).expect(0))
        });
        for push in pushes {
            push.join().unwrap();
        }
    });
    assert_eq!(lab.platforms(&tag), ["amd64", "arm64"]);
}

#[test]
fn a_registry_that_cannot_say_what_is_there_gets_nothing() {
    let lab = Lab::new();
    let tag = lab.tag();
    lab.push("linux/amd64", &[]).expect(0);
    let link = format!("repositories/acme/pkg/_manifests/tags/{tag}-amd64/current/link");
    std::fs::write(lab.registry.storage().join(link), "no digest").unwrap();
    let told = lab.push("linux/arm64", &[]).expect(3);
    assert_eq!(told.stdout, "", "{}", told.stderr);
    assert!(!lab.tags().contains(&format!("{tag}-arm64")));
}
