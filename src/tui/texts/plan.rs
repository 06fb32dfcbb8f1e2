//! What a release would do.

use ratatui::layout::Rect;

use crate::{
    error::advice,
    model::{Failure, FailureKind, bytes, counted},
    plan::{Outlook, TagOutlook},
    tui::{
        look::Role,
        model::{Model, Sight},
        text::{safe, wrap},
    },
};

/// What a release would do, in lines.
pub(in crate::tui) fn lines(model: &Model, panel: Rect) -> Vec<(Role, String)> {
    let launch = &model.launch;
    let columns = usize::from(panel.width.saturating_sub(4));
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
        lines.outlook(outlook, model.around.look.symbols.arrow);
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
