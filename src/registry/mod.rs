//! The OCI distribution protocol, as a client of one registry.
//!
//! It knows nothing of jobs, plans and sinks. `oci-client` reads the
//! registries' error envelopes here; the requests are our own, since `oci-client` keeps neither an answer's status
//! nor its `Retry-After`, cannot take up an interrupted upload, asks no token
//! service with an identity token, and gives its password to any realm.

mod abilities;
mod address;
mod auth;
mod auth_header;
mod authenticated_server;
mod blob;
mod capabilities;
mod catalog;
mod certs_d;
mod challenge;
mod chunk_size;
mod chunks;
mod client;
mod credentials;
mod delete_manifest;
mod docker_config;
mod docker_files;
mod either_or_lock;
mod endpoint;
mod helper;
mod link;
mod manifest;
mod manifest_answer;
mod manifest_name;
mod mount;
mod push_blob;
mod put_manifest;
mod recent_writes;
mod referrers;
mod refusal;
mod registries_conf;
mod scope;
mod session;
mod sessions;
mod size;
mod storage;
mod token;
mod untag;
mod upload;
mod upload_progress;
mod written_once;

pub use self::{
    authenticated_server::Beside,
    blob::{Blob, BlobPresence, PushedAs},
    catalog::Names,
    challenge::{Challenge, may_know_password},
    client::RegistryClient,
    credentials::{Anonymous, Credential, Credentials, GivenCredential},
    delete_manifest::RemovalOutcome,
    docker_config::DockerConfig,
    manifest_name::ManifestName,
    scope::Scopes,
    session::session_url,
    sessions::{MemorySessions, Sessions},
    untag::{Untagged, parting},
};
