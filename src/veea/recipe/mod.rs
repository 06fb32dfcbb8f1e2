//! Veea image directories: a folder with `config.yaml` and a Dockerfile, that
//! becomes a release archive for each architecture.
//!
//! [`read()`] tells what a directory says and for which partner; nothing is built,
//! and nothing is written. From that follow, purely, the Dockerfile with its
//! labels, the Swarm service file, and what an engine is asked for.
//!
//! What is documented of the vendor's tool is kept: keys, labels and their
//! order, names and messages. The following is not documented anywhere, and is
//! therefore ours:
//!
//! - The end of the block in the Dockerfile, and the numbers of labels such as
//!   `device1`, which count from 1.
//! - A licence is a file with a field, between semicolons, that is the device or
//!   feature which it allows. One of several lines goes into its label as
//!   base64.
//! - `partner_features` need no licence.
//! - What a volume offers and requests goes into labels beside what it keeps.
//! - Beside a partner's certificate may lie `veea-partner-ID-identifier`,
//!   `veeahub_license_server.pem` and `veeahub_license_authority.pem`; what is
//!   there goes into the labels of those names.

pub mod application;
mod checks;
mod config;
mod dockerfile;
mod folders;
mod image_config;
mod labels;
mod licenses;
mod options;
mod partner;
mod port;
mod project;
mod raw;
mod read;
mod reader;
mod refusal;
mod swarm;
mod veea_image;
mod veea_recipe;

pub use self::{
    folders::Folders,
    image_config::{FILE, NodeType, VeeaImageConfig},
    labels::DockerfileLabel,
    licenses::License,
    partner::Partner,
    port::{Protocol, PublishedPort},
    project::ImageDirectory,
    read::read,
    reader::VeeaImages,
    veea_image::{
        ParsePartnerIdError, ParsePersistentUuidError, ParseVeeaArchError, PartnerId,
        PersistentUuid, VeeaArch,
    },
    veea_recipe::VeeaRecipe,
};
