//! What a filter shows, and what is marked under it.

use castoff::tui::{Msg, model::Overlay};

use super::{Console, browse::at_tags_of, views::looks};

/// Tags as a repository of builds has them: `v29.0.0-build.0000` and so on.
fn builds() -> Vec<String> {
    let mut names: Vec<String> =
        (0..3_000).map(|n| format!("v{}.0.0-build.{n:04}", n / 100)).collect();
    names.extend(["1.2", "v1.2.0", "latest"].map(str::to_owned));
    names
}

fn console() -> Console {
    let mut console = Console::new();
    let names = builds();
    at_tags_of(&mut console, &names.iter().map(String::as_str).collect::<Vec<_>>());
    console
}

#[test]
fn letters_that_are_merely_in_order_do_not_match() {
    let mut console = console();
    console.press("/");
    console.type_text("build.00");
    assert!(console.text().contains("100 of 3003 tags"), "{}", console.text());
    console.press("enter a");
    assert_eq!(console.model.browse().marks.len(), 100);
    assert!(console.text().contains("marked 100 tags with `build.00`"), "{}", console.text());
    console.press("D");
    let Some(Overlay::Remove(removal)) = console.model.window() else { panic!("none") };
    assert_eq!(removal.what.len(), 100);
    let text = console.text();
    assert!(text.contains("These 100 tags are removed") && !text.contains("more"), "{text}");
}

#[test]
fn the_best_match_of_a_filter_comes_first() {
    for (typed, best) in [("1.2", "1.2"), ("v1.2", "v1.2.0"), ("LATEST", ""), ("latest", "latest")]
    {
        let mut console = console();
        console.press("/");
        console.type_text(typed);
        let level = console.model.browse().level();
        let first = level.selected().map(castoff::tui::model::BrowseRow::name).unwrap_or_default();
        assert_eq!(first, best, "{typed}");
    }
}

#[test]
fn all_that_a_fuzzy_filter_took_is_shown() {
    let mut console = console();
    console.press("/");
    console.type_text("~build.00");
    console.press("enter a");
    let marked = console.model.browse().marks.in_order().len();
    assert!(marked > 100, "{marked}");
    let text = console.text();
    assert!(text.contains(&format!("marked {marked} tags")), "{text}");
    assert!(matches!(console.model.window(), Some(Overlay::Message { .. })));
}

#[test]
fn all_that_goes_can_be_seen_before_it_goes() {
    let mut console = console();
    console.press("/");
    console.type_text("build.00");
    console.press("enter a D");
    let asked = console.model.browse().asked;
    console.tell(Msg::Entailed {
        asked,
        entails: Ok(super::proposal(vec!["undone by rollback".into()])),
    });
    let mut seen = String::new();
    for _ in 0..30 {
        seen.push_str(&console.text());
        console.press("pagedown");
    }
    let shown = builds().into_iter().filter(|name| name.contains("build.00"));
    for name in shown {
        assert!(seen.contains(&name), "{name} was never shown");
    }
    assert!(seen.contains("undone by rollback"));
}

#[test]
fn what_matches_is_to_be_seen() {
    looks("browse_matches", |console| {
        super::browse::at_tags(console);
        console.press("/");
        console.type_text("0.1");
    });
}
