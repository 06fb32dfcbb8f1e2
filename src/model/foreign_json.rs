//! What others wrote into JSON that castoff writes again.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The fields that castoff does not know: written back as they were, and no
/// part of any comparison.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Others(Map<String, Value>);

impl PartialEq for Others {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Others {}

impl PartialOrd for Others {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Others {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Others {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
