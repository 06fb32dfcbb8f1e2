//! What vouches for releases for `VeeaHubs`, and applications that are made of
//! them.

mod archive;
mod service;
mod tokens;
