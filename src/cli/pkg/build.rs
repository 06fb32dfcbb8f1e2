//! The arguments of `castoff pkg build` and `castoff pkg push`.

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
    /// Build also what is already published.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) force: Option<bool>,
    /// Build nothing.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) nobuild: Option<bool>,
    /// When pushing: also fetch into the local engine what is already published, as a build does.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) pull: Option<bool>,
    /// Also push, as castoff pkg push does.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) push: Option<bool>,
    /// Load built images into the local engine, also when pushing.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) docker: Option<bool>,
    /// When pushing: push the images of single platforms.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) image: Option<bool>,
    /// When pushing: push the index; since 2026, also the tags of single platforms.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) manifest: Option<bool>,
    /// When pushing: sign the index, unless content trust is disabled; with =NAME, as this signer
    /// of castoff.toml.
    #[arg(long, value_name = "BOOL|NAME", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = sign_arg)]
    pub(crate) sign: Vec<SignArg>,
    /// When pushing: also push it under this tag.
    #[arg(long, value_name = "TAG")]
    pub(crate) release: Option<String>,
    /// Build only these platforms of the package, each as OS/ARCH.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// Skip these platforms of the package, each as linux/ARCH.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    pub(crate) skip_platforms: Vec<String>,
    /// Engines that build platforms.
    #[arg(
        long,
        value_name = "PLATFORM=ENGINE",
        value_delimiter = ',',
        help = "Engines that build platforms; overrides $LINUXKIT_BUILDERS"
    )]
    pub(crate) builders: Vec<String>,
    /// Dockerfile in the folder of the package.
    #[arg(long, value_name = "NAME")]
    pub(crate) dockerfile: Option<String>,
    /// File of build arguments, one a line; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) build_arg_file: Vec<PathBuf>,
    /// Show the build in this form.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) progress: Progress,
    /// Refused: builds get no SSH keys.
    #[arg(long, hide = true, value_name = "ID[=SOCKET|KEY]")]
    pub(crate) ssh: Vec<String>,
    /// Print the equivalent docker command, and exit.
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
    /// In place on a terminal, line by line elsewhere.
    #[default]
    Auto,
    /// Line by line.
    Plain,
    /// In place.
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
