//! A question before something is done.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, scrolled, widest, wrapped};
use crate::{
    error::RESUME,
    keymap::Action,
    model::{Digest, bytes, counted},
    tui::{
        look::Role,
        model::{Agreeing, Agreement, Model, Overlay, Pane, Question, Sight},
        text::safe,
    },
};

/// A title, what is asked, and the keys that answer.
type Words<T> = (&'static str, Vec<T>, Vec<String>);

/// What agrees and what does not, the same for all questions but whether to leave.
fn keys(yes: &str) -> Vec<String> {
    vec![format!("Enter or y  {yes}"), "Esc         go back".to_owned()]
}

fn ways_to_leave() -> Vec<String> {
    ["d  let the running jobs finish, then leave", "c  cancel the run and leave", "any other  stay"]
        .map(str::to_owned)
        .to_vec()
}

pub(super) fn draw(model: &Model, question: &Question, body: Rect, buffer: &mut Buffer) {
    let look = &model.look;
    let (title, lines, keys) = laid_out(model, question, body);
    let offset = if let Question::Agree(of) = question { of.offset } else { 0 };
    let texts = lines.iter().map(|(_, line)| line).chain(&keys).map(String::as_str);
    let columns = widest(texts.chain([MORE])).max(title.len());
    let rows = lines.len() + keys.len() + 1;
    let inside = over(buffer, look, body, title, (columns, rows));
    let height = room(inside.height, &keys);
    scrolled(buffer, look, Rect { height, ..inside }, &lines, offset);
    let below = lines.len().saturating_sub(offset + usize::from(height));
    let mut y = inside.y + height;
    if below > 0 {
        let more = format!("{} more below: use the arrow keys", counted(below, "line"));
        put(buffer, look, (inside.x, y, inside.width), &more, look.of(Role::Warn));
    }
    y += 1;
    if model.is_deaf() {
        put(buffer, look, (inside.x, y, inside.width), DEAF, look.of(Role::Dim));
        return;
    }
    for (y, key) in (y..inside.bottom()).zip(&keys) {
        put(buffer, look, (inside.x, y, inside.width), key, look.of(Role::Key));
    }
}

/// Said where a question takes no answer yet.
const DEAF: &str = "keys work in a moment";

/// How many tags that move are shown.
const MOVES: usize = 8;
/// As wide as it gets.
const MORE: &str = "999 lines more below: use the arrow keys";

/// How many lines there are above an empty one and the keys.
fn room(height: u16, keys: &[String]) -> u16 {
    height.saturating_sub(u16::try_from(keys.len() + 1).unwrap_or(u16::MAX))
}

fn laid_out(model: &Model, question: &Question, body: Rect) -> Words<(Role, String)> {
    let (title, text, keys) = words(model, question);
    let text: Vec<(Role, String)> = text.into_iter().map(|line| (Role::Text, line)).collect();
    (title, wrapped(&text, usize::from(body.width.saturating_sub(12)).min(72)), keys)
}

/// How many lines a question has, and how many of them are in view.
pub(super) fn extent(model: &Model, question: &Question, body: Rect) -> (usize, usize) {
    let (_, lines, keys) = laid_out(model, question, body);
    (lines.len(), room(body.height.saturating_sub(2), &keys).into())
}

/// What can be done where the screen is too small for anything else.
pub(super) fn small(model: &Model) -> Vec<String> {
    if matches!(model.overlay, Some(Overlay::Confirm(Question::Quit))) {
        return ways_to_leave();
    }
    let quit = model.keys.keys(Action::Quit).first().map(|key| format!("{key} leaves"));
    let goes_on = model.is_busy().then(|| "the run continues".to_owned());
    goes_on.into_iter().chain(quit).collect()
}

fn words(model: &Model, question: &Question) -> Words<String> {
    match question {
        Question::Launch => ("launch", launch(model), keys("launch")),
        Question::Anew(what) => {
            let text = vec![safe(what), "Plan a new release of the current sources?".to_owned()];
            ("changed", text, keys("plan it"))
        }
        Question::Agree(of) => {
            let (title, text) = agreement(of);
            let yes = match of.what {
                Agreement::Move => "move the tags",
                Agreement::Remove => "remove",
                Agreement::PutBack => "roll back",
            };
            (title, text, keys(yes))
        }
        Question::RemoveSecret(name) => {
            let text = format!("Remove `{}` from the keyring?", safe(name));
            ("remove", vec![text], keys("remove"))
        }
        Question::Quit => {
            let text =
                format!("A run is active. It can be resumed later, from here or with {RESUME}.");
            ("leave", vec![text], ways_to_leave())
        }
    }
}

/// What is agreed to, all of it: what is not shown cannot be agreed to.
fn agreement(of: &Agreeing) -> (&'static str, Vec<String>) {
    let line = safe(&of.line);
    let (title, head) = match of.what {
        Agreement::Move => ("tags move", "These tags will move:".to_owned()),
        Agreement::Remove => ("remove", format!("`{line}` removes:")),
        Agreement::PutBack => ("roll back", format!("`{line}` moves back:")),
    };
    let changes = of.proposal.shown.iter().map(safe);
    (title, std::iter::once(head).chain(changes).collect())
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
        let most = if amounts.at_most { "about " } else { "" };
        lines.push(String::new());
        lines.push(format!(
            "{}, {most}{} to be sent",
            counted(sight.jobs, "job"),
            bytes(amounts.to_send)
        ));
        lines.extend(moving(sight));
        lines.extend(sight.notices.iter().map(safe));
    }
    lines
}

/// The tags that name something else now, as many as there is room for.
fn moving(sight: &Sight) -> Vec<String> {
    let all = sight.outlooks.iter().flat_map(|at| at.tags.iter().map(move |tag| (at, tag)));
    let moves: Vec<String> = all
        .filter(|(_, tag)| tag.before.is_some() && tag.before != tag.after)
        .map(|(at, tag)| {
            let before = tag.before.as_ref().map_or("", Digest::short);
            let after = tag.after.as_ref().map_or("known after it is prepared", Digest::short);
            let name = format!("{}:{}", safe(&at.repository), safe(&tag.tag));
            format!("{name} at {}: {before} → {after}", safe(&at.sink))
        })
        .collect();
    let more = moves.len().saturating_sub(MOVES);
    let more = (more > 0).then(|| format!("and {}, as the plan shows", counted(more, "other tag")));
    moves.into_iter().take(MOVES).chain(more).collect()
}
