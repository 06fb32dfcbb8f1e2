//! Where on the screen what is. Both the view and the mouse ask here.

mod browse;
mod launch;
mod run;

use ratatui::layout::{Constraint, Layout, Rect};

pub use self::{
    browse::BrowseAreas,
    launch::LaunchAreas,
    run::{RunAreas, StageColumn},
};
use super::{
    frame::{below_heading, inner},
    model::{Model, Overlay, SCREENS, Screen},
    texts::{AskedText, help, keyring::refusal, message, plan, question, removal},
};

/// Where what is.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// The names of the screens.
    pub tabs: Vec<(Screen, Rect)>,
    /// The line above all.
    pub top: Rect,
    /// What the screen shows.
    pub body: Rect,
    /// The line below all.
    pub footer: Rect,
    /// The Launch screen.
    pub launch: LaunchAreas,
    /// The Run screen.
    pub run: RunAreas,
    /// The Browse screen.
    pub browse: BrowseAreas,
    /// The table of past runs, without its frame and heading.
    pub history: Rect,
    /// The table of secrets, without its frame and heading, and without why
    /// the keyring cannot be asked.
    pub secrets: Rect,
}

/// Where everything is on a screen of the model's size.
#[must_use]
pub fn of(model: &Model) -> Areas {
    let whole = Rect::new(0, 0, model.around.size.width, model.around.size.height);
    let [top, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(whole);
    let shown = model.shown();
    Areas {
        tabs: tabs(top),
        top,
        body,
        footer,
        launch: LaunchAreas::of(body),
        run: shown.map(|shown| RunAreas::of(body, shown)).unwrap_or_default(),
        browse: BrowseAreas::of(body),
        history: below_heading(inner(body)),
        secrets: secrets(model, body),
    }
}

fn tabs(top: Rect) -> Vec<(Screen, Rect)> {
    let mut x = top.x + 10;
    let mut tabs = Vec::new();
    for screen in SCREENS {
        let width = u16::try_from(screen.title().len() + 4).unwrap_or(u16::MAX);
        tabs.push((screen, Rect::new(x, top.y, width, 1).intersection(top)));
        x += width + 1;
    }
    tabs
}

fn secrets(model: &Model, body: Rect) -> Rect {
    let inside = below_heading(inner(body));
    let refusal = refusal(model, inside.width).len();
    let refusal = u16::try_from(refusal).unwrap_or(u16::MAX).min(inside.height / 2);
    Rect { height: inside.height - refusal, ..inside }
}

impl Areas {
    /// How many lines a page has where the keys go.
    #[must_use]
    pub fn height(&self, model: &Model) -> usize {
        match model.screen {
            Screen::Launch => {
                let lists = self.launch.picks;
                lists.get(model.launch.pane as usize).copied().unwrap_or(self.launch.plan())
            }
            Screen::Run if model.shown().is_some_and(|shown| shown.log.is_alone) => self.run.log.1,
            Screen::Run => self.run.rows.height.into(),
            Screen::Browse => self.browse.rows.height.into(),
            Screen::History => self.history.height.into(),
            Screen::Secrets => self.secrets.height.into(),
        }
    }
    /// How far the text that the keys scroll can be scrolled.
    #[must_use]
    pub fn most_offset(&self, model: &Model) -> usize {
        let body = self.body;
        let over = body.height.saturating_sub(2);
        let asked = |text: AskedText| (text.lines.len(), text.room(over).into());
        let (lines, height) = match model.on_top.over() {
            Some(Overlay::Help { .. }) => (help::lines(model).len(), over.into()),
            Some(Overlay::Message { failures, lines, .. }) => {
                (message::lines(failures, lines, body).len(), over.into())
            }
            Some(Overlay::Confirm(of)) => asked(question::laid_out(model, of, body).1),
            Some(Overlay::Remove(of)) => asked(removal::laid_out(&model.browse, of, body)),
            _ => (plan::lines(model, self.launch.panes[3]).len(), self.launch.plan()),
        };
        lines.saturating_sub(height)
    }
}
