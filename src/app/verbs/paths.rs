//! `castoff paths`: where everything is.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use super::output::Out;
use crate::{
    app::wiring::project::{Workplace, user_paths},
    cli::GlobalArgs,
    config::{FILE_NAME, Paths},
    error::{Error, Exit},
    streams,
};

/// Prints where everything is.
pub(crate) fn paths(at: &Workplace, options: &GlobalArgs) -> Result<Exit, Error> {
    let mut stdout = streams::stdout();
    let mut out = Out::new(&mut stdout, options);
    print(&user_paths()?, at.file()?.as_deref(), options, &mut out)?;
    Ok(Exit::Done)
}

/// Prints them with the file of a project.
pub(crate) fn print(
    paths: &Paths,
    project: Option<&Path>,
    options: &GlobalArgs,
    out: &mut Out<'_>,
) -> io::Result<()> {
    let rows = rows(paths, project, options.log_file.as_deref());
    if out.is_json {
        let map: BTreeMap<_, _> = rows.into_iter().collect();
        return writeln!(out, "{}", serde_json::json!(map));
    }
    rows.iter().try_for_each(|(name, path)| writeln!(out, "{name:<8} {path}"))
}

/// Where everything is, by name.
fn rows(paths: &Paths, project: Option<&Path>, log: Option<&Path>) -> [(&'static str, String); 8] {
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
