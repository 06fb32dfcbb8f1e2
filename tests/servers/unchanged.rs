//! What is present is not sent, and each job says so.

use crate::support::{Behind, Castoff, DockerRegistry, Ended, Garage, busybox, copy_folder};

/// A release to each kind of sink, whose requests are noted.
struct Noted {
    castoff: Castoff,
    registry: Behind,
    bucket: Behind,
    /// They end with the test.
    _servers: (DockerRegistry, std::sync::Arc<Garage>),
}

impl Noted {
    fn new(name: &str) -> Self {
        let (garage, registry) = (Garage::shared(), DockerRegistry::start());
        let before_registry = Behind::start(registry.address(), Vec::new());
        let before_bucket = Behind::start(&garage.endpoint(), Vec::new());
        let castoff = Castoff::new().with(&garage);
        copy_folder(&busybox::archives("one"), &castoff.path("docker"));
        copy_folder(&busybox::tree(), &castoff.path("df"));
        castoff.configure(&format!(
            r#"
            [release]
            version = "1"
            [[artifact]]
            name = "{name}"
            from = {{ archives = "docker" }}
            [[artifact]]
            name = "{name}-files"
            from = {{ files = "df" }}
            [[sink]]
            name = "hub"
            url = "docker://{}"
            [[sink]]
            name = "garage"
            url = "{}"
            [[sink]]
            name = "shelf"
            url = "oci:shelf"
            [[sink]]
            name = "files"
            url = "dir:files"
            "#,
            before_registry.address(),
            garage.url().replace(&garage.endpoint(), before_bucket.address()),
        ));
        let servers = (registry, garage);
        Self { castoff, registry: before_registry, bucket: before_bucket, _servers: servers }
    }

    fn release(&self) -> Ended {
        self.registry.forget();
        self.bucket.forget();
        self.castoff.run(&["--batch"]).expect(0)
    }

    /// The bodies of blobs that were sent to the registry and to the bucket.
    fn blobs_sent(&self) -> (usize, usize) {
        let to_registry = ["PUT", "PATCH"]
            .into_iter()
            .flat_map(|method| self.registry.seen_of(method, "/blobs/uploads/"));
        let to_bucket = self.bucket.seen_of("PUT", "/blobs/").into_iter();
        let files = self.bucket.seen_of("PUT", "/.staged/").into_iter();
        (to_registry.filter(|seen| seen.body > 0).count(), to_bucket.chain(files).count())
    }
}

#[test]
fn a_second_run_sends_nothing_and_each_job_says_so() {
    let noted = Noted::new("again-same");
    noted.release();
    // Four programs, four configurations, and a layer that all four share;
    // the bucket gets the four files too.
    assert_eq!(noted.blobs_sent(), (9, 13));
    let again = noted.release();
    assert_eq!(noted.blobs_sent(), (0, 0), "{}", again.stderr);
    assert!(noted.registry.seen_of("PUT", "").is_empty());
    assert!(noted.bucket.seen_of("PUT", "").is_empty());
    let lines = |begin: &str| -> Vec<String> {
        let lines = again.stderr.lines().filter(|line| line.starts_with(begin));
        lines.map(str::to_owned).collect()
    };
    let (prepared, pushed) = (lines("prepare "), [lines("push "), lines("index ")].concat());
    assert_eq!((prepared.len(), pushed.len()), (8, 25), "{}", again.stderr);
    let says = |lines: &[String], what: &str| lines.iter().all(|line| line.contains(what));
    assert!(says(&prepared, "already prepared"), "{prepared:?}");
    // Files have no index of their own at a sink.
    let (files, others): (Vec<_>, Vec<_>) =
        pushed.into_iter().partition(|line| line.starts_with("index again-same-files "));
    assert!(says(&others, "up to date"), "{others:?}");
    assert!(says(&files, "nothing to send"), "{files:?}");
    assert!(again.stderr.contains("sent 0 B"), "{}", again.stderr);
}

#[test]
fn one_changed_layer_sends_one_layer() {
    let noted = Noted::new("again-layer");
    noted.release();
    let changed = busybox::archives("two").join("linux.arm64.tar");
    std::fs::copy(changed, noted.castoff.path("docker/linux.arm64.tar")).unwrap();
    let again = noted.release();
    // The layer, and the configuration that names it.
    assert_eq!(noted.blobs_sent(), (2, 2), "{}", again.stderr);
}
