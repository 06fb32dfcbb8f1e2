//! The configuration: what is read, and what is said of mistakes.

use std::path::{Path, PathBuf};

use castoff::{
    config::{ArtifactConfig, Config, ConsoleConfig, EngineConfig, Problems, parse},
    keymap::{Action, Keymap},
    model::{ArtifactKind, Origin, SecretSource, Signing},
};

fn read(text: &str) -> Result<Config, Problems> {
    parse(PathBuf::from("/project"), vec![(PathBuf::from("castoff.toml"), text.to_owned())])
}

fn problems(text: &str) -> String {
    read(text).expect_err("the text has mistakes").to_string()
}

fn example() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml"))
        .unwrap()
}

#[test]
fn the_example_shows_the_engines_defaults() {
    assert_eq!(read(&example()).unwrap().engine, EngineConfig::default());
    assert_eq!(read("").unwrap().engine, EngineConfig::default());
}

#[test]
fn the_example_shows_the_consoles_defaults() {
    assert_eq!(read(&example()).unwrap().console, ConsoleConfig::default());
    assert_eq!(read("").unwrap().console, ConsoleConfig::default());
}

#[test]
fn keys_of_the_console_are_joined_name_by_name_and_the_projects_win() {
    let user = "[console]\ntheme = \"light\"\n[console.keys]\nretry = \"e\"\nquit = \"Q\"";
    let project = "[console.keys]\nquit = [\"q\", \"ctrl-q\"]\nmouse = []";
    let files = [("user.toml", user), ("castoff.toml", project)];
    let files = files.map(|(name, text)| (PathBuf::from(name), text.to_owned())).to_vec();
    let console = parse(PathBuf::from("/project"), files).unwrap().console;
    assert_eq!(console.theme.as_deref(), Some("light"));
    let keys = |action| -> Vec<String> {
        console.keys.keys(action).iter().map(ToString::to_string).collect()
    };
    assert_eq!(keys(Action::Retry), ["e"]);
    assert_eq!(keys(Action::Quit), ["q", "Ctrl-q"]);
    assert_eq!(keys(Action::Mouse), Vec::<String>::new());
    assert_eq!(console.keys.keys(Action::Stop), Keymap::default().keys(Action::Stop));
}

#[test]
fn mistaken_keys_are_reported_and_a_clash_names_both() {
    insta::assert_snapshot!(problems(
        r#"
[console]
them = "dark"
mouse = "no"

[console.keys]
rety = "r"
stop = "xx"
sort = ["s", 1]
filter = "ctrl-r"
launch = "r"
resume = "u"
"#
    ));
}

#[test]
fn every_option_that_the_example_leaves_out_is_one() {
    let example = example();
    let lines: Vec<&str> = example.lines().collect();
    let is_option =
        |line: &str| line.starts_with('#') && line[1..].starts_with(|c: char| c.is_alphabetic());
    let options: Vec<usize> = (0..lines.len()).filter(|&place| is_option(lines[place])).collect();
    assert!(options.len() > 15, "{options:?}");
    for place in options {
        let key = lines[place][1..].split(' ').next().unwrap();
        let mut text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        // In place of what the same section says of it.
        let section = text[..place].iter().rposition(|line| line.starts_with('[')).unwrap_or(0);
        let end = (place..text.len()).find(|&at| text[at].starts_with('[')).unwrap_or(text.len());
        for line in &mut text[section..end] {
            if line.starts_with(&format!("{key} =")) {
                line.clear();
            }
        }
        text[place] = lines[place][1..].to_owned();
        assert_eq!(read(&text.join("\n")).map(drop), Ok(()), "line {}", place + 1);
    }
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line_and_what_was_expected() {
    insta::assert_snapshot!(problems(
        r#"
[release]
versoin = "1"
platforms = ["linux/amd46", "linux"]
tags = ["{verison}", "a b"]
immutable = ["[0-9"]

[[artifact]]
name = "Albatros"
from = { archive = "docker/" }
sinks = ["hbu"]

[[artifact]]
name = "built"
from = { dockerfile = "." }

[[artifact]]
from = { files = "df", layout = "x" }

[[artifact]]
name = "image"
from = { image_of = "albatross" }

[[sink]]
name = "hub"
url = "docker://user:secret@example.org/x"
platform_tags = "yes"

[[sink]]
name = "hub"
url = "s3://bucket?endpoit=x"

[[sink]]
name = "shelf"
url = "oci:dist"
insecure = true

[[signer]]
name = "key"

[engine]
jobs = 0
delay = "soon"
store_limit = "lots"
"#
    ));
}

#[test]
fn a_file_that_is_no_toml_is_reported_by_its_line() {
    insta::assert_snapshot!(problems("[release]\nversion = \n"), @"castoff.toml:2: string values must be quoted, expected literal string");
}

#[test]
fn the_projects_file_wins_over_the_users_table_by_table_and_name_by_name() {
    let user = r#"
[release]
tags = ["user"]
platforms = ["linux/amd64"]
[[sink]]
name = "hub"
url = "docker://user.example.org"
[[sink]]
name = "shelf"
url = "oci:shelf"
[engine]
jobs = 9
attempts = 9
"#;
    let project = r#"
[release]
tags = ["project"]
[[artifact]]
name = "app"
from = { archives = "docker" }
[[sink]]
name = "hub"
url = "docker://project.example.org"
[engine]
jobs = 7
"#;
    let files =
        vec![("user.toml".into(), user.to_owned()), ("castoff.toml".into(), project.to_owned())];
    let config = parse("/project".into(), files).unwrap();
    let urls: Vec<String> = config.sinks.iter().map(|sink| sink.spec.url.to_string()).collect();
    assert_eq!(urls, ["oci:/project/shelf", "docker://project.example.org"]);
    assert_eq!((config.engine.jobs, config.engine.attempts), (7, 9));
    assert_eq!(config.artifacts[0].tags, ["project"]);
    assert_eq!(config.artifacts[0].platforms.as_ref().map(Vec::len), Some(1));
}

#[test]
fn a_mistake_in_the_users_file_is_reported_in_that_file() {
    let files = vec![
        ("user.toml".into(), "\n[engine]\njobs = \"x\"".to_owned()),
        ("castoff.toml".into(), "[engine]\nattempts = true".to_owned()),
    ];
    let problems = parse("/project".into(), files).unwrap_err().to_string();
    insta::assert_snapshot!(problems, @r"
    user.toml:3: `engine.jobs` must be a whole number, but is of type string
    castoff.toml:2: `engine.attempts` must be a whole number, but is of type boolean
    ");
}

/// What the example shows of signers.
fn example_signers() -> String {
    let lines = example();
    let lines = lines.lines().skip_while(|line| !line.ends_with("[[signer]]"));
    let lines = lines.map_while(|line| line.strip_prefix('#'));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_signers_of_the_example_are_read_and_show_their_defaults() {
    let shown = read(&example_signers()).unwrap().signers;
    insta::assert_debug_snapshot!(shown);
    let bare = "[[signer]]\nname = \"release-key\"\nkind = \"cosign\"\nkey = \"release.key\"\n\
                [[signer]]\nname = \"archives\"\nkind = \"cms\"\nkey = \"cms.key\"\n\
                certificate = \"cms.pem\"\nchain = \"chain.pem\"\n";
    let bare = read(bare).unwrap().signers;
    assert_eq!((&bare[0].with, &bare[1].with), (&shown[0].with, &shown[2].with));
    assert_eq!(bare[0].passphrase, SecretSource::usual("release-key"));
    assert!(shown[0].passphrase.contains(&bare[0].passphrase[1]), "its variable is told");
    let service = "[[signer]]\nname = \"service\"\nkind = \"cms\"\nclient_secret = { env = \"CLIENT_SECRET\" }\n\
                   service = \"https://sign.example.org/v1/cms\"\nuser = \"joe@example.org\"\n\
                   issuer = \"https://auth.example.org/realms/partners\"\n\
                   certificate = \"signing-ca.pem\"\nca = \"tls-ca.pem\"\n";
    assert_eq!(read(service).unwrap().signers[0], shown[3]);
}

#[test]
fn every_mistake_of_a_signer_is_reported_with_its_line() {
    insta::assert_snapshot!(problems(
        r#"
[[signer]]
name = "no-kind"
key = "a"

[[signer]]
name = "wrong-kind"
kind = "gpg"

[[signer]]
kind = "minisign"

[[signer]]
name = "cosign"
kind = "cosign"
certificate = "not for cosign"
passphrase = "hunter2"

[[signer]]
name = "cms"
kind = "cms"
key = "cms.key"
detached = "yes"
passphrase = { keyring = "a", env = "B" }

[[signer]]
name = "service"
kind = "cms"
service = "http://sign.example.org"
issuer = "https://joe:hunter2@auth.example.org"
passphrase = { env = "A" }
key = "cms.key"

[[signer]]
name = "bare-service"
kind = "cms"
service = "https://sign.example.org"

[[signer]]
name = "no-service"
kind = "minisign"
service = "https://sign.example.org"

[[signer]]
name = "notary"
kind = "notary"
server = "https://user:hunter2@notary.example.org"
passphrase = [{ prompt = false }, { keyrin = "a" }, { command = [] }, "hunter2"]
root_passphrase = []

[[signer]]
name = "notary"
kind = "notary"
platforms = true

[[artifact]]
name = "tool"
from = { files = "df" }
sign = ["cosing", "cosign", 1]
"#
    ));
}

#[test]
fn an_artifact_is_signed_by_whom_it_names_else_by_all_that_sign_its_kind() {
    let signer = |name: &str, kind: &str| {
        format!("[[signer]]\nname = \"{name}\"\nkind = \"{kind}\"\nkey = \"k\"\n")
    };
    let artifact = |name: &str, says: &str| format!("[[artifact]]\nname = \"{name}\"\n{says}\n");
    let config = read(
        &[
            signer("c", "cosign"),
            signer("n", "notary"),
            signer("o", "openpgp"),
            signer("m", "minisign"),
            artifact("image", "from = { archives = \"a\" }"),
            artifact("one", "from = { archives = \"a\" }\nsign = [\"n\"]"),
            artifact("none", "from = { archives = \"a\" }\nsign = []"),
            artifact("files", "from = { files = \"a\" }"),
        ]
        .concat(),
    )
    .unwrap();
    let signers = |artifact: &ArtifactConfig| {
        config.signers_of(artifact).iter().map(|signer| signer.name.0.as_str()).collect::<String>()
    };
    let found: Vec<String> = config.artifacts.iter().map(signers).collect();
    assert_eq!(found, ["cn", "n", "", "om"]);
}

#[test]
fn a_signers_files_lie_beside_the_file_that_names_it() {
    let signer = |name: &str| {
        format!("[[signer]]\nname = \"{name}\"\nkind = \"minisign\"\nkey = \"keys/{name}\"\n")
    };
    let files = vec![
        ("/home/user/config.toml".into(), signer("theirs") + &signer("ours")),
        ("castoff.toml".into(), signer("ours")),
    ];
    let signers = parse("/project".into(), files).unwrap().signers;
    let key = |path: &str| Signing::Minisign { key: path.into() };
    let keys: Vec<Signing> = signers.into_iter().map(|signer| signer.with).collect();
    assert_eq!(keys, [key("/home/user/keys/theirs"), key("/project/keys/ours")]);
}

#[test]
fn a_sink_can_be_read_only() {
    let sink = |says: &str| format!("[[sink]]\nname = \"hub\"\nurl = \"oci:dist\"\n{says}\n");
    let is_read_only = |says: &str| read(&sink(says)).unwrap().sinks[0].spec.read_only;
    assert!(is_read_only("read_only = true") && !is_read_only(""));
    let wrong = problems(&sink("read_only = \"yes\""));
    assert_eq!(
        wrong,
        "castoff.toml:4: `sink.read_only` must be true or false, but is of type string"
    );
}

#[test]
fn an_image_directory_makes_archives_and_the_image_in_them() {
    let config = read(
        "[[artifact]]\nname = \"app\"\nsinks = [\"shelf\", \"layout\"]\nsign = [\"veea-cosign\"]\n\
         from = { veea = \"app\", signer = \"veea\" }\n\
         [[signer]]\nname = \"veea\"\nkind = \"cms\"\nkey = \"k\"\ncertificate = \"c\"\n\
         [[signer]]\nname = \"veea-cosign\"\nkind = \"cosign\"\nkey = \"k\"\n\
         [[sink]]\nname = \"shelf\"\nurl = \"archive:shelf\"\n\
         [[sink]]\nname = \"layout\"\nurl = \"oci:layout\"\n",
    )
    .unwrap();
    let names: Vec<&str> = config.artifacts.iter().map(|of| of.name.0.as_str()).collect();
    assert_eq!(names, ["app", "app-image"]);
    let [archives, image] = &config.artifacts[..] else { panic!("two artifacts") };
    assert_eq!((archives.kind(), image.kind()), (ArtifactKind::Files, ArtifactKind::Image));
    assert_eq!(archives.sign.as_deref().unwrap().len(), 0, "cosign signs no archives");
    assert_eq!(image.sign.as_deref().unwrap().len(), 1);
    let Origin::Veea(recipe) = &archives.from else { panic!("release archives") };
    assert_eq!(recipe.signer.as_ref().unwrap().name.0, "veea");
}

#[test]
fn what_does_not_go_with_an_image_directory_is_reported() {
    insta::assert_snapshot!(problems(
        r#"
[[artifact]]
name = "app"
from = { veea = "app", signer = "cosign", partner = "33" }

[[artifact]]
name = "app-image"
from = { layout = "x" }

[[artifact]]
name = "other"
from = { veea = "other", signer = "nobody" }

[[signer]]
name = "cosign"
kind = "cosign"
key = "k"
"#
    ));
}
