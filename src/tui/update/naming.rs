//! A repository that is opened by its name, where it is in no list.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use super::browse;
use crate::tui::{
    effect::Effect,
    model::{Asking, BrowsePath, Model, Overlay, RepositoryAt},
};

/// Keys, while the name of a repository is to be typed.
pub(super) fn on_key(model: &mut Model, mut asking: Asking, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => match asking.answer() {
            Ok((kind, repository)) => {
                let sink = asking.sink.name.clone();
                return open(model, RepositoryAt { sink, kind, repository });
            }
            Err(why) => asking.wrong = Some(why),
        },
        _ => {
            if asking.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                asking.wrong = None;
            }
        }
    }
    model.on_top.keep(Overlay::Ask(asking));
    Vec::new()
}

/// Goes to a repository from wherever one is.
fn open(model: &mut Model, at: RepositoryAt) -> Vec<Effect> {
    let mut effects = Vec::new();
    while !matches!(model.browse.level().place, BrowsePath::Sinks) {
        effects.extend(browse::leave(model));
    }
    model.browse.enter(BrowsePath::Repositories(at.sink.clone()));
    model.browse.enter(BrowsePath::Tags(at));
    effects
}
