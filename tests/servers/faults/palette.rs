//! The verbs of the command line in the console's palette.

use tokio::task::block_in_place;

use super::{Lab, console::open};

const ENTER: &str = "\r";

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_shows_what_the_verbs_print() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    block_in_place(|| {
        lab.run(&["--batch"]).expect(0);
        lab.run(&["copy", "hub/app:1.0", "hub/app:1.1"]).expect(0);
        let mut console = open(&lab.castoff);
        console.expect("4 History");
        for (line, shown) in [
            ("ls hub/app --names --json", "{\"tag\":\"1.1\"}"),
            ("inspect hub/app:1.0", "with everything that it refers to"),
            ("diff hub/app:1.0 hub/app:1.1", "both are sha256:"),
            ("rm hub/app:1.0 --dry-run", "other tags of the same content, which stay: "),
            ("gc hub/app --keep 1 --dry-run --json", "\"only_manifests\": true"),
            ("copy hub/app:1.0 shelf --dry-run", "at `hub` → `app:1.0`"),
            ("inspect hub/app:7", "`team/app:7` does not exist"),
        ] {
            console.press(&format!(":{line}{ENTER}"));
            console.expect(shown);
            console.press(ENTER);
            console.expect_gone(shown);
        }
        console.press("q");
        assert_eq!(console.end(), 0);
        console.expect_restored();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_removes_and_puts_back_nothing_that_was_not_shown_and_agreed_to() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    block_in_place(|| {
        lab.run(&["--batch"]).expect(0);
        lab.content("two");
        lab.configure("1.1", lab.registry.address());
        lab.run(&["--batch"]).expect(0);
        let last = lab.newest_run();
        let mut console = open(&lab.castoff);
        console.expect("4 History");
        for (line, shown) in [
            ("rm hub/app:1.0".to_owned(), "app:1.0"),
            ("gc hub/app --keep 1".to_owned(), "1.0"),
            (format!("rollback {last}"), "app:latest at hub"),
        ] {
            console.press(&format!(":{line}{ENTER}"));
            console.expect("Enter or y  ");
            console.expect(shown);
            // A key that was meant for something else agrees to nothing.
            console.press("n");
            console.expect("Enter or y confirms");
            console.press("\u{1b}");
            console.expect("nothing was done");
            assert!(lab.at_hub("1.0").is_some() && lab.at_hub("1.1").is_some(), "{line}");
        }
        console.press(&format!(":rm hub/app:1.0{ENTER}"));
        console.expect("Enter or y  remove");
        console.press(ENTER);
        console.expect("2 of 2 done");
        console.press("q");
        assert_eq!(console.end(), 0);
        assert_eq!(lab.at_hub("1.0"), None);
        let runs = lab.run(&["runs"]).expect(0).stdout;
        assert!(runs.contains("removes team/app:1.0 at hub"), "{runs}");
    });
}
