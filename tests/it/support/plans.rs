//! Plans to test with.

use std::path::PathBuf;

use castoff::{
    model::{
        ArtifactKind, Origin, Platform, Release, ReleaseArtifact, ReleasePlatform, ReleaseTag,
        SinkSpec,
    },
    plan::{Plan, plan},
};

/// A release of `app` for two platforms to one registry.
pub(crate) fn release() -> Release {
    let platform =
        |text: &str| ReleasePlatform::of_files(text.parse::<Platform>().unwrap(), Vec::new());
    let tag = |text: &str, versioned| ReleaseTag {
        tag: text.parse().unwrap(),
        immutable: false,
        versioned,
    };
    Release {
        root: PathBuf::from("/project"),
        artifacts: vec![ReleaseArtifact {
            name: "app".into(),
            kind: ArtifactKind::Image,
            from: Origin::Archives("/project/docker".into()),
            platforms: vec![platform("linux/amd64"), platform("linux/arm64")],
            stages: Vec::new(),
            shares: None,
            index: None,
            tags: vec![tag("latest", false), tag("1.0", true)],
            sinks: vec![("hub".into(), "app".parse().unwrap())],
            signers: Vec::new(),
            joining: castoff::model::Joining::Whole,
            elsewhere: Vec::new(),
            also: Vec::new(),
            left_out: Vec::new(),
        }],
        sinks: vec![sink("hub", "docker://registry.example.org")],
        signers: Vec::new(),
    }
}

/// A sink as a configuration would have it.
pub(crate) fn sink(name: &str, url: &str) -> SinkSpec {
    SinkSpec::new(name.into(), url.parse().unwrap())
}

/// The plan of [`release`].
pub(crate) fn two_platforms() -> Plan {
    plan(&release(), false).unwrap()
}
