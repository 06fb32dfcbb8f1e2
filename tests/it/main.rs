//! Fast tests that need nothing but this machine.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod aci;
mod architecture;
mod archive;
mod bad_input;
mod build_context;
mod cli;
mod config;
mod docker_archive;
mod dockerfile;
mod engine;
mod file_signing;
mod file_tree;
mod image_builder;
mod image_of;
mod joining;
mod journals;
mod laws;
mod linuxkit;
mod looking;
mod net;
mod notary;
mod oci_layout;
mod outputs;
mod patience;
mod references;
mod registry;
mod release_archive;
mod resume;
mod screen;
mod secret;
mod store;
mod streams;
mod support;
mod upkeep;
mod veea;
