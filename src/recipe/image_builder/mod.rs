//! Payloads of SODALITE's image-builder: sources, a base, and names, in one
//! document.
//!
//! [`Document`] is a payload as it is written, JSON or YAML, which are one
//! form; [`Payload`] is what it says, checked. Its passwords are never shown
//! and never written, but by [`Document`], to the author of the payload.

mod base;
mod blueprint;
mod document;
mod fetch;
mod file;
mod findings;
mod first_version;
mod login;
mod paths;
mod payload;
mod read_payload;
mod registry;
mod source;

pub(super) use self::blueprint::blueprint;
pub use self::{
    base::{ARGUMENT, with_base},
    blueprint::{archive_of, of, pinned},
    document::{Document, Format, SyntaxError},
    fetch::{Fetched, archive, commit, fetch, shown},
    file::{open, read},
    findings::{Findings, Mistakes},
    payload::{
        BuildContext, GitRepo, Image, PLATFORM, PLATFORMS, Payload, Registry, Source, WebFile,
    },
};
