//! What a release of an image directory consists of.

use castoff::{
    model::{
        ArtifactKind, Origin, Platform, Recipe, Release, ReleaseArtifact, ReleasePlatform,
        SharedStep,
    },
    plan::{JobId, Plan, TagTarget, Work, plan},
    veea::{VeeaStep, recipe::VeeaRecipe},
};

use crate::support::plans::{release, sink};

/// The archives of an image directory and the image in them, for two platforms,
/// to a folder and a registry.
pub(crate) fn of_directory() -> Release {
    let usual = release();
    let spec = VeeaRecipe::new("/project/vh_dbus".into());
    let of = |kind| Origin::Recipe(Box::new(Recipe::of(&spec, kind).unwrap().built()));
    let platform =
        |text: &str| ReleasePlatform::of_files(text.parse::<Platform>().unwrap(), Vec::new());
    let artifact = |name: &str, kind, from, at: &str| ReleaseArtifact {
        name: name.into(),
        kind,
        from,
        platforms: vec![platform("linux/arm/v7"), platform("linux/arm64")],
        sinks: vec![(at.into(), "vh_dbus".parse().unwrap())],
        ..usual.artifacts[0].clone()
    };
    let (image, archives) = (of(ArtifactKind::Image), of(ArtifactKind::Files));
    Release {
        artifacts: vec![
            ReleaseArtifact {
                stages: VeeaStep::stages(),
                ..artifact("vh_dbus", ArtifactKind::Files, archives.clone(), "shelf")
            },
            ReleaseArtifact {
                shares: Some(SharedStep { from: archives, stage: VeeaStep::Compile.name() }),
                ..artifact("vh_dbus-image", ArtifactKind::Image, image, "hub")
            },
        ],
        sinks: vec![sink("hub", "docker://registry.example.org"), sink("shelf", "archive:dist")],
        ..usual
    }
}

fn job(plan: &Plan, name: &str) -> JobId {
    let found = plan.jobs().iter().find(|job| job.work.to_string() == name);
    found.unwrap_or_else(|| panic!("no job is called {name}")).id
}

/// What a job waits for, by name.
fn after(plan: &Plan, name: &str) -> Vec<String> {
    let waits = &plan.job(job(plan, name)).unwrap().after;
    waits.iter().map(|id| plan.job(*id).unwrap().work.to_string()).collect()
}

#[test]
fn each_step_waits_for_the_one_before_it_and_pushes_for_the_last() {
    let plan = plan(&of_directory(), false).unwrap();
    for pair in VeeaStep::ALL.windows(2) {
        let name = |stage: VeeaStep| format!("{stage} vh_dbus linux/arm64");
        assert_eq!(after(&plan, &name(pair[1])), [name(pair[0])]);
    }
    let first = after(&plan, "generate vh_dbus linux/arm64");
    assert_eq!(first, ["preflight hub", "preflight shelf"]);
    let push = after(&plan, "push vh_dbus linux/arm64 → shelf");
    assert_eq!(push[0], "release vh_dbus linux/arm64");
}

#[test]
fn the_image_waits_until_it_is_compiled_and_platforms_for_nobody() {
    let plan = plan(&of_directory(), false).unwrap();
    let image = after(&plan, "build vh_dbus-image linux/arm/v7");
    assert_eq!(image.last().unwrap(), "compile vh_dbus linux/arm/v7");
    let jobs = plan.jobs().iter().filter(|job| matches!(job.work, Work::Make { .. }));
    for job in jobs {
        for before in &job.after {
            let before = &plan.job(*before).unwrap().work;
            assert!(before.platform().is_none() || before.platform() == job.work.platform());
        }
    }
}

#[test]
fn tags_name_the_index_of_their_own_artifact() {
    let plan = plan(&of_directory(), false).unwrap();
    for (sink, artifact) in [("hub", "vh_dbus-image"), ("shelf", "vh_dbus")] {
        let tag = plan.job(job(&plan, &format!("tag {sink}"))).unwrap();
        let index = job(&plan, &format!("index {artifact} → {sink}"));
        assert!(tag.work.moves().iter().all(|to| to.to == TagTarget::Job(index)), "{:?}", tag.work);
    }
}

#[test]
fn steps_can_be_cut_short_and_follow_one_another() {
    let plan = plan(&of_directory(), true).unwrap().making().steps_until(&VeeaStep::Save.name());
    let names: Vec<String> = plan.jobs().iter().map(|job| job.work.to_string()).collect();
    assert_eq!(
        names,
        [
            "generate vh_dbus linux/arm/v7",
            "compile vh_dbus linux/arm/v7",
            "save vh_dbus linux/arm/v7",
            "generate vh_dbus linux/arm64",
            "compile vh_dbus linux/arm64",
            "save vh_dbus linux/arm64",
        ]
    );
    assert!(plan.force && plan.jobs()[1..].iter().all(|job| job.after == [JobId(job.id.0 - 1)]));
}
