//! What a Dockerfile has downloaded without saying which content it means.

use parse_dockerfile::{Instruction, Source};

use super::{Stages, declared, line_of, offset, parsed, stages_of};
use crate::model::Failure;

/// Something that `ADD` brings from elsewhere, and that may change there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Download {
    /// Where from, as it is written.
    pub written: String,
    /// The same, with its variables replaced; none where that cannot be told
    /// before the build begins.
    pub url: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// Whether a build on top of this one takes it, and not this one.
    pub is_later: bool,
}

/// What a Dockerfile downloads without `--checksum`, in order; `name` is what
/// it is called, and `args` are the build's.
///
/// # Errors
///
/// Fails where it is no Dockerfile.
pub fn unpinned_downloads(
    text: &str,
    name: &str,
    args: &[(String, String)],
) -> Result<Vec<Download>, Failure> {
    let parsed = parsed(text, name)?;
    let stages = stages_of(&parsed, text);
    let (mut scope, mut found) = (StageVariables::new(&stages, args), Vec::new());
    for instruction in &parsed.instructions {
        let (instruction, is_later) = match instruction {
            Instruction::Onbuild(trigger) => (&*trigger.instruction, true),
            other => (other, false),
        };
        let add = match instruction {
            Instruction::Add(add) => add,
            other => {
                scope.pass(other);
                continue;
            }
        };
        if add.options.iter().any(|flag| flag.name.value == "checksum") {
            continue;
        }
        for source in &add.src {
            let Source::Path(path) = source else { continue };
            let (written, url) = (path.value.to_string(), scope.replaced(&path.value));
            if is_elsewhere(url.as_deref().unwrap_or(&written)) {
                let line = line_of(text, offset(text) + path.span.start);
                found.push(Download { written, url, line, is_later });
            }
        }
    }
    Ok(found)
}

/// Whether `ADD` downloads it (BuildKit, `util/gitutil` and `IsHTTPSource`).
fn is_elsewhere(source: &str) -> bool {
    let schemes = ["http://", "https://", "git://", "ssh://", "git@", "github.com/"];
    schemes.iter().any(|scheme| source.starts_with(scheme))
}

/// The variables of the stage that is read, as far as the Dockerfile sets them:
/// those of its base are not known.
struct StageVariables<'s> {
    before: &'s Stages,
    args: &'s [(String, String)],
    own: Stages,
}

impl<'s> StageVariables<'s> {
    fn new(before: &'s Stages, args: &'s [(String, String)]) -> Self {
        Self { before, args, own: Stages::default() }
    }

    fn replaced(&self, text: &str) -> Option<String> {
        self.own.substituted(text, &[])
    }

    fn pass(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::From(_) => self.own = Stages::default(),
            Instruction::Arg(arg) => {
                for (name, default) in declared(&arg.arguments.value) {
                    let value = self.argument(&name, default.as_deref());
                    self.own.args.push((name, value));
                }
            }
            Instruction::Env(env) => {
                for (name, value) in declared(&env.arguments.value) {
                    let value = value.and_then(|value| self.replaced(&value));
                    self.own.args.push((name, value));
                }
            }
            _ => {}
        }
    }

    /// What an argument is: the build's, or else its default, or else what it
    /// is before the first stage.
    fn argument(&self, name: &str, default: Option<&str>) -> Option<String> {
        let given = self.args.iter().rfind(|(known, _)| known == name);
        match (given, default) {
            (Some((_, value)), _) => Some(value.clone()),
            (None, Some(default)) => self.replaced(default),
            (None, None) => self.before.value(name, self.args),
        }
    }
}
