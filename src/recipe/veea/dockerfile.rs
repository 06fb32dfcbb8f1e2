//! The Dockerfile with its labels.

use std::path::Path;

use parse_dockerfile::Instruction;

use super::{labels::Label, refusal::invalid};
use crate::model::Failure;

/// The name of the architecture among the arguments of a build.
pub(super) const ARCH: &str = "ARCH";
/// What the block is marked with.
const BEGIN: &str = "#BEGIN AUTO-GENERATED - DO NOT EDIT!!!";
const END: &str = "#END AUTO-GENERATED - DO NOT EDIT!!!";
/// What lines begin with that mark a block.
const MARKS: [&str; 2] = ["#BEGIN", "#END"];

/// `source` with a block of labels before the last `ENTRYPOINT` or `CMD` of its
/// last stage, or at its end.
pub(super) fn generate(source: &str, path: &Path, labels: &[Label]) -> Result<String, Failure> {
    refuse_marks(source, path)?;
    let parsed = parse_dockerfile::parse(source)
        .map_err(|error| invalid(format!("{}: {error}", path.display())))?;
    let mut at = source.len();
    for instruction in &parsed.instructions {
        match instruction {
            Instruction::From(_) => at = source.len(),
            Instruction::Entrypoint(entrypoint) => at = entrypoint.entrypoint.span.start,
            Instruction::Cmd(cmd) => at = cmd.cmd.span.start,
            _ => {}
        }
    }
    if at < source.len() {
        // An instruction may be indented.
        at = source[..at].rfind('\n').map_or(0, |line| line + 1);
    }
    let (before, after) = source.split_at(at);
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Ok(format!("{before}{gap}{}{after}", block(labels)))
}

fn refuse_marks(source: &str, path: &Path) -> Result<(), Failure> {
    let is_mark = |line: &str| MARKS.iter().any(|mark| line.trim_start().starts_with(mark));
    let Some(line) = source.lines().position(is_mark) else { return Ok(()) };
    let what = "ERROR: The old #BEGIN/#END construct is no longer supported.";
    let hint = format!("remove the block at {}:{}; it is generated", path.display(), line + 1);
    Err(invalid(what).verbatim().hint(hint))
}

fn block(labels: &[Label]) -> String {
    let mut lines = vec![BEGIN.to_owned(), format!("ARG {ARCH}")];
    lines.extend(labels.iter().map(|label| {
        let value = if label.is_argument { format!("${ARCH}") } else { quoted(&label.value) };
        format!("LABEL {}={value}", label.name)
    }));
    lines.push(END.to_owned());
    lines.join("\n") + "\n"
}

/// A value that a Dockerfile reads back as it is.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    format!("\"{escaped}\"")
}
