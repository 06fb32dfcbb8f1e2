//! The table of actions.

/// Something that a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Action {
    Help,
    Palette,
    Launch,
    Runs,
    Browse,
    History,
    Secrets,
    NextScreen,
    PreviousScreen,
    Back,
    Theme,
    Mouse,
    Redraw,
    Suspend,
    Interrupt,
    Quit,
    Up,
    Down,
    Left,
    Right,
    Top,
    Bottom,
    PageUp,
    PageDown,
    Filter,
    Sort,
    Refresh,
    Mark,
    MarkAll,
    Force,
    Start,
    Retry,
    RetryFailed,
    Stop,
    Log,
    Enter,
    MarkTag,
    MarkTags,
    Unmark,
    Diff,
    Copy,
    Delete,
    Clip,
    ClipDigest,
    OpenName,
    Details,
    Open,
    Resume,
    Rollback,
    SetSecret,
    NewSecret,
    RemoveSecret,
}

/// Where a key means what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyScope {
    /// On every screen.
    Everywhere,
    /// On every screen, which all have lists.
    Lists,
    /// On the Launch screen.
    Launch,
    /// On the Run screen.
    Run,
    /// On the Browse screen.
    Browse,
    /// On the History screen.
    History,
    /// On the Secrets screen.
    Secrets,
}

/// An action with its name, its place and its keys.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// What it is called in the configuration and the palette.
    pub name: &'static str,
    /// Where.
    pub scope: KeyScope,
    /// Its keys, unless the configuration has others.
    pub keys: &'static [&'static str],
    /// What it does, for the help.
    pub help: &'static str,
    /// The same in a word or two, for the footer; none: it is not there.
    pub short: Option<&'static str>,
}

impl KeyScope {
    /// Whether a binding of this scope counts where `here` has the say.
    #[must_use]
    pub fn covers(self, here: Self) -> bool {
        self == here || matches!(self, Self::Everywhere | Self::Lists)
    }

    /// Whether bindings of both can count at once.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// What it is called in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Lists => "in lists",
            Self::Launch => "Launch",
            Self::Run => "Run",
            Self::Browse => "Browse",
            Self::History => "History",
            Self::Secrets => "Secrets",
        }
    }
}

const fn binding(
    action: Action,
    name: &'static str,
    scope: KeyScope,
    keys: &'static [&'static str],
    short: Option<&'static str>,
    help: &'static str,
) -> Binding {
    Binding { action, name, scope, keys, help, short }
}

/// Every action. The footer shows them in this order.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &{
    use KeyScope::{Browse, Everywhere, History, Launch, Lists, Run, Secrets};
    [
        binding(Action::Mark, "mark", Launch, &["space"], Some("mark"), "selects it for the \
                                                                         release"),
        binding(Action::MarkAll, "mark_all", Launch, &["a"], Some("all"), "selects all of the \
                                                                           list, or none"),
        binding(Action::Force, "force", Launch, &["f"], None, "prepares again what was prepared before"),
        binding(Action::Start, "launch", Launch, &["enter"], Some("launch"), "starts the \
                                                                              release, after a \
                                                                              confirmation"),

        binding(Action::Retry, "retry", Run, &["r"], Some("retry"), "retries the selected cell \
                                                                     and the jobs that it \
                                                                     blocked"),
        binding(Action::RetryFailed, "retry_failed", Run, &["R"], Some("retry failed"), "retries \
                                                                                         everything \
                                                                                         that is \
                                                                                         not \
                                                                                         done"),
        binding(Action::Stop, "stop", Run, &["x"], Some("stop"), "stops after the running jobs; \
                                                                  again: cancels them"),
        binding(Action::Log, "log", Run, &["enter"], Some("log"), "shows the log of the selected \
                                                                   cell in full"),

        binding(Action::Enter, "enter", Browse, &["enter"], Some("open"), "opens the selected \
                                                                           row"),
        binding(Action::MarkTag, "mark_tag", Browse, &["space"], Some("mark"), "marks the tag to \
                                                                                compare, copy or \
                                                                                remove it"),
        binding(Action::Diff, "diff", Browse, &["d"], Some("diff"), "compares two marked tags, \
                                                                     or the marked one with the \
                                                                     selected one"),
        binding(Action::Copy, "copy", Browse, &["c"], Some("copy"), "copies the marked tags, or the selected one, to another sink"),
        binding(Action::Delete, "delete", Browse, &["D"], Some("delete"), "removes them, after \
                                                                           showing what is \
                                                                           removed and asking \
                                                                           for the name"),
        binding(Action::Clip, "clip", Browse, &["y"], Some("clip"), "copies the reference to the \
                                                                     clipboard"),
        binding(Action::ClipDigest, "clip_digest", Browse, &["Y"], None, "copies the digest to \
                                                                          the clipboard"),
        binding(Action::MarkTags, "mark_tags", Browse, &["a"], None, "marks all tags of the list, or none"),
        binding(Action::Unmark, "unmark", Browse, &["u"], None, "removes all marks, also those \
                                                                 elsewhere"),
        binding(Action::OpenName, "open_name", Browse, &["o"], Some("by name"), "opens a \
                                                                                 repository by \
                                                                                 name, if the \
                                                                                 sink has no \
                                                                                 list"),
        binding(Action::Details, "details", Browse, &["i"], Some("details"), "shows all details \
                                                                              of the selected \
                                                                              row"),

        binding(Action::Open, "open", History, &["enter"], Some("open"), "opens the run"),
        binding(Action::Resume, "resume", History, &["r"], Some("resume"), "resumes the run"),
        binding(Action::Rollback, "rollback", History, &["u"], Some("roll back"), "moves the \
                                                                                   run's tags \
                                                                                   back, after a \
                                                                                   confirmation"),

        binding(Action::SetSecret, "set_secret", Secrets, &["enter"], Some("set"), "stores the \
                                                                                    selected \
                                                                                    secret in \
                                                                                    the keyring, \
                                                                                    typed twice"),
        binding(Action::NewSecret, "new_secret", Secrets, &["o"], Some("by name"), "stores a secret under another name"),
        binding(Action::RemoveSecret, "remove_secret", Secrets, &["D"], Some("remove"), "removes \
                                                                                         it from \
                                                                                         the \
                                                                                         keyring, \
                                                                                         after a \
                                                                                         confirmation"),

        binding(Action::Up, "up", Lists, &["up", "k"], None, "moves up"),
        binding(Action::Down, "down", Lists, &["down", "j"], None, "moves down"),
        binding(Action::Left, "left", Lists, &["left", "h"], None, "moves left"),
        binding(Action::Right, "right", Lists, &["right", "l"], None, "moves right"),
        binding(Action::Top, "top", Lists, &["g", "home"], None, "moves to the top"),
        binding(Action::Bottom, "bottom", Lists, &["G", "end"], None, "moves to the bottom"),
        binding(Action::PageUp, "page_up", Lists, &["ctrl-u", "pageup"], None, "moves up a page"),
        binding(Action::PageDown, "page_down", Lists, &["ctrl-d", "pagedown"], None, "moves down \
                                                                                      a page"),
        binding(Action::Filter, "filter", Lists, &["/"], Some("filter"), "shows only rows with a \
                                                                          text; !text excludes, \
                                                                          ~text is fuzzy"),
        binding(Action::Sort, "sort", Lists, &["s"], Some("sort"), "changes the order"),
        binding(Action::Refresh, "refresh", Lists, &["ctrl-r"], Some("refresh"), "refreshes"),

        binding(Action::Help, "help", Everywhere, &["?", "f1"], Some("help"), "shows the keys"),
        binding(Action::Palette, "palette", Everywhere, &[":"], Some("command"), "runs a command of castoff, or an action by its name"),
        binding(Action::Launch, "screen_launch", Everywhere, &["1"], None, "opens the Launch \
                                                                            screen"),
        binding(Action::Runs, "screen_run", Everywhere, &["2"], None, "opens the Run screen"),
        binding(Action::Browse, "screen_browse", Everywhere, &["3"], None, "opens the Browse \
                                                                            screen"),
        binding(Action::History, "screen_history", Everywhere, &["4"], None, "opens the History \
                                                                              screen"),
        binding(Action::Secrets, "screen_secrets", Everywhere, &["5"], None, "opens the Secrets \
                                                                              screen"),
        binding(Action::NextScreen, "next_screen", Everywhere, &["tab"], None, "opens the next \
                                                                                screen"),
        binding(Action::PreviousScreen, "previous_screen", Everywhere, &["backtab"], None, "opens \
                                                                                            the \
                                                                                            previous \
                                                                                            screen"),
        binding(Action::Back, "back", Everywhere, &["esc"], None, "closes the window, clears the \
                                                                   filter, or goes back"),
        binding(Action::Theme, "next_theme", Everywhere, &["T"], None, "switches to the next \
                                                                        theme"),
        binding(Action::Mouse, "mouse", Everywhere, &["m"], None, "lets the terminal select \
                                                                   text; again: uses the mouse \
                                                                   in castoff"),
        binding(Action::Redraw, "redraw", Everywhere, &["ctrl-l"], None, "redraws the screen"),
        binding(Action::Suspend, "suspend", Everywhere, &["ctrl-z"], None, "suspends castoff; \
                                                                            `fg` in the shell \
                                                                            resumes it"),
        binding(Action::Interrupt, "interrupt", Everywhere, &["ctrl-c"], None, "stops the run; \
                                                                                again: cancels \
                                                                                it; without a \
                                                                                run: quits"),
        binding(Action::Quit, "quit", Everywhere, &["q"], Some("quit"), "quits, after a \
                                                                         confirmation if a run \
                                                                         is active"),
    ]
};
