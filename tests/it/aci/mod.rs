//! App Container Images: the tables of the reference, and what must never
//! happen.

mod archive;
mod command;
mod convert;
mod desk;
mod differ;
mod hostile;
mod machine;
mod names;
mod release;
mod render;
mod round_trip;
mod running;
mod schema;
mod stores;
mod support;
mod work;
