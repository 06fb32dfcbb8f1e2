//! The line to a run at work.

use castoff::{
    engine::RunLine,
    plan::JobId,
    run::{Command, Stop},
};

const JOBS: [JobId; 1] = [JobId(7)];

#[tokio::test]
async fn a_retry_goes_only_to_the_run_that_it_names() {
    let (line, mut asked) = RunLine::open();
    assert!(!line.retry("one", &JOBS));
    line.begin("one");
    // Another run that is opened meanwhile changes nothing.
    line.begin("other");
    assert!(!line.retry("other", &JOBS));
    assert!(line.retry("one", &JOBS));
    assert_eq!(asked.recv().await, Some(Command::Retry(JOBS.to_vec())));
    asked.close();
    assert!(!line.retry("one", &JOBS));
}

#[tokio::test]
async fn a_stop_that_finds_no_room_waits_for_it() {
    let (line, mut asked) = RunLine::open();
    line.begin("one");
    for _ in 0..100 {
        assert!(line.retry("one", &JOBS));
    }
    line.stop(Stop::Cancel);
    let mut heard = Vec::new();
    while heard.last() != Some(&Command::Stop(Stop::Cancel)) {
        heard.push(asked.recv().await.expect("the line is open"));
    }
    assert_eq!(heard.len(), 101);
}
