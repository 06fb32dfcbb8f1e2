//! Registries, buckets and engines of others: what they refuse, leave out or write
//! otherwise, and what castoff makes of it. Only fakes do all of it at will.

mod answered;
mod bases;
mod bucket;
mod busy;
mod cut;
mod defences;
mod defences_of_verbs;
mod desk;
mod doors;
mod engines;
mod fake;
mod half_gone;
mod heads;
mod lenient;
mod links;
mod lists;
mod logins;
mod meanwhile;
mod mounts;
mod odd_rows;
mod passed_on;
mod placed;
mod podmans;
mod proxies;
mod quotas;
mod redirects;
mod refused_tags;
mod removal_broken_off;
mod repeated;
mod server;
mod slow;
mod transport;
mod unsound;
mod written_once;

use self::{
    bucket::Bucket,
    desk::{Desk, Ended},
    server::Server,
};
pub(crate) use self::{
    fake::Registry,
    server::{Answer, Asked},
};
