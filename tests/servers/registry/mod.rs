//! A registry as a place: pushing, tags, credentials and faults on the way.

mod access;
mod pace;
mod push;
mod tags;
mod upload;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use castoff::{
    environment::Environment,
    model::{Descriptor, Digest, Failure, Tag},
    net::{ClientOptions, Clock, Network, Patience, Random},
    ports::{Content, Desk, JobOutput, Pushed, SinkRepository as _, Swap},
    registry::{Anonymous, Credential, Credentials, MemorySessions, RegistryClient, Sessions},
    sink::registry::RegistrySink,
};

/// A client of `host` without credentials.
fn client(host: &str) -> Arc<RegistryClient> {
    client_as(host, Anonymous)
}

/// A client of `host` with credentials.
fn client_as(host: &str, credentials: impl Credentials + 'static) -> Arc<RegistryClient> {
    client_with(host, &options(), credentials, Arc::new(MemorySessions::default()))
}

fn options() -> ClientOptions {
    ClientOptions::on(Network::new(Environment::of_process(), Clock::system(), Random::System))
}

fn client_with(
    host: &str,
    options: &ClientOptions,
    credentials: impl Credentials + 'static,
    sessions: Arc<dyn Sessions>,
) -> Arc<RegistryClient> {
    // One try each, so that a test sees each failure.
    let visible = Duration::from_millis(200);
    let patience = Patience { attempts: 1, visible, ..Patience::usual(Random::System) };
    let options = ClientOptions { patience, ..options.clone() };
    let client = RegistryClient::new(host, &options, Arc::new(credentials), sessions);
    Arc::new(client.expect("the options are good"))
}

fn place(client: &Arc<RegistryClient>, repository: &str) -> Arc<RegistrySink> {
    Arc::new(RegistrySink::new(Arc::clone(client), repository.parse().expect("a repository")))
}

/// Moves a tag, or removes it.
async fn swap(
    sink: &Arc<RegistrySink>,
    tag: &Tag,
    expected: Option<&Digest>,
    to: Option<&Descriptor>,
) -> Result<(), Failure> {
    let removed = if to.is_none() { vec![tag.clone()] } else { Vec::new() };
    let (expected, to) = (expected.cloned(), to.cloned());
    let swap = Swap { tag: tag.clone(), expected, to, rank: None };
    Arc::clone(sink).begin(removed).swap(swap, &JobOutput::default()).await
}

async fn push(
    sink: &RegistrySink,
    (node, content): &(Descriptor, Arc<dyn Content>),
) -> Result<Pushed, Failure> {
    sink.push(node, Arc::clone(content), &Desk::default()).await
}

/// A user with a password.
struct User(&'static str, &'static str);

#[async_trait]
impl Credentials for User {
    async fn find(&self, host: &str, _: Option<&str>) -> Result<Option<Credential>, Failure> {
        let login = Credential::Basic { user: self.0.to_owned(), password: self.1.into() };
        Ok(Some(login).filter(|_| is_known(host)))
    }
}

/// Whether it is the host that a login is for, and no other name of it.
fn is_known(host: &str) -> bool {
    !host.starts_with("localhost")
}

/// An identity token, as a login left it.
struct Identity(&'static str);

#[async_trait]
impl Credentials for Identity {
    async fn find(&self, host: &str, _: Option<&str>) -> Result<Option<Credential>, Failure> {
        Ok(Some(Credential::IdentityToken(self.0.into())).filter(|_| is_known(host)))
    }
}
