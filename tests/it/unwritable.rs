//! Places that cannot be written to.

use std::{fs, process::Command};

use crate::support::project::{Ended, Project};

#[test]
fn what_is_removed_where_nothing_can_be_written_is_refused_before_it_begins() {
    let project = Project::new();
    project.write("df/linux/amd64/tool", "a tool");
    let sinks = [("dir", "dir:out"), ("layout", "oci:out/layout"), ("tar", "oci:out/all.tar")];
    fs::create_dir(project.path("out")).unwrap();
    let table = |(name, url)| format!("[[sink]]\nname = \"{name}\"\nurl = \"{url}\"\n");
    project.write("castoff.toml", sinks.map(table).concat());
    for (name, _) in sinks {
        let kind = if name == "dir" { "files" } else { "image" };
        for tag in ["1.0", "1.1"] {
            let at = format!("{name}/tool:{tag}");
            project.run(&["push", "df", &at, "--kind", kind]).expect(0);
        }
        // Not even root writes to a read-only mount.
        let sealed = |verb: &[&str]| -> Ended {
            let castoff = project.command(verb);
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c"]).arg(
                "mount --bind out out && mount -o remount,bind,ro out && cd . && exec \"$0\" \"$@\"",
            );
            command.arg(castoff.get_program()).args(verb).current_dir(project.path(""));
            command.env_clear();
            command.envs(castoff.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command.output().unwrap().into()
        };
        let (tool, tag) = (format!("{name}/tool"), format!("{name}/tool:1.0"));
        for verb in [&["rm", &tag][..], &["gc", &tool, "--keep", "1"]] {
            sealed(verb).expect(4).says(&["Read-only file system", "no tag moved"]);
        }
        let listed = project.run(&["ls", &tool]).expect(0).stdout;
        assert_eq!(listed.lines().count(), 2, "{listed}");
    }
}
