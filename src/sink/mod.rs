//! The sinks: where content goes.

mod attach;
mod bucket_lock;
mod compare_and_swap;
mod contention;
mod disk;
pub mod engine_daemon;
mod failures;
mod file_digests;
mod file_range;
mod folder_lock;
mod in_memory;
mod known_content;
pub mod layout;
mod lease;
pub mod objects;
mod reading;
pub mod registry;
mod repositories;
pub mod static_files;
pub mod static_registry;
mod sweeping;
mod tag_list;

pub use repositories::{
    Door, EngineDoor, LayoutDoor, ObjectsDoor, PublishingRun, RegistryDoor, cannot_look,
};
