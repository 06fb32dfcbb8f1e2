//! What a run that failed prints without a screen.

use castoff::{
    batch::{Text, show_failures, show_summary, show_tags},
    run::{Observer, Run},
};

use crate::screen::{events, one_failed, release_plan};

#[test]
fn what_a_failure_blocks_is_one_line_and_the_cause_stands_last() {
    let mut run = Run::new("20261121-101502-ab12".into(), release_plan());
    let mut printed = Vec::new();
    let mut text = Text::new(&mut printed, false, false);
    for event in events(one_failed()) {
        run.apply(&event);
        text.observe(&event, &run);
    }
    drop(text);
    show_summary(&run, &mut printed).unwrap();
    show_failures(&run, false, &mut printed).unwrap();
    show_tags(&run, &mut printed).unwrap();
    insta::assert_snapshot!(String::from_utf8(printed).unwrap());
}
