//! What tests against servers share: the servers, castoff itself, a proxy
//! that makes faults, and content to send.

mod base;
mod behind;
pub(crate) mod busybox;
mod castoff;
mod content;
mod cosign;
mod docker_engine;
mod docker_registry;
mod fault_proxy;
mod garage;
pub(crate) mod git_server;
mod notarial;
mod notary_server;
mod podman;
mod process;
mod secret_service;
mod shared;
mod skopeo;
mod ssh_server;
mod terminal;
mod web;
mod wire;

pub(crate) use base::Base;
pub(crate) use behind::Behind;
pub(crate) use castoff::{Castoff, Ended, copy_folder};
pub(crate) use content::Memory;
pub(crate) use cosign::Cosign;
pub(crate) use docker_engine::DockerEngine;
pub(crate) use docker_registry::{DockerRegistry, Setup, make_certificate};
pub(crate) use fault_proxy::{Fault, FaultProxy, Rule};
pub(crate) use garage::{BUCKET, Garage};
pub(crate) use git_server::GitServer;
pub(crate) use notarial::{Manners, Notarial, P256, PASSWORD, USER, make_signer};
pub(crate) use notary_server::{NotaryServer, PASSPHRASE, ROOT_PASSPHRASE};
pub(crate) use podman::Podman;
pub(crate) use process::{free_ports, output, provided, run};
pub(crate) use secret_service::SecretService;
pub(crate) use skopeo::Skopeo;
pub(crate) use ssh_server::SshServer;
pub(crate) use terminal::Terminal;
pub(crate) use web::Web;
pub(crate) use wire::{Answer, Seen};
