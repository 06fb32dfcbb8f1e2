//! The Browse screen: what it shows, what its keys do, and what it asks for.

use std::{collections::BTreeMap, sync::Arc};

use castoff::{
    browse::{AttachedManifest, Branch, PublishedTree},
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, Platform, Side, SignerName, TagName,
        media_type,
    },
    tui::{
        Effect, Msg,
        model::{
            BrowsePath, BrowseRow, LevelReading, Overlay, RepositoryAt, TagAt, TagContent, Vouched,
        },
    },
};

use super::{Console, at, views::looks};

/// What was asked for last: the number of the question.
fn asked(effects: &[Effect]) -> u64 {
    let mut numbers = effects.iter().filter_map(|effect| match effect {
        Effect::List { asked, .. } | Effect::LookAt { asked, .. } => Some(*asked),
        _ => None,
    });
    numbers.next_back().unwrap_or_else(|| panic!("nothing was asked for: {effects:?}"))
}

/// Answers a question for a list.
pub(super) fn answer(
    console: &mut Console,
    effects: &[Effect],
    rows: Vec<BrowseRow>,
) -> Vec<Effect> {
    let asked = asked(effects);
    let mut effects = console.tell(Msg::Page { asked, rows });
    effects.extend(console.tell(Msg::Listed { asked, ended: Ok(()) }));
    effects
}

pub(super) fn tags(names: &[&str]) -> Vec<BrowseRow> {
    names.iter().map(|name| BrowseRow::Tag((*name).to_owned())).collect()
}

fn repositories() -> Vec<BrowseRow> {
    let image = |name: &str| BrowseRow::Repository(ArtifactKind::Image, name.to_owned());
    ["team/app", "team/tools/builder", "team/app-base"].map(image).to_vec()
}

pub(super) fn digest(text: &str) -> castoff::model::Digest {
    Descriptor::of("a/b", text.as_bytes()).digest
}

/// What a tag names: an index of two platforms, with a signature.
pub(super) fn seen(name: &str) -> TagContent {
    let branch = |platform: &str, size: u64| {
        let text = format!("{name} {platform}");
        let blob = |kind: &str, what: &str, size| {
            Descriptor::new(kind, digest(&format!("{text} {what}")), size)
        };
        let mut platform: Platform = platform.parse().unwrap();
        platform.os_version = Some("10.0.1".into());
        Branch {
            manifest: blob(media_type::MANIFEST, "manifest", 1024).on(platform),
            config: blob(media_type::CONFIG, "config", 2048),
            layers: vec![
                blob(media_type::LAYER_GZIP, "layer", size),
                blob(media_type::LAYER_ZSTD, "files", size / 7).titled("bin/tool"),
            ],
            created: Some("2026-11-20T08:00:00Z".into()),
            labels: BTreeMap::from([("org.example.team".into(), "release".into())]),
            annotations: BTreeMap::from([(
                "org.opencontainers.image.revision".into(),
                "8f1c2e".into(),
            )]),
        }
    };
    let root = Descriptor::new(media_type::INDEX, digest(name), 742);
    let tree = PublishedTree {
        odd: Vec::new(),
        root: root.clone(),
        manifests: vec![branch("linux/amd64", 40 << 20), branch("linux/arm64", 38 << 20)],
        annotations: BTreeMap::from([("org.opencontainers.image.version".into(), name.into())]),
    };
    let sig = format!("sha256-{}.sig", root.digest.hex()).parse().unwrap();
    let about = AttachedManifest {
        subject: root.digest,
        tag: Some(sig),
        node: Descriptor::new(media_type::MANIFEST, digest("signature"), 558),
    };
    let of_arm = AttachedManifest {
        subject: tree.manifests[1].manifest.digest.clone(),
        tag: None,
        node: Descriptor {
            artifact_type: Some("application/spdx+json".into()),
            ..Descriptor::new(media_type::MANIFEST, digest("sbom"), 601)
        },
    };
    TagContent {
        tree: Some(Arc::new(tree)),
        date: Some(at(-3600)),
        about: Some(Ok(vec![about, of_arm])),
        vouched: vec![Vouched { by: SignerName("release-key".to_owned()), why_not: None }],
    }
}

/// Answers the question what the selected tag names.
fn look(console: &mut Console, name: &str) {
    let (asked, _) = console.model.browse().looking.clone().expect("a tag is looked at");
    console.tell(Msg::Looked { asked, found: Ok(seen(name)) });
}

fn at_repositories(console: &mut Console) {
    let effects = console.press("3 enter");
    answer(console, &effects, repositories());
}

/// Among the tags of `team/app` at `hub`, the first of which is known.
pub(super) fn at_tags(console: &mut Console) {
    at_repositories(console);
    let effects = console.press("enter");
    let derived = format!("sha256-{}.sig", digest("x").hex());
    let names = ["0.9", "latest", "0.10", &derived, "0.10-rc1", "edge"];
    answer(console, &effects, tags(&names));
    look(console, "0.10");
}

/// Among these tags of `team/app` at `hub`.
pub(super) fn at_tags_of(console: &mut Console, names: &[&str]) {
    at_repositories(console);
    let effects = console.press("enter");
    answer(console, &effects, tags(names));
}

pub(super) fn tag(name: &str) -> TagAt {
    TagAt {
        sink: "hub".into(),
        name: TagName {
            kind: ArtifactKind::Image,
            repository: "team/app".parse().unwrap(),
            tag: name.parse().unwrap(),
        },
    }
}

fn unreachable() -> Failure {
    Failure::new(FailureKind::Network, Side::Sink, "GET https://registry.example.org/v2/_catalog")
        .because("connection refused")
        .hint("check that it runs and can be reached")
}

#[test]
fn browse_shows_the_sinks() {
    looks("browse_sinks", |console| {
        console.press("3");
    });
}

#[test]
fn browse_shows_repositories_as_they_come() {
    looks("browse_reading", |console| {
        console.press("3 enter");
    });
    looks("browse_repositories", at_repositories);
}

#[test]
fn browse_says_why_there_are_no_repositories_and_the_way_out() {
    looks("browse_failed", |console| {
        let effects = console.press("3 enter");
        let ended = Err(vec![unreachable()]);
        console.tell(Msg::Listed { asked: asked(&effects), ended });
    });
}

#[test]
fn browse_shows_tags_by_version_with_what_is_known() {
    looks("browse_tags", |console| {
        at_tags(console);
        console.press("down");
        look(console, "0.10-rc1");
        console.press("down space up space up");
    });
}

#[test]
fn browse_filters_tags() {
    looks("browse_filtered", |console| {
        at_tags(console);
        console.press("/");
        console.type_text("rc");
    });
}

#[test]
fn browse_shows_manifests_and_parts() {
    looks("browse_manifests", |console| {
        at_tags(console);
        console.press("enter");
    });
    looks("browse_parts", |console| {
        at_tags(console);
        console.press("enter down enter down down");
    });
}

#[test]
fn browse_shows_a_difference() {
    looks("browse_diff", |console| {
        at_tags(console);
        let title = "hub/team/app:0.9 → hub/team/app:0.10".to_owned();
        let lines = ["linux/amd64  changed", "  1 layers shared, 3.0 MiB"].map(str::to_owned);
        console.tell(Msg::Told { title, lines: lines.to_vec() });
    });
}

#[test]
fn browse_asks_where_to_copy_to_and_then_once() {
    looks("browse_copy", |console| {
        at_tags(console);
        console.press("space down space c");
    });
    looks("browse_copy_question", |console| {
        at_tags(console);
        console.press("c enter");
    });
}

#[test]
fn browse_shows_what_a_removal_entails_before_it_asks_for_the_name() {
    looks("browse_delete_looking", |console| {
        at_tags(console);
        console.press("D");
    });
    looks("browse_delete", |console| {
        at_tags(console);
        let effects = console.press("D");
        entail(console, &effects);
        console.type_text("0.9");
        console.press("enter");
        console.type_text("0.1");
    });
    looks("browse_delete_several", |console| {
        at_tags(console);
        let effects = console.press("a D");
        entail(console, &effects);
    });
}

fn entail(console: &mut Console, effects: &[Effect]) {
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Consequences { asked, .. } => Some(*asked),
        _ => None,
    });
    let lines = ["`latest` names the same index and stays", "1 signature goes with it"];
    let entails = Ok(super::proposal(lines.map(str::to_owned).to_vec()));
    console.tell(Msg::Entailed { asked: asked.expect("the consequences are asked for"), entails });
}

#[test]
fn browse_says_that_a_sink_is_read_only() {
    looks("browse_read_only", |console| {
        console.press("3 G");
        let effects = console.press("enter");
        answer(console, &effects, repositories());
        let effects = console.press("enter");
        answer(console, &effects, tags(&["0.9"]));
        console.press("D");
    });
}

#[test]
fn browse_opens_a_repository_by_its_name() {
    looks("browse_name", |console| {
        console.press("3 o");
        console.type_text("App");
        console.press("enter");
    });
}

#[test]
fn a_level_is_asked_for_when_it_is_first_shown_and_kept_afterwards() {
    let mut console = Console::new();
    assert_eq!(console.press("3"), []);
    let effects = console.press("enter");
    let place = BrowsePath::Repositories("hub".into());
    assert_eq!(effects, [Effect::List { asked: 1, place, again: false }]);
    answer(&mut console, &effects, repositories());
    assert_eq!(console.press("h enter"), []);
    assert!(console.text().contains("team/tools/builder"));
    assert!(console.text().contains("as of 10:00:00"), "{}", console.text());
    let effects = console.press("ctrl-r");
    assert!(matches!(&effects[..], [Effect::List { again: true, .. }]), "{effects:?}");
    // Until something new comes, what was there is shown.
    assert!(console.text().contains("team/tools/builder"));
    answer(&mut console, &effects, repositories()[..1].to_vec());
    assert!(!console.text().contains("team/tools/builder"));
}

#[test]
fn only_the_selected_tag_is_looked_at() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("down");
    let [Effect::LookAt { asked, tag: of, rested: true }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*of, tag("0.10-rc1"));
    // It moved on: the answer is about something else.
    console.press("down");
    console.tell(Msg::Looked { asked: *asked, found: Ok(seen("0.10-rc1")) });
    assert!(console.model.browse().memory.of(&tag("0.10-rc1")).is_none());
    // What is known is not asked for.
    assert_eq!(console.press("g"), []);
}

#[test]
fn going_back_drops_what_is_still_asked_for() {
    let mut console = Console::new();
    at_repositories(&mut console);
    let effects = console.press("enter");
    let asked = asked(&effects);
    let effects = console.press("h");
    assert_eq!(effects, [Effect::StopListing(asked)]);
    console.tell(Msg::Page { asked, rows: tags(&["9"]) });
    assert!(!console.text().contains("reading"));
    let effects = console.press("enter");
    assert!(matches!(&effects[..], [Effect::List { .. }]), "{effects:?}");
}

#[test]
fn escape_stops_a_list_and_keeps_what_has_come() {
    let mut console = Console::new();
    at_repositories(&mut console);
    let effects = console.press("enter");
    let asked = asked(&effects);
    console.tell(Msg::Page { asked, rows: tags(&["1", "2"]) });
    assert!(console.press("esc").contains(&Effect::StopListing(asked)));
    let level = console.model.browse().level();
    assert_eq!((level.rows.len(), &level.reading), (2, &LevelReading::Stopped));
    console.press("esc");
    assert!(matches!(console.model.browse().level().place, BrowsePath::Repositories(_)));
}

#[test]
fn a_list_goes_on_while_something_of_it_is_looked_at() {
    let mut console = Console::new();
    at_repositories(&mut console);
    let effects = console.press("enter");
    let asked = asked(&effects);
    console.tell(Msg::Page { asked, rows: tags(&["1"]) });
    console.press("enter");
    console.tell(Msg::Page { asked, rows: tags(&["2"]) });
    console.tell(Msg::Listed { asked, ended: Ok(()) });
    console.press("h");
    assert_eq!(console.model.browse().level().rows.len(), 2);
}

#[test]
fn what_did_not_work_leaves_the_rest_usable() {
    let mut console = Console::new();
    let effects = console.press("3 enter");
    console.tell(Msg::Listed { asked: asked(&effects), ended: Err(vec![unreachable()]) });
    assert!(console.text().contains("connection refused"));
    let effects = console.press("esc down enter");
    answer(&mut console, &effects, repositories());
    assert!(console.text().contains("team/app"));
    // Where there is no list, a name can be typed.
    let effects = console.press("esc up enter");
    console.tell(Msg::Listed { asked: asked(&effects), ended: Err(vec![unreachable()]) });
    console.press("enter");
    console.type_text("app");
    let effects = console.press("enter");
    let (sink, repository) = ("hub".into(), "team/app".parse().unwrap());
    let place = BrowsePath::Tags(RepositoryAt { sink, kind: ArtifactKind::Image, repository });
    assert!(
        matches!(&effects[..], [Effect::List { place: of, .. }] if *of == place),
        "{effects:?}"
    );
}

#[test]
fn a_bucket_is_told_whether_a_name_is_of_files() {
    let mut console = Console::new();
    console.press("3 down o");
    console.type_text("files app");
    let effects = console.press("enter");
    let [Effect::List { place: BrowsePath::Tags(at), .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((at.kind, at.repository.as_str()), (ArtifactKind::Files, "app"));
}

#[test]
fn a_tag_is_named_as_commands_take_it() {
    let console = Console::new();
    let named = |sink, name: &str| console.model.browse().name_at(sink, &format!("{name}:1"));
    assert_eq!(named("hub", "team/app"), "hub/app:1");
    assert_eq!(named("hub", "teams/app"), "docker://registry.example.org/teams/app:1");
    assert_eq!(named("shelf", "team/app"), "shelf/team/app:1");
}

#[test]
fn marks_are_kept_by_their_whole_place() {
    let mut console = Console::new();
    at_tags(&mut console);
    console.press("space");
    assert_eq!(console.model.browse().marks.in_order(), [tag("0.10")]);
    let effects = console.press("h G enter");
    answer(&mut console, &effects, tags(&["0.10"]));
    assert!(console.text().contains("[ ] 0.10"), "{}", console.text());
    console.press("space");
    let marked = console.model.browse().marks.in_order();
    let text: Vec<String> = marked.iter().map(|tag| console.model.browse().named(tag)).collect();
    assert_eq!(text, ["hub/app:0.10", "hub/tools/builder:0.10"]);
    let [one, other] = &marked[..] else { panic!("two") };
    let effects = console.press("d");
    assert_eq!(effects, [Effect::Compare(one.clone(), other.clone())]);
    console.press("u");
    assert!(console.model.browse().marks.is_empty());
}

#[test]
fn all_that_the_filter_shows_is_marked_and_no_more() {
    let mut console = Console::new();
    at_tags(&mut console);
    console.press("/");
    console.type_text("0.1");
    console.press("enter a");
    assert_eq!(console.model.browse().marks.in_order(), [tag("0.10"), tag("0.10-rc1")]);
    console.press("a");
    assert!(console.model.browse().marks.is_empty());
}

#[test]
fn a_marked_tag_is_compared_with_the_selected_one() {
    let mut console = Console::new();
    at_tags(&mut console);
    assert_eq!(console.press("d"), []);
    console.press("space");
    assert_eq!(console.press("d"), []);
    console.press("down down");
    assert_eq!(console.press("d"), [Effect::Compare(tag("0.10"), tag("0.9"))]);
    console.press("a");
    assert_eq!(console.press("d"), []);
    assert!(console.text().contains("5 are marked"), "{}", console.text());
}

#[test]
fn tags_are_copied_to_a_sink_that_can_take_them_having_asked_once() {
    let mut console = Console::new();
    at_tags(&mut console);
    console.press("space c");
    let Some(Overlay::Choose(choice)) = console.model.window() else { panic!("no choice") };
    // Not where it is already, and not where nothing may be changed.
    assert_eq!(choice.sinks, ["garage".into(), "shelf".into()]);
    let effects = console.press("down enter");
    let [Effect::CopyOutlook { what, to, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((&what[0].tag, to), (&tag("0.10"), &"shelf".into()));
}

#[test]
fn nothing_is_removed_until_the_name_is_typed() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("D");
    let [Effect::Consequences { what, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*what, [tag("0.10")]);
    // Not before it was shown what goes along.
    console.type_text("0.10");
    assert_eq!(console.press("enter"), []);
    entail(&mut console, &effects);
    console.press("backspace");
    assert_eq!(console.press("enter"), []);
    assert!(console.text().contains("`0.1` is not `0.10`: nothing was removed"));
    console.type_text("0.10");
    assert_eq!(console.press("enter"), [super::agreed("delete")]);
    assert!(console.model.is_busy());
}

#[test]
fn of_several_tags_the_number_is_typed() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("a D");
    entail(&mut console, &effects);
    console.type_text("5");
    assert_eq!(console.press("enter"), [super::agreed("delete")]);
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("D");
    entail(&mut console, &effects);
    assert_eq!(console.press("esc"), []);
    assert!(console.text().contains("nothing was removed"));
}

#[test]
fn nothing_is_changed_at_a_sink_that_is_read_only() {
    let mut console = Console::new();
    let effects = console.press("3 G enter");
    answer(&mut console, &effects, repositories());
    let effects = console.press("enter");
    answer(&mut console, &effects, tags(&["0.9"]));
    assert_eq!(console.press("D"), []);
    assert!(console.model.window().is_none());
    assert!(console.text().contains("`mirror` is read_only"), "{}", console.text());
}

#[test]
fn references_and_digests_go_to_the_clipboard_and_the_footer_says_so() {
    let mut console = Console::new();
    at_tags(&mut console);
    let reference = "docker://registry.example.org/team/app:0.10".to_owned();
    assert_eq!(console.press("y"), [Effect::Clip(reference.clone())]);
    assert!(console.text().contains(&format!("copied: {reference}")));
    assert_eq!(console.press("Y"), [Effect::Clip(digest("0.10").to_string())]);
    console.press("enter");
    let manifest = digest("0.10 linux/amd64 manifest");
    assert_eq!(
        console.press("y"),
        [Effect::Clip(format!("docker://registry.example.org/team/app@{manifest}"))]
    );
    console.press("enter down");
    assert_eq!(console.press("y"), [Effect::Clip(digest("0.10 linux/amd64 layer").to_string())]);
}

#[test]
fn what_goes_to_the_clipboard_runs_nothing_where_it_is_pasted() {
    let mut console = Console::new();
    at_repositories(&mut console);
    let effects = console.press("enter");
    answer(&mut console, &effects, tags(&["x\nrm -rf ~\n"]));
    let effects = console.press("y");
    let [Effect::Clip(text)] = &effects[..] else { panic!("{effects:?}") };
    assert!(!text.contains(char::is_control), "{text:?}");
    // Such a name cannot be asked for, marked or opened either.
    console.press("space enter D");
    assert!(console.model.browse().marks.is_empty() && console.model.window().is_none());
}

#[test]
fn tags_are_sorted_by_version_or_as_they_are_stored() {
    let mut console = Console::new();
    at_tags(&mut console);
    let names = |console: &Console| {
        let level = console.model.browse().level();
        let shown = level.list.shown().iter();
        shown.map(|&row| level.rows[row].name()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&console), "0.10 0.10-rc1 0.9 edge latest");
    console.press("s");
    assert_eq!(names(&console), "0.9 0.10-rc1 0.10 edge latest");
    console.press("s");
    assert_eq!(names(&console), "0.9 latest 0.10 0.10-rc1 edge");
    assert!(console.text().contains("sorted as stored"));
}

#[test]
fn what_a_run_changed_is_read_anew() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.tell(Msg::Ended);
    let is_list = |effect: &Effect| matches!(effect, Effect::List { again: false, .. });
    assert!(effects.iter().any(is_list), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::LookAt { .. })));
}

#[test]
fn a_hundred_thousand_tags_come_page_by_page_and_are_filtered_and_scrolled() {
    let mut console = Console::new().sized((120, 40));
    at_repositories(&mut console);
    let effects = console.press("enter");
    let asked = asked(&effects);
    for page in 0..100 {
        let names = (0..1000).map(|place| format!("1.{}.{place}", (page * 37) % 100));
        console.tell(Msg::Page { asked, rows: names.map(BrowseRow::Tag).collect() });
        assert!(console.text().contains("so far"));
    }
    console.tell(Msg::Listed { asked, ended: Ok(()) });
    let text = console.text();
    assert!(text.contains("100000 tags") && text.contains("1.99.999"), "{text}");
    console.press("G");
    assert!(console.text().contains("1.0.0"));
    console.press("/");
    console.type_text("'1.77.777");
    assert!(console.text().contains("1 of 100000 tags"), "{}", console.text());
}

#[test]
fn going_in_and_out_is_done_with_arrows_and_with_the_mouse_alike() {
    let mut console = Console::new();
    at_tags(&mut console);
    console.press("right right l");
    assert!(matches!(console.model.browse().level().place, BrowsePath::Manifest(..)));
    // There is nothing within a layer.
    console.press("down l");
    assert!(console.model.window().is_none());
    console.press("enter");
    assert!(matches!(console.model.window(), Some(Overlay::Message { .. })));
    console.press("esc left left left left");
    assert_eq!(console.model.browse().level().place, BrowsePath::Sinks);
    console.press("left esc");
    assert_eq!(console.model.browse().level().place, BrowsePath::Sinks);
}
