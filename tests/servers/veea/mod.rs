//! Release archives of image directories, made by a real engine.

mod alone;
mod archive;
mod chain;
mod login;
mod moved;
mod refused;
mod sinks;
mod times;
mod verified;

use std::{fs, path::PathBuf, process::Command, sync::Arc};

use crate::support::{Castoff, DockerEngine, Ended, busybox, run};

/// A configuration as the vendor's tool writes it.
const CONFIG: &str = "\
app: vh_dbus
app_info:
    description: Talks to the bus
    node_types: [MEN, MN]
    platforms:
        arm32v7: [iesv0.5, iesv2.5]
        arm64v8: [iesv0.9]
    version: 1.0.1
docker:
    build_opts: --network none
    ports:
        publish: []
    secure:
        label:
            uuid: FFFFFFFF-A180-4F25-B6F9-F9439C533890
version: 3
";

const DOCKERFILE: &str = "\
FROM scratch
ARG TARGETARCH
COPY ${TARGETARCH}/busybox /bin/busybox
ENTRYPOINT [\"/bin/busybox\", \"uname\", \"-m\"]
";

/// The name of the partner's certificate, which tells who the partner is.
const CERTIFICATE: &str = "keys/veea-partner-00000033-cert.pem";

/// An image directory in `vh_dbus`, a partner's keys, and an engine.
struct Directory {
    castoff: Castoff,
    engine: Arc<DockerEngine>,
}

impl Directory {
    fn new() -> Self {
        let engine = DockerEngine::shared();
        let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
        let this = Self { castoff, engine };
        busybox::context(&this.path("vh_dbus"));
        this.castoff.write("vh_dbus/config.yaml", CONFIG);
        this.castoff.write("vh_dbus/Dockerfile", DOCKERFILE);
        this.make_keys();
        this.castoff.configure(
            "[[artifact]]\nname = \"vh_dbus\"\n\
             from = { veea = \"vh_dbus\", signer = \"veea\", certificate = \"keys/veea-partner-00000033-cert.pem\" }\n\
             [[signer]]\nname = \"veea\"\nkind = \"cms\"\nkey = \"keys/partner.key\"\n\
             certificate = \"keys/veea-partner-00000033-cert.pem\"\n\
             [[sink]]\nname = \"archives\"\nurl = \"archive:archives\"\n",
        );
        this
    }

    /// A certificate of a partner, from an authority.
    fn make_keys(&self) {
        let at = |name: &str| self.path(&format!("keys/{name}")).display().to_string();
        fs::create_dir_all(self.path("keys")).expect("a folder");
        let openssl = |arguments: &[&str]| run(Command::new("openssl").args(arguments));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch"];
        let mut authority = vec!["req", "-x509", "-days", "30", "-subj", "/CN=Authority"];
        let (ca_key, ca) = (at("ca.key"), at("ca.pem"));
        authority.extend(curve);
        authority.extend(["-keyout", &ca_key, "-out", &ca]);
        openssl(&authority);
        let (key, request) = (at("partner.key"), at("partner.csr"));
        let mut asked = vec!["req", "-subj", "/CN=Partner", "-keyout", &key, "-out", &request];
        asked.extend(curve);
        openssl(&asked);
        let certificate = self.path(CERTIFICATE).display().to_string();
        openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-days",
            "20",
            "-out",
            &certificate,
        ]);
    }

    fn path(&self, below: &str) -> PathBuf {
        self.castoff.path(below)
    }

    fn build(&self, below: &str) -> PathBuf {
        self.path("vh_dbus/build").join(below)
    }

    /// The release archive of an architecture.
    fn archive(&self, arch: &str) -> PathBuf {
        self.build(&format!("auth/{arch}/vh_dbus-{arch}-release-1.0.1.tgz"))
    }

    /// The same project, with another engine or none.
    fn at(self, host: &str) -> Self {
        Self { castoff: self.castoff.env("DOCKER_HOST", host), ..self }
    }

    /// Runs `castoff veea VERB vh_dbus`.
    fn veea(&self, verb: &str, more: &[&str]) -> Ended {
        let mut arguments = vec!["veea", verb, "vh_dbus"];
        arguments.extend(more);
        self.castoff.run(&arguments)
    }

    /// The lines of a release, without the folder's name.
    #[track_caller]
    fn release(&self, more: &[&str]) -> String {
        let ended = self.veea("release", more).expect(0);
        assert_eq!(ended.stderr, "");
        self.plain(&ended.stdout)
    }

    fn plain(&self, text: &str) -> String {
        let folder = self.path("vh_dbus").canonicalize().expect("it is there");
        text.replace(&folder.display().to_string(), "DIR")
    }

    /// Changes a text of the directory.
    fn change(&self, name: &str, from: &str, to: &str) {
        let path = self.path("vh_dbus").join(name);
        let text = fs::read_to_string(&path).expect("it can be read");
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).expect("it can be written");
    }
}

/// Which of the seven steps were skipped, in order.
fn skipped(lines: &str) -> Vec<bool> {
    let marks = [
        ("No need to re-generate Dockerfile....skipping", "Generating: DIR/build/auth/Dockerfile"),
        ("No need to re-compile image..........skipping", "Compiling image: "),
        ("No need to re-save image archive.....skipping", "Saving: "),
        ("No need to re-sign image archive.....skipping", "Signing: "),
        ("No need to re-generate swarm file....skipping", "Generating: DIR/build/swarm.conf"),
        ("No need to re-generate meta-data.....skipping", "Building metadata: "),
        ("No need to re-release signed image...skipping", "Releasing:  "),
    ];
    let mut lines = lines.lines();
    let mut found = Vec::new();
    for (skips, acts) in marks {
        let line = lines.find(|line| *line == skips || line.starts_with(acts));
        found.push(line.unwrap_or_else(|| panic!("no line of `{acts}`")) == skips);
    }
    found
}
