//! By which user, on which machine and in which CI job this process runs.

use crate::{environment::Environment, model::Publisher};

/// A variable that a CI sets to the address of its job.
const JOB_URLS: &[&str] = &[
    "CI_JOB_URL", // GitLab
    "BUILD_URL",  // Jenkins
    "BUILDKITE_BUILD_URL",
    "CIRCLE_BUILD_URL",
    "DRONE_BUILD_LINK",
    "CI_PIPELINE_URL", // Woodpecker
];

/// What the environment tells of the publisher.
pub(crate) fn publisher(environment: &Environment) -> Publisher {
    let variable = |name: &str| environment.text(name);
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    let job = github(environment).or_else(|| JOB_URLS.iter().find_map(|name| variable(name)));
    Publisher { user, host: Some(host), job }.bounded()
}

/// The address of a run of GitHub Actions, or of a CI that has its variables.
fn github(environment: &Environment) -> Option<String> {
    let variable = |name: &str| environment.text(name);
    let server = variable("GITHUB_SERVER_URL")?;
    let (repository, run) = (variable("GITHUB_REPOSITORY")?, variable("GITHUB_RUN_ID")?);
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}
