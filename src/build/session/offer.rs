//! What a build is offered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::SecretString;

use crate::{build::context::ContextTree, model::Failure, ports::Desk, registry::Credentials};

/// What a build may ask for.
#[derive(Clone)]
pub(in crate::build) struct BuildOffer {
    pub(in crate::build) context: Arc<ContextTree>,
    pub(in crate::build) dockerfile: String,
    /// By their ids.
    pub(in crate::build) secrets: Arc<BTreeMap<String, SecretString>>,
    pub(in crate::build) logins: Arc<dyn Credentials>,
    /// When files are said to have been written, in seconds since the Unix
    /// epoch; none: when they were.
    pub(in crate::build) epoch: Option<u64>,
    pub(in crate::build) desk: Desk,
    /// Why a file could not be sent.
    pub(in crate::build) failed: Failed,
}

/// Why something could not be answered: the engine only says that it was not.
#[derive(Clone, Debug, Default)]
pub(in crate::build) struct Failed(Arc<Mutex<Option<Failure>>>);

impl Failed {
    /// Keeps the first failure.
    pub(in crate::build) fn note(&self, failure: Failure) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    pub(in crate::build) fn take(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
