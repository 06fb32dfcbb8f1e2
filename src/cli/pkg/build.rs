//! What `castoff pkg build` and `castoff pkg push` understand.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{PackageArgs, SignArg, go_bool, sign_arg};
use crate::cli::TrustArgs;

/// `castoff pkg build` and `castoff pkg push`.
#[derive(Args, Clone, Debug)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Builds what is published already.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) force: Option<bool>,
    /// Builds nothing.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) nobuild: Option<bool>,
    /// With a push: also fetches into the local engine what is published already, as a build does.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) pull: Option<bool>,
    /// Also pushes, as castoff pkg push does.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) push: Option<bool>,
    /// Loads what was built into the local engine, also when it is pushed.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) docker: Option<bool>,
    /// With a push: pushes the images of single platforms.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) image: Option<bool>,
    /// With a push: pushes the index; since 2026, the tags of single platforms beside it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) manifest: Option<bool>,
    /// With a push: signs the index, unless content trust is disabled; =NAME: by this signer of
    /// castoff.toml.
    #[arg(long, value_name = "BOOL|NAME", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = sign_arg)]
    pub(crate) sign: Vec<SignArg>,
    /// With a push: also tags it so.
    #[arg(long, value_name = "TAG")]
    pub(crate) release: Option<String>,
    /// The platforms, each as OS/ARCH, of those that the package is for.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// All platforms of the package but these, each as linux/ARCH.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    pub(crate) skip_platforms: Vec<String>,
    /// Where platforms are built.
    #[arg(
        long,
        value_name = "PLATFORM=ENGINE",
        value_delimiter = ',',
        help = "Where platforms are built; also $LINUXKIT_BUILDERS, which this overrides"
    )]
    pub(crate) builders: Vec<String>,
    /// The Dockerfile, within the folder of the package.
    #[arg(long, value_name = "NAME")]
    pub(crate) dockerfile: Option<String>,
    /// A file of build arguments, one a line; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) build_arg_file: Vec<PathBuf>,
    /// How the build is shown.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) progress: Progress,
    /// What must not be here: keys for the build.
    #[arg(long, hide = true, value_name = "ID[=SOCKET|KEY]")]
    pub(crate) ssh: Vec<String>,
    /// Prints the docker command that would build the same, and does nothing.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) dry_run: Option<bool>,
    #[command(flatten)]
    pub(crate) unused: UnusedArgs,
}

/// Flags about LinuxKit's own cache and builder, which castoff does not have.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnusedArgs {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) ignore_cached: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) builder_name: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) builder_image: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) builder_config: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) builder_restart: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) precache_images: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) cache: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) sbom_scanner: Option<String>,
}

/// How a build is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// On a terminal as it changes, elsewhere line by line.
    #[default]
    Auto,
    /// Line by line.
    Plain,
    /// As it changes.
    Tty,
}

impl UnusedArgs {
    /// The flags that were given.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let is_on = |value: &Option<String>| value.as_ref().is_some_and(|it| it != "false");
        let flags = [
            ("--ignore-cached", &self.ignore_cached),
            ("--builder-name", &self.builder_name),
            ("--builder-image", &self.builder_image),
            ("--builder-config", &self.builder_config),
            ("--builder-restart", &self.builder_restart),
            ("--precache-images", &self.precache_images),
            ("--cache", &self.cache),
            ("--sbom-scanner", &self.sbom_scanner),
        ];
        flags.into_iter().filter(|(_, value)| is_on(value)).map(|(name, _)| name).collect()
    }
}
