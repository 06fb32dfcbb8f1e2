//! What castoff is asked to do, at a shell or in the palette.

use std::ffi::OsString;

use clap::{
    ArgMatches, FromArgMatches,
    error::{ErrorKind, Result},
    parser::ValueSource,
};
use clap_complete::Shell;

use super::{
    AciArgs, Cli, GlobalArgs, ImageVerb, LookVerb, PkgVerb, PushArgs, SecretVerb, SelectionArgs,
    UpkeepVerb, VeeaVerb, Verb, command_line, with_two_dashes,
};
use crate::model::Selection;

/// What castoff is asked to do, with all options.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is done.
    pub(crate) action: Action,
    /// How.
    pub(crate) options: GlobalArgs,
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The console is opened.
    Console(SelectionArgs),
    /// What the configuration names is released.
    Release { selection: SelectionArgs, dry_run: bool, force: bool },
    /// An image or files are released without a configuration.
    Push(PushArgs),
    /// The images of a payload are built.
    Image(ImageVerb),
    /// Release archives are made or checked.
    Veea(Box<VeeaVerb>),
    /// What is published is read.
    Look(LookVerb),
    /// What is published is changed.
    Change(UpkeepVerb),
    /// Past runs are listed.
    Runs,
    /// A run goes on.
    Resume { run: Option<String> },
    /// Jobs of a run are done again.
    Retry { run: String, selection: SelectionArgs },
    /// The tags of a run are put back.
    Rollback { run: String },
    /// Secrets are stored, listed or removed.
    Secret(SecretVerb),
    /// Packages are built.
    Pkg(Box<PkgVerb>),
    /// App Container Images are made and taken apart.
    Aci(Box<AciArgs>),
    /// The paths of castoff's files are printed.
    Paths,
    /// Themes are listed.
    Themes { name: Option<String> },
    /// A script for a shell is printed.
    Completions { shell: Shell },
}

impl Request {
    /// Reads the words of a command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// Fails where they cannot be understood, or ask for help.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let matches = matches(words)?;
        Cli::from_arg_matches(&matches)?.request()
    }

    /// Reads a line of the palette. What it does not say of the configuration, the
    /// log and colours is as castoff was started with: `started`.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be understood, or asks for help.
    pub fn read_line(line: &str, started: &Self) -> Result<Self> {
        let words = shlex::split(line)
            .ok_or_else(|| refusal(ErrorKind::InvalidValue, "a quotation mark is missing"))?;
        let matches = matches(words.into_iter().map(OsString::from))?;
        let mut request = Cli::from_arg_matches(&matches)?.request()?;
        let is_said = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let (options, own) = (&mut request.options, started.options.clone());
        if !is_said("config") {
            options.config = own.config;
        }
        if !is_said("color") {
            options.color = own.color;
        }
        for (name, is_same) in [
            ("color", options.color == own.color),
            ("log_file", options.log_file == own.log_file),
            ("log_level", options.log_level == own.log_level),
        ] {
            if is_said(name) && !is_same {
                let name = name.replace('_', "-");
                let what = format!("--{name} is set when the console starts");
                return Err(refusal(ErrorKind::ArgumentConflict, &what));
            }
        }
        (options.log_file, options.log_level) = (own.log_file, own.log_level);
        Ok(request)
    }

    /// Whether errors are coloured.
    #[must_use]
    pub fn colors(&self) -> bool {
        self.options.colors()
    }
}

fn matches(words: impl IntoIterator<Item = OsString>) -> Result<ArgMatches> {
    let command = command_line();
    let line = std::iter::once(OsString::from("castoff")).chain(words);
    let line = with_two_dashes(&command, line);
    command.try_get_matches_from(line)
}

fn refusal(kind: ErrorKind, what: &str) -> clap::Error {
    command_line().error(kind, what)
}

impl Cli {
    /// What a command line asks for; fails where its parts do not go together.
    fn request(self) -> Result<Request> {
        let Self { batch, dry_run, force, selection, global, verb } = self;
        if batch && verb.is_some() {
            return Err(refusal(ErrorKind::ArgumentConflict, "--batch takes no command"));
        }
        let action = match verb {
            None if batch => Action::Release { selection, dry_run, force },
            None => Action::Console(selection),
            Some(Verb::Plan { selection: own }) => {
                Action::Release { selection: selection.and(own), dry_run: true, force: false }
            }
            Some(Verb::Retry { run, selection: own }) => {
                Action::Retry { run, selection: selection.and(own) }
            }
            Some(_) if !selection.is_empty() => {
                let what = "--artifact, --platform and --sink before a command apply only to plan and retry";
                return Err(refusal(ErrorKind::ArgumentConflict, what));
            }
            Some(verb) => verb.into(),
        };
        Ok(Request { action, options: global })
    }
}

impl From<Verb> for Action {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Push(args) => Self::Push(args),
            Verb::Image(verb) => Self::Image(verb),
            Verb::Veea(verb) => Self::Veea(verb),
            Verb::Plan { selection } => Self::Release { selection, dry_run: true, force: false },
            Verb::Look(verb) => Self::Look(verb),
            Verb::Upkeep(verb) => Self::Change(verb),
            Verb::Runs => Self::Runs,
            Verb::Resume { run } => Self::Resume { run },
            Verb::Retry { run, selection } => Self::Retry { run, selection },
            Verb::Rollback { run } => Self::Rollback { run },
            Verb::Secret(verb) => Self::Secret(verb),
            Verb::Pkg(verb) => Self::Pkg(verb),
            Verb::Aci(args) => Self::Aci(args),
            Verb::Paths => Self::Paths,
            Verb::Themes { name } => Self::Themes { name },
            Verb::Completions { shell } => Self::Completions { shell },
        }
    }
}

impl SelectionArgs {
    /// What is selected before the verb and after it.
    fn and(mut self, other: Self) -> Self {
        self.artifact.extend(other.artifact);
        self.platform.extend(other.platform);
        self.sink.extend(other.sink);
        self
    }

    fn is_empty(&self) -> bool {
        self.artifact.is_empty() && self.platform.is_empty() && self.sink.is_empty()
    }
}

impl From<SelectionArgs> for Selection {
    fn from(args: SelectionArgs) -> Self {
        Self { artifacts: args.artifact, platforms: args.platform, sinks: args.sink }
    }
}
