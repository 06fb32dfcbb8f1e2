//! That a tag is written only once, as registries say it. No code does at ECR
//! (`TAG_INVALID`), Harbor (`PRECONDITION`), Artifact Registry and Docker Hub
//! (`DENIED`), Nexus (`BLOB_UPLOAD_INVALID`), Quay, Mirantis and Alibaba
//! (`UNKNOWN`), and Azure (`UNSUPPORTED`, with the page that explains locks).

/// Codes that mean it, without underscores.
const CODES: [&str; 9] = [
    "TAGIMMUTABLE",
    "IMMUTABLETAG",
    "IMMUTABLE",
    "TAGALREADYEXISTS",
    "IMAGETAGALREADYEXISTSEXCEPTION",
    "IMAGEALREADYEXISTSEXCEPTION",
    "ALREADYEXISTS",
    "TAGLOCKED",
    "LOCKED",
];

/// Words that mean it wherever they stand.
const SAID: [&str; 16] = [
    "configured as immutable",
    "tag immutab",
    "immutable tag",
    "immutable repository",
    "cannot be overwritten",
    "can not be overwritten",
    "cannot be overridden",
    "can not be overridden",
    "overwriting is not permitted",
    "overwriting is not allowed",
    "permissions to overwrite artifact",
    "permission to overwrite existing artifact",
    "not allow updating assets",
    "redeploy is not allowed",
    "republishing is not allowed",
    "disallowed on this registry, repository or image",
];

/// Words that mean it of these alone: an account may be locked as well, and a
/// field of a manifest immutable.
const SAID_OF: [(&str, &[&str]); 4] = [
    ("is immutable", &["tag", "tags", "image", "manifest", "artifact", "repository", "version"]),
    ("are immutable", &["tags", "images", "manifests", "artifacts", "versions"]),
    ("is locked", &["tag", "image", "manifest", "artifact", "version"]),
    ("already exists", &["tag", "version"]),
];

/// Whether the whole code means it.
pub(super) fn is_code(code: &str) -> bool {
    let code = code.to_ascii_uppercase().replace(['_', '-', ' '], "");
    CODES.contains(&code.as_str())
}

/// Whether words say it.
pub(super) fn is_said(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    SAID.iter().any(|said| words.contains(said))
        || SAID_OF
            .iter()
            .any(|(said, of)| words.match_indices(said).any(|(at, _)| is_about(&words[..at], of)))
}

/// Whether what stands before in the same clause has one of `words`.
fn is_about(before: &str, words: &[&str]) -> bool {
    let ends = [". ", "; ", ": ", ", "];
    let start = ends.iter().filter_map(|end| before.rfind(end).map(|at| at + end.len())).max();
    let clause = &before[start.unwrap_or(0)..];
    clause.split(|letter: char| !letter.is_alphanumeric()).any(|word| words.contains(&word))
}
