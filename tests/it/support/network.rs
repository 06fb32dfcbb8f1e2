//! What clients are built on in tests: a network without variables, on which
//! waits are no longer than they must be.

use castoff::{
    environment::Environment,
    net::{ClientOptions, Clock, Network, Random},
};

pub(crate) fn network() -> Network {
    network_in(Environment::of([]))
}

pub(crate) fn network_in(environment: Environment) -> Network {
    Network::new(environment, Clock::system(), Random::Fixed(0))
}

pub(crate) fn options() -> ClientOptions {
    ClientOptions::on(network())
}
