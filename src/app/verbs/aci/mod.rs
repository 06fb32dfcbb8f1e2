//! `castoff aci`: App Container Images.

mod build;
mod convert;
mod edit_tree;
mod extract;
mod file;
mod ids;
mod images;
mod stop;

use std::{
    fmt::Display,
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;

use self::stop::stoppable;
use crate::{
    aci::{AciReference, ImageKey, ImageStore},
    app::wiring::project::{Workplace, user_paths},
    archive::Caps,
    cli::{AciArgs, AciVerb, GlobalArgs},
    environment::Environment,
    error::{Error, Exit},
    model::escape,
    streams,
};

/// How far an image may inflate: what compresses better than that is given
/// with less compression, or not compressed.
const CAPS: Caps = Caps { inflated: 1 << 37, ratio: 250, floor: 1 << 30 };

/// Where a verb finds images and makes folders, and how it tells what it did.
#[derive(Clone)]
struct AciContext {
    store: ImageStore,
    workdir: PathBuf,
    is_json: bool,
    is_quiet: bool,
    /// What programs are started with.
    environment: Environment,
}

pub(crate) async fn aci(at: &Workplace, global: &GlobalArgs, args: AciArgs) -> Result<Exit, Error> {
    let dir = match args.dir {
        Some(dir) => dir,
        None => user_paths()?.images(),
    };
    let bench = AciContext {
        store: ImageStore::new(&dir),
        workdir: std::path::absolute(args.workdir.unwrap_or_else(std::env::temp_dir))?,
        is_json: global.is_json(),
        is_quiet: global.quiet,
        environment: at.environment.clone(),
    };
    match args.verb {
        AciVerb::Build { overwrite, key, folder, file } => {
            bench.build(at, folder, (file, overwrite), key.as_deref()).await
        }
        AciVerb::Import(args) => bench.import(args).await,
        AciVerb::StartBuild { image, exact } => bench.start_build(&image, exact).await,
        AciVerb::Extract { image, folder, exact } => bench.extract(&image, folder, exact).await,
        AciVerb::Ls => bench.ls(),
        AciVerb::Rm { force, images } => bench.rm(&images, force),
        AciVerb::Validate { file, signed } => bench.validate(file, signed).await,
        AciVerb::Copy(args) => bench.copy(args).await,
        AciVerb::Run(args) => bench.run(args).await,
        AciVerb::Convert(args) => Box::pin(bench.convert(at, global, args)).await,
    }
}

impl AciContext {
    /// Prints data: a line for people, or a line of JSON.
    fn print(&self, line: impl Display, json: &Value) -> Result<(), Error> {
        let line = if self.is_json { json.to_string() } else { line.to_string() };
        writeln!(streams::stdout(), "{line}")?;
        Ok(())
    }

    /// Says something that is no data.
    fn say(&self, line: impl Display) {
        if !self.is_quiet {
            let _ = writeln!(streams::stderr(), "{line}");
        }
    }

    /// The image of the store that `text` names.
    fn find(&self, text: &str) -> Result<ImageKey, Error> {
        let reference: AciReference = text.parse().map_err(Error::usage)?;
        Ok(self.store.find(&reference)?)
    }
}

/// A path for people.
fn shown(path: &Path) -> String {
    escape(&path.display().to_string()).to_string()
}
