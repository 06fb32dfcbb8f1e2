//! Packages that are built on an image that moves: the tree's hash does not
//! tell, and yet they are built again.

use super::{Lab, file_of};
use crate::support::Base;

fn lab(base: &Base) -> Lab {
    let lab = Lab::new();
    let dockerfile = format!("FROM {}\nCOPY build.yml /\n", base.name());
    lab.castoff.write("pkg/Dockerfile", dockerfile);
    lab.castoff.write(".gitignore", "/castoff.toml\n/out\n");
    lab.commit();
    lab
}

#[test]
fn a_base_that_moved_has_a_package_built_again_and_a_resume_builds_on_the_old_one() {
    let base = Base::start();
    let lab = lab(&base);
    lab.castoff.configure(
        "[[artifact]]\nname = \"pkg\"\nfrom = { linuxkit = \"pkg\" }\n\
         platforms = [\"linux/amd64\"]\n[[sink]]\nname = \"shelf\"\nurl = \"oci:out/shelf\"\n",
    );
    base.expect_followed(&lab.castoff, "out");
}

#[test]
fn a_package_that_is_pushed_by_force_has_what_its_base_is_now() {
    let base = Base::start();
    let lab = lab(&base);
    base.publish(&lab.castoff, "one");
    lab.push("linux/amd64", &[]).expect(0);
    let released = || file_of(&lab.image(&lab.tag()), "amd64", "release");
    assert_eq!(released().as_deref(), Some("one"));
    base.publish(&lab.castoff, "two");
    lab.push("linux/amd64", &["-force"]).expect(0);
    assert_eq!(released().as_deref(), Some("two"));
}
