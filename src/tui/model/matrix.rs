//! A plan as a table: a row for each artifact and platform, a column for each
//! stage.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::{
    model::{ArtifactName, Platform, SinkName, StageName},
    plan::{JobId, Plan, Work},
    tui::text::{safe, width},
};

/// A stage of a release.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The content is put into the store.
    Prepare,
    /// The sinks are asked whether they will take it.
    Preflight,
    /// An engine builds the content, and it is put into the store.
    Build,
    /// One of the steps on the way to the content.
    Step(StageName),
    /// The platform goes to a sink.
    Push(SinkName),
    /// The index goes to each sink.
    Index,
    /// Signed.
    Sign,
    /// Each sink is read back.
    Check,
    /// The tags move.
    Tags,
    /// What no tag needs any more is removed.
    Sweep,
    /// Work of this kind, which a newer castoff knows.
    Other(String),
}

/// Where work of newer kinds has its place: before what is signed, and before
/// the tags move.
const BEFORE_SIGN: &str = "attest";
const BEFORE_TAGS: &str = "approve";

/// What a row is called that belongs to no artifact.
pub const ALL: &str = "all";

/// A row of the table. The tags of a rollback belong to no artifact, and what
/// is copied whole has one row for all its platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// Which artifact.
    pub artifact: Option<ArtifactName>,
    /// Which platform of it.
    pub platform: Option<Platform>,
}

/// A plan as a table. A job that is about several rows stands in each.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The rows, in the order of the plan.
    pub rows: Vec<MatrixRow>,
    /// The stages, in the order in which they are run.
    pub stages: Vec<Stage>,
    /// How many columns the longest names of artifacts and of platforms take.
    pub widths: (u16, u16),
    cells: HashMap<(usize, usize), Vec<JobId>>,
}

impl Stage {
    fn of(work: &Work) -> Self {
        match work {
            Work::Make { stage: Some(stage), .. } => Self::Step(stage.clone()),
            Work::Make { built: false, .. } => Self::Prepare,
            Work::Make { built: true, .. } => Self::Build,
            Work::Preflight { .. } => Self::Preflight,
            Work::Push { sink, .. } => Self::Push(sink.clone()),
            Work::Join { .. } => Self::Index,
            Work::Sign { .. } => Self::Sign,
            Work::Check { .. } => Self::Check,
            Work::Tag { .. } => Self::Tags,
            Work::Sweep { .. } => Self::Sweep,
            Work::Other(other) => Self::Other(other.kind.clone()),
        }
    }

    /// What it is called above its column.
    #[must_use]
    pub fn title(&self, arrow: &str) -> String {
        match self {
            Self::Prepare => "prepare".to_owned(),
            Self::Preflight => "preflight".to_owned(),
            Self::Build => "build".to_owned(),
            Self::Step(stage) => stage.to_string(),
            Self::Push(sink) => format!("{arrow} {sink}"),
            Self::Index => "index".to_owned(),
            Self::Sign => "sign".to_owned(),
            Self::Check => "check".to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Sweep => "sweep".to_owned(),
            Self::Other(kind) => safe(kind),
        }
    }
}

impl std::fmt::Display for MatrixRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.artifact, &self.platform) {
            (Some(artifact), Some(platform)) => write!(f, "{artifact} {platform}"),
            (Some(artifact), None) => write!(f, "{artifact}"),
            _ => f.write_str(ALL),
        }
    }
}

impl Matrix {
    /// The table of `plan`.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let rows = rows(plan);
        let widths = (widest(&rows, |row| &row.artifact), widest(&rows, |row| &row.platform));
        let mut matrix = Self { rows, stages: stages(plan), widths, cells: HashMap::new() };
        let goes = destinations(plan);
        for job in plan.jobs() {
            let Some(stage) = matrix.stages.iter().position(|of| *of == Stage::of(&job.work))
            else {
                continue;
            };
            for row in 0..matrix.rows.len() {
                if is_about(&matrix.rows[row], &job.work, plan, &goes) {
                    matrix.cells.entry((row, stage)).or_default().push(job.id);
                }
            }
        }
        matrix
    }

    /// The jobs of a cell.
    #[must_use]
    pub fn jobs(&self, row: usize, stage: usize) -> &[JobId] {
        self.cells.get(&(row, stage)).map_or(&[], Vec::as_slice)
    }
}

fn rows(plan: &Plan) -> Vec<MatrixRow> {
    let of = |artifact: &crate::plan::PlannedArtifact| {
        let name = artifact.name.clone();
        let row = |of: &crate::model::ReleasePlatform| MatrixRow {
            artifact: Some(name.clone()),
            platform: Some(of.platform.clone()),
        };
        if artifact.platforms.is_empty() {
            return vec![MatrixRow { artifact: Some(name), platform: None }];
        }
        artifact.platforms.iter().map(row).collect::<Vec<_>>()
    };
    let rows: Vec<MatrixRow> = plan.artifacts.iter().flat_map(of).collect();
    if rows.is_empty() { vec![MatrixRow { artifact: None, platform: None }] } else { rows }
}

fn widest<T: std::fmt::Display>(
    rows: &[MatrixRow],
    name: impl Fn(&MatrixRow) -> &Option<T>,
) -> u16 {
    let names = rows.iter().map(|row| name(row).as_ref().map_or_else(|| ALL.to_owned(), safe));
    let widest = names.map(|name| width(&name)).max().unwrap_or_default();
    u16::try_from(widest).unwrap_or(u16::MAX)
}

/// The stages that the plan has, in the order of a release.
fn stages(plan: &Plan) -> Vec<Stage> {
    let sinks = plan.sinks.iter().map(|sink| Stage::Push(sink.name().into()));
    let first = [Stage::Prepare, Stage::Preflight];
    let declared = plan.artifacts.iter().flat_map(|artifact| &artifact.stages);
    let steps: IndexSet<Stage> = declared.map(|stage| Stage::Step(stage.name.clone())).collect();
    let order = first.into_iter().chain(steps).chain([Stage::Build]).chain(sinks).chain([
        Stage::Index,
        Stage::Other(BEFORE_SIGN.to_owned()),
        Stage::Sign,
        Stage::Check,
        Stage::Other(BEFORE_TAGS.to_owned()),
        Stage::Tags,
        Stage::Sweep,
    ]);
    let others = plan.jobs().iter().filter_map(|job| match Stage::of(&job.work) {
        Stage::Other(kind) => Some(Stage::Other(kind)),
        _ => None,
    });
    let order: IndexSet<Stage> = order.chain(others).collect();
    let found: HashSet<Stage> = plan.jobs().iter().map(|job| Stage::of(&job.work)).collect();
    order.into_iter().filter(|stage| found.contains(stage)).collect()
}

/// Which sinks each artifact goes to.
fn destinations(plan: &Plan) -> HashSet<(&ArtifactName, &SinkName)> {
    let goes = plan.jobs().iter().filter_map(|job| match &job.work {
        Work::Join { artifact, sink, .. } => Some((artifact, sink)),
        _ => None,
    });
    goes.collect()
}

fn is_about(
    row: &MatrixRow,
    work: &Work,
    plan: &Plan,
    goes: &HashSet<(&ArtifactName, &SinkName)>,
) -> bool {
    let Some(artifact) = &row.artifact else { return true };
    match work {
        // What two artifacts are made from is read once.
        Work::Make { artifact: of, platform: made, .. } => {
            let from = |name| &plan.artifact(name).from;
            row.platform.as_ref() == Some(made) && from(of) == from(artifact)
        }
        Work::Push { artifact: of, platform: pushed, .. } => {
            of == artifact && row.platform.as_ref() == Some(pushed)
        }
        Work::Join { artifact: of, .. } | Work::Sign { artifact: of, .. } => of == artifact,
        Work::Preflight { sink, .. }
        | Work::Check { sink, .. }
        | Work::Tag { sink, .. }
        | Work::Sweep { sink, .. } => goes.contains(&(artifact, sink)),
        Work::Other(other) => {
            let is_of = |of: &ArtifactName| of == artifact;
            let is_for = |of: &Platform| row.platform.as_ref() == Some(of);
            other.artifact.as_ref().is_none_or(is_of) && other.platform.as_ref().is_none_or(is_for)
        }
    }
}
