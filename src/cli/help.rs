//! The layout of help: what a command does, examples, its usage, a description,
//! its own arguments, and the global options last, a line each.

use clap::{Arg, Command, CommandFactory, builder::Styles};

use super::Cli;

/// The commands of castoff's help, by what they are for.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Publish", &["push", "plan", "copy", "sign"]),
    ("Inspect", &["ls", "inspect", "diff", "verify"]),
    ("Maintain", &["rm", "gc"]),
    ("Runs", &["runs", "resume", "retry", "rollback"]),
    ("Secrets and settings", &["secret", "paths", "themes", "completions", "help"]),
    ("Formats", &["image", "veea", "pkg", "aci"]),
];

const EXIT_STATUSES: &str = "  \
  0 done                        4 refused before the start, and a retry will not help
  1 internal error              5 conflict: a tag moved meanwhile, or is immutable
  2 usage or configuration      6 integrity: a wrong digest or signature
  3 not done; retry may help    130 stopped by the user";

/// The command line, with the help that users read.
#[must_use]
pub fn command_line() -> Command {
    let command = Cli::command().help_template("");
    let globals = globals(&command);
    let command = laid_out(command, &globals);
    let template = overview(&command, &globals);
    command.help_template(template)
}

/// The same command, with each help below it laid out.
fn laid_out(command: Command, globals: &str) -> Command {
    let styles = command.get_styles().clone();
    let examples = command.get_before_help().map(|text| headed(&text.to_string(), &styles));
    let description = command.get_after_long_help().map(|text| unbroken(&text.to_string()));
    let template = format!(
        "{{about-with-newline}}\n{{before-help}}{{usage-heading}} {{usage}}{{after-help}}\n\n\
         {{all-args}}\n\n{globals}\n"
    );
    let command = command
        .mut_args(|arg| {
            let is_global = arg.is_global_set();
            arg.hide_short_help(is_global).hide_long_help(is_global)
        })
        .mut_subcommands(|below| laid_out(below, globals))
        .help_template(template);
    let command = match description {
        Some(description) => command.after_long_help(description),
        None => command,
    };
    match examples {
        Some(examples) => command.before_help(examples),
        None => command,
    }
}

/// A text with each of its paragraphs in one line, so that the width of the
/// terminal breaks it; what is indented stays as it is.
fn unbroken(text: &str) -> String {
    let mut whole = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        whole.push_str(line);
        let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
        match lines.peek() {
            Some(next) if is_prose(line) && is_prose(next) => whole.push(' '),
            Some(_) => whole.push('\n'),
            None => {}
        }
    }
    whole
}

/// The first line of a text as a heading.
fn headed(text: &str, styles: &Styles) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{}\n{rest}", heading(first.trim_end_matches(':'), styles))
}

fn heading(text: &str, styles: &Styles) -> String {
    let style = styles.get_header();
    format!("{style}{text}:{style:#}")
}

/// The help of castoff itself, which groups its commands.
fn overview(command: &Command, globals: &str) -> String {
    let styles = command.get_styles();
    let groups = GROUPS.map(|(name, verbs)| group(command, name, verbs));
    format!(
        "{{about-with-newline}}\n{{before-help}}{{usage-heading}} {{usage}}{{after-help}}\n\n\
         {}\n\n{}\n{{options}}\n\n{}\n{EXIT_STATUSES}\n\n{globals}\n",
        groups.join("\n\n"),
        heading("Options", styles),
        heading("Exit statuses", styles),
    )
}

/// Some commands under a heading, a line each.
fn group(command: &Command, name: &str, verbs: &[&str]) -> String {
    let literal = command.get_styles().get_literal();
    let lines = verbs.iter().map(|verb| {
        let found = command.find_subcommand(verb).and_then(Command::get_about);
        // Clap adds its own `help` only while it reads a command line.
        let about = found.map_or("Print the help of a command".to_owned(), ToString::to_string);
        format!("  {literal}{verb:<11}{literal:#}  {about}")
    });
    let lines: Vec<String> = lines.collect();
    format!("{}\n{}", heading(name, command.get_styles()), lines.join("\n"))
}

/// The global options, a line each.
fn globals(command: &Command) -> String {
    let globals: Vec<&Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).collect();
    let names: Vec<String> = globals.iter().map(|arg| name(arg)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let literal = command.get_styles().get_literal();
    let line = |(arg, name): (&&Arg, &String)| {
        format!("  {literal}{name:<width$}{literal:#}  {}", explanation(arg))
    };
    let lines: Vec<String> = globals.iter().zip(&names).map(line).collect();
    format!("{}\n{}", heading("Global options", command.get_styles()), lines.join("\n"))
}

/// `-q, --quiet`, with room for a short name where there is none.
fn name(arg: &Arg) -> String {
    let short = arg.get_short().map_or("    ".to_owned(), |short| format!("-{short}, "));
    let long = arg.get_long().unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes_value).and_then(<[_]>::first);
    value.map_or_else(|| format!("{short}--{long}"), |value| format!("{short}--{long} <{value}>"))
}

/// What an option does, which values it takes, and which variable it comes from.
fn explanation(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = arg.get_possible_values();
    let values: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
    let is_choice = arg.get_action().takes_values() && !values.is_empty();
    let values = if is_choice { format!(" [{}]", values.join(", ")) } else { String::new() };
    let variable = arg.get_env().map(|name| format!(" [env: {}]", name.display()));
    format!("{help}{values}{}", variable.unwrap_or_default())
}
