//! `castoff veea`, as its users meet it.

use assert_cmd::Command;
use castoff::recipe::application::{AppImage, Application};
use proptest::prelude::*;

use super::*;

const OTHER: &str = "00000033-B281-4F25-B6F9-F9439C533890";

/// A folder with images that are released, and with the certificate of who
/// signed them, `ca.pem`.
struct Project {
    bench: Bench,
}

struct Told {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Project {
    async fn new() -> Self {
        let bench = Bench::new();
        fs::write(bench.path("ca.pem"), CERTIFICATE).unwrap();
        let this = Self { bench };
        for (folder, app, uuid) in [("dbus", "vh_dbus", AUTHORISED), ("web", "vh_web", OTHER)] {
            for arch in ARCHES {
                this.release(folder, &Recipe::new(app, arch, uuid), &local()).await;
            }
        }
        this
    }

    /// Releases an image as `castoff veea release` does.
    async fn release(&self, folder: &str, recipe: &Recipe, sealer: &dyn Sealer) {
        let kind = if recipe.uuid.starts_with("FFFFFFFF") { "unauth" } else { "auth" };
        let build = self.bench.path(&format!("{folder}/build/{kind}/{}", recipe.arch));
        fs::create_dir_all(&build).unwrap();
        // A version that YAML could take for a number.
        let config = format!("app: {}\napp_info:\n    version: 1.0.1\nversion: 3\n", recipe.app);
        fs::write(self.bench.path(&format!("{folder}/config.yaml")), config).unwrap();
        let made = self.bench.release(recipe, sealer).await;
        fs::rename(&made, build.join(made.file_name().unwrap())).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Told {
        let mut command = Command::cargo_bin("castoff").unwrap();
        command.env_clear().current_dir(self.bench.folder.path()).arg("veea").args(arguments);
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, self.bench.path("home"));
        }
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Told { status: output.status.code(), stdout, stderr }
    }

    /// What is told where it must end so.
    #[track_caller]
    fn expect(&self, status: i32, arguments: &[&str]) -> Told {
        let told = self.run(arguments);
        assert_eq!(told.status, Some(status), "{}{}", told.stdout, told.stderr);
        told
    }

    fn app(&self, images: &[&[&str]]) {
        let create = ["app", "create", "--name", "MyApp", "--version", "1.0", "--folder", "app"];
        self.expect(0, &create);
        for image in images {
            let add = ["app", "config", "add-image", "--folder", "app"];
            self.expect(0, &[&add, *image].concat());
        }
    }
}

const RELEASE: [&str; 4] = ["app", "release", "--folder", "app"];
const CA: [&str; 2] = ["--ca", "ca.pem"];

#[tokio::test]
async fn an_application_is_made_from_what_is_released_and_then_verified() {
    let project = Project::new().await;
    project.app(&[&["dbus"], &["web", "--arch", "arm32v7"]]);
    let released = project.expect(0, &[&RELEASE[..], &CA].concat());
    insta::assert_snapshot!("app_release", released.stdout);
    let archive = "app/build/MyApp-1.0.tgz";
    let names: Vec<String> =
        entries(&project.bench.path(archive)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 6 + 2 + 3 + 3);
    assert!(names.iter().all(|name| name.starts_with("./")));
    let told = project.expect(0, &["app", "verify", archive, CA[0], CA[1]]);
    assert!(told.stdout.starts_with("Verifying application\n  Verifying metadata\n"));
    assert!(told.stdout.contains("vh_web 1.0.1 for arm32v7"), "{}", told.stdout);
    let told = project.expect(0, &["verify", archive, CA[0], CA[1], "--json"]);
    let document: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (&document["kind"], document["images"].as_array().unwrap().len()),
        (&"app".into(), 3)
    );
    let show = project.expect(0, &["app", "config", "show", "--folder", "app"]);
    insta::assert_snapshot!("app_show", show.stdout);
    // Once more is the same archive.
    let before = fs::read(project.bench.path(archive)).unwrap();
    project.expect(0, &[&RELEASE[..], &CA].concat());
    assert_eq!(fs::read(project.bench.path(archive)).unwrap(), before);
}

#[tokio::test]
async fn what_was_changed_in_an_archive_is_told_with_status_6() {
    let project = Project::new().await;
    let archive = "dbus/build/auth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz";
    let told = project.expect(0, &["verify", archive, CA[0], CA[1]]);
    assert!(told.stdout.contains("signed   by CN=signer at "), "{}", told.stdout);
    let mut entries = entries(&project.bench.path(archive));
    entries[4].1[0] ^= 1;
    packed(&project.bench.path(archive), &entries);
    let told = project.expect(6, &["verify", archive, CA[0], CA[1]]);
    assert!(told.stderr.contains("the swarm service file `containers/config/"), "{}", told.stderr);
    project.app(&[&["dbus"]]);
    project.expect(6, &[&RELEASE[..], &CA].concat());
    assert!(!project.bench.path("app/build/MyApp-1.0.tgz").exists());
    // Nobody is trusted who is not named.
    let told = project.expect(2, &["verify", archive]);
    assert!(told.stderr.contains("--ca FILE"), "{}", told.stderr);
    fs::write(project.bench.path("ca.pem"), ED_CERTIFICATE).unwrap();
    let other = "dbus/build/auth/arm64v8/vh_dbus-arm64v8-release-1.0.1.tgz";
    let told = project.expect(6, &["verify", other, CA[0], CA[1]]);
    assert!(told.stderr.contains("is not trusted"), "{}", told.stderr);
    project.expect(4, &["verify", "missing.tgz", CA[0], CA[1]]);
}

#[tokio::test]
async fn a_signer_of_the_configuration_says_whose_seals_are_taken() {
    let project = Project::new().await;
    let signer = "[[signer]]\nname = \"veea\"\nkind = \"cms\"\nkey = \"none.key\"\ncertificate = \"ca.pem\"\n";
    fs::write(project.bench.path("castoff.toml"), signer).unwrap();
    let archive = "dbus/build/auth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz";
    for more in [&["--signer", "veea"][..], &[]] {
        project.expect(0, &[&["verify", archive], more].concat());
    }
    project.expect(2, &["verify", archive, "--signer", "other"]);
}

#[tokio::test]
async fn what_is_not_authorised_is_joined_and_taken_only_when_that_is_said() {
    let project = Project::new().await;
    let recipe = Recipe::new("vh_dbus", VeeaArch::Arm64v8, UNAUTHORISED);
    project.release("dbus", &recipe, &Nobody).await;
    project.app(&[&["dbus"]]);
    project.expect(0, &[&RELEASE[..], &["--unauth"]].concat());
    let archive = "app/build/MyApp-1.0.tgz";
    let told = project.expect(6, &["verify", archive, CA[0], CA[1]]);
    assert!(told.stderr.contains("--unauth"), "{}", told.stderr);
    let told = project.expect(0, &["verify", archive, "--unauth"]);
    assert!(told.stdout.contains("signed   by (unsigned)"), "{}", told.stdout);
}

#[tokio::test]
async fn what_an_application_cannot_consist_of_is_told() {
    let project = Project::new().await;
    project.app(&[&["dbus"]]);
    let add = |more: &[&str]| {
        let add = ["app", "config", "add-image", "--folder", "app"];
        project.run(&[&add, more].concat())
    };
    let told = add(&["missing"]);
    assert_eq!(told.status, Some(4));
    assert!(told.stderr.contains("ERROR: missing does not exist."), "{}", told.stderr);
    let told = add(&["dbus", "--arch", "mips"]);
    assert!(
        told.stderr.contains("ERROR: Architecture 'mips' is not supported."),
        "{}",
        told.stderr
    );
    let told = add(&["web", "--name", "vh_dbus"]);
    assert_eq!(told.status, Some(4));
    assert!(told.stderr.contains("two images are named `vh_dbus`"), "{}", told.stderr);
    assert!(told.stderr.contains("--name"), "{}", told.stderr);
    let gone = "dbus/build/auth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz";
    fs::remove_file(project.bench.path(gone)).unwrap();
    assert_eq!(add(&["dbus", "--arch", "arm32v7"]).status, Some(0));
    let told = project.expect(4, &[&RELEASE[..], &CA].concat());
    assert!(
        told.stderr.contains("ERROR! architecture not found: arm32v7 [arm64v8]"),
        "{}",
        told.stderr
    );
    let remove = ["app", "config", "remove-image", "--folder", "app"];
    project.expect(4, &[&remove[..], &["other"]].concat());
    project.expect(0, &[&remove[..], &["vh_dbus"]].concat());
    let told = project.expect(4, &[&RELEASE[..], &CA].concat());
    assert!(told.stderr.contains("at least one image"), "{}", told.stderr);
    project.expect(4, &["app", "create", "--name", "MyApp", "--version", "1", "--folder", "app"]);
    project.expect(2, &["app", "create", "--name", "../MyApp", "--version", "1"]);
    let told = project.expect(4, &["app", "config", "show"]);
    assert!(told.stderr.contains("castoff veea app create"), "{}", told.stderr);
}

proptest! {
    #[test]
    fn an_application_is_read_as_it_was_written(
        name in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}",
        version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}",
        image in "[^\\p{Cc}]{1,12}",
        path in "[a-z0-9 ./'\":#-]{1,12}",
        is_limited: bool,
    ) {
        let mut application = Application::new(name.parse().unwrap(), version.parse().unwrap());
        let architectures = if is_limited { vec![VeeaArch::Arm64v8] } else { Vec::new() };
        application.add(AppImage { name: image, path: path.into(), architectures }).unwrap();
        let read = Application::parse(&application.to_yaml(), "app.yaml");
        prop_assert_eq!(read.as_ref(), Ok(&application), "{}", application.to_yaml());
    }
}

#[test]
fn a_mistake_in_an_application_is_told_with_its_line() {
    for (text, said) in [
        ("app: MyApp\napp_info:\n  version: 1.0\nimage: []\nversion: 1\n", "app.yaml:4:"),
        ("app: MyApp\napp_info:\n  version: ../1\nversion: 1\n", "is not a tag"),
        ("app: MyApp\napp_info:\n  version: 1.0\nversion: 7\n", "its version is 7"),
        ("app: MyApp\n", "app_info"),
        ("- a\n", "app.yaml:1:"),
    ] {
        let told = Application::parse(text, "app.yaml").unwrap_err().to_string();
        assert!(told.contains(said), "{said}: {told}");
    }
    let number = "app: MyApp\napp_info:\n  version: 1.0\nversion: 1\n";
    assert_eq!(Application::parse(number, "app.yaml").unwrap().version().as_str(), "1.0");
}
