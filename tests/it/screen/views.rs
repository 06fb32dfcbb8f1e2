//! What each screen looks like in its main states.

use castoff::{
    model::{Failure, FailureKind, Side},
    tui::{
        Msg,
        look::{ASCII, BUILT_IN, Depth, Role, Theme},
        model::Sight,
    },
};
use ratatui::style::{Color, Modifier};

use super::{
    Console, all_done, forbidden, job, one_failed, past, release_plan, running, sight, stopped,
};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// A snapshot at each size.
pub(super) fn looks(name: &str, prepare: impl Fn(&mut Console)) {
    for size in SIZES {
        let mut console = Console::new().sized(size);
        prepare(&mut console);
        insta::assert_snapshot!(format!("{name}_{}", size.0), console.text());
    }
}

fn see(console: &mut Console) {
    console.see(sight());
}

#[test]
fn launch_says_that_it_is_looking() {
    looks("launch_looking", |_| {});
}

#[test]
fn launch_shows_the_plan_beside_the_marks() {
    looks("launch", see);
}

#[test]
fn launch_shows_what_is_refused_and_the_way_out() {
    looks("launch_refused", |console| {
        let mut refused = sight();
        refused.refusals = vec![forbidden()];
        refused.outlooks[1].tags[0].refused = true;
        console.see(refused);
    });
}

#[test]
fn launch_says_that_nothing_is_marked() {
    looks("launch_unmarked", |console| {
        see(console);
        console.press("a");
    });
}

#[test]
fn launch_asks_once() {
    looks("launch_question", |console| {
        see(console);
        console.press("enter");
    });
}

#[test]
fn run_says_that_there_is_none() {
    looks("run_none", |console| {
        console.press("2");
    });
}

#[test]
fn run_shows_what_is_under_way() {
    looks("run_running", |console| {
        console.run(running());
        console.press("l l down");
    });
}

#[test]
fn run_shows_a_failure_in_full() {
    looks("run_failed", |console| {
        console.run(one_failed());
    });
}

#[test]
fn run_shows_a_blocked_cell_with_what_it_waits_for() {
    looks("run_blocked", |console| {
        console.run(one_failed());
        console.press("up l l l l");
    });
}

#[test]
fn run_shows_that_all_is_done() {
    looks("run_done", |console| {
        console.run(all_done());
        console.tell(Msg::Ended);
        console.press("l l l l l l l");
    });
}

#[test]
fn run_shows_the_log_alone() {
    looks("run_log", |console| {
        console.run(one_failed());
        console.press("enter");
        let lines = (1..60).map(|line| format!("line {line} of what it printed")).collect();
        let run = "20261121-101502-ab12".to_owned();
        let attempts = vec![((job("push app linux/amd64 → hub"), 1), lines)];
        console.tell(Msg::Printed { run, attempts });
    });
}

#[test]
fn run_says_that_it_is_stopping_and_leaving_asks() {
    looks("run_question", |console| {
        console.run(stopped());
        console.press("q");
    });
}

#[test]
fn history_says_that_there_is_none() {
    looks("history_none", |console| {
        console.tell(Msg::Past(Vec::new(), Vec::new()));
        console.press("4");
    });
}

#[test]
fn history_shows_runs_of_the_past() {
    looks("history", |console| {
        let damaged = Failure::new(FailureKind::Storage, Side::Local, "line 3 is damaged");
        console.tell(Msg::Past(past(), vec![damaged]));
        console.press("4 down");
    });
}

#[test]
fn a_filter_is_typed_in_the_footer() {
    looks("history_filtered", |console| {
        console.tell(Msg::Past(past(), Vec::new()));
        console.press("4 /");
        console.type_text("failed");
    });
}

#[test]
fn the_palette_offers_what_fits() {
    looks("palette", |console| {
        console.press(":");
        console.type_text("retr");
    });
}

#[test]
fn a_message_says_what_did_not_work() {
    looks("message", |console| {
        let what = "go on".to_owned();
        console.tell(Msg::Failed { what, failures: vec![forbidden()] });
    });
}

#[test]
fn the_help_is_the_table_of_keys() {
    for (name, key) in [("launch", "1"), ("run", "2"), ("browse", "3"), ("history", "4")] {
        looks(&format!("help_{name}"), |console| {
            console.press(&format!("{key} ?"));
        });
    }
}

#[test]
fn a_screen_that_is_too_small_says_so_and_any_size_is_survived() {
    let mut console = Console::new();
    console.run(one_failed());
    for (columns, rows) in
        [(0, 0), (1, 1), (20, 5), (79, 24), (80, 19), (80, 20), (3, 200), (500, 2)]
    {
        console.tell(Msg::Resize(columns, rows));
        for keys in [
            "1 j l enter esc",
            "2 j l enter G esc enter",
            "3 j l h o esc i esc",
            "4 j ? esc : esc / esc",
        ] {
            console.press(keys);
            console.draw();
        }
    }
    console.tell(Msg::Resize(20, 5));
    assert_eq!(console.text(), "castoff needs 80×20\nthis is 20×5\nthe run continues\nq leaves\n");
    console.tell(Msg::Resize(120, 40));
    console.press("2 esc");
    assert!(console.text().contains("1 failed"), "{}", console.text());
}

#[test]
fn wide_characters_take_two_columns() {
    let mut console = Console::new();
    let row = super::PastRow { what: "アプリ🚀→倉庫".repeat(20), ..past().remove(0) };
    console.tell(Msg::Past(vec![row], Vec::new()));
    console.press("4");
    for line in console.text().lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn without_unicode_only_ascii_is_drawn() {
    let mut console = Console::of(Vec::new(), &ASCII);
    console.see(sight());
    for screen in ["1", "2", "3", "4"] {
        console.press(screen);
        assert!(console.text().is_ascii(), "{}", console.text());
    }
    console.run(running());
    let run = "20261121-101502-ab12".to_owned();
    let attempts = vec![((job("prepare app linux/386"), 1), vec!["アプリ → 倉庫".to_owned()])];
    console.tell(Msg::Printed { run, attempts });
    let text = console.text();
    assert!(text.is_ascii() && text.contains("? ? ?  > ? ?"), "{text}");
    console.tell(Msg::Resize(20, 5));
    assert!(console.text().is_ascii(), "{}", console.text());
}

#[test]
fn every_theme_tells_states_apart() {
    for (name, _) in BUILT_IN {
        let theme = Theme::named(name, &[]).unwrap();
        let styles =
            [Role::Good, Role::Bad, Role::Warn, Role::Active].map(|role| theme.style(role));
        for (place, style) in styles.iter().enumerate() {
            assert!(
                styles[place + 1..].iter().all(|other| other != style) || name == "mono",
                "{name}"
            );
        }
        assert_ne!(theme.style(Role::Selected), theme.style(Role::Text), "{name}");
    }
}

#[test]
fn colours_are_reduced_to_what_the_terminal_shows() {
    let theme = Theme::named("dark", &[]).unwrap();
    let bad = |depth| theme.clone().reduced(depth).style(Role::Bad);
    assert!(matches!(bad(Depth::True).fg, Some(Color::Rgb(..))));
    assert!(matches!(bad(Depth::Ansi256).fg, Some(Color::Indexed(_))));
    assert_eq!(bad(Depth::Ansi16).fg, Some(Color::LightRed));
    assert_eq!(bad(Depth::Mono).fg, None);
    assert!(bad(Depth::Mono).add_modifier.contains(Modifier::BOLD));
}

#[test]
fn a_theme_of_the_users_own_overrides_a_part_of_another() {
    let own = |text: &str| vec![("mine".to_owned(), text.to_owned())];
    let text = "base = \"light\"\n[styles]\ngood = { fg = \"blue\", underline = true }";
    let theme = Theme::named("mine", &own(text)).unwrap();
    assert_eq!(theme.style(Role::Good).fg, Some(Color::Blue));
    let light = Theme::named("light", &[]).unwrap();
    assert_eq!(theme.style(Role::Bad), light.style(Role::Bad));
    for (text, wrong) in [
        ("[styles]\ngod = {}", "unknown variant `god`"),
        ("[styles]\ngood = { fg = \"blu\" }", "`blu` is not a colour"),
        ("base = \"mine\"", "its own base"),
        ("base = \"drak\"", "there is no theme named `drak`"),
    ] {
        let error = Theme::named("mine", &own(text)).unwrap_err();
        let shown =
            std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
        assert!(shown.contains(wrong), "{shown}");
    }
}

#[test]
fn a_late_answer_about_another_selection_is_ignored() {
    let mut console = Console::new();
    let asked = console.model.launch().asked;
    console.press("space");
    console.tell(Msg::Seen { asked, sight: Sight { jobs: 99, ..sight() } });
    assert!(console.model.launch().sight.is_none());
}

#[test]
fn a_hundred_thousand_rows_are_filtered_and_scrolled() {
    let row = |place: usize| super::PastRow { id: format!("run-{place:06}"), ..past().remove(0) };
    let mut console = Console::new().sized((120, 40));
    console.tell(Msg::Past((0..100_000).map(row).collect(), Vec::new()));
    console.press("4 G");
    assert!(console.text().contains("run-000000"));
    console.press("g /");
    console.type_text("'077777");
    let text = console.text();
    assert!(text.contains("1 of 100000 runs") && text.contains("run-077777"), "{text}");
}

#[test]
fn a_run_of_the_past_is_shown_as_it_was_live() {
    let mut live = Console::new();
    live.run(one_failed());
    live.tell(Msg::Ended);
    let mut past = Console::new();
    past.tell(Msg::Opened(super::events(one_failed())));
    let body = |console: &Console| {
        let text = console.text();
        text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&live), body(&past));
    assert_eq!(past.model.shown().unwrap().run.plan(), &release_plan());
}
