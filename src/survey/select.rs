//! Which platforms of a source are released, and what of it is not.

use super::refusal::invalid;
use crate::{
    config::ArtifactConfig,
    model::{Descriptor, Failure, Platform, ReleasePlatform, Selection},
    ports::{Lacking, Surveyed},
};

/// What of a source is released.
pub(super) struct Chosen {
    pub(super) platforms: Vec<ReleasePlatform>,
    /// The source's index, if that is all of it.
    pub(super) index: Option<Descriptor>,
    pub(super) left_out: Vec<String>,
}

/// Chooses the platforms that are released.
pub(super) fn select(
    artifact: &ArtifactConfig,
    selection: &Selection,
    found: Surveyed,
) -> Result<Chosen, Failure> {
    let Surveyed { platforms, index, lacking, mut left_out } = found;
    let known: Vec<String> = platforms.iter().map(|found| found.platform.to_string()).collect();
    let known = format!("it has {}", known.join(", "));
    // What the configuration demands must be there; what the command line
    // selects need not be there for every artifact.
    for asked in artifact.platforms.iter().flatten() {
        if !platforms.iter().any(|found| found.platform.matches(asked)) {
            refuse_lacking(&lacking, asked, &known)?;
            return Err(invalid(format!("it has nothing for {asked}")).hint(known));
        }
    }
    for asked in &selection.platforms {
        if !platforms.iter().any(|found| found.platform.matches(asked)) {
            refuse_lacking(&lacking, asked, &known)?;
        }
    }
    let is_chosen = |platform: &Platform| {
        let wanted = |asked: &Vec<Platform>| asked.iter().any(|asked| platform.matches(asked));
        artifact.platforms.as_ref().is_none_or(wanted)
            && (selection.platforms.is_empty() || wanted(&selection.platforms))
    };
    let all = platforms.len();
    let platforms: Vec<_> =
        platforms.into_iter().filter(|found| is_chosen(&found.platform)).collect();
    if platforms.is_empty() {
        return Err(invalid("none of its platforms is selected").hint(known));
    }
    let missed = lacking.iter().filter(|lacking| is_chosen(&lacking.platform));
    left_out.extend(missed.map(|Lacking { platform, missing }| {
        format!("{platform} is left out because it is incomplete: {missing} is missing")
    }));
    let index = index.filter(|_| platforms.len() == all);
    Ok(Chosen { platforms, index, left_out })
}

/// Fails where what is asked for is not all there.
fn refuse_lacking(lacking: &[Lacking], asked: &Platform, known: &str) -> Result<(), Failure> {
    let Some(lacking) = lacking.iter().find(|of| of.platform.matches(asked)) else {
        return Ok(());
    };
    let Lacking { platform, missing } = lacking;
    Err(invalid(format!("the image for {platform} is incomplete: {missing} is missing"))
        .hint(format!("fetch {platform} and save it again, or leave it out; {known}")))
}

/// Each platform once: `linux/arm64` and `linux/arm64/v8` are one.
pub(super) fn distinct(platforms: Vec<Platform>) -> Vec<Platform> {
    let mut distinct: Vec<Platform> = Vec::new();
    for platform in platforms {
        if !distinct.iter().any(|known| known.is_same(&platform)) {
            distinct.push(platform);
        }
    }
    distinct
}
