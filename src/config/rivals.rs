//! Signers that would write the same file beside what is released.

use super::{Config, SinkConfig, fields::At, problem::Problems};
use crate::model::SignerKind;

/// Reports artifacts that several keys would sign in one file that holds one
/// signature alone.
pub(super) fn refuse(config: &Config, names: &[At<String>], problems: &mut Problems) {
    for artifact in &config.artifacts {
        let Some(name) = names.iter().find(|name| name.value == artifact.name.0) else { continue };
        let mut signers = config.signers_of(artifact);
        signers.retain(|signer| signer.kind() == SignerKind::Minisign);
        let [first, second, ..] = &signers[..] else { continue };
        let signs = |sink: &SinkConfig| first.kind().signs_at(artifact.kind(), &sink.spec.url);
        if config.sinks.iter().any(|sink| artifact.goes_to(&sink.spec) && signs(sink)) {
            let (first, second) = (&first.name, &second.name);
            let what = format!(
                "signers `{first}` and `{second}` would both write SHA256SUMS.minisig, which can \
                 hold only one signature"
            );
            let hint = "name one of them in `sign` of the artifact".to_owned();
            problems.add(&name.at, what, Some(hint));
        }
    }
}
