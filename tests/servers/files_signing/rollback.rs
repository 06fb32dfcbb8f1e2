//! What lay beside the files of a tag comes back with it.

use std::{collections::BTreeMap, fs};

use super::sums::Signed;

const NAMES: [&str; 3] = ["SHA256SUMS", "SHA256SUMS.asc", "SHA256SUMS.minisig"];

impl Signed {
    /// What lies beside `latest` at both sinks.
    fn beside(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for file in NAMES {
            let key = format!("df-dist-v1/{name}/latest/{file}");
            if let Ok(bytes) = fs::read(self.gpg.0.castoff.path(&format!("out/{key}"))) {
                found.insert(format!("out/{key}"), bytes);
            }
            if self.garage.keys(&key).first() == Some(&key) {
                found.insert(format!("garage/{key}"), self.garage.object(&key).body);
            }
        }
        found
    }

    /// The newest run's name.
    fn newest_run(&self) -> String {
        let runs = self.gpg.0.run(&["runs"]).expect(0).stdout;
        runs.lines().last().unwrap().split(' ').next().unwrap().to_owned()
    }
}

#[test]
fn sums_and_signatures_of_a_replaced_tag_come_back_and_go_forth_again() {
    let signed = Signed::new("undone");
    let bench = &signed.gpg.0;
    bench.run(&["--batch"]).expect(0);
    let first = signed.beside("undone");
    assert_eq!(first.len(), 6);
    signed.configure("undone", "1.1", "");
    bench.run(&["--batch"]).expect(0);
    let second = signed.beside("undone");
    let is_other = |name: &str| first[name] != second[name];
    assert!(first.keys().filter(|name| name.ends_with("SUMS")).all(|name| is_other(name)));
    bench.run(&["rollback", &signed.newest_run()]).expect(0);
    assert_eq!(signed.beside("undone"), first);
    signed.check("out/df-dist-v1/undone", "latest");
    for place in ["out/undone:latest", "garage/undone:latest"] {
        bench.run(&["verify", place, "--signer", "mini"]).expect(0);
    }
    assert!(signed.garage.keys("df-dist-v1/undone/1.1").is_empty());
    assert!(signed.garage.keys("df-dist-v1/undone/.staged").is_empty());
    // A rollback is a run like any other.
    bench.run(&["rollback", &signed.newest_run()]).expect(0);
    assert_eq!(signed.beside("undone"), second);
    bench.run(&["verify", "garage/undone:1.1", "--signer", "release"]).expect(0);
}

#[test]
fn what_had_no_sums_has_none_again() {
    let signed = Signed::new("bared");
    let bench = &signed.gpg.0;
    signed.configure("bared", "1.0", "sign = []\n");
    bench.run(&["--batch"]).expect(0);
    signed.configure("bared", "1.1", "");
    bench.run(&["--batch"]).expect(0);
    assert_eq!(signed.beside("bared").len(), 6);
    bench.run(&["rollback", &signed.newest_run()]).expect(0);
    assert_eq!(signed.beside("bared"), BTreeMap::new());
}

#[test]
fn sums_that_the_store_has_lost_are_told_before_any_tag_moves() {
    let signed = Signed::new("lost");
    let bench = &signed.gpg.0;
    bench.run(&["--batch"]).expect(0);
    signed.configure("lost", "1.1", "");
    bench.run(&["--batch"]).expect(0);
    let second = signed.beside("lost");
    fs::remove_dir_all(bench.castoff.path("../home/cache/castoff")).unwrap();
    let told = bench.run(&["rollback", &signed.newest_run()]).expect(4).stderr;
    assert!(told.contains("the checksums of `lost:latest` are no longer in the store"), "{told}");
    assert!(told.contains("hint: "), "{told}");
    assert_eq!(signed.beside("lost"), second);
}
