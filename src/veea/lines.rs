//! What steps print, as the vendor's tool does.

use crate::model::Stage;

/// Where the dots of a line end, in columns.
const COLUMN: usize = 37;

/// The line of a step that has nothing to do.
pub(super) fn skipping(stage: Stage) -> String {
    let what = match stage {
        Stage::Generate => "No need to re-generate Dockerfile",
        Stage::Compile => "No need to re-compile image",
        Stage::Save => "No need to re-save image archive",
        Stage::Sign => "No need to re-sign image archive",
        Stage::Swarm => "No need to re-generate swarm file",
        Stage::Metadata => "No need to re-generate meta-data",
        Stage::Release => "No need to re-release signed image",
    };
    format!("{what:.<COLUMN$}skipping")
}
