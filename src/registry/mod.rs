//! The OCI distribution protocol, as a client of one registry.
//!
//! It knows nothing of jobs, plans and sinks. `oci-client` reads the
//! registries' error envelopes here, and `http-auth` their challenges; the
//! requests are our own, since `oci-client` keeps neither an answer's status
//! nor its `Retry-After`, cannot take up an interrupted upload, asks no token
//! service with an identity token, and gives its password to any realm.

mod abilities;
mod auth;
mod beside;
mod blob;
mod catalog;
mod certs_d;
mod challenge;
mod chunks;
mod client;
mod credentials;
mod docker_config;
mod docker_files;
mod helper;
mod link;
mod manifest;
mod referrers;
mod refusal;
mod scope;
mod session;
mod sides;
mod size;
mod storage;
mod token;
mod untag;
mod upload;
mod written_once;

pub use beside::Beside;
pub use blob::{Blob, Stored, There};
pub use catalog::Names;
pub use challenge::{Challenge, may_know_password};
pub use client::Client;
pub use credentials::{Anonymous, Credential, Credentials, Given};
pub use docker_config::DockerConfig;
pub use manifest::{ManifestName, Removal};
pub use scope::Scopes;
pub use session::{MemorySessions, Sessions, session_url};
pub use untag::{Untagged, parting};
