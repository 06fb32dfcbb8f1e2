//! What is said of an image archive, and signed.

use serde::{Deserialize, Serialize};

use super::{
    super::{Part, invalid, wrong},
    Wanted,
};
use crate::model::{Digest, Failure, PersistentUuid, VeeaArch, escape};

/// What the document is.
const SCHEMA: &str = "castoff.veea.image";
/// The version of its form.
const VERSION: u32 = 1;
/// The largest statement, in bytes.
const LIMIT: usize = 4 << 20;

/// A statement: which image it is, and what its archive consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Statement {
    schema: String,
    schema_version: u32,
    pub(super) reference: String,
    pub(super) architecture: VeeaArch,
    pub(super) persistent_uuid: PersistentUuid,
    pub(super) config: Digest,
    /// All entries but the signature, in their order.
    entries: Vec<Stated>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stated {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) what: What,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum What {
    File(Part),
    Folder,
    Symlink { target: String },
    Hardlink { target: String },
}

impl Statement {
    pub(super) fn new(wanted: &Wanted, config: Digest, entries: Vec<Stated>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            schema_version: VERSION,
            reference: wanted.reference.clone(),
            architecture: wanted.architecture,
            persistent_uuid: wanted.persistent_uuid,
            config,
            entries,
        }
    }

    /// The document. Fails where it is too long, which no image's is.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, Failure> {
        let mut json = serde_json::to_vec_pretty(self).expect("statements always become JSON");
        json.push(b'\n');
        if json.len() > LIMIT {
            return Err(invalid("it has too many entries, or their names are too long"));
        }
        Ok(json)
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, Failure> {
        let this: Self = serde_json::from_slice(json)
            .map_err(|error| wrong("its signature contains no statement").because(error))?;
        if this.schema != SCHEMA || this.schema_version != VERSION {
            let what = format!("its statement has the unknown format `{}`", escape(&this.schema));
            return Err(wrong(what).hint("a newer castoff may know it"));
        }
        if this.to_json()? != json {
            return Err(wrong("its statement is not in castoff's canonical form"));
        }
        Ok(this)
    }

    /// Fails at the first entry that is not the one that was signed.
    pub(super) fn expect(&self, found: &[Stated]) -> Result<(), Failure> {
        for (place, stated) in self.entries.iter().enumerate() {
            let name = escape(&stated.name);
            match found.get(place) {
                Some(found) if found == stated => {}
                Some(found) if found.name == stated.name => {
                    return Err(wrong(format!("its entry `{name}` differs from the signed one")));
                }
                Some(found) => {
                    let found = escape(&found.name);
                    let what =
                        format!("its entry `{found}` is in the place of the signed `{name}`");
                    return Err(wrong(what));
                }
                None => return Err(wrong(format!("its entry `{name}` is missing"))),
            }
        }
        match found.get(self.entries.len()) {
            Some(extra) => {
                let name = escape(&extra.name);
                Err(wrong(format!("its entry `{name}` was added after signing")))
            }
            None => Ok(()),
        }
    }
}
