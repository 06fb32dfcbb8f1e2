//! A run that is taken up where it did not begin, or after the world changed.

use std::{
    fs::{self, File},
    io::Write,
    time::{Duration, SystemTime},
};

use super::{ARM, Lab, denied};
use crate::support::{FaultProxy, Rule};

/// A run of which the registry refused arm64, and which may go on.
async fn unfinished() -> (Lab, FaultProxy, String) {
    let lab = Lab::new();
    let arm = lab.foresee()["push app linux/arm64 → shelf"].clone();
    let rule = Rule::on("PUT", &format!("/manifests/{arm}"), denied("no"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    lab.run(&["--batch"]).expect(3);
    proxy.mend();
    let run = lab.newest_run();
    (lab, proxy, run)
}

/// Gives the sources other dates, as a copy to another machine does.
fn touch(lab: &Lab) {
    for name in ["images/linux.amd64.tar", "images/linux.arm64.tar"] {
        let file = File::options().append(true).open(lab.castoff.path(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_retried_on_a_machine_that_has_the_journal_and_the_artifacts() {
    let (lab, _proxy, run) = unfinished().await;
    // Nothing but the journal of what castoff kept is there.
    fs::remove_dir_all(lab.castoff.path("../home/cache")).unwrap();
    touch(&lab);
    lab.run(&["retry", &run, "--platform", ARM, "--sink", "hub"]).expect(0);
    lab.expect_published("1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changed_since_the_run_began_is_refused() {
    let (lab, proxy, run) = unfinished().await;
    lab.content("two");
    proxy.forget();
    for verb in [&["resume"][..], &["retry", &run]] {
        let ended = lab.run(verb).expect(4);
        let told = &ended.stderr;
        assert!(told.contains("images/linux.arm64.tar has changed since the run began"), "{told}");
        assert!(told.contains("hint: begin a new run"), "{told}");
    }
    assert_eq!(proxy.seen().len(), 0);
    lab.expect_no_tag("1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_gone_is_not_needed_once_it_is_prepared() {
    let (lab, _proxy, _) = unfinished().await;
    fs::remove_dir_all(lab.castoff.path("images")).unwrap();
    lab.run(&["resume"]).expect(0);
    lab.expect_published("1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_named_by_line_and_stays_as_it_is() {
    let (lab, proxy, run) = unfinished().await;
    let journal = lab.journal(&run);
    let text = fs::read_to_string(&journal).unwrap();
    let damaged: String = (0..)
        .zip(text.lines())
        .map(|(place, line)| if place == 2 { "{\"at\":\n".to_owned() } else { format!("{line}\n") })
        .collect();
    fs::write(&journal, &damaged).unwrap();
    proxy.forget();
    for verb in [&["resume", run.as_str()][..], &["retry", &run], &["rollback", &run]] {
        let ended = lab.run(verb).expect(4);
        assert!(ended.stderr.contains(".jsonl:3 is damaged"), "{}", ended.stderr);
    }
    let listed = lab.run(&["runs"]).expect(0);
    assert!(listed.stderr.starts_with("warning: "), "{}", listed.stderr);
    assert!(!listed.stderr.contains("error:"), "{}", listed.stderr);
    assert_eq!(proxy.seen().len(), 0);
    assert_eq!(fs::read_to_string(&journal).unwrap(), damaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_end_of_a_journal_is_no_damage() {
    let (lab, _proxy, run) = unfinished().await;
    let mut journal = File::options().append(true).open(lab.journal(&run)).unwrap();
    journal.write_all(b"{\"seq\":99,\"at\":\"20").unwrap();
    lab.run(&["resume"]).expect(0);
    lab.expect_published("1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_newer_castoff_is_refused() {
    let (lab, _proxy, run) = unfinished().await;
    let journal = lab.journal(&run);
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.replacen("\"format\":2", "\"format\":99", 1)).unwrap();
    let ended = lab.run(&["resume", &run]).expect(4);
    assert!(ended.stderr.contains("by a newer castoff, in format 99"), "{}", ended.stderr);
}
