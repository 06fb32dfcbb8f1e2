//! The palette: commands by name, with completion.

use tui_input::Input;

use super::{List, filter::matching};
use crate::keymap::BINDINGS;

/// A verb of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verb {
    /// Its name.
    pub name: String,
    /// What it does.
    pub help: String,
    /// Its options, such as `--platform`.
    pub options: Vec<String>,
    /// Whether it takes the name of a run.
    pub takes_run: bool,
}

/// What the palette offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The whole line, were it taken.
    pub line: String,
    /// What it does.
    pub help: String,
}

/// The palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What was typed.
    pub input: Input,
    /// What it may become.
    pub offers: Vec<Offer>,
    /// Which offer is selected.
    pub list: List,
}

/// What completion can know.
pub struct Known<'k> {
    /// The verbs.
    pub verbs: &'k [Verb],
    /// The names of runs, the newest first.
    pub runs: Vec<&'k str>,
    /// The names of themes.
    pub themes: Vec<&'k str>,
}

impl Palette {
    /// Offers what fits to what was typed.
    pub fn complete(&mut self, known: &Known<'_>) {
        let typed = self.input.value();
        let (before, word) = typed.rsplit_once(' ').unwrap_or(("", typed));
        let all = if before.is_empty() { commands(known) } else { arguments(before, known) };
        let shown = matching(&format!("~{word}"), 0..all.len(), |row| all[row].line.clone());
        let line = |offer: &Offer| match before {
            "" => offer.line.clone(),
            before => format!("{before} {}", offer.line),
        };
        self.offers = shown
            .into_iter()
            .map(|row| Offer { line: line(&all[row]), help: all[row].help.clone() })
            .collect();
        // What begins as it was typed comes first.
        let typed = self.input.value().to_owned();
        self.offers.sort_by_key(|offer| !offer.line.starts_with(&typed));
        self.list = List::default();
        self.list.show((0..self.offers.len()).collect());
    }

    /// Takes the selected offer.
    pub fn take_offer(&mut self) {
        if let Some(offer) = self.list.selected().and_then(|row| self.offers.get(row)) {
            self.input = Input::new(format!("{} ", offer.line));
        }
    }

    /// What was typed, or what is offered for it if it is no command as it is.
    #[must_use]
    pub fn line(&self) -> String {
        let typed = self.input.value().trim();
        let is_whole = typed.contains(' ') || self.offers.iter().any(|offer| offer.line == typed);
        let offer = self.list.selected().and_then(|row| self.offers.get(row));
        match offer {
            Some(offer) if !is_whole => offer.line.clone(),
            _ => typed.to_owned(),
        }
    }
}

/// The verbs of the command line, then what keys do.
fn commands(known: &Known<'_>) -> Vec<Offer> {
    let verbs =
        known.verbs.iter().map(|verb| Offer { line: verb.name.clone(), help: verb.help.clone() });
    let theme = Offer { line: "theme".to_owned(), help: "switches to a theme".to_owned() };
    let is_verb = |name: &str| known.verbs.iter().any(|verb| verb.name == name);
    let actions = BINDINGS.iter().filter(|binding| !is_verb(binding.name)).map(|binding| Offer {
        line: binding.name.to_owned(),
        help: format!("{} ({})", binding.help, binding.scope.title()),
    });
    verbs.chain([theme]).chain(actions).collect()
}

fn arguments(before: &str, known: &Known<'_>) -> Vec<Offer> {
    let plain = |text: &str, help: &str| Offer { line: text.to_owned(), help: help.to_owned() };
    let name = before.split(' ').next().unwrap_or_default();
    if name == "theme" {
        return known.themes.iter().map(|theme| plain(theme, "")).collect();
    }
    let Some(verb) = known.verbs.iter().find(|verb| verb.name == name) else { return Vec::new() };
    let runs = known.runs.iter().filter(|_| verb.takes_run && !before.contains(' '));
    let runs = runs.map(|run| plain(run, "a run"));
    runs.chain(verb.options.iter().map(|option| plain(option, ""))).collect()
}
