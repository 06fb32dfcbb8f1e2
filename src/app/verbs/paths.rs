//! `castoff paths`: where everything is.

use std::{io::Write, path::Path};

use crate::{
    app::wiring::project::user_paths,
    cli::GlobalArgs,
    config::{FILE_NAME, Paths},
    error::{Error, Exit},
    streams,
};

/// Prints where everything is.
pub(crate) fn paths(global: &GlobalArgs) -> Result<Exit, Error> {
    let rows =
        rows(&user_paths()?, global.workplace()?.file()?.as_deref(), global.log_file.as_deref());
    let mut out = streams::stdout();
    if global.is_json() {
        let map: std::collections::BTreeMap<_, _> = rows.into_iter().collect();
        writeln!(out, "{}", serde_json::json!(map))?;
    } else {
        for (name, path) in rows {
            writeln!(out, "{name:<8} {path}")?;
        }
    }
    Ok(Exit::Done)
}

/// Where everything is, by name.
pub(crate) fn rows(
    paths: &Paths,
    project: Option<&Path>,
    log: Option<&Path>,
) -> [(&'static str, String); 8] {
    let shown = |path: &Path| path.display().to_string();
    let themes = paths.config.with_file_name("themes");
    [
        ("project", project.map_or_else(|| format!("no {FILE_NAME} here or above"), shown)),
        ("config", shown(&paths.config)),
        ("themes", shown(&themes)),
        ("runs", shown(&paths.runs())),
        ("state", shown(&paths.state)),
        ("cache", shown(&paths.cache)),
        ("aci", shown(&paths.images())),
        ("log", shown(log.unwrap_or(&paths.log()))),
    ]
}
