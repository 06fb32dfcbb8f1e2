//! Images that real engines build.

mod bases;
mod broken;
mod console;
mod elsewhere;
mod engines;
mod left;
mod podman;
mod taken;

use std::{ops::Deref, sync::Arc};

use crate::support::{Castoff, DockerEngine, DockerRegistry, Garage, Skopeo, busybox, run};

/// The platforms that the tests build for.
const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "linux/arm/v7"];

/// busybox of the platform, and a step that runs on it.
const DOCKERFILE: &str = r#"FROM scratch AS base
ARG TARGETARCH
COPY ${TARGETARCH}/busybox /bin/busybox
SHELL ["/bin/busybox", "sh", "-c"]
FROM base AS tested
RUN exit 1
FROM base
ARG GREETING=hello
RUN echo $GREETING from $(/bin/busybox uname -m) > /greeting
CMD ["/bin/busybox", "cat", "/greeting"]
"#;

/// A project, and the engine that builds it.
struct Project {
    castoff: Castoff,
    engine: Arc<DockerEngine>,
}

/// A project that releases `hello`, built from `dockerfile`, with what `more`
/// says of its source, to a layout; `sinks` names others.
fn project(dockerfile: &str, more: &str, sinks: &str) -> Project {
    let engine = DockerEngine::shared();
    let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
    busybox::context(&castoff.path("hello"));
    castoff.write("hello/Dockerfile", dockerfile);
    castoff.configure(&format!(
        r#"
        [release]
        version = "1.0"
        platforms = {PLATFORMS:?}

        [[artifact]]
        name = "hello"
        from = {{ dockerfile = "hello", network = false{more} }}

        {sinks}
        "#
    ));
    Project { castoff, engine }
}

impl Project {
    fn map(self, change: impl FnOnce(Castoff) -> Castoff) -> Self {
        Self { castoff: change(self.castoff), ..self }
    }

    fn env(self, name: &str, value: impl Into<String>) -> Self {
        self.map(|castoff| castoff.env(name, value))
    }
}

impl Deref for Project {
    type Target = Castoff;

    fn deref(&self) -> &Castoff {
        &self.castoff
    }
}

fn shelf() -> String {
    "[[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n".to_owned()
}

/// Fails where an image of castoff's is left at an engine.
#[track_caller]
fn expect_clean(engine: &DockerEngine) {
    let images = engine.images();
    assert!(!images.contains("castoff.invalid") && !images.contains("<none>"), "{images}");
}

#[test]
fn a_dockerfile_is_built_for_every_platform_and_runs_from_where_it_is_released() {
    let (garage, registry, engine) =
        (Garage::start(), DockerRegistry::start(), DockerEngine::shared());
    let address = registry.address();
    let sinks = format!(
        "[[sink]]\nname = \"hub\"\nurl = \"docker://{address}\"\n\
         [[sink]]\nname = \"garage\"\nurl = \"{}\"\n",
        garage.url()
    );
    let castoff =
        project(DOCKERFILE, ", args = { GREETING = \"hi\" }", &sinks).map(|it| it.with(&garage));
    castoff.run(&["--batch"]).expect(0);
    let skopeo = Skopeo::new();
    for (platform, machine) in PLATFORMS.iter().zip(["x86_64", "aarch64", "armv7l"]) {
        let image = format!("{address}/hello:1.0");
        run(engine.docker().args(["pull", "-q", "--platform", platform, &image]));
        assert_eq!(engine.run(Some(platform), &image, &[]), format!("hi from {machine}"));
        run(engine.docker().args(["rmi", &image]));
    }
    let at_hub = skopeo.raw(&format!("docker://{address}/hello:1.0"));
    assert_eq!(at_hub, skopeo.raw(&format!("docker://{}/hello:1.0", garage.web())));
    let again = castoff.run(&["--batch", "-v"]).expect(0);
    assert_eq!(again.stderr.matches("unchanged since it was built").count(), 3);
    assert!(!again.stderr.contains("building"), "{}", again.stderr);
    let forced = castoff.run(&["--batch", "-v", "--force"]).expect(0);
    assert_eq!(forced.stderr.matches(": building ").count(), 3, "{}", forced.stderr);
}

#[test]
fn only_what_decides_how_an_image_comes_out_has_it_built_again() {
    let castoff = project(DOCKERFILE, "", &shelf());
    castoff.write("hello/notes", "for nobody");
    castoff.write("hello/.dockerignore", "# a comment\nnotes\n");
    let release = |castoff: &Project| {
        castoff.run(&["--batch", "-v", "--platform", "linux/amd64"]).expect(0).stderr
    };
    assert!(release(&castoff).contains("6 files"), "what is left out is not counted");
    castoff.write("hello/notes", "something else");
    run(std::process::Command::new("touch").arg(castoff.path("hello/amd64/busybox")));
    assert!(release(&castoff).contains("unchanged since it was built"));
    castoff.write("hello/more", "a file that could be copied");
    assert!(release(&castoff).contains(": building "));
}

#[test]
fn a_dockerfile_that_keeps_its_length_is_read_again() {
    let castoff = project("FROM scratch\nLABEL word=one\n", "", &shelf());
    let image = format!("oci:{}:hello:1.0", castoff.path("shelf").display());
    for word in ["one", "two"] {
        castoff
            .write("hello/Dockerfile", format!("FROM scratch\nLABEL word={word}\nCOPY notes /\n"));
        castoff.write("hello/notes", "for everybody");
        castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(0);
        let config =
            run(std::process::Command::new("skopeo").args(["inspect", "--config", &image]));
        assert!(config.contains(&format!(r#""word": "{word}""#)), "{config}");
    }
}

#[test]
fn a_file_that_keeps_its_length_is_sent_again_though_all_have_one_date() {
    let dockerfile = "FROM scratch\nCOPY notes /\n";
    let castoff = project(dockerfile, "", &shelf()).env("SOURCE_DATE_EPOCH", "1700000000");
    let built = ["one", "two"].map(|word| {
        castoff.write("hello/notes", word);
        castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(0).digests()
    });
    assert_ne!(built[0], built[1]);
}

#[test]
fn what_a_build_makes_carries_what_the_recipe_says() {
    let more = ", labels = { team = \"tools\" }, \
                annotations = { \"org.opencontainers.image.title\" = \"hello\" }";
    let castoff = project(DOCKERFILE, more, &shelf()).env("SOURCE_DATE_EPOCH", "1700000000");
    castoff.run(&["--batch", "--platform", "linux/arm64"]).expect(0);
    let image = format!("oci:{}:hello:1.0", castoff.path("shelf").display());
    let manifest = String::from_utf8(inspect_manifest(&castoff)).expect("JSON");
    assert!(manifest.contains(r#""org.opencontainers.image.title":"hello""#), "{manifest}");
    let config = run(std::process::Command::new("skopeo").args([
        "inspect",
        "--override-arch",
        "arm64",
        "--config",
        &image,
    ]));
    assert!(config.contains(r#""team": "tools""#), "{config}");
    assert_eq!(
        config.matches("2023-11-14T22:13:20Z").count(),
        config.matches("\"created\":").count()
    );
}

/// The manifest of the only platform.
fn inspect_manifest(castoff: &Castoff) -> Vec<u8> {
    let listed = castoff.run(&["inspect", "oci:shelf:hello:1.0", "--raw"]).expect(0).stdout;
    let index: serde_json::Value = serde_json::from_str(&listed).expect("an index");
    let digest = index["manifests"][0]["digest"].as_str().expect("a digest").to_owned();
    let blob = castoff.path("shelf/blobs/sha256").join(digest.trim_start_matches("sha256:"));
    std::fs::read(blob).expect("a blob")
}

#[test]
fn a_secret_reaches_the_step_that_mounts_it_and_nothing_else() {
    const CANARY: &str = "canary-of-a-build";
    let dockerfile = DOCKERFILE.replace(
        "ARG GREETING=hello",
        "RUN --mount=type=secret,id=token /bin/busybox md5sum < /run/secrets/token > /sum",
    );
    let more = ", secrets = { token = { env = \"BUILD_TOKEN\" } }";
    let castoff = project(&dockerfile, more, &shelf());
    let refused = castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(4);
    assert!(refused.stderr.contains("the secret `token` of"), "{}", refused.stderr);
    let castoff = castoff.env("BUILD_TOKEN", CANARY);
    let log = castoff.path("trace.log");
    let arguments = ["--batch", "-v", "--platform", "linux/amd64", "--log-file"];
    let ended = castoff.run(&[&arguments[..], &[log.to_str().expect("text")]].concat()).expect(0);
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains(CANARY), "{text}");
    }
    let grep = ["-r", CANARY, castoff.path("..").to_str().expect("text")].map(str::to_owned);
    let found = crate::support::output(std::process::Command::new("grep").args(grep));
    assert!(!found.status.success(), "{}", String::from_utf8_lossy(&found.stdout));
}

#[test]
fn a_link_stays_a_link_and_a_stage_can_be_chosen() {
    let dockerfile = "FROM scratch AS one\nCOPY . /all\nFROM scratch\nCOPY nothing /\n";
    let castoff = project(dockerfile, ", target = \"one\"", &shelf());
    std::os::unix::fs::symlink("/etc/passwd", castoff.path("hello/out")).expect("a link");
    castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(0);
    let image = format!("oci:{}:hello:1.0", castoff.path("shelf").display());
    let to = castoff.path("unpacked");
    run(std::process::Command::new("skopeo").args([
        "copy",
        "-q",
        &image,
        &format!("dir:{}", to.display()),
    ]));
    let list =
        format!("for layer in {}/*; do tar -tvzf $layer 2>/dev/null; done; true", to.display());
    let files = run(std::process::Command::new("sh").args(["-c", &list]));
    assert!(files.contains("all/out -> /etc/passwd"), "{files}");
    assert!(!files.contains("Dockerfile -"), "{files}");
}

#[test]
fn what_cannot_be_written_to_is_told_before_anything_is_built() {
    let sinks = "[[sink]]\nname = \"hub\"\nurl = \"docker://127.0.0.1:1\"\n";
    let castoff = project("FROM nowhere.invalid/x\n", "", sinks);
    let ended = castoff.run(&["--batch", "-v", "--platform", "linux/amd64"]).expect(4);
    assert!(ended.stderr.contains("127.0.0.1:1"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(": building "), "{}", ended.stderr);
}
