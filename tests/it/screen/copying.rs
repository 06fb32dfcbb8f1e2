//! Copying tags to a sink: what each names there and will name is shown first.

use castoff::{
    model::{
        ArtifactKind, ConfigEntry, Descriptor, Failure, FailureKind, Published, Side, TagName,
        media_type,
    },
    plan::TransferOutlook,
    tui::{Effect, Msg},
};

use super::{
    Console, agreed,
    browse::{at_tags, digest},
    proposal,
    views::looks,
};
use crate::support::plans::sink;

/// What a copy of a tag of `team/app` would do, where the tag there names
/// `before`.
fn outlook(name: &str, before: Option<&str>) -> TransferOutlook {
    let root = Descriptor::new(media_type::INDEX, digest(name), 742);
    TransferOutlook {
        notices: Vec::new(),
        from: Published {
            at: ConfigEntry::given(sink("hub", "docker://registry.example.org/team")),
            kind: ArtifactKind::Image,
            repository: "team/app".parse().unwrap(),
            tag: Some(name.parse().unwrap()),
            root: root.clone(),
        },
        sink: "shelf".into(),
        name: there(name),
        present: 3 << 20,
        to_send: 24 << 20,
        before: before.map(digest),
        after: root.digest,
        before_version: before.map(str::to_owned),
        after_version: Some(name.to_owned()),
        refused: None,
    }
}

fn there(tag: &str) -> TagName {
    let (kind, repository) = (ArtifactKind::Image, "app".parse().unwrap());
    TagName { kind, repository, tag: tag.parse().unwrap() }
}

/// Asks to copy what is marked to the layout.
fn asked(console: &mut Console, outlooks: Vec<TransferOutlook>) {
    let effects = console.press("c down enter");
    let Some(Effect::CopyOutlook { asked, .. }) = effects.last() else { panic!("{effects:?}") };
    console.tell(Msg::Foreseen { asked: *asked, outlook: Ok(proposal(outlooks)) });
}

#[test]
fn a_copy_shows_what_each_tag_names_and_will_name() {
    looks("copy_moves", |console| {
        at_tags(console);
        console.press("a");
        let mut refused = outlook("edge", Some("older"));
        refused.refused = Some("it is immutable");
        let latest = outlook("latest", Some("0.9"));
        let same = TransferOutlook { before: Some(digest("0.9")), ..outlook("0.9", None) };
        let new = ["0.10", "0.10-rc1"].map(|name| outlook(name, None));
        asked(console, new.into_iter().chain([same, refused, latest]).collect());
    });
}

#[test]
fn a_copy_under_a_new_tag_is_agreed_to_with_one_key_once_it_was_shown() {
    for key in ["enter", "y"] {
        let mut console = Console::new();
        at_tags(&mut console);
        let effects = console.press("c down enter");
        let Some(Effect::CopyOutlook { asked, .. }) = effects.last() else { panic!("none") };
        // What was not shown cannot be agreed to.
        assert_eq!(console.press(key), []);
        console.tell(Msg::Foreseen {
            asked: *asked,
            outlook: Ok(proposal(vec![outlook("0.10", None)])),
        });
        assert_eq!(console.press(key), [agreed("copy")]);
        assert!(console.model.is_busy());
    }
}

#[test]
fn a_tag_of_other_content_moves_only_when_its_name_was_typed() {
    let mut console = Console::new();
    at_tags(&mut console);
    asked(&mut console, vec![outlook("0.10", Some("0.9"))]);
    assert_eq!(console.press("y"), []);
    assert_eq!(console.press("enter"), []);
    assert!(console.text().contains("`y` is not `0.10`: nothing was copied"));
    console.type_text("0.10");
    assert_eq!(console.press("enter"), [agreed("copy")]);
}

#[test]
fn another_name_at_the_target_is_looked_at_before_it_is_written() {
    let mut console = Console::new();
    at_tags(&mut console);
    let mut refused = outlook("0.10", Some("0.9"));
    refused.refused = Some("it is immutable");
    asked(&mut console, vec![refused]);
    // It cannot be forced, and can be called otherwise.
    console.type_text("0.10");
    assert_eq!(console.press("enter"), []);
    console.press("tab backspace");
    console.type_text("1-rc1");
    let effects = console.press("enter");
    let [Effect::CopyOutlook { asked, what, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(what[0].name, Some(there("0.11-rc1")));
    let name = there("0.11-rc1");
    let seen = TransferOutlook { name, ..outlook("0.10", None) };
    console.tell(Msg::Foreseen { asked: *asked, outlook: Ok(proposal(vec![seen])) });
    assert_eq!(console.press("enter"), [agreed("copy")]);
}

#[test]
fn a_copy_that_cannot_be_told_is_not_made() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("c down enter");
    let Some(Effect::CopyOutlook { asked, .. }) = effects.last() else { panic!("none") };
    let why = vec![Failure::new(FailureKind::Network, Side::Sink, "no route to the layout")];
    console.tell(Msg::Foreseen { asked: *asked, outlook: Err(why) });
    assert!(console.text().contains("no route to the layout"));
    assert_eq!(console.press("enter"), []);
    console.press("esc");
    assert!(console.model.window().is_none() && !console.model.is_busy());
}
