//! Tests against real servers. A server that is missing is a failure.

#![expect(clippy::disallowed_methods, reason = "tests ask the machine what time it is")]
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod aci;
mod bucket;
mod build;
mod commands_of_other_tools;
mod compressor;
mod concurrent_publishers;
mod engine_daemon;
mod engine_store;
mod faults;
mod files_signing;
mod image_build;
mod killed;
mod linuxkit;
mod memory;
mod notary;
mod refused;
mod registry;
mod release;
mod rivals;
mod seals;
mod secret;
mod support;
mod unchanged;
mod veea;
