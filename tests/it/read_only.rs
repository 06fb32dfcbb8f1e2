//! Looking needs nothing to be written, and knows the user's own settings.

use crate::support::project::{Ended, Project};

/// Verbs that only look.
const LOOKS: [&[&str]; 9] = [
    &["ls", "shelf"],
    &["ls", "shelf/app"],
    &["inspect", "shelf/app:1.0"],
    &["inspect", "shelf"],
    &["diff", "shelf/app:1.0", "shelf/app:latest", "--json"],
    &["plan"],
    &["--batch", "--dry-run"],
    &["copy", "shelf/app:1.0", "oci:copy", "--dry-run"],
    &["verify", "shelf/app:1.0", "--key", "release.pub"],
];

#[test]
fn what_only_looks_needs_no_home_and_no_cache() {
    let project = Project::new();
    let mut make = project.command(&["sign", "--generate-key", "release"]);
    assert!(make.env("COSIGN_PASSWORD", "x").output().unwrap().status.success());
    let signer = "[[signer]]\nname = \"release\"\nkind = \"cosign\"\nkey = \"release.key\"\n\
                  passphrase = { command = \"echo x\" }\n";
    project.configure("1.0", signer);
    project.release();
    for arguments in LOOKS {
        let known = project.run(arguments).expect(0);
        let nowhere = |mut command: std::process::Command| {
            for name in ["HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
                command.env(name, "/dev/null/nothing");
            }
            Ended::from(command.output().unwrap()).expect(0)
        };
        let ended = nowhere(project.command(arguments));
        // What was prepared before is not known without a store.
        if !matches!(arguments[0], "plan" | "--batch") {
            assert_eq!(ended.stdout, known.stdout, "{arguments:?}");
        }
        assert_eq!(ended.stderr, "", "{arguments:?}");
        let mut homeless = project.command(arguments);
        for name in ["HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            homeless.env_remove(name);
        }
        Ended::from(homeless.output().unwrap()).expect(0);
    }
}

#[test]
fn the_users_own_settings_count_without_a_castoff_toml() {
    let project = Project::new();
    let shelf = project.path("shelf").display().to_string();
    let key = project.path("release.key").display().to_string();
    project.write_home(
        "config/castoff/config.toml",
        format!(
            "[[sink]]\nname = \"mine\"\nurl = \"oci:{shelf}\"\n[engine]\nattempts = 2\n\
             [[signer]]\nname = \"own\"\nkind = \"cosign\"\nkey = \"{key}\"\n\
             passphrase = {{ command = \"echo x\" }}\n"
        ),
    );
    let mut make = project.command(&["sign", "--generate-key", "release"]);
    assert!(make.env("COSIGN_PASSWORD", "x").output().unwrap().status.success());
    let archives = Project::archives();
    project.run(&["push", "-q", "-t", "app:1.0", &archives, "mine"]).expect(0);
    assert!(project.tag("shelf", "app:1.0").is_some());
    project.run(&["ls", "mine/app"]).expect(0);
    project.run(&["inspect", "mine/app:1.0"]).expect(0);
    project.run(&["sign", "-q", "mine/app:1.0", "--signer", "own"]).expect(0);
    project.run(&["verify", "mine/app:1.0", "--signer", "own"]).expect(0);
    project.run(&["copy", "-q", "mine/app:1.0", "mine/app:1.1"]).expect(0);
    project.run(&["rm", "-q", "mine/app:1.1"]).expect(0);
    // A mistake in it is told, as beside a castoff.toml.
    project.write_home("config/castoff/config.toml", "[engine]\njobs = 0\n");
    project.run(&["ls", "oci:shelf"]).expect(2).says(&["config.toml"]);
}
