//! The mouse selects what is drawn under it.

use castoff::tui::{
    Effect, Msg,
    model::{Pane, Screen},
};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Console, one_failed, past, sight};

/// Where a text stands on the screen.
fn find(console: &Console, text: &str) -> (u16, u16) {
    for (row, line) in (0..).zip(console.text().lines()) {
        if let Some(place) = line.find(text) {
            return (u16::try_from(line[..place].chars().count()).unwrap(), row);
        }
    }
    panic!("{text} is not on the screen:\n{}", console.text());
}

fn mouse(console: &mut Console, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    console.tell(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn click(console: &mut Console, text: &str) -> Vec<Effect> {
    let place = find(console, text);
    mouse(console, MouseEventKind::Down(MouseButton::Left), place)
}

#[test]
fn a_click_on_a_tab_shows_its_screen() {
    let mut console = Console::new();
    let effects = click(&mut console, "4 History");
    assert_eq!(console.model.screen(), Screen::History);
    assert_eq!(effects, [Effect::ReadPast]);
    click(&mut console, "2 Run");
    assert_eq!(console.model.screen(), Screen::Run);
}

#[test]
fn a_click_on_a_mark_toggles_it_and_one_on_a_name_selects_it() {
    let mut console = Console::new();
    console.see(sight());
    let (x, y) = find(&console, "] linux/arm64");
    mouse(&mut console, MouseEventKind::Down(MouseButton::Left), (x + 4, y));
    assert_eq!(console.model.launch().pane, Pane::Platforms);
    assert_eq!(console.model.launch().picks[1].list.selected(), Some(3));
    assert_eq!(console.model.launch().picks[1].marked().count(), 4);
    let (x, y) = find(&console, "] linux/amd64");
    let effects = mouse(&mut console, MouseEventKind::Down(MouseButton::Left), (x - 1, y));
    assert_eq!(console.model.launch().picks[1].marked().count(), 3);
    assert!(matches!(&effects[..], [Effect::Look { .. }]), "{effects:?}");
}

#[test]
fn a_click_on_a_cell_selects_it() {
    let mut console = Console::new().sized((120, 40));
    console.run(one_failed());
    click(&mut console, "✗ failed");
    let shown = console.model.shown().unwrap();
    assert_eq!(shown.rows.selected(), Some(1));
    assert_eq!(shown.matrix.stages[shown.stage].title("→"), "→ hub");
    assert!(console.text().contains("DENIED: permission_denied"));
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut console = Console::new();
    console.tell(Msg::Past(past(), Vec::new()));
    console.press("4");
    mouse(&mut console, MouseEventKind::ScrollDown, (10, 10));
    assert_eq!(console.model.history().list.place(), 2);
    mouse(&mut console, MouseEventKind::ScrollUp, (10, 10));
    assert_eq!(console.model.history().list.place(), 0);
}

#[test]
fn a_click_beside_closes_what_lies_on_top() {
    let mut console = Console::new();
    console.press("?");
    mouse(&mut console, MouseEventKind::Down(MouseButton::Left), (0, 20));
    assert!(console.model.window().is_none());
}
