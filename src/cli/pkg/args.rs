//! The arguments of all commands for packages.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Compat;

/// The packages, and what of them is overridden.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "LinuxKit's options")]
pub(crate) struct PackageArgs {
    /// Folders of the packages.
    #[arg(value_name = "PATH", help_heading = None::<&str>)]
    pub(crate) paths: Vec<PathBuf>,
    /// LinuxKit's generation to follow where they differ.
    #[arg(long, value_enum, default_value_t, value_name = "YEAR")]
    pub(crate) compat: Year,
    /// Organisation.
    #[arg(
        long,
        value_name = "ORG",
        help = "Organisation, which may begin with a registry; since 2026 also $LINUXKIT_PKG_ORG"
    )]
    pub(crate) org: Option<String>,
    /// Name of the metadata file in the folder.
    #[arg(long, value_name = "NAME", default_value = "build.yml")]
    pub(crate) build_yml: String,
    /// Use this instead of the hash.
    #[arg(long, value_name = "HASH")]
    pub(crate) hash: Option<String>,
    /// Commit to hash; only HEAD can be built.
    #[arg(long, value_name = "COMMIT", default_value = crate::model::HEAD)]
    pub(crate) hash_commit: String,
    /// Folder to hash, which contains the package's.
    #[arg(long, value_name = "PATH")]
    pub(crate) hash_path: Option<PathBuf>,
    /// Template of the tag, which may contain {{.Hash}}.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) tag: Option<String>,
    #[command(flatten)]
    pub(crate) switches: SwitchArgs,
    /// Never a password: refused, with the way to give it.
    #[arg(long, hide = true, value_name = "REGISTRY=USER:PASSWORD")]
    pub(crate) registry_creds: Vec<String>,
}

/// Go's flags that are on or off: `-name`, `-name=true`, `-name=false`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SwitchArgs {
    /// Repeat every step of the build.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) disable_cache: Option<bool>,
    /// Skip steps that were done before.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) enable_cache: Option<bool>,
    /// Let the build use the network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) network: Option<bool>,
    /// Build without network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) nonetwork: Option<bool>,
    /// Sign nothing, and build on unsigned images.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) disable_content_trust: Option<bool>,
    /// Sign, and build only on signed images.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) enable_content_trust: Option<bool>,
    /// Treat the package as dirty, whatever git says.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) force_dirty: Option<bool>,
    /// Make a development build: the organisation is $USER, and the hash is dev.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) dev: Option<bool>,
}

/// What `-sign` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignArg {
    /// What is pushed is signed.
    On,
    /// It is not.
    Off,
    /// It is, by this signer.
    By(String),
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
pub(super) fn sign_arg(text: &str) -> Result<SignArg, String> {
    Ok(match go_bool(text) {
        Ok(true) => SignArg::On,
        Ok(false) => SignArg::Off,
        Err(_) => SignArg::By(text.to_owned()),
    })
}

/// What Go's flags take for true and false.
pub(super) fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// One of LinuxKit's generations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Year {
    /// The flow that LinuxKit's manual of that year describes.
    #[default]
    #[value(name = "2020")]
    Year2020,
    /// The flow of that year: strict metadata, and a tag for each uncommitted state.
    #[value(name = "2026")]
    Year2026,
}

impl From<Year> for Compat {
    fn from(year: Year) -> Self {
        match year {
            Year::Year2020 => Self::Year2020,
            Year::Year2026 => Self::Year2026,
        }
    }
}
