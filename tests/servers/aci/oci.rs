//! App Container Images as OCI images that others run, and the other way round.

use std::{fs, path::Path, process::Command};

use serde_json::json;

use super::{Bench, different, listed};
use crate::support::{DockerEngine, DockerRegistry, run};

/// An image on an image on Debian.
fn two_levels(bench: &Bench) {
    bench.debian("debian");
    bench.told(&["build", "debian", "debian.aci"]);
    bench.told(&["import", "debian.aci"]);
    let none = json!(null);
    bench.step("example.com/debian", ("example.com/middle", "middle.aci"), &none, |_, root| {
        fs::remove_file(root.join("etc/issue")).unwrap();
        fs::remove_dir_all(root.join("usr/share/doc")).unwrap();
        fs::write(root.join("etc/level"), "middle").unwrap();
    });
    let app = json!({
        "exec": ["/bin/sh", "-c"], "user": "0", "group": "0",
        "environment": [
            { "name": "GREETING", "value": "hello" },
            { "name": "PATH", "value": "/usr/bin:/bin" },
        ],
    });
    bench.step("example.com/middle", ("example.com/top", "top.aci"), &app, |work, _| {
        bench.0.write("motd", "copied\n");
        bench.told(&["copy", "motd", &format!("{work}:/etc/")]);
        bench.told(&["run", work, "--", "/bin/sh", "-c", "echo top > /etc/level"]);
    });
}

#[test]
fn an_image_of_two_levels_is_pushed_and_runs_in_docker() {
    let registry = DockerRegistry::start();
    let engine = DockerEngine::shared();
    let bench = Bench::new();
    two_levels(&bench);
    let script =
        "cat /etc/level /etc/motd; echo $GREETING; ls /etc/issue /usr/share/doc 2>&1; true";
    for (options, name) in [(&[][..], "layers"), (&["--flatten"], "flat")] {
        let url = format!("docker://{}/{name}:1", registry.address());
        bench.told(&[&["convert", "example.com/top", &url, "--insecure"], options].concat());
        // The engine has no network: it takes the image from an archive.
        let archive = bench.path(&format!("{name}.tar"));
        let source = format!("docker://{}/{name}:1", registry.address());
        let target = format!("docker-archive:{}:{name}:1", archive.display());
        run(Command::new("skopeo").args(["copy", "--src-tls-verify=false", &source, &target]));
        run(engine.docker().arg("load").arg("-i").arg(&archive));
        let told = engine.run(None, &format!("{name}:1"), &[script]);
        assert!(told.starts_with("top\ncopied\nhello\n"), "{told}");
        assert_eq!(told.matches("No such file").count(), 2, "{told}");
    }
    bench.told(&["convert", "example.com/top", "oci:shelf:top:1"]);
    let out = bench.path(&bench.told(&["extract", "example.com/top"]));
    is_as_umoci_has_it(&bench, "shelf:top:1", &out.join("rootfs"));
    // Those that stand on one image share its layers.
    let url = format!("docker://{}/middle:1", registry.address());
    bench.told(&["convert", "example.com/middle", &url, "--insecure"]);
    let layers = |name: &str| {
        let image = format!("docker://{}/{name}:1", registry.address());
        let told = run(Command::new("skopeo").args(["inspect", "--tls-verify=false", &image]));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        told["Layers"].as_array().unwrap().clone()
    };
    assert_eq!(layers("middle")[..], layers("layers")[..2]);
    assert_eq!(layers("flat").len(), 1);
}

#[test]
fn an_image_of_docker_becomes_an_app_container_image() {
    let engine = DockerEngine::shared();
    let bench = Bench::new();
    two_levels(&bench);
    bench.told(&["convert", "example.com/top", "oci:shelf:from:1"]);
    let archive = bench.path("from.tar");
    let target = format!("docker-archive:{}:from:1", archive.display());
    let source = format!("oci:{}:from:1", bench.path("shelf").display());
    run(Command::new("skopeo").args(["copy", &source, &target]));
    run(engine.docker().arg("load").arg("-i").arg(&archive));
    let context = bench.0.write(
        "build/Dockerfile",
        "FROM from:1\nRUN rm /etc/motd; mkdir /made; echo x > /made/x; chmod 751 /made/x\n\
         ENV MORE=more\nEXPOSE 8080\nUSER 7:8\nCMD [\"id -u\"]\n",
    );
    let build = ["build", "-q", "--network", "none", "-t", "aci-made:1"];
    run(engine.docker().args(build).arg(context.parent().unwrap()));
    let saved = bench.path("made.tar");
    run(engine.docker().args(["save", "-o"]).arg(&saved).arg("aci-made:1"));
    let source = format!("docker-archive:{}", saved.display());
    let target = format!("oci:{}:made:1", bench.path("made").display());
    run(Command::new("skopeo").args(["copy", &source, &target]));
    for (options, file) in [(&[][..], "flat.aci"), (&["--layers"], "layers.aci")] {
        let name = format!("example.com/{}", file.trim_end_matches(".aci"));
        let arguments = ["convert", "oci:made:made:1", file, "--name", &name];
        bench.told(&[&arguments[..], options].concat());
        let valid = bench.told(&["validate", file]);
        assert!(valid.contains(&name), "{valid}");
        bench.told(&["import", file]);
        let out = bench.path(&bench.told(&["extract", &name]));
        is_as_umoci_has_it(&bench, "made:made:1", &out.join("rootfs"));
        let manifest = fs::read_to_string(out.join("manifest")).unwrap();
        for part in ["\"user\":\"7\",\"group\":\"8\"", "MORE", "8080", "id -u", "amd64"] {
            assert!(manifest.contains(part), "{part}: {manifest}");
        }
    }
}

/// Fails unless umoci makes the same tree of an image's layers.
fn is_as_umoci_has_it(bench: &Bench, image: &str, root: &Path) {
    let bundle = root.with_file_name("bundle");
    let image = bench.path(image);
    run(Command::new("umoci").args(["unpack", "--image"]).arg(image).arg(&bundle));
    let lines = |root: &Path| {
        // Of folders, not their times: writing changes them. Of the root,
        // nothing says anything.
        let line = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let count = if words.get(1) == Some(&"d") { 4 } else { words.len() };
            words[..count].join(" ")
        };
        let all = listed(root);
        let all = all.lines().filter(|line| !line.starts_with(' ')).map(line);
        all.collect::<Vec<_>>().join("\n")
    };
    let (ours, theirs) = (lines(root), lines(&bundle.join("rootfs")));
    assert!(ours == theirs, "{}", different(&theirs, &ours));
}
