//! What tags mean comes back with what they name.

use tokio::task::block_in_place;

use super::{Lab, OTHER};
use crate::support::{Answer, Ended, Fault, FaultProxy, Rule, output};

impl Lab {
    /// The newest run's name.
    fn newest_run(&self) -> String {
        let runs = self.castoff.run(&["runs"]).expect(0).stdout;
        runs.lines().last().unwrap().split(' ').next().unwrap().to_owned()
    }

    /// Releases 1.0 and then 1.1, and tells what was signed and named before
    /// and after the second.
    fn twice(&self) -> [Vec<[String; 3]>; 2] {
        self.release();
        let first = self.listed();
        self.content("two");
        self.configure("1.1", "");
        self.release();
        let second = self.listed();
        assert_ne!(first, second);
        [first, second]
    }
}

#[test]
fn what_tags_meant_is_signed_again_and_what_is_new_means_nothing() {
    let lab = Lab::new();
    let [first, second] = lab.twice();
    let before = lab.hex("1.0");
    let told = lab.castoff.run(&["rollback", &lab.newest_run()]).expect(0).stderr;
    assert_eq!(lab.listed(), first);
    lab.expect_signed(&["1.0", "latest"], "targets");
    assert_eq!((lab.hex("latest"), lab.named("1.1")), (before, None), "{told}");
    lab.castoff.run(&["verify", "hub/app:latest", "--signer", "tags"]).expect(0);
    // A rollback is a run like any other.
    lab.castoff.run(&["rollback", &lab.newest_run()]).expect(0);
    assert_eq!(lab.listed(), second);
    lab.expect_signed(&["1.0", "1.1", "latest"], "targets");
}

#[test]
fn a_first_release_is_undone_to_a_name_that_means_nothing() {
    let lab = Lab::new();
    lab.release();
    lab.castoff.run(&["rollback", &lab.newest_run()]).expect(0);
    assert_eq!(lab.listed(), Vec::<[String; 3]>::new());
    assert_eq!(lab.named("latest"), None);
}

#[test]
fn without_its_passphrase_nothing_is_put_back_and_that_is_said() {
    let lab = Lab::new();
    let [_, second] = lab.twice();
    let mut command = lab.castoff.command(&["rollback", &lab.newest_run()]);
    let refused: Ended = output(command.env_remove("PASSPHRASE")).into();
    let told = refused.expect(4).stderr;
    assert!(told.contains("signer `tags`") && told.contains("$PASSPHRASE"), "{told}");
    assert_eq!(lab.listed(), second);
    lab.expect_signed(&["1.0", "1.1", "latest"], "targets");
}

#[test]
fn what_somebody_else_signed_meanwhile_is_not_taken_back() {
    let lab = Lab::new();
    lab.twice();
    let (trust, gun) = (lab.trust(), lab.gun());
    lab.notary(&trust, &["addhash", &gun, "latest", "7", "--sha256", OTHER, "-p"]);
    let signed = lab.listed();
    let told = lab.castoff.run(&["rollback", &lab.newest_run()]).expect(5).stderr;
    assert!(
        told.contains("the meaning of `latest` of") && told.contains("moved meanwhile"),
        "{told}"
    );
    assert_eq!(lab.listed(), signed);
    assert_eq!(lab.hex("latest"), lab.hex("1.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_for_tags_that_never_moved_is_taken_back() {
    let lab = Lab::new();
    let denied = Fault::Answer(Answer::new(403));
    let rule = Rule::on("PUT", "/manifests/1.1", denied);
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    let behind = |version: &str| {
        lab.configure(version, "");
        let config = lab.castoff.path("castoff.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(config, text.replace(lab.registry.address(), proxy.address())).unwrap();
    };
    block_in_place(|| {
        behind("1.0");
        lab.release();
        lab.content("two");
        behind("1.1");
        lab.castoff.run(&["--batch"]).expect(3);
        let verify = ["verify", "hub/app:latest", "--signer", "tags"];
        lab.castoff.run(&verify).expect(6);
        lab.castoff.run(&["rollback", &lab.newest_run()]).expect(0);
        lab.castoff.run(&verify).expect(0);
    });
}
