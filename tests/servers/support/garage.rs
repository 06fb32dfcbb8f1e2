//! A real Garage in a folder of its own, at ports of its own.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command},
    sync::Arc,
};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use castoff::model::Digest;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{
    process::{free_ports, provided, run, terminate, wait_until_ready},
    shared::Shared,
};

/// The only bucket. Garage's web endpoint takes a bucket by the host's name,
/// and this is one that every machine finds.
pub(crate) const BUCKET: &str = "localhost";

static SHARED: Shared<Garage> = Shared::new();

/// A running Garage, which ends with this value.
pub(crate) struct Garage {
    process: Child,
    /// Removed after the process has ended.
    _folder: TempDir,
    s3: u16,
    web: u16,
    key: (String, String),
    runtime: Runtime,
}

/// An object as its readers see it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: Option<String>,
}

impl Garage {
    /// The one that the tests share, each under names of its own.
    pub(crate) fn shared() -> Arc<Self> {
        SHARED.get(Self::start)
    }

    /// One that is all the test's own.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [s3, web, rpc, admin] = free_ports();
        let config = configuration(&folder, [s3, web, rpc, admin]);
        fs::write(folder.path().join("garage.toml"), config).expect("the folder can be written");
        let key = (format!("GK{}", &secret("id")[..24]), secret("key"));
        let log_path = folder.path().join("log");
        let log = File::create(&log_path).expect("the folder can be written");
        let mut process = garage(&folder)
            .args(["server", "--single-node", "--default-bucket"])
            .env("GARAGE_DEFAULT_ACCESS_KEY", &key.0)
            .env("GARAGE_DEFAULT_SECRET_KEY", &key.1)
            .env("GARAGE_DEFAULT_BUCKET", BUCKET)
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .spawn()
            .expect("Garage can be run");
        wait_until_ready(&mut process, &log_path, || {
            let info = garage(&folder).args(["bucket", "info", BUCKET]).output();
            info.is_ok_and(|info| info.status.success())
        });
        run(garage(&folder).args(["bucket", "website", "--allow", BUCKET]));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { process, _folder: folder, s3, web, key, runtime }
    }

    /// The bucket as castoff is told of it.
    pub(crate) fn url(&self) -> String {
        self.url_of(BUCKET)
    }

    /// A bucket, which need not exist.
    pub(crate) fn url_of(&self, bucket: &str) -> String {
        let s3 = self.s3;
        format!("s3://{bucket}?endpoint=http://127.0.0.1:{s3}&region=garage&s3ForcePathStyle=true")
    }

    /// The S3 endpoint, `127.0.0.1:PORT`.
    pub(crate) fn endpoint(&self) -> String {
        format!("127.0.0.1:{}", self.s3)
    }

    /// The bucket as a web site, and so as a registry: `localhost:PORT`.
    pub(crate) fn web(&self) -> String {
        format!("{BUCKET}:{}", self.web)
    }

    /// What AWS's tools read.
    pub(crate) fn credentials(&self) -> [(&'static str, &str); 2] {
        [("AWS_ACCESS_KEY_ID", &self.key.0), ("AWS_SECRET_ACCESS_KEY", &self.key.1)]
    }

    /// All keys that begin with `prefix`, in order.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        self.runtime.block_on(async {
            let pages = self.client().list_objects_v2().bucket(BUCKET).prefix(prefix);
            let mut pages = pages.into_paginator().send();
            let mut keys = Vec::new();
            while let Some(page) = pages.next().await {
                let page = page.expect("the bucket can be listed");
                keys.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
            }
            keys
        })
    }

    /// Puts an object there.
    #[track_caller]
    pub(crate) fn put(&self, key: &str, body: Vec<u8>) {
        let put = self.client().put_object().bucket(BUCKET).key(key).body(body.into());
        self.runtime.block_on(put.send()).expect("the bucket can be written");
    }

    /// Puts other bytes in the place of an object, with all that is noted of it.
    #[track_caller]
    pub(crate) fn forge(&self, key: &str, body: Vec<u8>) {
        let client = self.client();
        let head = client.head_object().bucket(BUCKET).key(key).send();
        let head = self.runtime.block_on(head).expect("it is there");
        let put = client.put_object().bucket(BUCKET).key(key).body(body.into());
        let put = put.set_metadata(head.metadata().cloned()).send();
        self.runtime.block_on(put).expect("the bucket can be written");
    }

    /// An object, which is there.
    #[track_caller]
    pub(crate) fn object(&self, key: &str) -> Object {
        let object = self.runtime.block_on(async {
            let object = self.client().get_object().bucket(BUCKET).key(key).send().await.ok()?;
            let content_type = object.content_type().map(str::to_owned);
            let body = object.body.collect().await.ok()?.to_vec();
            Some(Object { body, content_type })
        });
        object.unwrap_or_else(|| panic!("{key} is not there"))
    }

    /// The body of an object, as text.
    #[track_caller]
    pub(crate) fn text(&self, key: &str) -> String {
        String::from_utf8(self.object(key).body).expect("it is text")
    }

    fn client(&self) -> Client {
        let credentials = Credentials::new(&self.key.0, &self.key.1, None, None, "test");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", self.endpoint()))
            .region(Region::new("garage"))
            .credentials_provider(credentials)
            .force_path_style(true);
        Client::from_conf(config.build())
    }
}

impl Drop for Garage {
    fn drop(&mut self) {
        terminate(&mut self.process);
    }
}

fn garage(folder: &TempDir) -> Command {
    let program: PathBuf = provided("CASTOFF_TEST_GARAGE", "garage-2.5.0/bin/garage");
    let mut command = Command::new(program);
    command.arg("-c").arg(folder.path().join("garage.toml"));
    command
}

fn configuration(folder: &TempDir, [s3, web, rpc, admin]: [u16; 4]) -> String {
    let root = folder.path().display();
    let secret = secret("rpc");
    format!(
        "metadata_dir = \"{root}/meta\"\n\
         data_dir = \"{root}/data\"\n\
         db_engine = \"sqlite\"\n\
         replication_factor = 1\n\
         rpc_bind_addr = \"127.0.0.1:{rpc}\"\n\
         rpc_public_addr = \"127.0.0.1:{rpc}\"\n\
         rpc_secret = \"{secret}\"\n\
         [s3_api]\n\
         s3_region = \"garage\"\n\
         api_bind_addr = \"127.0.0.1:{s3}\"\n\
         root_domain = \".s3.garage.localhost\"\n\
         [s3_web]\n\
         bind_addr = \"127.0.0.1:{web}\"\n\
         root_domain = \".web.garage.localhost\"\n\
         index = \"index.html\"\n\
         [admin]\n\
         api_bind_addr = \"127.0.0.1:{admin}\"\n"
    )
}

/// A secret that guards nothing.
fn secret(of: &str) -> String {
    Digest::of(of.as_bytes()).hex().to_owned()
}
