//! Image directories whose images are built on one that moves.

use super::Directory;
use crate::support::Base;

fn directory(base: &Base) -> Directory {
    let directory = Directory::new();
    let dockerfile =
        format!("FROM {}\nENTRYPOINT [\"/busybox\", \"uname\", \"-m\"]\n", base.name());
    directory.castoff.write("vh_dbus/Dockerfile", dockerfile);
    directory
}

#[test]
fn a_base_that_moved_has_an_image_directory_built_again_and_a_resume_builds_on_the_old_one() {
    let base = Base::start();
    let directory = directory(&base);
    base.expect_followed(&directory.castoff, "archives");
}

#[test]
fn a_release_of_an_image_directory_looks_whether_its_base_moved() {
    let base = Base::start();
    let directory = directory(&base);
    base.publish(&directory.castoff, "one");
    let release = || super::skipped(&directory.release(&["--arch", "arm32v7"]));
    release();
    assert_eq!(release(), [true; 7]);
    base.publish(&directory.castoff, "two");
    let moved = release();
    assert!(!moved[1], "the image is compiled again: {moved:?}");
}
