//! Indexes over what several machines have pushed.

use castoff::{
    model::{Descriptor, Joining, Platform, TagName, merged},
    plan::{Plan, TagTarget, Work, plan},
};
use proptest::prelude::*;

use crate::support::plans::release;

const PLATFORMS: [&str; 5] =
    ["linux/amd64", "linux/arm64", "linux/arm64/v8", "linux/arm/v7", "linux/arm"];

fn image(platform: &str, seed: u8) -> Descriptor {
    let platform: Platform = platform.parse().unwrap();
    Descriptor::of("application/vnd.oci.image.manifest.v1+json", &[seed]).on(platform)
}

/// What BuildKit lists about `subject`.
fn about(subject: &Descriptor) -> Descriptor {
    let mut entry = Descriptor::of("application/vnd.oci.image.manifest.v1+json", b"provenance");
    let digest = subject.digest.to_string();
    for (key, value) in [("type", "attestation-manifest"), ("digest", &digest)] {
        entry.annotations.insert(format!("vnd.docker.reference.{key}"), value.to_owned());
    }
    entry
}

/// Images for some platforms, and what is about some of them.
fn entries() -> impl Strategy<Value = Vec<Descriptor>> {
    let one = (0..PLATFORMS.len(), 0..4_u8, any::<bool>());
    prop::collection::vec(one, 0..6).prop_map(|all| {
        all.into_iter()
            .flat_map(|(platform, seed, is_attested)| {
                let image = image(PLATFORMS[platform], seed);
                let about = is_attested.then(|| about(&image));
                [image].into_iter().chain(about).collect::<Vec<_>>()
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn who_joins_again_joins_the_same(own in entries(), others in entries()) {
        let once = merged(&own, &others);
        prop_assert_eq!(&merged(&own, &once), &once);
        prop_assert_eq!(&merged(&[], &once), &once);
        let mut turned = once.clone();
        turned.reverse();
        prop_assert_eq!(&merged(&[], &turned), &once);
    }
}

#[test]
fn ours_replaces_what_was_there_for_the_same_platform() {
    let (ours, theirs) = (image("linux/arm64", 1), image("linux/arm64/v8", 2));
    let other = image("linux/arm/v7", 3);
    let joined = merged(std::slice::from_ref(&ours), &[about(&theirs), theirs, other.clone()]);
    assert_eq!(joined, [other, ours]);
}

#[test]
fn what_is_about_an_image_stays_with_it() {
    let theirs = image("linux/arm64", 1);
    let about = about(&theirs);
    let joined = merged(&[image("linux/s390x", 2)], &[about.clone(), theirs.clone()]);
    assert_eq!(joined, [theirs, image("linux/s390x", 2), about]);
}

/// The plan of a release whose platforms are joined so.
fn joined(joining: Joining, is_ours: bool) -> Plan {
    let mut release = release();
    release.sinks[0].platform_tags = true;
    let artifact = &mut release.artifacts[0];
    artifact.joining = joining;
    if joining == Joining::Merged {
        artifact.elsewhere = vec!["linux/s390x".parse().unwrap()];
    }
    artifact.platforms.truncate(usize::from(is_ours));
    plan(&release, false).unwrap()
}

/// The tags that a plan moves, in order.
fn tags(plan: &Plan) -> Vec<String> {
    let moves = plan.jobs().iter().filter(|job| matches!(job.work, Work::Tag { .. }));
    let name = |name: &TagName| name.tag.to_string();
    moves.flat_map(|job| job.work.moves()).map(|tag| name(&tag.name)).collect()
}

#[test]
fn platforms_that_stay_apart_have_tags_of_their_own_only() {
    assert_eq!(tags(&joined(Joining::Apart, true)), ["latest-amd64", "1.0-amd64"]);
    let merged = tags(&joined(Joining::Merged, true));
    assert_eq!(merged, ["latest-amd64", "1.0-amd64", "1.0", "latest"]);
}

#[test]
fn an_index_of_what_others_pushed_waits_for_the_sink_alone() {
    let plan = joined(Joining::Merged, false);
    let join = plan.jobs().iter().find(|job| matches!(job.work, Work::Join { .. })).unwrap();
    let before = join.after.iter().map(|id| &plan.job(*id).unwrap().work);
    assert!(matches!(before.collect::<Vec<_>>()[..], [Work::Preflight { .. }]));
    assert_eq!(tags(&plan), ["1.0", "latest"]);
    let named = plan.jobs().iter().flat_map(|job| job.work.moves()).map(|tag| &tag.to);
    assert!(named.into_iter().all(|to| *to == TagTarget::Job(join.id)));
}

#[test]
fn a_plan_remembers_how_platforms_are_joined() {
    let plan = joined(Joining::Merged, true);
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("\"joining\":\"merged\""), "{text}");
    assert!(text.contains("\"elsewhere\":[{"), "{text}");
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}
