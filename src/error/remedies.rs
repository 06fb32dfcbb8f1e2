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
        Remedy::MakeRoomAndResume => "free some space on this disk, then run castoff resume",
        Remedy::ResumeFromWhatWasSigned => {
            "another publisher signs here too; castoff resume continues from its signatures"
        }
        Remedy::ResumeAndJoin => "castoff resume makes the index again",
        Remedy::WaitAndResume => "wait until that run ends, then run castoff resume",
        Remedy::WaitOrFinish { mark } => {
            return format!(
                "wait until that run ends, or complete it with castoff resume; if it will not be \
                 resumed, remove {mark}"
            );
        }
        Remedy::PushPlatform => "push the image of at least one platform first: castoff pkg push",
        Remedy::PushRelease => "castoff pkg push -release …",
        Remedy::CommitOrBuildOnly => {
            "commit or stash the changes, or build it only: castoff pkg build"
        }
        Remedy::FetchOrCopyOne => {
            "fetch that platform too, or copy another one: castoff copy --platform"
        }
        Remedy::SignThereOrRename => {
            "the copy would replace that signature: sign the existing image with castoff sign \
             instead, or copy to another tag"
        }
        Remedy::RenameOrRemove => {
            "use a different file name for each version, or remove that version first (castoff \
             rm)"
        }
        Remedy::RemoveSiblings => "castoff rm --with-siblings removes them all",
        Remedy::CopyAndSweep => {
            "copy the layout to one with its own blobs (castoff copy), and sweep that one"
        }
        Remedy::SweepAnew => "only the tags were removed; run castoff gc again",
        Remedy::StoreSecret { name } => return format!("store it with castoff secret set {name}"),
        Remedy::ReplaceSecret { name, source } => {
            return format!(
                "it came from the {source}: store the right one with castoff secret set {name}"
            );
        }
        Remedy::LogIn { host } => {
            return format!(
                "castoff has no credentials for `{host}`; log in with `docker login {host}`, or \
                 store them with `castoff secret set docker://{host}`"
            );
        }
        Remedy::LogInToTokenService { host } => {
            return format!(
                "the token service at `{host}` is not the registry's own, so castoff sent it no \
                 password; to allow that, store the same login for it with `castoff secret set \
                 docker://{host}`"
            );
        }
        Remedy::SetOrStoreKeys => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or store them with \
             castoff secret set s3://…"
        }
        Remedy::ListSecrets => "castoff secret ls lists them",
        Remedy::ListImages { folder } => {
            return format!("castoff aci ls lists the images in {}", folder.display());
        }
    };
    words.to_owned()
}
