//! What a token is asked for
//! (distribution, token authentication, "Requesting a token").

use std::fmt;

use crate::model::Repository;

/// The scopes of a request. Some token services look at the first one only,
/// so what is written to comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes {
    all: Vec<String>,
    /// The repository as which castoff asks, where there is one.
    of: Option<String>,
}

impl Scopes {
    /// No scope: whether the credential is good at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reading the list of repositories.
    #[must_use]
    pub fn catalog() -> Self {
        Self { all: vec!["registry:catalog:*".to_owned()], of: None }
    }

    /// Reading from a repository.
    #[must_use]
    pub fn pull(repository: &Repository) -> Self {
        Self::to(repository.as_str(), "pull")
    }

    /// Writing to a repository. Token services want `pull` beside `push`.
    #[must_use]
    pub fn push(repository: &Repository) -> Self {
        Self::to(repository.as_str(), "pull,push")
    }

    /// Reading and writing the metadata of a name at a notary server.
    #[must_use]
    pub fn trust(gun: &str) -> Self {
        Self::to(gun, "push,pull")
    }

    /// Reading the metadata of a name at a notary server.
    #[must_use]
    pub fn trust_to_read(gun: &str) -> Self {
        Self::to(gun, "pull")
    }

    /// Taking a blob over `from` another repository.
    #[must_use]
    pub fn mount(to: &Repository, from: &Repository) -> Self {
        let mut scopes = Self::push(to);
        scopes.all.push(format!("repository:{from}:pull"));
        scopes
    }

    /// The same and those that a challenge named, such as `delete`.
    #[must_use]
    pub fn with(&self, named: Option<&str>) -> Self {
        let mut scopes = self.clone();
        for scope in named.unwrap_or_default().split_whitespace() {
            if !scopes.all.iter().any(|known| covers(known, scope)) {
                scopes.all.push(scope.to_owned());
            }
        }
        scopes
    }

    /// No scope, with the credential that `repository` is used with: whether it
    /// is good at all.
    #[must_use]
    pub fn at(repository: &Repository) -> Self {
        Self { all: Vec::new(), of: Some(repository.to_string()) }
    }

    /// The repository for which a credential is looked up: one for a part of a
    /// registry is of use there alone.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        self.of.as_deref()
    }

    fn to(name: &str, actions: &str) -> Self {
        Self { all: vec![format!("repository:{name}:{actions}")], of: Some(name.to_owned()) }
    }

    /// Each scope, as it stands in a token request.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }
}

/// Whether `known` names the same resource as `scope`, and all its actions.
fn covers(known: &str, scope: &str) -> bool {
    let (Some((resource, actions)), Some((wanted, wanted_actions))) =
        (known.rsplit_once(':'), scope.rsplit_once(':'))
    else {
        return known == scope;
    };
    resource == wanted
        && wanted_actions.split(',').all(|wanted| actions.split(',').any(|action| action == wanted))
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.all.join(" "))
    }
}
