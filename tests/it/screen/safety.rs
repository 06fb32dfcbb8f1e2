//! Nothing from outside reaches the screen as it is.

use std::sync::Arc;

use castoff::{
    batch::Text,
    model::{ArtifactKind, Effort, Failure, FailureKind, Side},
    plan::Outlook,
    run::{Event, EventKind, Observer, Outcome, Run},
    tui::{
        Msg,
        model::{Agreeing, Agreement, BrowseRow, PastRow, Sight, TagContent},
    },
};
use proptest::prelude::*;

use super::{Console, at, browse::answer, job, past, release, running, sight};

/// Whether a terminal might do with a character something else than show it.
fn is_unsafe(c: char) -> bool {
    let reorders = ['\u{61c}', '\u{200e}', '\u{200f}'].contains(&c);
    c.is_control()
        || reorders
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

/// Bytes as a server may send them, with what does harm more often.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        Just("\u{1b}[2J\u{1b}]0;owned\u{7}".to_owned()),
        Just("\u{202e}gpj.exe\u{2066}".to_owned()),
        Just("\r\n\t\u{8}\u{9b}31m".to_owned()),
        Just("アプリ🚀e\u{301}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn failure(text: &str) -> Failure {
    // As a journal of anybody's would have it: nothing was escaped before.
    Failure {
        kind: FailureKind::Server,
        side: Side::Sink,
        causes: vec![text.to_owned(), text.to_owned()],
        hint: Some(text.to_owned().into()),
        retry_after_ms: None,
        undone: false,
        verbatim: false,
        effort: Effort::Once,
        unreached: false,
    }
}

/// Events of a run in which every text is `text`.
fn events(text: &str) -> Vec<Event> {
    let mut release = release();
    for sink in &mut release.sinks {
        sink.name.0 = format!("{}{text}", sink.name.0);
    }
    for artifact in &mut release.artifacts {
        artifact.name.0 = format!("{}{text}", artifact.name.0);
        for (sink, _) in &mut artifact.sinks {
            sink.0 = format!("{}{text}", sink.0);
        }
    }
    let plan = std::sync::Arc::new(castoff::plan::plan(&release, false).unwrap());
    let first = EventKind::RunStarted {
        format: 1,
        run: text.to_owned(),
        plan,
        by: castoff::model::Publisher::default(),
    };
    let push = job("push app linux/amd64 → hub");
    let last = [
        EventKind::AttemptFailed { job: push, failure: failure(text), retry_in_ms: 1 },
        EventKind::AttemptStarted { job: push, attempt: 2 },
        EventKind::Output { job: push, lines: vec![text.to_owned()] },
        EventKind::JobFinished { job: push, outcome: Outcome::Failed { failure: failure(text) } },
    ];
    let kinds = std::iter::once(first).chain(running()).chain(last);
    kinds.map(|event| Event { seq: None, at: at(0), event }).collect()
}

fn assert_safe(console: &Console) -> Result<(), TestCaseError> {
    for cell in &console.draw().content {
        prop_assert!(!cell.symbol().contains(is_unsafe), "{:?}", cell.symbol());
    }
    Ok(())
}

/// All levels of a sink in which every text is `text`.
fn browse_safely(console: &mut Console, text: &str) -> Result<(), TestCaseError> {
    let effects = console.press("3 enter");
    let names = [text.repeat(30), "team/app".to_owned()];
    let rows = names.map(|name| BrowseRow::Repository(ArtifactKind::Image, name));
    answer(console, &effects, rows.to_vec());
    assert_safe(console)?;
    select(console, "team/app");
    console.press("enter");
    let asked = console.model.browse().asked;
    let rows = [text, &text.repeat(30), "1"].map(|name| BrowseRow::Tag(name.to_owned()));
    console.tell(Msg::Page { asked, rows: rows.to_vec() });
    console.tell(Msg::Listed { asked, ended: Err(vec![failure(text)]) });
    press_safely(console, &["g", "y", "Y", "i", "down", "space", "c", "D", "G", "d"])?;
    select(console, "1");
    let (asked, _) = console.model.browse().looking.clone().expect("a tag is looked at");
    console.tell(Msg::Looked { asked, found: Ok(seen(text)) });
    assert_safe(console)?;
    press_safely(console, &["D", "c", "i", "enter", "down", "G", "i", "g", "enter", "i", "G", "y"])
}

/// Selects the row of that name.
fn select(console: &mut Console, name: &str) {
    console.press("g");
    let selected = |console: &Console| console.model.browse().level().selected().unwrap().name();
    for _ in 0..console.model.browse().level().rows.len() {
        if selected(console) != name {
            console.press("down");
        }
    }
    assert_eq!(selected(console), name);
}

/// Presses keys, and closes what each has put over the screen.
fn press_safely(console: &mut Console, keys: &[&str]) -> Result<(), TestCaseError> {
    for key in keys {
        console.press(key);
        assert_safe(console)?;
        while console.model.window().is_some() {
            console.press("esc");
        }
        assert_safe(console)?;
    }
    Ok(())
}

/// What a tag names, in which every text is `text`.
fn seen(text: &str) -> TagContent {
    let mut seen = super::browse::seen("1");
    let mut tree = seen.tree.as_deref().cloned().expect("it names something");
    let says = std::collections::BTreeMap::from([(text.to_owned(), text.to_owned())]);
    tree.annotations.clone_from(&says);
    tree.root.media_type = text.into();
    for branch in &mut tree.manifests {
        branch.annotations.clone_from(&says);
        branch.labels.clone_from(&says);
        branch.created = Some(text.to_owned());
        let platform = branch.manifest.platform.as_mut().expect("it has a platform");
        text.clone_into(&mut platform.os);
        platform.os_version = Some(text.to_owned());
        platform.os_features = vec![text.to_owned()];
        for layer in &mut branch.layers {
            layer.annotations.clone_from(&says);
            layer.media_type = text.into();
        }
        branch.layers[1] = branch.layers[1].clone().titled(text);
    }
    for about in seen.about.iter_mut().flatten().flatten() {
        about.node.artifact_type = Some(text.to_owned());
        about.node.annotations.clone_from(&says);
    }
    seen.tree = Some(Arc::new(tree));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_from_outside_yields_a_control_character_on_the_screen(text in hostile()) {
        let mut console = Console::new().sized((120, 40));
        let outlook = Outlook {
            sink: text.clone(),
            artifact: text.clone(),
            repository: text.clone(),
            ..sight().outlooks.remove(0)
        };
        let refusals = vec![failure(&text)];
        let notices = vec![text.clone()];
        console.see(Sight { refusals, notices, outlooks: vec![outlook], ..sight() });
        assert_safe(&console)?;
        console.press("enter");
        assert_safe(&console)?;
        console.press("esc");
        let row = PastRow { id: text.clone(), what: text.clone(), ..past().remove(0) };
        console.tell(Msg::Past(vec![row], vec![failure(&text)]));
        console.press("4");
        assert_safe(&console)?;
        console.press("u");
        assert_safe(&console)?;
        super::secrets::safely(&mut console, &text, failure(&text));
        for keys in ["5", "enter", "esc", "D"] {
            console.press(keys);
            assert_safe(&console)?;
        }
        console.press("esc :");
        console.tell(Msg::Paste(text.clone()));
        assert_safe(&console)?;
        console.press("esc /");
        console.tell(Msg::Paste(text.clone()));
        assert_safe(&console)?;
        console.press("esc");
        console.tell(Msg::Opened(events(&text)));
        console.press("down l l");
        let push = job("push app linux/amd64 → hub");
        let attempts = vec![((push, 1), vec![text.clone()])];
        console.tell(Msg::Printed { run: text.clone(), attempts });
        assert_safe(&console)?;
        console.press("enter");
        assert_safe(&console)?;
        let (title, lines) = (text.clone(), vec![text.clone()]);
        console.tell(Msg::Told { title, lines });
        assert_safe(&console)?;
        console.tell(Msg::Failed { what: text.clone(), failures: vec![failure(&text)] });
        let changes = super::proposal(vec![text.clone()]);
        console.tell(Msg::Agree(Agreeing::new(text.clone(), Agreement::Remove, changes)));
        // One after another.
        for _ in 0..3 {
            assert_safe(&console)?;
            console.press("esc");
        }
        browse_safely(&mut console, &text)?;
        console.tell(Msg::Needed { asked: 1, what: text.clone(), is_open: false });
        assert_safe(&console)?;
        console.press("esc");
        console.tell(Msg::Noted(text));
        assert_safe(&console)?;
    }

    #[test]
    fn no_text_from_outside_yields_a_control_character_in_text_output(text in hostile()) {
        let events = events(&text);
        let mut printed = Vec::new();
        let mut observer = Text::new(&mut printed, true, false);
        let EventKind::RunStarted { plan, run, .. } = &events[0].event else { unreachable!() };
        let mut run = Run::new(run.clone(), plan.as_ref().clone());
        for event in &events {
            run.apply(event);
            observer.observe(event, &run);
        }
        castoff::batch::show_summary(&run, &mut printed).unwrap();
        castoff::batch::show_failures(&run, false, &mut printed).unwrap();
        let error = castoff::error::Error::from(failure(&text)).to_string();
        for printed in [String::from_utf8(printed).unwrap(), error] {
            for line in printed.lines() {
                prop_assert!(!line.contains(is_unsafe), "{line:?}");
            }
        }
    }
}
