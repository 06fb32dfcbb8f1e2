//! What every command takes: a selection, and how it prints.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::pkg::ProgressForm;
use crate::model::Platform;

/// The part of the configuration that is meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SelectionArgs {
    /// Only this artifact; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) artifact: Vec<String>,
    /// Only this platform, as OS/ARCH[/VARIANT]; may be repeated.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    /// Only this sink; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) sink: Vec<String>,
}

/// The options of every command. Help lists them last, a line each.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// Use this file, not castoff.toml here or above.
    #[arg(long, global = true, value_name = "FILE", env = "CASTOFF_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Print text for people, or JSON for programs.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: OutputForm,
    /// Print JSON; same as --output json.
    #[arg(long, global = true, conflicts_with = "output")]
    pub(crate) json: bool,
    /// Use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Also print the output of jobs: every key and path that is written.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Print only data, errors, and each tag that will move.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Write the log to this file; `castoff paths` shows the default.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// Log at this level, or with this filter.
    #[arg(long, global = true, value_name = "LEVEL", env = "CASTOFF_LOG")]
    pub(crate) log_level: Option<String>,
    /// Print help; -h prints a summary.
    #[arg(short = 'h', long, global = true, action = ArgAction::Help)]
    pub(crate) help: Option<bool>,
    /// How a run is shown.
    #[arg(skip)]
    pub(crate) progress: ProgressForm,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl GlobalArgs {
    /// Whether what goes to standard error is coloured.
    pub(crate) fn colors(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
            }
        }
    }

    /// Whether JSON is printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.output == OutputForm::Json
    }
}
