//! A question before something is done.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, widest};
use crate::{
    model::bytes,
    tui::{
        look::Role,
        model::{Agreement, Model, Pane, Question},
        text::{safe, wrap},
    },
};

/// How many changes are shown before they are agreed to.
const CHANGES: usize = 12;

pub(super) fn draw(model: &Model, question: &Question, body: Rect, buffer: &mut Buffer) {
    let room = usize::from(body.width.saturating_sub(12)).min(72);
    let (title, text, keys) = words(model, question);
    let mut lines: Vec<(Role, String)> = Vec::new();
    for paragraph in text {
        lines.extend(wrap(&paragraph, room).into_iter().map(|line| (Role::Text, line)));
    }
    lines.push((Role::Text, String::new()));
    lines.extend(keys.iter().map(|key| (Role::Key, (*key).to_owned())));
    let columns = widest(lines.iter().map(|(_, line)| line.as_str())).max(title.len());
    let inside = over(buffer, &model.look, body, title, (columns, lines.len()));
    for (y, (role, line)) in (inside.y..inside.bottom()).zip(&lines) {
        put(buffer, &model.look, (inside.x, y, inside.width), line, model.look.of(*role));
    }
}

fn words(
    model: &Model,
    question: &Question,
) -> (&'static str, Vec<String>, &'static [&'static str]) {
    match question {
        Question::Launch => {
            ("launch", launch(model), &["Enter or y  launch", "any other   go back"])
        }
        Question::Anew(what) => {
            let text =
                vec![safe(what), "Look at a new release, of what lies there now?".to_owned()];
            ("changed", text, &["Enter  look at it", "Esc    stay here"])
        }
        Question::Agree(line, what, changes) => {
            let (title, text) = agreement(line, *what, changes);
            (title, text, &["Enter  go on", "Esc    go back"])
        }
        Question::RemoveSecret(name) => {
            let text = format!("Remove `{}` from the keyring?", safe(name));
            ("remove", vec![text], &["Enter or y  remove", "any other   go back"])
        }
        Question::Quit => {
            let text = "A run is under way. It can be resumed later, from here or with castoff \
                        resume."
                .to_owned();
            let keys = &[
                "d  let what runs finish, then leave",
                "c  cancel it and leave",
                "any other  stay",
            ];
            ("leave", vec![text], keys)
        }
    }
}

/// What is agreed to, as much of it as a screen has room for.
fn agreement(line: &str, what: Agreement, changes: &[String]) -> (&'static str, Vec<String>) {
    let (title, head) = match what {
        Agreement::Move => ("tags move", "These tags name something else now:".to_owned()),
        Agreement::Remove => ("remove", format!("`{}` removes:", safe(line))),
        Agreement::PutBack => ("roll back", format!("`{}` puts back:", safe(line))),
    };
    let mut text = vec![head];
    text.extend(changes.iter().take(CHANGES).map(safe));
    if changes.len() > CHANGES {
        let more = changes.len() - CHANGES;
        text.push(match what {
            Agreement::Remove => format!("and {more} more; add --dry-run to see all"),
            _ => format!("and {more} more"),
        });
    }
    (title, text)
}

fn launch(model: &Model) -> Vec<String> {
    let names = |pane: Pane| {
        let marked: Vec<String> = model.launch.picks[pane as usize].marked().map(safe).collect();
        marked.join(", ")
    };
    let mut lines = vec![
        format!("Release {}", names(Pane::Artifacts)),
        format!("for {}", names(Pane::Platforms)),
        format!("to {}?", names(Pane::Sinks)),
    ];
    if let Some(sight) = &model.launch.sight {
        let amounts = sight.amounts();
        let most = if amounts.at_most { "at most " } else { "" };
        lines.push(String::new());
        lines.push(format!("{} jobs, {most}{} to be sent", sight.jobs, bytes(amounts.to_send)));
    }
    lines
}
