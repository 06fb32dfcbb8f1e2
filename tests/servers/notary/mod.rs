//! Tags that are signed at a notary server, as notary's and Docker's own
//! clients see them.

mod docker;
mod late;
mod others;
mod refused;
mod rollback;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    faults::{
        images::{Form, Image},
        tars,
    },
    support::{
        Behind, Castoff, DockerRegistry, Ended, NotaryServer, PASSPHRASE, ROOT_PASSPHRASE,
        Terminal, run,
    },
};

/// A project with an image, a registry, and a server that vouches for it.
struct Lab {
    castoff: Castoff,
    registry: DockerRegistry,
    server: NotaryServer,
}

impl Lab {
    fn new() -> Self {
        Self::with(NotaryServer::start())
    }

    fn with(server: NotaryServer) -> Self {
        let castoff = Castoff::new()
            .env("CASTOFF_KEYRING", "kernel")
            .env("PASSPHRASE", PASSPHRASE)
            .env("ROOT_PASSPHRASE", ROOT_PASSPHRASE);
        let lab = Self { castoff, registry: DockerRegistry::start(), server };
        lab.content("one");
        lab.configure("1.0", "");
        lab
    }

    /// Makes the image anew.
    fn content(&self, seed: &str) {
        let layer = tars::layer("release", seed);
        let archive = Image::new("linux/amd64", &[layer]).save(Form::Legacy, true);
        self.castoff.write("images/linux.amd64.tar", archive);
    }

    /// Releases `version`, and signs it at the server.
    fn configure(&self, version: &str, more: &str) {
        self.configure_at(version, &self.server.url(), more);
    }

    fn configure_at(&self, version: &str, server: &str, more: &str) {
        let secrets = "passphrase = { env = \"PASSPHRASE\" }\n\
                       root_passphrase = { env = \"ROOT_PASSPHRASE\" }\n";
        self.configure_with(version, &format!("server = \"{server}\"\n{secrets}{more}"));
    }

    /// The same, with nothing but `signer` in the signer's table.
    fn configure_with(&self, version: &str, signer: &str) {
        self.castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\ntags = [\"{{version}}\", \"latest\"]\n\
             [engine]\ndelay = \"10ms\"\nmax_delay = \"40ms\"\nshow_timeout = \"1s\"\n\
             [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"images\" }}\n\
             [[sink]]\nname = \"hub\"\nurl = \"docker://{}/team\"\n\
             [[signer]]\nname = \"tags\"\nkind = \"notary\"\n{signer}",
            self.registry.address()
        ));
    }

    #[track_caller]
    fn release(&self) -> Ended {
        self.castoff.run(&["--batch"]).expect(0)
    }

    /// How often the server is asked for its timestamp before something is
    /// published, and how often it is told something: by a release of `1.1`.
    fn asked_before_a_release(&self) -> (usize, usize) {
        let proxy = Behind::start(&self.server.address(), Vec::new());
        self.content("two");
        self.configure_at("1.1", &format!("http://{}", proxy.address()), "");
        self.release();
        let seen = proxy.seen();
        let before = seen.iter().take_while(|seen| seen.method != "POST");
        let asked = before.filter(|seen| seen.path.ends_with("/timestamp.json")).count();
        (asked, seen.iter().filter(|seen| seen.method == "POST").count())
    }

    fn gun(&self) -> String {
        format!("{}/team/app", self.registry.address())
    }

    /// castoff's own trust folder, which is Docker's.
    fn trust(&self) -> PathBuf {
        self.castoff.path("../home/docker/trust")
    }

    /// Runs notary on a trust folder.
    #[track_caller]
    fn notary(&self, trust: &Path, arguments: &[&str]) -> String {
        run(self.server.client(trust).args(arguments))
    }

    /// What a client that has seen nothing before says that tags mean: name,
    /// digest and role.
    #[track_caller]
    fn listed(&self) -> Vec<[String; 3]> {
        let fresh = tempfile::tempdir().expect("a temporary folder");
        let listed = self.notary(fresh.path(), &["list", &self.gun()]);
        let lines = listed.lines().skip_while(|line| !line.starts_with("---")).skip(1);
        let mut targets: Vec<[String; 3]> = lines
            .filter_map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                Some([*words.first()?, *words.get(1)?, *words.get(3)?].map(str::to_owned))
            })
            .collect();
        targets.sort();
        targets
    }

    /// What a tag names at the registry.
    fn named(&self, tag: &str) -> Option<String> {
        let link = format!("repositories/team/app/_manifests/tags/{tag}/current/link");
        fs::read_to_string(self.registry.storage().join(link)).ok()
    }

    /// The same without its algorithm.
    #[track_caller]
    fn hex(&self, tag: &str) -> String {
        let named = self.named(tag).expect("the tag is there");
        named.strip_prefix("sha256:").expect("SHA-256").to_owned()
    }

    /// Fails unless the tags mean what they name, and nothing else is signed.
    #[track_caller]
    fn expect_signed(&self, tags: &[&str], role: &str) {
        let expected: Vec<[String; 3]> =
            tags.iter().map(|tag| [(*tag).to_owned(), self.hex(tag), role.to_owned()]).collect();
        assert_eq!(self.listed(), expected);
    }
}

/// A digest of nothing in particular.
const OTHER: &str = "1234567812345678123456781234567812345678123456781234567812345678";

#[test]
fn a_release_makes_its_repository_and_notary_lists_its_tags() {
    let lab = Lab::new();
    let ended = lab.release();
    assert!(!ended.stderr.contains("already signed"), "{}", ended.stderr);
    lab.expect_signed(&["1.0", "latest"], "targets");
}

#[test]
fn a_passphrase_is_nowhere_but_where_it_belongs() {
    let lab = Lab::new();
    let ended = lab.castoff.run(&["--batch", "-v", "--log-level", "trace"]).expect(0);
    let home = lab.castoff.path("../home");
    let log = fs::read_to_string(home.join("state/castoff/castoff.log")).unwrap();
    assert!(log.contains("/_trust/tuf/"), "{log}");
    run(std::process::Command::new("grep").arg("-rq").arg("team/app").arg(&home));
    for secret in [PASSPHRASE, ROOT_PASSPHRASE] {
        assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret));
        // The log, the journal, the keys and all else.
        let found = std::process::Command::new("grep").args(["-rlF", secret]).arg(&home).output();
        assert_eq!(String::from_utf8(found.unwrap().stdout).unwrap(), "");
    }
}

#[test]
fn repositories_that_are_made_at_once_have_one_root_key() {
    let lab = Lab::new();
    let others: String = ["two", "three", "four"]
        .map(|name| {
            format!("[[artifact]]\nname = \"{name}\"\nfrom = {{ archives = \"images\" }}\n")
        })
        .concat();
    lab.configure("1.0", &others);
    lab.release();
    let keys = fs::read_dir(lab.trust().join("private")).unwrap();
    let keys = keys.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let (roots, others): (Vec<_>, Vec<_>) = keys.partition(|key| key.contains("role: root"));
    assert_eq!((roots.len(), others.len()), (1, 4));
}

#[test]
fn the_next_release_signs_with_the_same_keys() {
    let lab = Lab::new();
    lab.release();
    let keys = || {
        let keys = fs::read_dir(lab.trust().join("private")).unwrap();
        let mut keys: Vec<_> = keys.map(|entry| entry.unwrap().file_name()).collect();
        keys.sort();
        keys
    };
    let before = keys();
    assert_eq!(before.len(), 2);
    lab.content("two");
    lab.configure("1.1", "");
    lab.release();
    assert_eq!(keys(), before);
    let listed = lab.listed();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[1][..2], ["1.1".to_owned(), lab.hex("1.1")]);
    assert_eq!(listed[2][..2], ["latest".to_owned(), lab.hex("latest")]);
    assert_eq!(lab.hex("latest"), lab.hex("1.1"));
}

#[test]
fn what_is_signed_already_is_not_published_again() {
    let lab = Lab::new();
    lab.release();
    let version = || {
        let targets = lab.trust().join("tuf").join(lab.gun()).join("metadata/targets.json");
        let targets: serde_json::Value =
            serde_json::from_slice(&fs::read(targets).unwrap()).unwrap();
        targets["signed"]["version"].as_u64().unwrap()
    };
    let before = version();
    let ended = lab.release();
    assert_eq!(version(), before);
    assert!(ended.stderr.contains("already signed"), "{}", ended.stderr);
}

#[test]
fn what_is_published_already_is_signed_and_verified() {
    let lab = Lab::new();
    let text = fs::read_to_string(lab.castoff.path("castoff.toml")).unwrap();
    let unsigned = text.replacen("\n[[sink]]", "\nsign = []\n[[sink]]", 1);
    lab.castoff.configure(&unsigned);
    lab.release();
    let verify = |status: i32, reference: &str, more: &[&str]| {
        let arguments = [&["verify", reference][..], more].concat();
        lab.castoff.run(&arguments).expect(status)
    };
    let nobody = verify(6, "hub/app:1.0", &["--signer", "tags"]);
    assert!(nobody.stderr.contains("does not exist at"), "{}", nobody.stderr);
    lab.castoff.run(&["sign", "hub/app:1.0", "--signer", "tags"]).expect(0);
    lab.expect_signed(&["1.0"], "targets");
    for more in [["--signer", "tags"], ["--notary-server", &lab.server.url()]] {
        let verified = verify(0, "hub/app:1.0", &more);
        assert!(verified.stdout.contains(&lab.hex("1.0")), "{}", verified.stdout);
        assert!(verified.stdout.contains("targets"), "{}", verified.stdout);
    }
    let unsigned = verify(6, "hub/app:latest", &["--signer", "tags"]);
    assert!(unsigned.stderr.contains("`latest` is not signed"), "{}", unsigned.stderr);
    // Somebody moved the tag at the registry.
    lab.content("two");
    lab.castoff.configure(&text.replacen("\n[[sink]]", "\nsign = []\n[[sink]]", 1));
    lab.castoff.run(&["--batch"]).expect(0);
    let moved = verify(6, "hub/app:1.0", &["--signer", "tags"]);
    assert!(moved.stderr.contains("is signed"), "{}", moved.stderr);
}

#[test]
fn the_browse_screen_tells_whether_a_tag_is_signed() {
    let lab = Lab::new();
    lab.release();
    let mut console = Terminal::start(&lab.castoff.command::<&str>(&[]), (120, 40));
    console.expect("4 History");
    console.press("3");
    console.expect("1 sink");
    console.press("\r");
    console.expect("1 repository");
    console.press("\r");
    console.expect("signed by tags");
    console.press("q");
    assert_eq!(console.end(), 0);
}

#[test]
fn who_types_a_passphrase_for_a_new_key_types_it_twice() {
    let lab = Lab::new();
    let (server, prompt) = (lab.server.url(), "{ prompt = true }");
    let signer =
        format!("server = \"{server}\"\npassphrase = {prompt}\nroot_passphrase = {prompt}\n");
    lab.configure_with("1.0", &signer);
    let terminal = || Terminal::start(&lab.castoff.command(&["--batch"]), (120, 40));
    let mut wrong = terminal();
    wrong.expect("passphrase for a new key: the root key of tags: ");
    wrong.press("first\r");
    wrong.expect("repeat: passphrase for a new key");
    wrong.press("second\r");
    wrong.expect("the two entries differ");
    assert_eq!(wrong.end(), 4);
    assert_eq!(lab.named("1.0"), None);
    let mut right = terminal();
    for (what, typed) in [("the root key of tags", ROOT_PASSPHRASE), ("tags", PASSPHRASE)] {
        right.expect(&format!("passphrase for a new key: {what}: "));
        right.press(&format!("{typed}\r"));
        right.expect(&format!("repeat: passphrase for a new key: {what}: "));
        right.press(&format!("{typed}\r"));
    }
    assert_eq!(right.end(), 0);
    lab.expect_signed(&["1.0", "latest"], "targets");
}
