//! What the engine needs from the world.
//!
//! Adapters implement these traits; the engine knows nothing else of archives,
//! registries, buckets and folders. Every verb is idempotent, so that trying
//! again, resuming and running are the same thing.

mod attachment;
mod blocking;
mod catalog;
mod content;
mod desk;
mod inventory;
mod lists;
mod maker;
mod reading;
mod repository;
mod sealer;
mod shelf_source;
mod signer;
mod source;
mod swapped;
mod tag_moves;

pub use attachment::Attachment;
pub use blocking::blocking;
pub use catalog::{Catalog, Page};
pub use content::{Content, Pushed, Reader};
pub use desk::{Desk, JobOutput, Meter, WITHIN};
pub use inventory::{Inventory, InventoryItem};
pub use lists::{all_tags, each_page, resolve_all, resolve_readable};
pub use maker::{AskedOrigin, Lacking, MadePlatform, Maker, Makers, Surveyed, Wanted, wrong_maker};
pub use reading::{Chunks, check_content, each_chunk, hash, read_small};
pub use repository::{Places, Shelf, SinkRepository, Sweeper};
pub use sealer::Sealer;
pub use shelf_source::{Shelved, WHOLE_LIMIT, read_node};
pub use signer::{Signature, Signer, Subject, Verified};
pub use source::{Source, Store};
pub use swapped::{Moving, Swap, Swapped, ranked, swap_each};
pub use tag_moves::TagMoves;
