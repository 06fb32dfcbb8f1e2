//! The images from elsewhere that a Dockerfile names, whichever instruction
//! does, as BuildKit finds them.
//!
//! | where | what it is |
//! |---|---|
//! | `# syntax=IMAGE` | what reads the Dockerfile |
//! | `FROM IMAGE` | what a stage is built on |
//! | `COPY --from=IMAGE`, `RUN --mount=from=IMAGE` | where files come from |
//! | `ONBUILD` before one of these | the same, in a build on top of this one |

use std::ops::Range;

use parse_dockerfile::{Flag, Instruction};

use super::{SCRATCH, Stages, line_of, offset, parsed, stages_of};
use crate::model::Failure;

/// The build argument that names the image which reads the Dockerfile.
const FRONTEND: &str = "BUILDKIT_SYNTAX";

/// An image from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileReference {
    /// What it is for.
    pub role: ReferenceRole,
    /// The image as it is written.
    pub written: String,
    /// The image, with its variables replaced; none where it cannot be told
    /// before the build begins.
    pub image: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// Whether a build on top of this one takes it, and not this one.
    pub is_later: bool,
    /// What is replaced to name another, in bytes of the text; none where the
    /// text does not have it.
    span: Option<Range<usize>>,
    /// What stays of that before and after the image.
    around: [String; 2],
}

/// What an image from elsewhere is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceRole {
    /// It reads the Dockerfile.
    Frontend,
    /// A stage is built on it.
    Base,
    /// Files are copied from it, or mounted.
    Files,
}

impl DockerfileReference {
    /// What names `image` in its place, for [`replaced`](super::replaced); none
    /// where the text does not have it.
    #[must_use]
    pub fn naming(&self, image: &str) -> Option<(Range<usize>, String)> {
        let [before, after] = &self.around;
        Some((self.span.clone()?, format!("{before}{image}{after}")))
    }
}

/// The images from elsewhere that a Dockerfile names, in order; `name` is what
/// it is called, and `args` are the build's.
///
/// # Errors
///
/// Fails where it is no Dockerfile.
pub fn references(
    text: &str,
    name: &str,
    args: &[(String, String)],
) -> Result<Vec<DockerfileReference>, Failure> {
    let parsed = parsed(text, name)?;
    let stages = stages_of(&parsed, text);
    let mut search = Search { text, stages: &stages, args, names: Vec::new(), found: Vec::new() };
    search.found.extend(given_frontend(args).or_else(|| frontend(text)));
    for instruction in &parsed.instructions {
        search.look(instruction);
    }
    Ok(search.found)
}

struct Search<'s> {
    text: &'s str,
    stages: &'s Stages,
    args: &'s [(String, String)],
    /// The names of the stages up to here.
    names: Vec<String>,
    found: Vec<DockerfileReference>,
}

impl Search<'_> {
    fn look(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::From(from) => {
                let image = self.stages.substituted(&from.image.value, self.args);
                if image.as_deref().is_none_or(|image| image != SCRATCH && !self.is_stage(image)) {
                    let span = from.image.span.clone();
                    let around = [String::new(), String::new()];
                    self.add(ReferenceRole::Base, &from.image.value, image, span, around);
                }
                self.names.extend(from.as_.as_ref().map(|(_, name)| name.value.to_string()));
            }
            Instruction::Copy(copy) => {
                for flag in copy.options.iter().filter(|flag| flag.name.value == "from") {
                    let around = || [String::new(), String::new()];
                    self.files(flag, |value| Some((value.to_owned(), around())));
                }
            }
            Instruction::Run(run) => {
                for flag in run.options.iter().filter(|flag| flag.name.value == "mount") {
                    self.files(flag, mounted);
                }
            }
            Instruction::Onbuild(trigger) => {
                let before = self.found.len();
                self.look(&trigger.instruction);
                self.found[before..].iter_mut().for_each(|found| found.is_later = true);
            }
            _ => {}
        }
    }

    /// Takes in the image that a flag copies or mounts from: no stage's name
    /// or number.
    fn files(&mut self, flag: &Flag<'_>, take: impl Fn(&str) -> Option<(String, [String; 2])>) {
        let Some(value) = &flag.value else { return };
        let Some((image, around)) = take(&value.value) else { return };
        let is_number = !image.is_empty() && image.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || self.is_stage(&image) {
            return;
        }
        // BuildKit replaces no variables here.
        let told = (!image.contains(['$', '"'])).then(|| image.clone());
        self.add(ReferenceRole::Files, &image, told, value.span.clone(), around);
    }

    fn is_stage(&self, image: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(image))
    }

    fn add(
        &mut self,
        role: ReferenceRole,
        written: &str,
        image: Option<String>,
        span: Range<usize>,
        around: [String; 2],
    ) {
        let offset = offset(self.text);
        let span = span.start + offset..span.end + offset;
        let line = line_of(self.text, span.start);
        let (written, span) = (written.to_owned(), Some(span));
        self.found.push(DockerfileReference {
            role,
            written,
            image,
            line,
            is_later: false,
            span,
            around,
        });
    }
}

/// The image that a mount takes files from, and what stands around it. Where a
/// field is quoted, the whole is what is written.
fn mounted(value: &str) -> Option<(String, [String; 2])> {
    let is_from = |field: &&str| {
        let (key, _) = field.split_once('=').unwrap_or((field, ""));
        key.trim_start_matches('"').eq_ignore_ascii_case("from")
    };
    let field = value.split(',').find(is_from)?;
    if value.contains('"') {
        return Some((value.to_owned(), [String::new(), String::new()]));
    }
    let (key, image) = field.split_once('=')?;
    let start = field.as_ptr().addr() - value.as_ptr().addr();
    let before = format!("{}{key}=", &value[..start]);
    let after = value[start + field.len()..].to_owned();
    Some((image.to_owned(), [before, after]))
}

/// The image that reads the Dockerfile, which a build argument may name.
fn given_frontend(args: &[(String, String)]) -> Option<DockerfileReference> {
    let (_, value) = args.iter().rfind(|(name, _)| name == FRONTEND)?;
    let image = value.split_whitespace().next()?.to_owned();
    let (written, image) = (image.clone(), Some(image));
    let around = [String::new(), String::new()];
    Some(DockerfileReference {
        role: ReferenceRole::Frontend,
        written,
        image,
        line: 1,
        is_later: false,
        span: None,
        around,
    })
}

/// The image that reads the Dockerfile, which its first lines may name
/// (BuildKit, `frontend/dockerfile/parser/directives.go`).
fn frontend(text: &str) -> Option<DockerfileReference> {
    let mut at = offset(text);
    if text[at..].starts_with("#!") {
        at += text[at..].find('\n').map_or(text.len() - at, |end| end + 1);
    }
    for line in text[at..].split_inclusive('\n') {
        let (key, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        let key = key.trim();
        let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let image = value.split_whitespace().next().filter(|_| is_word)?;
        if key.eq_ignore_ascii_case("syntax") {
            let start = image.as_ptr().addr() - text.as_ptr().addr();
            return Some(DockerfileReference {
                role: ReferenceRole::Frontend,
                written: image.to_owned(),
                image: Some(image.to_owned()),
                line: line_of(text, start),
                is_later: false,
                span: Some(start..start + image.len()),
                around: [String::new(), String::new()],
            });
        }
    }
    None
}
