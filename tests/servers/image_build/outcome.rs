//! What becomes of the images of a payload together.

use serde_json::{Value, json};

use super::{DOCKERFILE, USER, World};
use crate::support::{git_server::commit, run};

/// Pushes two images that others are built on: what `/which` says.
fn bases(world: &World) -> [String; 2] {
    ["one", "two"].map(|name| {
        let repository = world.castoff.path(&format!("base-{name}"));
        commit(&repository, &[("Dockerfile", "FROM scratch\nCOPY which /\n"), ("which", name)]);
        let url = format!("file://{}", repository.display());
        world.payload(&json!({ "git_repo": { "url": url } }), &[("base", name, json!({}))]);
        world.castoff.run(&["image", "build", "payload.json"]).expect(0);
        format!("{}/base:{name}", world.registry.address())
    })
}

/// A repository of which `HEAD` has these files.
fn source(world: &World, files: &[(&str, &str)]) -> Value {
    let repository = world.castoff.path("repository");
    commit(&repository, files);
    json!({ "git_repo": { "url": format!("file://{}", repository.display()) } })
}

#[test]
fn an_image_with_a_base_is_built_on_it_and_others_are_not() {
    let world = World::new();
    let [one, two] = bases(&world);
    let dockerfile = format!("# FROM nothing\nfrom {one} as first\nCOPY hello /\nFROM first\n");
    let source = source(&world, &[("Dockerfile", &dockerfile), ("hello", "hi")]);
    let images = [("acme/hello", "1", json!({})), ("acme/hello", "2", json!({ "base": two }))];
    world.payload(&source, &images);
    let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
    let which = |image: &str| world.file(image, "linux/amd64", "which");
    assert_eq!(which("acme/hello:1").as_deref(), Some("one"));
    assert_eq!(which("acme/hello:2").as_deref(), Some("two"));
    let on_disk = std::fs::read_to_string(world.castoff.path("repository/Dockerfile"));
    assert_eq!(on_disk.expect("a file"), dockerfile);
}

#[test]
fn no_tag_moves_where_one_image_of_three_fails() {
    let world = World::new();
    let [one, _] = bases(&world);
    let dockerfile = format!("FROM {one}\nCOPY hello /\n");
    let source = source(&world, &[("Dockerfile", &dockerfile), ("hello", "hi")]);
    let missing = format!("{}/missing:1", world.registry.address());
    let images = [
        ("acme/a", "1", json!({})),
        ("acme/b", "1", json!({ "base": missing })),
        ("acme/c", "1", json!({})),
    ];
    world.payload(&source, &images);
    let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(3);
    assert!(ended.stderr.contains("missing:1"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    for image in ["acme/a:1", "acme/b:1", "acme/c:1"] {
        assert!(!world.has(image), "{image}");
    }
    let fetched = world.castoff.path("../home/cache/castoff/fetched");
    let names = run(std::process::Command::new("ls").arg(fetched));
    assert!(!names.contains(".part"), "{names}");
}

#[test]
fn a_run_that_is_gone_on_with_builds_the_commit_that_it_began_with() {
    let world = World::new();
    let dockerfile = "FROM scratch\nCOPY --from=BASE /which /\nCOPY hello /\n";
    let base = format!("{}/base:one", world.registry.address());
    let files = [("Dockerfile", &*dockerfile.replace("BASE", &base)), ("hello", "first")];
    let source = source(&world, &files);
    world.hello(&source);
    world.castoff.run(&["image", "build", "payload.json"]).expect(3);
    let run = newest(&world);
    commit(&world.castoff.path("repository"), &[("hello", "second")]);
    let payload = std::fs::read(world.castoff.path("payload.json")).expect("a payload");
    bases(&world);
    world.castoff.write("payload.json", payload);
    world.castoff.run(&["resume", &run]).expect(0);
    let hello = || world.file("acme/hello:1.0", "linux/amd64", "hello");
    assert_eq!(hello().as_deref(), Some("first"));
    world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    assert_eq!(hello().as_deref(), Some("second"));
    world.castoff.run(&["rollback", &newest(&world)]).expect(0);
    assert_eq!(hello().as_deref(), Some("first"));
}

/// The newest run's name.
fn newest(world: &World) -> String {
    let runs = world.castoff.run(&["runs"]).expect(0).stdout;
    let last = runs.lines().last().expect("a run");
    last.split(' ').next().expect("a name").to_owned()
}

#[test]
fn without_a_push_an_image_is_built_and_nothing_is_asked_of_the_registry() {
    let world = World::new();
    let source = source(&world, &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    world.hello(&source);
    let arguments = ["image", "build", "payload.json", "--no-push"];
    let ended = world.castoff.run(&arguments).expect(0);
    let told = ended.stdout.strip_prefix("would push ").expect("what would be").to_owned();
    assert!(!world.has("acme/hello:1.0"));
    let pushed = world.castoff.run(&["image", "build", "payload.json", "-v"]).expect(0);
    assert_eq!(pushed.stdout, told);
    assert!(!pushed.stderr.contains(": building "), "{}", pushed.stderr);
}

#[test]
fn a_configuration_releases_an_image_of_a_payload_anywhere() {
    let world = World::new();
    let source = source(&world, &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    world.payload(&source, &[("acme/a", "1", json!({})), ("acme/b", "1", json!({}))]);
    let from = |image: &str| format!("{{ image_builder = \"payload.json\"{image} }}");
    let configure = |image: &str| {
        world.castoff.configure(&format!(
            "[release]\nversion = \"7\"\n[[artifact]]\nname = \"hello\"\nfrom = {}\n\
             [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n",
            from(image)
        ));
    };
    configure("");
    let refused = world.castoff.run(&["--batch"]).expect(4);
    assert!(refused.stderr.contains("acme/a:1, acme/b:1"), "{}", refused.stderr);
    configure(", image = \"acme/b:1\"");
    let ended = world.castoff.run(&["--batch"]).expect(0);
    assert!(ended.stdout.contains("hello:7 digest:"), "{}", ended.stdout);
    let journal = run(std::process::Command::new("sh").args(["-c"]).arg(format!(
        "cat {}/*.jsonl",
        world.castoff.path("../home/state/castoff/runs").display()
    )));
    assert!(journal.contains("\"commit\":\"") && !journal.contains(USER.1), "{journal}");
}
