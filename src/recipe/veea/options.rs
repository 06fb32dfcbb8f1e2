//! The options of `docker build` that a configuration may have.

use super::{
    image_config::{FILE, ImageConfig},
    refusal::invalid,
};
use crate::model::{Failure, VeeaArch, escape};

/// What is understood.
const KNOWN: &str =
    "--build-arg NAME=VALUE, --target STAGE, --label NAME=VALUE, --network none and --no-cache";

/// Options of `docker build`, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) args: Vec<(String, String)>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) target: Option<String>,
    pub(super) no_network: bool,
    pub(super) no_cache: bool,
}

/// The options for all architectures, and those for single ones, which can
/// only be arguments.
pub(super) fn of(config: &ImageConfig) -> Result<(Options, Vec<(VeeaArch, Options)>), Failure> {
    let all = parse(&config.options, "docker.build_opts")?;
    let mut for_arches = Vec::new();
    for (arch, text) in &config.arch_options {
        let key = format!("docker.build_opts_{arch}");
        let options = parse(text, &key)?;
        if options != (Options { args: options.args.clone(), ..Options::default() }) {
            let what = format!("{FILE}: {key}: only --build-arg can be set for an architecture");
            return Err(invalid(what).hint("move the other options to docker.build_opts"));
        }
        for_arches.push((*arch, options));
    }
    Ok((all, for_arches))
}

fn parse(text: &str, key: &str) -> Result<Options, Failure> {
    let refuse = |what: String| {
        invalid(format!("{FILE}: {key}: {what}")).hint(format!("castoff knows {KNOWN}"))
    };
    let words = shlex::split(text).ok_or_else(|| refuse("a quote is not closed".to_owned()))?;
    let mut words = words.into_iter();
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        if name == "--no-cache" && value.is_none() {
            options.no_cache = true;
            continue;
        }
        let known = ["--build-arg", "--label", "--target", "--network"].contains(&name.as_str());
        let unknown = || refuse(format!("`{}` is not supported", escape(&name)));
        if !known {
            return Err(unknown());
        }
        let lacking = || refuse(format!("`{name}` has no value"));
        let value = value.or_else(|| words.next()).ok_or_else(lacking)?;
        let pair = |value: &str| {
            let (name, value) = value.split_once('=').ok_or_else(lacking)?;
            Ok::<_, Failure>((name.to_owned(), value.to_owned()))
        };
        match (name.as_str(), value.as_str()) {
            ("--build-arg", value) => options.args.push(pair(value)?),
            ("--label", value) => options.labels.push(pair(value)?),
            ("--target", value) => options.target = Some(value.to_owned()),
            ("--network", "none") => options.no_network = true,
            ("--network", "default") => options.no_network = false,
            _ => return Err(unknown()),
        }
    }
    Ok(options)
}
