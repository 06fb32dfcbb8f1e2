//! What was agreed to in the console is what is done: a tag that moved since it
//! was shown moves nothing, and is shown anew.

use std::process::Command;

use tokio::task::block_in_place;

use super::{
    Lab, console,
    console_browse::{ENTER, browse},
};
use crate::support::{Castoff, Terminal, run};

const CTRL_R: &str = "\u{12}";
const MOVED: &str = "moved meanwhile";

/// A project that has published three versions at a registry and a layout.
fn shop() -> Lab {
    let lab = Lab::new();
    for version in ["0.9", "0.11", "0.10"] {
        lab.content(version);
        lab.configure(version, lab.registry.address());
        lab.run(&["--batch"]).expect(0);
    }
    lab
}

/// Another client has a tag of the registry name what another one does.
fn elsewhere(lab: &Lab, from: &str, to: &str) {
    let place = |tag: &str| format!("docker://{}/team/app:{tag}", lab.registry.address());
    run(Command::new("skopeo")
        .args(["copy", "-q", "--all", "--insecure-policy"])
        .args(["--src-tls-verify=false", "--dest-tls-verify=false"])
        .args([place(from), place(to)]));
}

fn short(digest: Option<String>) -> String {
    digest.expect("the tag is there")["sha256:".len()..][..12].to_owned()
}

fn open(lab: &Lab) -> Terminal {
    let console = console::open(&lab.castoff);
    console.expect("4 History");
    console
}

/// Launches what is shown.
fn launch(console: &mut Terminal) {
    console.press(ENTER);
    console.expect("Release app");
    console.press("y");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_moves_no_tag_that_names_something_else_than_its_plan_shows() {
    block_in_place(|| {
        let lab = shop();
        let (ours, theirs, runs) = (lab.at_hub("latest"), lab.at_hub("0.9"), lab.standings().len());
        let mut console = open(&lab);
        console.expect("(unchanged)");
        console.expect("send 0 B");
        elsewhere(&lab, "0.9", "latest");
        launch(&mut console);
        console.expect(MOVED);
        assert_eq!((lab.at_hub("latest"), lab.standings().len()), (theirs.clone(), runs));
        console.press(ENTER);
        console.expect_gone(MOVED);
        // What is there now is shown, and agreed to.
        console.expect(&format!("{} → {}", short(theirs), short(ours.clone())));
        launch(&mut console);
        console.expect("14 of 14 done");
        assert_eq!(lab.at_hub("latest"), ours);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_makes_no_tag_anew_that_was_shown_and_is_gone() {
    block_in_place(|| {
        let lab = shop();
        let mut console = open(&lab);
        console.expect("send 0 B");
        // From another checkout, as it were.
        lab.run(&["rm", "shelf/app:latest"]).expect(0);
        launch(&mut console);
        console.expect(MOVED);
        assert_eq!(lab.at_shelf("latest"), None);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_names_something_else_than_was_shown_is_not_removed() {
    block_in_place(|| {
        let lab = shop();
        let (before, other) = (lab.at_hub("0.9").unwrap(), lab.at_hub("0.10").unwrap());
        let mut console = browse(&lab.castoff);
        console.press(ENTER);
        console.expect("repository");
        console.press(ENTER);
        console.expect("linux/arm64");
        console.press("/'0.9\r");
        console.expect("1 of 4");
        console.press("D");
        console.expect(&before);
        elsewhere(&lab, "0.10", "0.9");
        console.press("0.9\r");
        console.expect(MOVED);
        assert_eq!(lab.at_hub("0.9").as_ref(), Some(&other));
        console.press(ENTER);
        console.expect_gone(MOVED);
        console.expect("type the tag, 0.9, and Enter");
        console.expect(&other);
        console.press("0.9\r");
        console.expect("2 of 2 done");
        assert_eq!((lab.at_hub("0.9"), lab.at_hub("0.10")), (None, Some(other)));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_removes_the_tags_that_it_showed_and_no_others() {
    block_in_place(|| {
        let lab = shop();
        let copy = |version: &str| {
            lab.run(&["copy", "hub/app:0.9", &format!("shelf/app:v{version}")]).expect(0);
        };
        ["1.1", "1.2", "1.3", "1.4"].into_iter().for_each(copy);
        let there = |tags: &[&str]| {
            let there = |tag: &&&str| lab.at_shelf(tag).is_some();
            tags.iter().filter(there).map(|tag| (*tag).to_owned()).collect::<Vec<String>>()
        };
        let mut console = open(&lab);
        console.press(":gc shelf/app --keep 2 --match v*\r");
        console.expect("v1.2");
        console.expect("Enter or y  remove");
        ["1.5", "1.6"].into_iter().for_each(copy);
        console.press("y");
        console.expect("3 of 3 done");
        let all = ["v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6"];
        assert_eq!(there(&all), ["v1.3", "v1.4", "v1.5", "v1.6"]);
        console.press("4");
        console.expect_gone("3 of 3 done");
        // A tag among them that names something else now stays, and so do all.
        console.press(":gc shelf/app --keep 2 --match v*\r");
        console.expect("v1.4");
        console.expect("Enter or y  remove");
        lab.run(&["copy", "hub/app:0.10", "shelf/app:v1.4"]).expect(0);
        console.press("y");
        console.expect(MOVED);
        assert_eq!(there(&all), ["v1.3", "v1.4", "v1.5", "v1.6"]);
        console.press(ENTER);
        console.expect_gone(MOVED);
        console.expect("Enter or y  remove");
        console.expect(&lab.at_shelf("0.10").unwrap());
        console.press("y");
        console.expect("3 of 3 done");
        assert_eq!(there(&all), ["v1.5", "v1.6"]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_copies_and_removes_only_what_it_showed() {
    block_in_place(|| {
        let lab = shop();
        let (old, other) = (lab.at_hub("0.9"), lab.at_hub("0.11"));
        for (line, shown, done) in [
            ("copy hub/app:0.9 hub/app:0.10", "These tags will move", "4 of 4 done"),
            ("rm hub/app:0.10", "removes:", "2 of 2 done"),
        ] {
            let mut console = open(&lab);
            console.press(&format!(":{line}\r"));
            console.expect(shown);
            elsewhere(&lab, "0.11", "0.10");
            console.press("y");
            console.expect(MOVED);
            assert_eq!(lab.at_hub("0.10"), other, "{line}");
            console.press(ENTER);
            console.expect_gone(MOVED);
            console.expect(&short(other.clone()));
            console.expect("Enter or y  ");
            console.press("y");
            console.expect(done);
        }
        assert_eq!((lab.at_hub("0.10"), lab.at_hub("0.9")), (None, old));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_not_asked_for_where_a_tag_moved_since_the_run() {
    block_in_place(|| {
        let lab = shop();
        let run = lab.newest_run();
        let mut console = open(&lab);
        console.press(&format!(":rollback {run}\r"));
        console.expect("moves back:");
        elsewhere(&lab, "0.9", "latest");
        console.press("y");
        console.expect(MOVED);
        console.press(ENTER);
        console.expect_gone(MOVED);
        console.press(&format!(":rollback {run}\r"));
        console.expect(MOVED);
        assert_eq!(lab.at_hub("latest"), lab.at_hub("0.9"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_the_console_says_which_moving_tag_goes_back() {
    block_in_place(|| {
        let lab = shop();
        lab.content("0.8");
        lab.configure("0.8", lab.registry.address());
        let mut console = open(&lab);
        console.expect("`team/app:latest` at hub moves to an older version");
        console.expect("`app:latest` at shelf moves to an older version");
        console.press(ENTER);
        console.expect("moves to an older version: it names 0.10 now");
        console.expect("Release app");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_looked_at_again_is_of_the_configuration_as_it_is_now() {
    block_in_place(|| {
        let lab = Lab::new();
        lab.configure("1.2.0", lab.registry.address());
        let mut console = open(&lab);
        console.expect(":1.2.0");
        lab.configure_sinks(
            "1.3.0",
            &[super::hub(lab.registry.address()), super::shelf("other")],
            "",
        );
        console.press(CTRL_R);
        console.expect(":1.3.0");
        console.expect("oci:other");
        let right = std::fs::read_to_string(lab.castoff.path("castoff.toml")).unwrap();
        lab.castoff.configure(&right.replace("[release]", "[relaese]"));
        console.press(CTRL_R);
        console.expect("refused: ");
        console.expect("relaese");
        console.press(ENTER);
        console.expect("this would be refused");
        lab.castoff.configure(&right);
        console.press(CTRL_R);
        console.expect("send about");
        launch(&mut console);
        console.expect("14 of 14 done");
        assert!(lab.at_hub("1.3.0").is_some() && lab.castoff.path("other").exists());
    });
}

#[test]
fn a_terminal_that_is_too_small_begins_nothing() {
    let castoff = Castoff::new();
    castoff.write("files/linux/amd64/tool", "tool");
    castoff.configure(
        "[release]\nversion = \"1.0\"\n\
         [[artifact]]\nname = \"app\"\nfrom = { files = \"files\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"dir:out\"\n",
    );
    let mut console = console::open(&castoff);
    console.expect("send about");
    console.resize((60, 15));
    console.expect("needs 80×20");
    console.expect("q leaves");
    console.press("1\ryq");
    assert_eq!(console.end(), 0);
    assert!(!castoff.path("out").exists());
    let mut console = console::open(&castoff);
    console.resize((80, 20));
    console.expect("send about");
    launch(&mut console);
    console.expect("6 of 6 done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_removes_no_tag_says_where_it_was() {
    block_in_place(|| {
        let lab = shop();
        lab.run(&["gc", "shelf/app", "--keep", "9"]).expect(0);
        let runs = lab.run(&["runs"]).expect(0).stdout;
        assert!(runs.contains("collects app at shelf"), "{runs}");
    });
}
