//! What a job did, in words.

use crate::{
    model::{ArtifactKind, Descriptor, bytes},
    plan::Work,
    run::Bytes,
};

/// What a job did, where that is worth a line.
pub(super) fn done(work: &Work, made: &[Descriptor], reused: bool, moved: Bytes) -> Option<String> {
    let root = made.first().map(|root| root.digest.short()).unwrap_or_default();
    match work {
        Work::Make { stage: Some(_), .. } if reused => Some("up to date".to_owned()),
        Work::Make { stage: Some(_), .. } if made.is_empty() => Some("done".to_owned()),
        Work::Make { stage: Some(_), .. } => Some(format!("packed ({root})")),
        Work::Make { built: true, .. } if reused => {
            Some(format!("unchanged, not built again ({root})"))
        }
        Work::Make { built: true, .. } => Some(format!("built ({root})")),
        Work::Make { .. } if reused => Some(format!("already prepared ({root})")),
        Work::Make { .. } => Some(format!("prepared ({root})")),
        Work::Push { .. } | Work::Join { .. } if reused && moved.present == 0 => {
            Some(format!("nothing to send ({root})"))
        }
        Work::Push { .. } | Work::Join { .. } if reused => {
            Some(format!("up to date, {} present ({root})", bytes(moved.present)))
        }
        Work::Push { .. } | Work::Join { .. } => {
            let mut parts = vec![format!("sent {}", bytes(moved.sent))];
            parts.extend((moved.mounted > 0).then(|| format!("mounted {}", bytes(moved.mounted))));
            parts.extend((moved.present > 0).then(|| format!("present {}", bytes(moved.present))));
            Some(format!("{} ({root})", parts.join(", ")))
        }
        Work::Sign { .. } if reused => Some("already signed".into()),
        Work::Sign { .. } => Some("signed".into()),
        Work::Check { .. } => Some("complete".into()),
        // The files of a tag went with it.
        Work::Sweep { artifact_kind: ArtifactKind::Files, .. } | Work::Tag { .. }
            if moved.removed == 0 =>
        {
            None
        }
        Work::Sweep { .. } | Work::Tag { .. } => Some(format!("removed {}", bytes(moved.removed))),
        Work::Preflight { .. } | Work::Other(_) => None,
    }
}
