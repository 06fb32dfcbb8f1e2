//! What a run looks like without a screen: lines for people, lines for machines.

mod change;
mod did;
mod json;
mod live;
mod plan;
mod quiet;
mod summary;
mod text;

pub use json::JsonLines;
pub use live::LiveBars;
pub use plan::{PlanView, show_plan};
pub use quiet::Quiet;
pub use summary::{show_failures, show_summary, show_tags, tag_line};
pub use text::Text;
