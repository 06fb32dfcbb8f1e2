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
mod laws;
mod linuxkit;
mod net;
mod notary;
mod oci_layout;
mod outputs;
mod registry;
mod release_archive;
mod screen;
mod secret;
mod store;
mod support;
mod upkeep;
mod veea;
