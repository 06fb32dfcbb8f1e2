//! `[console]`, as it was read.

use super::{
    ConsoleConfig,
    fields::{At, Fields},
    problem::Problems,
};
use crate::{
    keymap::{self, Action, BINDINGS, Key, Keymap},
    model::nearest,
};

/// `[console]` of one file.
#[derive(Default)]
pub(super) struct RawConsole {
    theme: Option<String>,
    ascii: Option<bool>,
    mouse: Option<bool>,
    keys: Vec<At<(Action, Vec<Key>)>>,
}

impl RawConsole {
    pub(super) fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Self {
        let console = Self {
            theme: fields.string("theme", problems).map(|theme| theme.value),
            ascii: fields.bool("ascii", problems),
            mouse: fields.bool("mouse", problems),
            keys: fields
                .table("keys", problems)
                .map(|fields| read_keys(fields, problems))
                .unwrap_or_default(),
        };
        fields.finish(&[], problems);
        console
    }

    /// What this says, and where it says nothing what `lower` says.
    pub(super) fn over(self, lower: Self) -> Self {
        // A later entry for the same action wins.
        let keys = lower.keys.into_iter().chain(self.keys).collect();
        Self {
            theme: self.theme.or(lower.theme),
            ascii: self.ascii.or(lower.ascii),
            mouse: self.mouse.or(lower.mouse),
            keys,
        }
    }

    pub(super) fn resolve(self, problems: &mut Problems) -> ConsoleConfig {
        let mut keys = Keymap::default();
        let mut places = Vec::new();
        for At { value: (action, combinations), at } in self.keys {
            keys.set(action, combinations);
            places.push((action, at));
        }
        for clash in keys.clashes() {
            let is_one = |(action, _): &&(Action, _)| {
                let named = |name| keymap::named(name) == Some(*action);
                named(clash.first) || named(clash.second)
            };
            // The table by itself has no clash: a test holds that.
            if let Some((_, at)) = places.iter().rev().find(is_one) {
                let hint = format!("assign another key to `{}` or `{}`", clash.first, clash.second);
                problems.add(at, &clash, Some(hint));
            }
        }
        let default = ConsoleConfig::default();
        ConsoleConfig {
            theme: self.theme,
            ascii: self.ascii,
            mouse: self.mouse.unwrap_or(default.mouse),
            keys,
        }
    }
}

fn read_keys(fields: Fields<'_, '_>, problems: &mut Problems) -> Vec<At<(Action, Vec<Key>)>> {
    let mut keys = Vec::new();
    for (name, At { value: texts, at }) in fields.lists(problems) {
        let Some(action) = keymap::named(&name) else {
            let near = nearest(&name, BINDINGS.iter().map(|binding| binding.name));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            problems.add(&at, format!("`console.keys.{name}` is unknown"), hint);
            continue;
        };
        let mut combinations = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(key) => combinations.push(key),
                Err(error) => problems.add(&at, format!("`console.keys.{name}`: {error}"), None),
            }
        }
        keys.push(At { value: (action, combinations), at });
    }
    keys
}
