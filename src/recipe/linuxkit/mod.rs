//! LinuxKit packages: a folder with `build.yml` and a Dockerfile; its tag is
//! the hash of what git has of it.
//!
//! [`read()`] tells what a package is called and what is known of it;
//! [`Package::blueprint`] reads what it is built from. Nothing is built, and
//! nothing is written.
//!
//! LinuxKit's behaviour of 2020 and of 2026 is kept where tags, labels and
//! messages depend on it. On purpose, other things are not: paths are compared
//! part by part and without links, ids of git may be SHA-256, a name with odd
//! bytes is a name, extra sources that were edited make a package dirty, and
//! where git cannot tell, that is an error and not the tag `latest`.

mod args;
mod blueprint;
mod build_yml;
mod depends;
mod dry_run;
mod flow;
mod hash;
mod identity;
mod image_config;
mod linuxkit_recipe;
mod name;
mod other_machines;
mod package;
mod paths;
mod pins;
mod read;
mod reader;
mod refusal;
mod shape;
mod sources;
mod tag;
mod user_config;

pub use self::{
    depends::{DependsTarget, ImageDependencies, PinnedImage},
    dry_run::docker_command,
    flow::{
        Decision, Flow, Make, PackageRequest, Publish, builders, decide, platforms_of, refuse_dirty,
    },
    identity::PackageName,
    linuxkit_recipe::{Compat, HEAD, LinuxkitRecipe},
    name::{ImageName, expand},
    other_machines::pushed_elsewhere,
    package::{Package, Switches},
    pins::{place, tags_built_on},
    read::{identify, read},
    reader::LinuxkitPackages,
    user_config::{USER_CONFIG, passphrase_command},
};
