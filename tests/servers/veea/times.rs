//! `--mtime`: the vendor's rule.

use std::{fs, process::Command};

use super::{Directory, skipped};
use crate::support::run;

#[test]
fn with_mtime_a_step_is_done_again_where_what_it_was_made_of_is_newer() {
    let directory = Directory::new();
    let release = || skipped(&directory.release(&["--arch", "arm32v7", "--mtime"]));
    assert_eq!(release(), [false; 7]);
    assert_eq!(release(), [true; 7]);
    let touch = |name: &str| {
        run(Command::new("touch")
            .arg("-d")
            .arg("1 second")
            .arg(directory.path("vh_dbus").join(name)))
    };
    // The same content, at a later time: by content nothing is to be done.
    touch("Dockerfile");
    assert_eq!(skipped(&directory.release(&["--arch", "arm32v7"])), [true; 7]);
    let steps = release();
    assert_eq!(steps[..4], [false; 4], "{steps:?}");
    assert_eq!(steps[5..], [false; 2], "{steps:?}");
    fs::remove_file(directory.archive("arm32v7")).unwrap();
    directory.release(&["--arch", "arm32v7", "--mtime"]);
    assert!(directory.archive("arm32v7").exists());
}
