//! Image directories: what they say, and what follows from that.

mod archives;
mod config;
mod dockerfile;
pub(crate) mod plan;
mod swarm;

use std::{fs, path::Path};

use castoff::{
    model::Failure,
    veea::recipe::{self as veea, ImageDirectory, VeeaRecipe},
};
use tempfile::TempDir;

/// A configuration as the vendor's tool writes it.
const CONFIG: &str = "\
app: vh_dbus
app_info:
    description: Talks to the bus
    node_types:
    - MEN
    - MN
    platforms:
        arm32v7:
        - iesv0.5
        - iesv2.5
        arm64v8:
        - iesv0.9
    version: 1.0.1
docker:
    build_opts: ''
    ports:
        publish: []
    secure:
        arg:
            partner_features: []
            licenses: []
        label:
            devices: []
            features: []
            unauth_host: false
            uuid: FFFFFFFF-A180-4F25-B6F9-F9439C533890
            volumes:
                offers: []
                persists: []
                requests: []
version: 3
";

const DOCKERFILE: &str = "ARG ARCH\nFROM scratch\nCOPY hello /hello\nENTRYPOINT [\"/hello\"]\n";

/// An image directory.
struct Directory {
    folder: TempDir,
}

impl Directory {
    fn new(config: &str) -> Self {
        let this = Self { folder: TempDir::new().unwrap() };
        this.write("config.yaml", config);
        this.write("Dockerfile", DOCKERFILE);
        this.write("hello", "hi\n");
        this
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn recipe(&self) -> VeeaRecipe {
        VeeaRecipe { unauth: true, ..VeeaRecipe::new(self.path().to_owned()) }
    }

    /// The same for a partner.
    fn partner(&self) -> VeeaRecipe {
        self.write("keys/veea-partner-00000033-cert.pem", include_str!("../keys/ec.pem"));
        let certificate = self.path().join("keys/veea-partner-00000033-cert.pem");
        VeeaRecipe { unauth: false, certificate: Some(certificate), ..self.recipe() }
    }

    fn read(&self) -> Result<ImageDirectory, Failure> {
        veea::read(&self.recipe())
    }

    fn project(&self) -> ImageDirectory {
        self.read().unwrap()
    }

    /// What is wrong with it, without the folder's name.
    fn wrong(&self) -> String {
        told(&self.read().unwrap_err(), self.path())
    }
}

/// A failure, line by line, without a folder's name.
fn told(failure: &Failure, folder: &Path) -> String {
    let folder = format!("{}/", folder.display());
    failure.causes.join("\n").replace(&folder, "")
}

/// The configuration with another text in place of one.
fn with(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "{from}");
    CONFIG.replacen(from, to, 1)
}
