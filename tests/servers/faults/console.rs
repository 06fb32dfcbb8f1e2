//! The console in a terminal, before real servers.

use std::sync::Arc;

use castoff::{journal::History, plan::ExpectedTag, run::Run};
use tokio::{sync::Notify, task::block_in_place};

use super::{ARM, Lab, refused};
use crate::support::{Answer, Castoff, Fault, FaultProxy, Rule, Terminal};

const CTRL_C: &str = "\u{3}";
const CTRL_Z: &str = "\u{1a}";
const ENTER: &str = "\r";

pub(super) fn open(castoff: &Castoff) -> Terminal {
    Terminal::start(&castoff.command::<&str>(&[]), (120, 40))
}

/// Launches the release by keys alone.
fn launch(console: &mut Terminal) {
    launch_of(console, 14);
}

/// The same, of a release of so many jobs.
pub(super) fn launch_of(console: &mut Terminal, jobs: usize) {
    console.expect("[✓] shelf");
    console.expect(&format!("{jobs} jobs"));
    console.expect("send ");
    console.press(ENTER);
    console.expect("Release app");
    console.press(ENTER);
}

/// Waits until the run is over: its last job may be done a moment before, and
/// until then the console asks whether to leave it.
pub(super) fn expect_over(console: &Terminal) {
    console.expect_gone(" running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_refused_is_mended_and_retried_by_keys_alone() {
    let (lab, proxy) = refused().await;
    block_in_place(|| {
        let mut console = open(&lab.castoff);
        launch(&mut console);
        console.expect("1 failed");
        lab.expect_no_tag("1.0");
        // The cursor goes there.
        console.expect("DENIED: no arms in here");
        console.expect("403");
        console.expect("hint: the account at");
        proxy.mend();
        console.press("r");
        console.expect("14 of 14 done");
        lab.expect_published("1.0");
        lab.expect_published("latest");
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
        console.expect_restored();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escape_sequence_without_its_end_does_not_hold_back_ctrl_c() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    block_in_place(|| {
        for cut in ["\u{1b}[<", "\u{1b}[200~"] {
            let mut console = open(&lab.castoff);
            console.expect("[✓] shelf");
            console.press(cut);
            console.press(CTRL_C);
            assert_eq!(console.end(), 0);
            console.expect_restored();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn several_runs_follow_each_other_and_are_found_in_the_history() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    block_in_place(|| {
        let mut console = open(&lab.castoff);
        launch(&mut console);
        console.expect("14 of 14 done");
        let first = lab.expect_published("latest");
        console.press("1");
        console.expect("send 0 B");
        lab.content("two");
        console.press("\u{12}");
        console.expect("send about");
        launch(&mut console);
        console.expect("14 of 14 done");
        assert_ne!(lab.expect_published("latest"), first);
        console.press("4");
        console.expect("2 runs");
        // The newer of them is rolled back.
        console.press("u");
        console.expect("moves back:");
        console.expect("app:latest at hub");
        console.press("n");
        console.expect("Enter or y confirms");
        console.press("y");
        console.expect("undoes ");
        console.expect("4 of 4 done");
        assert_eq!(lab.expect_published("latest"), first);
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_would_refuse_is_told_before_the_start() {
    let lab = Lab::new();
    let rule = Rule::on("GET", "/v2/", Fault::Answer(Answer::new(503)));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    block_in_place(|| {
        let mut console = open(&lab.castoff);
        console.expect("refused: sink `hub`");
        console.expect("503");
        console.press(ENTER);
        console.expect("this would be refused");
        proxy.mend();
        console.press("\u{12}");
        console.expect_gone("refused");
        launch(&mut console);
        console.expect("14 of 14 done");
        lab.expect_published("1.0");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_left_is_opened_again_as_it_was_and_goes_on() {
    let (lab, proxy) = refused().await;
    block_in_place(|| {
        let mut console = open(&lab.castoff);
        launch(&mut console);
        console.expect("1 failed");
        expect_over(&console);
        console.expect("DENIED: no arms in here");
        // What the job printed is read a moment later.
        console.expect("sent sha256:");
        let log = log_of(&console);
        console.press("q");
        assert_eq!(console.end(), 0);

        let mut console = open(&lab.castoff);
        console.press("4");
        console.expect("✗ failed");
        console.press(ENTER);
        console.expect("past run");
        console.expect("DENIED: no arms in here");
        console.expect("sent sha256:");
        assert_eq!(log_of(&console), log);
        proxy.mend();
        console.press("R");
        console.expect("14 of 14 done");
        lab.expect_published("1.0");
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}

/// The lines of the log's panel.
fn log_of(console: &Terminal) -> Vec<String> {
    let text = console.text();
    let log = text.lines().skip_while(|line| !line.contains("· → hub"));
    log.skip(1).take_while(|line| line.starts_with('│')).map(str::to_owned).collect()
}

/// A registry that keeps the first manifest waiting: notified when it came,
/// and waiting to be told that it may go.
async fn slow(lab: &Lab) -> (FaultProxy, Arc<Notify>, Arc<Notify>) {
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    let rule = Rule::on("PUT", "/manifests/sha256:", hold).times(1);
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    (proxy, came, go)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_left_while_it_ran_is_opened_with_its_log() {
    let lab = Lab::new();
    let (_proxy, came, go) = slow(&lab).await;
    let mut console = open(&lab.castoff);
    block_in_place(|| launch(&mut console));
    came.notified().await;
    block_in_place(|| {
        console.press("q");
        console.expect("A run is active");
        console.press("c");
        assert_eq!(console.end(), 0);
        go.notify_one();
        let mut console = open(&lab.castoff);
        console.press("4");
        console.expect("■ stopped");
        console.press(ENTER);
        console.expect("past run");
        console.press("/'stopped\rll");
        console.expect("application/vnd.oci.image.layer");
        console.expect("■ stopped");
        console.press("R");
        console.expect("14 of 14 done");
        lab.expect_published("1.0");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_drained_goes_on_from_the_console() {
    let lab = Lab::new();
    let (_proxy, came, go) = slow(&lab).await;
    let mut console = open(&lab.castoff);
    block_in_place(|| launch(&mut console));
    came.notified().await;
    block_in_place(|| {
        console.press(CTRL_C);
        console.expect("stopping");
        go.notify_one();
        console.expect("■ stopped");
        lab.expect_no_tag("1.0");
        console.press("R");
        console.expect("14 of 14 done");
        lab.expect_published("1.0");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_run_by_keys_and_by_batch_has_the_same_plan_and_the_same_end() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    block_in_place(|| {
        let mut console = open(&lab.castoff);
        launch(&mut console);
        console.expect("14 of 14 done");
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
        lab.run(&["--batch"]).expect(0);
        let runs = runs(&lab);
        let [by_keys, by_batch] = &runs[..] else { panic!("two runs, not {}", runs.len()) };
        // But that the console's tags move only from what it had shown.
        let batch = by_batch.plan().clone().bound(|_, _| Some(ExpectedTag::Nothing));
        assert_eq!(*by_keys.plan(), batch);
        for job in by_keys.plan().jobs() {
            assert_eq!(by_keys.made(job.id), by_batch.made(job.id), "{}", job.work);
            assert!(by_keys.is_done(job.id) && by_batch.is_done(job.id), "{}", job.work);
        }
    });
}

/// The runs that the journals tell of.
fn runs(lab: &Lab) -> Vec<Run> {
    let folder = lab.castoff.path("../home/state/castoff/runs");
    let history = History::new(folder);
    let heads = history.heads().unwrap();
    heads.into_iter().map(|head| history.read(&head.run).unwrap()).collect()
}

#[test]
fn the_terminal_is_restored_after_a_panic() {
    let castoff = castoff();
    let mut console = open(&castoff);
    console.expect("jobs");
    console.press(":panic\r");
    assert_ne!(console.end(), 0);
    console.expect_restored();
    console.expect("panicked");
}

#[test]
fn a_console_that_nothing_serves_any_more_ends_and_says_so() {
    let castoff = castoff();
    let mut console = open(&castoff);
    console.expect("jobs");
    console.press(":panic below\r");
    assert_eq!(console.end(), 1);
    console.expect_restored();
    console.expect("castoff resume");
}

#[test]
fn the_terminal_is_restored_after_a_signal() {
    for signal in ["TERM", "HUP"] {
        let castoff = castoff();
        let console = open(&castoff);
        console.expect("jobs");
        console.signal(signal);
        assert_eq!(console.end(), 130);
        console.expect_restored();
    }
}

#[test]
fn the_terminal_is_the_shells_while_castoff_is_suspended() {
    let castoff = castoff();
    let mut console = open(&castoff);
    for suspend in [None, Some("TSTP")] {
        console.expect("[✓] app");
        match suspend {
            None => console.press(CTRL_Z),
            Some(signal) => console.signal(signal),
        }
        console.expect_restored();
        console.expect_stopped();
        console.signal("CONT");
    }
    console.expect("[✓] app");
    console.press("q");
    assert_eq!(console.end(), 0);
    console.expect_restored();
}

#[test]
fn any_size_is_survived() {
    let castoff = castoff();
    let mut console = open(&castoff);
    console.expect("[✓] app");
    for size in [(20, 5), (1, 1), (200, 60), (79, 24), (80, 20)] {
        console.resize(size);
        console.press("\u{c}");
    }
    console.expect("[✓] app");
    console.resize((20, 5));
    console.expect("needs 80×20");
    console.resize((120, 40));
    console.expect("[✓] app");
    console.press("q");
    assert_eq!(console.end(), 0);
}

#[test]
fn without_a_terminal_the_way_out_is_told() {
    let ended = castoff().run::<&str>(&[]).expect(2);
    assert!(ended.stderr.contains("castoff --batch"), "{}", ended.stderr);
    let castoff = castoff();
    let mut command = castoff.command::<&str>(&[]);
    command.env("TERM", "dumb");
    let console = Terminal::start(&command, (80, 24));
    console.expect("castoff --batch");
    assert_eq!(console.end(), 2);
}

#[test]
fn keys_of_the_configuration_count_and_a_clash_names_both() {
    let castoff = castoff();
    let config = std::fs::read_to_string(castoff.path("castoff.toml")).unwrap();
    castoff.configure(&format!("{config}[console.keys]\nquit = \"Q\"\n"));
    let mut console = open(&castoff);
    console.expect("Q quit");
    console.press("Q");
    assert_eq!(console.end(), 0);
    castoff.configure(&format!("{config}[console.keys]\nquit = \"r\"\n"));
    let ended = castoff.run(&["--batch"]).expect(2);
    assert!(ended.stderr.contains("both `retry` and `quit`"), "{}", ended.stderr);
}

/// A project that needs no server.
fn castoff() -> Castoff {
    let castoff = Castoff::new();
    castoff.write(&format!("files/{ARM}/tool"), "tool");
    castoff.configure(
        "[release]\nversion = \"1.0\"\n\
         [[artifact]]\nname = \"app\"\nfrom = { files = \"files\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"dir:out\"\n",
    );
    castoff
}
