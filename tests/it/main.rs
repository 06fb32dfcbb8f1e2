//! Fast tests that need nothing but this machine.

#![expect(clippy::disallowed_methods, reason = "tests ask the machine what time it is")]
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod aci;
mod architecture;
mod archive;
mod bad_input;
mod bucket;
mod build_context;
mod cli;
mod config;
mod docker_archive;
mod dockerfile;
mod dockerfile_references;
mod engine;
mod environment;
mod fetched;
mod file_signing;
mod file_tree;
mod foretold;
mod forms;
mod heads;
mod image_builder;
mod image_of;
mod joining;
mod journals;
mod laws;
mod linuxkit;
mod looking;
mod mended;
mod net;
mod notary;
mod oci_layout;
mod others;
mod others_tars;
mod outputs;
mod patience;
mod read_once;
mod references;
mod registries;
mod registry;
mod release_archive;
mod requests;
mod resume;
mod rollback;
mod run_log;
mod saved;
mod screen;
mod sealed;
mod secret;
mod store;
mod streams;
mod support;
mod transport;
mod upkeep;
mod veea;
