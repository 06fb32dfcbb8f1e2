//! A question before something is done.

use indexmap::IndexSet;
use ratatui::layout::Rect;

use super::AskedText;
use crate::{
    error::RESUME,
    keymap::Action,
    model::{Digest, bytes, counted},
    tui::{
        look::Role,
        model::{Agreeing, Agreement, Browse, Model, Question, Sight},
        text::{safe, wrapped},
    },
};

/// A title, what is asked, and the keys that answer.
type Words = (&'static str, Vec<String>, Vec<String>);

/// How many tags that move are shown.
const MOVES: usize = 8;

/// What is asked, below its title, and the keys that answer.
pub(in crate::tui) fn laid_out(
    model: &Model,
    question: &Question,
    body: Rect,
) -> (&'static str, AskedText) {
    let (title, text, keys) = words(model, question);
    let text: Vec<(Role, String)> = text.into_iter().map(|line| (Role::Text, line)).collect();
    let lines = wrapped(&text, usize::from(body.width.saturating_sub(12)).min(72));
    let below = keys.into_iter().map(|key| (Role::Key, key)).collect();
    (title, AskedText { lines, below, apart: 1 })
}

/// What can be done where the screen is too small for anything else.
pub(in crate::tui) fn small(model: &Model) -> Vec<String> {
    if model.question() == Some(&Question::Quit) {
        return ways_to_leave();
    }
    let quit = model.around.keys.keys(Action::Quit).first().map(|key| format!("{key} leaves"));
    let goes_on = model.is_busy().then(|| "the run continues".to_owned());
    goes_on.into_iter().chain(quit).collect()
}

/// What agrees and what does not, the same for all questions but whether to leave.
fn keys(yes: &str) -> Vec<String> {
    vec![format!("Enter or y  {yes}"), "Esc         go back".to_owned()]
}

fn ways_to_leave() -> Vec<String> {
    ["d  let the running jobs finish, then leave", "c  cancel the run and leave", "any other  stay"]
        .map(str::to_owned)
        .to_vec()
}

fn words(model: &Model, question: &Question) -> Words {
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

/// What the plan releases: what is marked may go nowhere, and a sink may get nothing.
fn launch(model: &Model) -> Vec<String> {
    let Some(sight) = &model.launch.sight else { return Vec::new() };
    let outlooks = || sight.outlooks.iter();
    let platforms = outlooks().flat_map(|at| at.platforms.iter().map(|(name, _)| name));
    let amounts = sight.amounts();
    let most = if amounts.at_most { "about " } else { "" };
    let to_send = bytes(amounts.to_send);
    let mut lines = vec![
        format!("Release {}", each_once(outlooks().map(|at| &at.artifact))),
        format!("for {}", each_once(platforms)),
        format!("to {}?", each_once(outlooks().map(|at| &at.sink))),
        String::new(),
        format!("{}, {most}{to_send} to be sent", counted(sight.jobs, "job")),
    ];
    lines.extend(moving(&model.browse, sight));
    lines.extend(sight.notices.iter().map(safe));
    lines
}

fn each_once<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: IndexSet<String> = names.map(safe).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The tags that name something else now, as many as there is room for.
fn moving(browse: &Browse, sight: &Sight) -> Vec<String> {
    let all = sight.outlooks.iter().flat_map(|at| at.tags.iter().map(move |tag| (at, tag)));
    let moves: Vec<String> = all
        .filter(|(_, tag)| tag.before.is_some() && tag.before != tag.after)
        .map(|(at, tag)| {
            let before = tag.before.as_ref().map_or("", Digest::short);
            let after = tag.after.as_ref().map_or("known after it is prepared", Digest::short);
            let name = format!("{}:{}", at.repository, tag.tag);
            format!("{}: {before} → {after}", safe(browse.name_at(&at.sink, &name)))
        })
        .collect();
    let more = moves.len().saturating_sub(MOVES);
    let more = (more > 0).then(|| format!("and {}, as the plan shows", counted(more, "other tag")));
    moves.into_iter().take(MOVES).chain(more).collect()
}
