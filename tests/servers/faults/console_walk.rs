//! All that the Browse screen does, by keys alone, before a real registry.

use super::{
    Lab,
    console::expect_over,
    console_browse::{ENTER, ESC, browse, published, sink},
    hub, shelf,
};
use crate::support::{Skopeo, Terminal};

/// The registry with two versions, one that cannot be reached, the layout
/// with the same versions, and an empty layout.
fn shop() -> Lab {
    published(|lab| {
        let attic = shelf("attic").replace("\"shelf\"", "\"attic\"");
        let nowhere = sink("nowhere", "127.0.0.1:1");
        vec![hub(lab.registry.address()), nowhere, shelf("shelf"), attic]
    })
}

#[test]
fn what_is_published_is_walked_from_the_sink_to_the_layer_and_back() {
    let lab = shop();
    let mut console = browse(&lab.castoff);
    to_the_tags(&mut console);
    compare(&mut console);
    to_a_layer_and_back(&mut console);
    // Who cannot be reached says so, and the rest stays usable.
    console.press("j\r");
    console.expect("opens a repository by its name");
    console.press("hj\r");
    console.expect("1 repository");
    console.press(ENTER);
    console.expect("3 tags, by version");
    console.press("q");
    assert_eq!(console.end(), 0);
    console.expect_restored();
}

fn to_the_tags(console: &mut Terminal) {
    console.expect("4 sinks");
    console.press(ENTER);
    console.expect("1 repository");
    console.press(ENTER);
    console.expect("3 tags, by version");
    console.expect("linux/arm64");
}

/// Marks the one version, found by a filter, and compares it with the other.
fn compare(console: &mut Terminal) {
    console.press("/0.9\r");
    console.expect("1 of 3 tags");
    console.press(" ");
    console.expect("1 marked");
    console.press(ESC);
    console.expect("] 0.10");
    console.press("gd");
    console.expect("the configuration differs");
    console.press(ENTER);
    console.expect_gone("the configuration differs");
}

fn to_a_layer_and_back(console: &mut Terminal) {
    console.press(ENTER);
    console.expect("2 manifests");
    console.press(ENTER);
    console.expect("configuration");
    console.press("G");
    console.expect("type");
    console.press("y");
    console.expect("copied: sha256:");
    assert!(console.clipboard().starts_with("sha256:"), "{}", console.clipboard());
    console.press("hhhh");
    console.expect("4 sinks");
}

#[test]
fn a_tag_is_copied_to_another_sink_by_keys_alone() {
    let lab = shop();
    let mut console = browse(&lab.castoff);
    to_the_tags(&mut console);
    compare(&mut console);
    // The marked one is meant, and it goes to the last of the sinks.
    console.press("c");
    console.expect("hub/app:0.9");
    console.press("G\r");
    // What will be sent and what the tag will name is told first.
    console.expect("Copy to attic");
    console.expect("hub/app:0.9 → attic/app:0.9");
    console.expect("new → ");
    console.expect("send 198.0 KiB, present 0 B");
    console.expect("Enter or y copies");
    console.press(ENTER);
    console.expect("4 of 4 done");
    expect_over(&console);
    let attic = format!("oci:{}:app:0.9", lab.castoff.path("attic").display());
    assert_eq!(Some(Skopeo::new().copy_all(&attic)), lab.at_hub("0.9"));
    // And it is seen there.
    console.press("3hhG\r");
    console.expect("attic/app");
    console.press(ENTER);
    console.expect("1 tag, by version");
    console.expect("linux/arm64");
    console.press("q");
    assert_eq!(console.end(), 0);
}

/// The tags at the registry, as another tool lists them.
fn tags(lab: &Lab) -> Vec<String> {
    let repository = format!("docker://{}/team/app", lab.registry.address());
    let mut tags = Skopeo::new().tags(&repository);
    tags.sort();
    tags
}

#[test]
fn a_tag_is_deleted_by_keys_alone_once_its_name_was_typed() {
    let lab = shop();
    let twin = lab.at_hub("latest").unwrap();
    assert_eq!(lab.at_hub("0.10").as_ref(), Some(&twin));
    let mut console = browse(&lab.castoff);
    to_the_tags(&mut console);
    console.press("gD");
    console.expect("This tag is removed:");
    console.expect("hub/app:0.10");
    console.expect("other tags of the same content, which stay: latest");
    console.expect("type the tag, 0.10, and Enter");
    console.press("0.9\r");
    console.expect("`0.9` is not `0.10`: nothing was removed");
    assert_eq!(tags(&lab), ["0.10", "0.9", "latest"]);
    console.press("0.10\r");
    console.expect("2 of 2 done");
    expect_over(&console);
    assert_eq!(tags(&lab), ["0.9", "latest"]);
    assert_eq!(lab.at_hub("latest").as_ref(), Some(&twin));
    lab.expect_whole("team/app", "latest", &twin);
    // What the screen knew counts no more.
    console.press("3");
    console.expect("2 tags, by version");
    console.expect_gone("0.10");
    console.press("q");
    assert_eq!(console.end(), 0);
}
