//! Blobs of some size that a sweep takes, and this machine does not have.

use std::fs;

use super::{
    Lab,
    images::{Form, Image},
    noise, shelf, tars,
};
use crate::support::{Castoff, Garage};

/// Above what documents have, and below what is kept for a rollback.
const LARGE: usize = 10_000_000;

#[test]
fn a_blob_of_ten_megabytes_is_swept_and_comes_back_wherever_it_lies() {
    let garage = Garage::shared();
    let lab = Lab::new();
    let lab = Lab { castoff: lab.castoff.with(&garage), ..lab };
    let bucket = format!(
        "[[sink]]\nname = \"garage\"\nurl = \"{}\"\nrepository = \"large-blob\"\n",
        garage.url()
    );
    for (version, size) in [("1.0.0", LARGE), ("1.1.0", 1_000)] {
        let blob = tars::Tar::default().file("blob", noise(version, size));
        let archive = Image::new("linux/amd64", &[blob.finish()]).save(Form::Legacy, true);
        fs::remove_dir_all(lab.castoff.path("images")).unwrap();
        lab.castoff.write("images/linux.amd64.tar", archive);
        lab.configure_sinks(version, &[shelf("shelf"), bucket.clone()], "");
        lab.run(&["--batch"]).expect(0);
    }
    for place in ["shelf/app", "garage/large-blob"] {
        fs::remove_dir_all(lab.castoff.path("../home/cache")).unwrap();
        let digest = |tag: &str| {
            let told = lab.run(&["inspect", &format!("{place}:{tag}"), "--json"]).expect(0).stdout;
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            told["root"]["digest"].as_str().unwrap().to_owned()
        };
        let before = digest("1.0.0");
        let told = lab.run(&["gc", place, "--keep", "1", "--grace", "0s"]).expect(0).stderr;
        assert!(!told.contains("cannot restore"), "{told}");
        lab.run(&["inspect", &format!("{place}:1.0.0")]).expect(4);
        lab.run(&["rollback", &lab.newest_run()]).expect(0);
        assert_eq!(digest("1.0.0"), before);
        // All of it is there again: it goes elsewhere from here.
        fs::remove_dir_all(lab.castoff.path("../home/cache")).unwrap();
        let to = format!("oci:{}:app:back", place.replace('/', "-"));
        lab.run(&["copy", &format!("{place}:1.0.0"), &to]).expect(0);
    }
}

#[test]
fn files_of_ten_megabytes_are_removed_from_a_bucket_and_come_back() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    castoff.write("files/linux/amd64/tool", noise("tool", LARGE));
    let url = garage.url();
    let push = |tag: &str| castoff.run(&["push", "files", &url, "-t", tag]).expect(0);
    push("large-files:1.0");
    castoff.write("files/linux/amd64/tool", "small");
    push("large-files:1.1");
    fs::remove_dir_all(castoff.path("../home/cache")).unwrap();
    let key = "df-dist-v1/large-files/1.0/linux/amd64/tool";
    assert_eq!(garage.keys("df-dist-v1/large-files/1.0/linux").len(), 1);
    let ended = castoff.run(&["rm", &url, "-t", "large-files:1.0"]).expect(0);
    assert!(!garage.keys("df-dist-v1/large-files/").iter().any(|of| of == key));
    let runs = castoff.run(&["runs", "--json"]).expect(0).stdout;
    let run: serde_json::Value = serde_json::from_str(runs.lines().last().unwrap()).unwrap();
    let back = castoff.run(&["rollback", run["run"].as_str().unwrap()]);
    // Either it is there again, or that it would not come back was said before.
    let is_back = back.status == Some(0);
    assert!(is_back || ended.stderr.contains("cannot restore"), "{ended:?}\n{back:?}");
}
