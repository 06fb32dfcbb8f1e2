//! What is to be released, and what that would do.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, panel, put, put_all, scrolled};
use crate::{
    error::advice,
    model::{Failure, FailureKind, bytes, counted},
    plan::{Outlook, TagOutlook},
    tui::{
        areas::Areas,
        look::{Look, Role},
        model::{Model, PANES, Pane, Picks, Sight},
        text::{safe, wrap},
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let launch = &model.launch;
    for ((pane, picks), area) in PANES.into_iter().zip(&launch.picks).zip(areas.launch.panes) {
        let has_keys = launch.pane == pane;
        let marked = picks.marked().count();
        let filter = match picks.list.filter.as_str() {
            "" => String::new(),
            filter => format!(" /{}", safe(filter)),
        };
        let title = format!("{} {marked} of {}{filter}", pane.title(), picks.entries.len());
        let inside = panel(buffer, &model.look, area, &title, has_keys);
        entries(picks, has_keys, &model.look, inside, buffer);
        let range = picks.list.range(inside.height.into());
        more(buffer, &model.look, area, (range.start > 0, range.end < picks.list.len()));
    }
    let area = areas.launch.panes[Pane::Plan as usize];
    let title = if launch.force { "plan: prepared again" } else { "plan" };
    let inside = panel(buffer, &model.look, area, title, launch.pane == Pane::Plan);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    scrolled(buffer, &model.look, inside, &lines(model, areas), launch.offset);
}

fn entries(picks: &Picks, has_keys: bool, look: &Look, area: Rect, buffer: &mut Buffer) {
    for (y, (row, is_selected)) in (area.y..).zip(picks.list.view(area.height.into())) {
        let entry = &picks.entries[row];
        let mark = if entry.is_marked { look.symbols.marked } else { look.symbols.unmarked };
        let name = if entry.is_marked { Role::Text } else { Role::Dim };
        let texts = [
            (if entry.is_marked { Role::Good } else { Role::Dim }, format!("{mark} ")),
            (name, format!("{}  ", safe(&entry.name))),
            (Role::Dim, safe(&entry.note)),
        ];
        put_all(buffer, look, (area.x, y, area.width), &texts);
        if is_selected && has_keys {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), look.of(Role::Selected));
        }
    }
    if picks.list.is_empty() && area.height > 0 {
        let what = if picks.entries.is_empty() { "none yet" } else { "no match" };
        put(buffer, look, (area.x, area.y, area.width), what, look.of(Role::Dim));
    }
}

/// What a release would do, in lines.
pub(in crate::tui) fn lines(model: &Model, areas: &Areas) -> Vec<(Role, String)> {
    let launch = &model.launch;
    let columns = usize::from(areas.launch.panes[Pane::Plan as usize].width.saturating_sub(4));
    let mut lines = PlanLines { lines: Vec::new(), columns };
    if let Some(pane) = launch.unmarked() {
        lines.add(Role::Warn, "", &format!("nothing is marked among the {}", pane.title()));
        return lines.lines;
    }
    let Some(sight) = &launch.sight else {
        lines.add(Role::Active, "", "reading the sources");
        return lines.lines;
    };
    if sight.jobs > 0 {
        lines.totals(sight);
    }
    for notice in &sight.notices {
        lines.add(Role::Warn, "", &safe(notice));
    }
    if !sight.notices.is_empty() {
        lines.lines.push((Role::Text, String::new()));
    }
    for failure in &sight.refusals {
        lines.refusal(failure);
    }
    for outlook in &sight.outlooks {
        lines.outlook(outlook, model.look.symbols.arrow);
    }
    lines.lines
}

struct PlanLines {
    lines: Vec<(Role, String)>,
    columns: usize,
}

impl PlanLines {
    fn add(&mut self, role: Role, indent: &str, text: &str) {
        for line in wrap(text, self.columns.saturating_sub(indent.len())) {
            self.lines.push((role, format!("{indent}{line}")));
        }
    }

    fn totals(&mut self, sight: &Sight) {
        let amounts = sight.amounts();
        let most = if amounts.at_most { "about " } else { "" };
        self.add(Role::Title, "", &counted(sight.jobs, "job"));
        if sight.is_complete {
            let mut text = format!(
                "send {most}{}, present {}",
                bytes(amounts.to_send),
                bytes(amounts.present)
            );
            if amounts.unbuilt > 0 {
                text = format!("{text}, plus what will be built");
            }
            self.add(Role::Text, "", &text);
        } else {
            self.add(Role::Active, "", "asking the sinks");
        }
        self.lines.push((Role::Text, String::new()));
    }

    fn refusal(&mut self, failure: &Failure) {
        let (first, rest) =
            failure.causes.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
        self.add(Role::Bad, "", &format!("refused: {}", safe(first)));
        for cause in rest {
            self.add(Role::Bad, "  ", &safe(cause));
        }
        let hint = advice(failure).unwrap_or_else(|| way_out(failure.kind).to_owned());
        self.add(Role::Key, "  ", &format!("hint: {}", safe(&hint)));
        self.lines.push((Role::Text, String::new()));
    }

    fn outlook(&mut self, outlook: &Outlook, arrow: &str) {
        let title = format!("{} {arrow} {}", safe(&outlook.artifact), safe(&outlook.sink));
        self.add(Role::Title, "", &title);
        self.add(Role::Dim, "  ", &safe(&outlook.repository));
        for (platform, content) in &outlook.platforms {
            self.add(Role::Text, "  ", &format!("{:<14} {content}", safe(platform)));
        }
        for signer in &outlook.signers {
            self.add(Role::Text, "  ", &format!("signed by {}", safe(signer)));
        }
        for tag in &outlook.tags {
            self.tag(tag, arrow);
        }
        self.lines.push((Role::Text, String::new()));
    }

    fn tag(&mut self, tag: &TagOutlook, arrow: &str) {
        let name = safe(&tag.tag);
        let short = |digest: &Option<crate::model::Digest>, none: &str| {
            digest.as_ref().map_or_else(|| none.to_owned(), |digest| digest.short().to_owned())
        };
        if tag.before.is_some() && tag.before == tag.after {
            let text = format!(":{name}  {} (unchanged)", short(&tag.after, ""));
            return self.add(Role::Dim, "  ", &text);
        }
        let change = format!(
            ":{name}  {} {arrow} {}",
            short(&tag.before, "new"),
            short(&tag.after, "known after it is prepared")
        );
        self.add(Role::Text, "  ", &change);
        if tag.refused {
            self.add(Role::Bad, "    ", "refused: the tag is immutable");
            let hint = "hint: release under a new version, or remove the tag from `immutable`";
            self.add(Role::Key, "    ", hint);
        }
    }
}

/// What to do about a failure that does not say so itself.
fn way_out(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Network | FailureKind::Timeout => {
            "check that it runs and can be reached, then refresh; or unmark it"
        }
        FailureKind::Server | FailureKind::RateLimited | FailureKind::Protocol => {
            "wait until it recovers, then refresh; or unmark it"
        }
        FailureKind::Unauthorized | FailureKind::Forbidden => {
            "log in with an account that is allowed to, then refresh; or unmark it"
        }
        FailureKind::NotFound => {
            "create it, or correct its name in the configuration; then refresh"
        }
        FailureKind::Storage => "free some space, then refresh",
        FailureKind::Conflict
        | FailureKind::Integrity
        | FailureKind::Invalid
        | FailureKind::Plain
        | FailureKind::Build
        | FailureKind::Changed => "fix it, then refresh; or unmark it",
        FailureKind::Internal => "this is a defect of castoff; please report it",
    }
}
