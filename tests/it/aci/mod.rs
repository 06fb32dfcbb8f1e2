//! App Container Images: the tables of the reference, and what must never
//! happen.

mod archive;
mod command;
mod differ;
mod hostile;
mod names;
mod render;
mod round_trip;
mod stores;
mod support;
