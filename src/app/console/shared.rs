//! What every task of the console needs.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    app::wiring::{project::Workplace, services::Services},
    cli::{GlobalArgs, Request},
    config::Config,
    error::Error,
    tui::Msg,
};

/// What every task needs.
#[derive(Clone)]
pub(super) struct Shared {
    /// The request that opened the console.
    pub(super) started: Arc<Request>,
    /// Where it was opened.
    pub(super) at: Arc<Workplace>,
    pub(super) config: Arc<Config>,
    pub(super) services: Arc<Services>,
    pub(super) told: mpsc::UnboundedSender<Msg>,
}

impl Shared {
    /// Whether options name the configuration that the console was opened on.
    pub(super) fn is_configured_by(&self, options: &GlobalArgs) -> bool {
        options.config == self.started.options.config
    }

    /// The same with the configuration that options name. What was typed for runs
    /// is known in it.
    pub(super) fn configured_by(&self, options: &GlobalArgs) -> Result<Self, Error> {
        let at = Workplace { config: options.config.clone(), ..(*self.at).clone() };
        let (config, services) = self.services.reconfigured(&at)?;
        Ok(Self { at: Arc::new(at), config, services: Arc::new(services), ..self.clone() })
    }

    /// Tells the screen. When that is gone, the message is dropped.
    pub(super) fn tell(&self, msg: Msg) {
        let _ = self.told.send(msg);
    }

    pub(super) fn failed(&self, what: &str, error: Error) {
        self.tell(Msg::Failed { what: what.to_owned(), failures: error.failures });
    }
}
