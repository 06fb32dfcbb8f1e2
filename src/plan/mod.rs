//! What a run will do, decided before anything is done.
//!
//! A [`Plan`] is frozen: it holds resolved names, URLs, tags and what the
//! sources looked like, and no secret. It is the first line of a journal, so a
//! run can be taken up again from there alone.

mod bound;
mod countersign;
mod entries;
mod frozen;
mod index;
mod job_id;
mod lane;
mod making;
mod moves;
mod names;
mod other_work;
mod outlook;
mod parts;
mod planner;
mod refusal;
mod signing;
mod steps;
mod tag_move;
mod undo;
mod upkeep;
mod work;

pub use bound::{Named, named};
pub use countersign::{Signing, signing};
pub use entries::{Entries, LackingEntry};
pub use frozen::{Plan, PlanError};
pub use job_id::JobId;
pub use lane::Lane;
pub use other_work::OtherWork;
pub use outlook::{Outlook, TagOutlook, outlook};
pub use parts::{Job, PlanParts, PlannedArtifact};
pub use planner::plan;
pub use refusal::{Refusal, SameFile, SameTag};
pub use tag_move::{Expected, PutBack, Signee, TagMove, TagTarget};
pub use undo::{Resigning, undoing};
pub use upkeep::{Sweep, Transfer, TransferOutlook, retagging, transfer};
pub use work::Work;
