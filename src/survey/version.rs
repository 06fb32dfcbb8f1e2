//! What a release is called.

use std::{path::Path, time::Duration};

use crate::{
    config::VersionSource,
    environment::Environment,
    git::Git,
    model::{CommandLine, Failure, FailureKind, Side},
};

/// How long a command may take that prints the version.
const PATIENCE: Duration = Duration::from_mins(1);

/// The version that `version` stands for, in the project at `root`.
pub(super) async fn resolve(
    version: &VersionSource,
    root: &Path,
    environment: &Environment,
) -> Result<String, Failure> {
    let git = || Git::new(environment.clone());
    let text = match version {
        VersionSource::Text(text) => text.clone(),
        VersionSource::GitDescribe => git().describe(root).await?,
        VersionSource::GitTree => git().tree(root).await?,
        VersionSource::Env(name) => environment.get(name).map_err(|error| {
            let what = format!("the version comes from ${name}: {error}");
            Failure::new(FailureKind::NotFound, Side::Local, what)
        })?,
        VersionSource::Command(command) => run(command, root, environment).await?,
    };
    if text.is_empty() {
        return Err(Failure::new(FailureKind::Invalid, Side::Local, "the version is empty"));
    }
    Ok(text)
}

async fn run(
    command: &CommandLine,
    root: &Path,
    environment: &Environment,
) -> Result<String, Failure> {
    let (program, arguments) = command.words().expect("the configuration has at least one word");
    let mut process = environment.command(program);
    process.args(arguments);
    let shown = command.to_string();
    let fail = |what: String| {
        Failure::new(FailureKind::Invalid, Side::Local, what).context(format!("version: `{shown}`"))
    };
    let output =
        tokio::time::timeout(PATIENCE, process.current_dir(root).kill_on_drop(true).output()).await;
    let output =
        output.map_err(|_| fail(format!("it took longer than {} s", PATIENCE.as_secs())))?;
    let output = output.map_err(|error| fail(error.to_string()))?;
    if !output.status.success() {
        return Err(fail(format!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| fail("its output is not UTF-8 text".into()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
