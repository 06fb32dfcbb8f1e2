//! A proxy for tests that are not async themselves.

use std::ops::Deref;

use tokio::runtime::Runtime;

use super::{FaultProxy, Rule};

/// A [`FaultProxy`] on threads of its own.
pub(crate) struct Behind {
    proxy: FaultProxy,
    _runtime: Runtime,
}

impl Behind {
    /// A proxy before the server at `upstream`.
    pub(crate) fn start(upstream: &str, rules: Vec<Rule>) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let proxy = runtime.block_on(FaultProxy::start(upstream, rules));
        Self { proxy, _runtime: runtime }
    }
}

impl Deref for Behind {
    type Target = FaultProxy;

    fn deref(&self) -> &FaultProxy {
        &self.proxy
    }
}
