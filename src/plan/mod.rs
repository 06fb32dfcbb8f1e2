//! What a run will do, decided before anything is done.
//!
//! A [`Plan`] is frozen: it holds resolved names, URLs, tags and what the
//! sources looked like, and no secret. It is the first line of a journal, so a
//! run can be taken up again from there alone.

mod build_only;
mod confirmed;
mod entries;
mod forecast;
mod frozen;
mod index;
mod job_id;
mod lane;
mod maintenance;
mod moves;
mod names;
mod other_work;
mod parts;
mod planner;
mod refusal;
mod sign_published;
mod signing;
mod steps;
mod tag_move;
mod undo;
mod work;

pub use confirmed::{Named, named};
pub use entries::{Entries, LackingEntry};
pub use forecast::{Outlook, TagOutlook, outlook};
pub use frozen::{Plan, PlanError};
pub use job_id::JobId;
pub use lane::Lane;
pub use maintenance::{Sweep, Transfer, TransferOutlook, retagging, transfer};
pub use other_work::OtherWork;
pub use parts::{Job, PlanParts, PlannedArtifact};
pub use planner::plan;
pub use refusal::{PlanRefusal, SameFile, SameTag};
pub use sign_published::{Countersigning, signing};
pub use tag_move::{ExpectedTag, PutBack, Signee, TagMove, TagTarget};
pub use undo::{Resigning, undoing};
pub use work::Work;
