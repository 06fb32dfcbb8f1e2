//! What castoff can do about a failure, in the words of its command line.

use std::fmt::Display;

use crate::model::{Failure, Hint, Remedy};

/// What to do about a failure, in words.
#[must_use]
pub fn advice(failure: &Failure) -> Option<String> {
    failure.hint.as_ref().map(|hint| match hint {
        Hint::Words(words) => words.clone(),
        Hint::Remedy(remedy) => words(remedy),
    })
}

/// The command that goes on with the one unfinished run.
pub const RESUME: &str = "castoff resume";

/// The command that goes on with a run.
#[must_use]
pub fn resume(run: impl Display) -> String {
    format!("{RESUME} {run}")
}

/// The command that puts the tags of a run back.
#[must_use]
pub fn rollback(run: impl Display) -> String {
    format!("castoff rollback {run}")
}

fn words(remedy: &Remedy) -> String {
    let words = match remedy {
        Remedy::MakeRoomAndResume => "make room on this disk, then go on with castoff resume",
        Remedy::ResumeFromWhatWasSigned => {
            "another publisher signs here too; castoff resume goes on from what it signed"
        }
        Remedy::ResumeAndJoin => "castoff resume makes the index again",
        Remedy::WaitAndResume => "wait until that run ends, and go on with castoff resume",
        Remedy::WaitOrFinish { mark } => {
            return format!(
                "wait until that run ends, or finish it with castoff resume; if it was killed \
                 for good, remove {mark}"
            );
        }
        Remedy::PushPlatform => "push the image of at least one platform first: castoff pkg push",
        Remedy::PushRelease => "castoff pkg push -release …",
        Remedy::CommitOrBuildOnly => {
            "commit or stash the changes, or build it only: castoff pkg build"
        }
        Remedy::FetchOrCopyOne => {
            "fetch that platform as well, or copy another alone: castoff copy --platform"
        }
        Remedy::SignThereOrRename => {
            "a copy would lose that signature: sign what is there with castoff sign, or copy to \
             another tag"
        }
        Remedy::RenameOrRemove => {
            "give each version's file a name of its own, or remove that version first (castoff rm)"
        }
        Remedy::RemoveSiblings => "castoff rm --with-siblings removes them all",
        Remedy::CopyAndSweep => {
            "give the layout blobs of its own (castoff copy to another layout), and sweep that one"
        }
        Remedy::SweepAnew => "nothing was removed but the tags; begin castoff gc anew",
        Remedy::StoreSecret { name } => return format!("store it with castoff secret set {name}"),
        Remedy::ReplaceSecret { name, source } => {
            return format!(
                "it came from the {source}: store the right one with castoff secret set {name}"
            );
        }
        Remedy::LogIn { host } => {
            return format!(
                "there is no credential for `{host}`; log in with `docker login {host}`, or store \
                 one with `castoff secret set docker://{host}`"
            );
        }
        Remedy::LogInToTokenService { host } => {
            return format!(
                "the token service at `{host}` is not the registry's own, so it was given no \
                 password; where it may have it, store the same login for it too, with `castoff \
                 secret set docker://{host}`"
            );
        }
        Remedy::ListSecrets => "see castoff secret ls",
        Remedy::ListImages { folder } => {
            return format!("castoff aci ls shows what is in {}", folder.display());
        }
    };
    words.to_owned()
}
