//! What every task of the console needs.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    app::wiring::{services::Services, sinks::NamedSinks},
    config::Config,
    error::Error,
    tui::Msg,
};

/// What every task needs.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) config: Arc<Config>,
    pub(super) services: Arc<Services>,
    pub(super) told: mpsc::UnboundedSender<Msg>,
}

impl Shared {
    /// The sinks, as a command line names them.
    pub(super) fn sinks(&self) -> NamedSinks {
        self.services.known.clone()
    }

    /// Tells the screen. When that is gone, nobody needs to know.
    pub(super) fn tell(&self, msg: Msg) {
        let _ = self.told.send(msg);
    }

    pub(super) fn failed(&self, what: &str, error: Error) {
        self.tell(Msg::Failed { what: what.to_owned(), failures: error.failures });
    }
}
