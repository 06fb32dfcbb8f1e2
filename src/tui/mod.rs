//! The console: a [`Model`], a pure [`update()`], and a [`view()`].
//!
//! [`shell`] alone touches the terminal, and performs nothing but what the
//! terminal can do; every other [`Effect`] goes to the caller of the console,
//! and comes back as a [`Msg`]. So the whole console can be tested by handing
//! messages to [`update()`], and drawing into a buffer.
//!
//! A screen is a variant of [`model::Screen`], a file in `model` for what it
//! knows, a file in `view` for how it looks, and its rows in the table of keys.
//! A text that may be longer than its place has a file in `texts`: the view draws
//! its lines, and the update keeps what is scrolled within them.

pub mod areas;
mod effect;
mod frame;
pub mod look;
pub mod model;
mod msg;
pub mod shell;
mod text;
mod texts;
mod update;
mod view;

pub use effect::Effect;
pub use model::Model;
pub use msg::Msg;
pub use text::safe;
pub use update::{begin, update};
pub use view::{draw, view};
