//! `.dockerignore`, as Docker's command line reads it.
//!
//! Each line is a pattern from the context's root, with Go's `filepath.Match`
//! and `**`; what a pattern fits is left out with all below it, `!` takes it
//! back, and the last line that fits counts.

use std::{fs, io, path::Path};

use globset::{GlobBuilder, GlobMatcher};

use crate::model::{Failure, FailureKind, Side, bytes, escape};

/// Where it lies.
const FILE: &str = ".dockerignore";
/// The most bytes of it.
const LIMIT: u64 = 1 << 20;

/// What is left out.
#[derive(Default)]
pub(super) struct Ignore {
    rules: Vec<Rule>,
}

struct Rule {
    takes: bool,
    glob: GlobMatcher,
}

impl Ignore {
    /// What the `.dockerignore` in `folder` says; nothing where there is none.
    pub(super) fn of(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let text = match fs::metadata(&path).and_then(|found| {
            if found.len() > LIMIT {
                let what = format!("it has {}, which is too large", bytes(found.len()));
                return Err(Failure::new(FailureKind::Invalid, Side::Source, what).into());
            }
            fs::read_to_string(&path)
        }) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::from_io(Side::Source, path.display(), &error)),
        };
        Self::parse(&text).map_err(|failure| failure.context(path.display()))
    }

    /// Reads the lines of one.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            // A comment begins in the first column, and nowhere else.
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (takes, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let pattern = cleaned(pattern);
            if pattern.is_empty() {
                continue;
            }
            let mut glob = GlobBuilder::new(&pattern);
            let glob =
                glob.literal_separator(true).backslash_escape(true).build().map_err(|error| {
                    let what = format!("line {number}: `{}` is not a pattern", escape(line));
                    Failure::new(FailureKind::Invalid, Side::Source, what)
                        .because(error.kind().to_string())
                })?;
            rules.push(Rule { takes, glob: glob.compile_matcher() });
        }
        Ok(Self { rules })
    }

    /// Whether what is called `name` is left out.
    pub(super) fn leaves_out(&self, name: &str) -> bool {
        let fits = |rule: &Rule| parents(name).any(|name| rule.glob.is_match(name));
        self.rules.iter().rev().find(|rule| fits(rule)).is_some_and(|rule| !rule.takes)
    }

    /// Whether something below a folder that is left out may be taken back.
    pub(super) fn takes_back(&self) -> bool {
        self.rules.iter().any(|rule| rule.takes)
    }
}

/// A name and all that it lies in: `a/b/c`, `a/b`, `a`.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.rsplit_once('/').map(|(parent, _)| parent))
}

/// The pattern without `.`, empty parts, `..` that can be undone, and slashes
/// at its ends, as Go's `filepath.Clean` leaves it.
fn cleaned(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    // `[` and `{` mean other things to globs than to Go.
    parts.join("/").replace('{', "\\{").replace('}', "\\}")
}
