//! A bucket.

mod body;
mod bucket;
mod check;
mod client;
mod connections;
mod content;
mod copy;
mod error;
mod hint;
mod keys;
mod list;
mod objects;
mod options;
mod probe;
mod profile;
mod settings;
mod size;
mod upload;
mod write;

pub use bucket::S3Objects;
pub use keys::{Keys, KeysOf};
pub use options::S3Options;
