//! What steps print, as the vendor's tool does.

use super::step::VeeaStep;

/// Where the dots of a line end, in columns.
const COLUMN: usize = 37;

/// The line of a step that has nothing to do.
pub(super) fn skipping(stage: VeeaStep) -> String {
    let what = match stage {
        VeeaStep::Generate => "No need to re-generate Dockerfile",
        VeeaStep::Compile => "No need to re-compile image",
        VeeaStep::Save => "No need to re-save image archive",
        VeeaStep::Sign => "No need to re-sign image archive",
        VeeaStep::Swarm => "No need to re-generate swarm file",
        VeeaStep::Metadata => "No need to re-generate meta-data",
        VeeaStep::Release => "No need to re-release signed image",
    };
    format!("{what:.<COLUMN$}skipping")
}
