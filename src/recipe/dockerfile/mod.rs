//! The `FROM` instructions of a Dockerfile, and what else of one is taken
//! apart before it is built.

mod build;
mod downloads;
mod references;

use std::ops::Range;

use parse_dockerfile::{Dockerfile, Instruction};

pub use self::{
    build::{DockerfileRecipe, Dockerfiles},
    downloads::{Download, unpinned_downloads},
    references::{DockerfileReference, ReferenceRole, references},
};
use crate::model::{Failure, FailureKind, Platform, Side};

/// The image that is no image.
const SCRATCH: &str = "scratch";
/// What the names begin with of what a build sets by itself.
const TARGET: &str = "TARGET";

/// A `FROM` instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// Its flags, such as `platform`, in order.
    pub flags: Vec<(String, Option<String>)>,
    /// What it is built on, as it is written; there may be variables in it.
    pub image: String,
    /// What the stage is called.
    pub alias: Option<String>,
    /// Where the instruction begins, in bytes of the text.
    pub start: usize,
    /// Where the image is written, in bytes of the text.
    pub span: Range<usize>,
    /// The line of the image, from 1.
    pub line: usize,
}

/// What a Dockerfile says that matters before it is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// The `FROM` instructions, in order; not what looks like one in a
    /// comment or in a script.
    pub froms: Vec<From>,
    /// The arguments that they may use, with their defaults.
    pub args: Vec<(String, Option<String>)>,
}

/// An image from outside that a stage is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External<'s> {
    /// The instruction.
    pub from: &'s From,
    /// The image, with its variables replaced; none where one has no value
    /// before the build begins, as the platform's have not.
    pub image: Option<String>,
}

/// Takes a Dockerfile apart; `name` is what it is called.
///
/// # Errors
///
/// Fails where it is no Dockerfile.
pub fn stages(text: &str, name: &str) -> Result<Stages, Failure> {
    Ok(stages_of(&parsed(text, name)?, text))
}

/// Where positions begin that the parser tells: it leaves a byte order mark out.
fn offset(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

/// The line of a position, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn parsed<'t>(text: &'t str, name: &str) -> Result<Dockerfile<'t>, Failure> {
    parse_dockerfile::parse(text).map_err(|error| {
        let what = format!("{name}: {error}");
        Failure::new(FailureKind::Invalid, Side::Source, what)
    })
}

fn stages_of(parsed: &Dockerfile<'_>, text: &str) -> Stages {
    let (mut stages, offset) = (Stages::default(), offset(text));
    for instruction in &parsed.instructions {
        match instruction {
            Instruction::Arg(arg) if stages.froms.is_empty() => {
                stages.args.extend(declared(&arg.arguments.value));
            }
            Instruction::From(from) => {
                let flag = |flag: &parse_dockerfile::Flag<'_>| {
                    let value = flag.value.as_ref().map(|value| value.value.to_string());
                    (flag.name.value.to_string(), value)
                };
                let span = from.image.span.start + offset..from.image.span.end + offset;
                stages.froms.push(From {
                    flags: from.options.iter().map(flag).collect(),
                    image: from.image.value.to_string(),
                    alias: from.as_.as_ref().map(|(_, alias)| alias.value.to_string()),
                    start: from.from.span.start + offset,
                    line: line_of(text, span.start),
                    span,
                });
            }
            _ => {}
        }
    }
    stages
}

/// What a build for `platform` sets by itself, in `FROM` without a declaration.
#[must_use]
pub fn platform_args(platform: &Platform) -> Vec<(String, String)> {
    let values = [
        ("PLATFORM", platform.to_string()),
        ("OS", platform.os.clone()),
        ("ARCH", platform.architecture.clone()),
        ("VARIANT", platform.variant.clone().unwrap_or_default()),
    ];
    values.map(|(word, value)| (format!("{TARGET}{word}"), value)).into()
}

impl Stages {
    /// The images from outside that stages are built on, in order; `args` are
    /// the build's.
    #[must_use]
    pub fn external(&self, args: &[(String, String)]) -> Vec<External<'_>> {
        let mut known: Vec<String> = Vec::new();
        let mut external = Vec::new();
        for from in &self.froms {
            let image = self.substituted(&from.image, args);
            let is_within = image.as_deref().is_some_and(|image| {
                image == SCRATCH || known.iter().any(|name| name.eq_ignore_ascii_case(image))
            });
            if !is_within {
                external.push(External { from, image });
            }
            known.extend(from.alias.clone());
        }
        external
    }

    /// A text with its variables replaced.
    fn substituted(&self, text: &str, args: &[(String, String)]) -> Option<String> {
        let (mut made, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            made.push_str(before);
            rest = if let Some(after) = after.strip_prefix('{') {
                let (expression, after) = after.split_once('}')?;
                made.push_str(&self.expression(expression, args)?);
                after
            } else {
                let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
                made.push_str(&self.value(&after[..end], args)?);
                &after[end..]
            };
        }
        made.push_str(rest);
        Some(made)
    }

    /// `NAME`, `NAME:-WORD`, `NAME-WORD`, `NAME:+WORD` or `NAME+WORD`.
    fn expression(&self, text: &str, args: &[(String, String)]) -> Option<String> {
        let Some(at) = text.find([':', '-', '+']) else { return self.value(text, args) };
        let (name, operator) = text.split_at(at);
        let value = self.value(name, args);
        let (word, counts) = match operator.strip_prefix(':') {
            Some(word) => (word, value.as_ref().is_some_and(|value| !value.is_empty())),
            None => (operator, value.is_some()),
        };
        match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some(word), _) => {
                if counts {
                    value
                } else {
                    self.substituted(word, args)
                }
            }
            (_, Some(word)) if counts => self.substituted(word, args),
            (_, Some(_)) => Some(String::new()),
            _ => None,
        }
    }

    /// The value of an argument that was declared: the build's, or else the
    /// default.
    fn value(&self, name: &str, args: &[(String, String)]) -> Option<String> {
        let declared = self.args.iter().rfind(|(known, _)| known == name);
        let given = args.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.clone());
        if declared.is_none() {
            return given.filter(|_| name.starts_with(TARGET));
        }
        let (_, default) = declared?;
        given.or_else(|| self.substituted(default.as_deref()?, args))
    }
}

/// The same text, with other text in place of some spans, which do not
/// overlap.
#[must_use]
pub fn replaced(text: &str, spans: &[(Range<usize>, String)]) -> String {
    let mut spans: Vec<_> = spans.iter().collect();
    spans.sort_by_key(|(span, _)| span.start);
    let (mut made, mut end) = (String::with_capacity(text.len()), 0);
    for (span, other) in spans {
        made.push_str(&text[end..span.start]);
        made.push_str(other);
        end = span.end;
    }
    made.push_str(&text[end..]);
    made
}

/// The arguments of an `ARG` instruction, which are words of a shell.
fn declared(text: &str) -> Vec<(String, Option<String>)> {
    let words = shlex::split(text).unwrap_or_default();
    let pair = |word: &String| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.clone(), None),
    };
    words.iter().map(pair).collect()
}
