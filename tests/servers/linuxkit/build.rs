//! Packages in the local engine, and in a project.

use super::Lab;
use crate::support::run;

#[test]
fn a_build_loads_every_platform_and_names_what_runs_here() {
    let lab = Lab::new();
    let tag = lab.tag();
    lab.pkg("build", &["--platforms", "linux/amd64,linux/arm64"]).expect(0);
    for (platform, machine) in [("amd64", "x86_64"), ("arm64", "aarch64")] {
        let image = lab.image(&format!("{tag}-{platform}"));
        let own = Some(format!("linux/{platform}"));
        assert_eq!(lab.engine.run(own.as_deref(), &image, &[]), format!("shared on {machine}"));
    }
    let host = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let id = |tag: &str| lab.engine.id(&lab.image(tag));
    assert_eq!(id(&tag), id(&format!("{tag}-{host}")));
}

#[test]
fn a_foreign_platform_alone_gets_no_name_of_the_whole() {
    let lab = Lab::new();
    let tag = lab.tag();
    let foreign = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };
    lab.pkg("build", &["--platforms", &format!("linux/{foreign}")]).expect(0);
    assert!(lab.engine.id(&lab.image(&format!("{tag}-{foreign}"))).is_some());
    assert_eq!(lab.engine.id(&lab.image(&tag)), None);
}

#[test]
fn what_is_published_is_fetched_and_not_built() {
    let lab = Lab::new();
    let tag = lab.tag();
    lab.push("linux/amd64,linux/arm64", &[]).expect(0);
    let both = ["--insecure", "--platforms", "linux/amd64,linux/arm64"];
    let told = lab.pkg("build", &both).expect(0).stderr;
    assert_eq!(told.matches("not built again").count(), 2, "{told}");
    assert!(!told.contains("prepare"), "{told}");
    for arch in ["amd64", "arm64"] {
        let image = lab.image(&format!("{tag}-{arch}"));
        let made = lab.engine.run(Some(&format!("linux/{arch}")), &image, &[]);
        assert!(made.starts_with("shared on "), "{made}");
    }
    assert!(lab.engine.id(&lab.image(&tag)).is_some());
    run(lab.engine.docker().args(["rmi", &lab.image(&tag)]));
}

#[test]
fn builders_of_the_command_line_build() {
    let lab = Lab::new();
    let engine = lab.engine.host();
    let lab = lab.env("LINUXKIT_BUILDERS", "linux/arm64=unix:///nowhere/docker.sock");
    let told = lab.push("linux/arm64", &[]).expect(4).stderr;
    assert!(told.contains("/nowhere/docker.sock"), "{told}");
    let builder = format!("linux/arm64={engine}");
    lab.push("linux/arm64", &["--builders", &builder]).expect(0);
}

#[test]
fn a_package_is_an_artifact_of_a_project() {
    let lab = Lab::new();
    let tag = lab.tag();
    let address = lab.registry.address();
    lab.castoff.configure(&format!(
        "[[artifact]]\nname = \"pkg\"\nfrom = {{ linuxkit = \"pkg\" }}\n\
         platforms = [\"linux/amd64\", \"linux/arm64\"]\n\
         [[sink]]\nname = \"hub\"\nurl = \"docker://{address}/acme\"\ninsecure = true\n\
         [[sink]]\nname = \"engine\"\nurl = \"docker-daemon:\"\n"
    ));
    lab.castoff.run(&["--batch"]).expect(0);
    assert_eq!(lab.platforms(&tag), ["amd64", "arm64"]);
    let told = lab.castoff.run(&["--batch", "--platform", "linux/386"]).expect(4).stderr;
    assert!(told.contains("none of its platforms is selected"), "{told}");
    lab.castoff.write("pkg/Dockerfile", super::DOCKERFILE.to_owned() + "LABEL a=b\n");
    let told = lab.castoff.run(&["--batch"]).expect(4).stderr;
    assert!(told.contains("refusing to push dirty package"), "{told}");
    lab.castoff.run(&["--batch", "--sink", "engine"]).expect(0);
}

#[test]
fn keys_for_a_build_are_refused() {
    let lab = Lab::new();
    let told = lab.pkg("build", &["--ssh", "default"]).expect(2).stderr;
    assert!(told.contains("builds get no SSH keys"), "{told}");
}
