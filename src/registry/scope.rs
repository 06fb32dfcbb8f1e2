//! What a token is asked for
//! (distribution, token authentication, "Requesting a token").

use std::fmt;

use crate::model::Repository;

/// The scopes of a request. Some token services look at the first one only,
/// so what is written to comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// No scope: whether the credential is good at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reading the list of repositories.
    #[must_use]
    pub fn catalog() -> Self {
        Self(vec!["registry:catalog:*".to_owned()])
    }

    /// Reading from a repository.
    #[must_use]
    pub fn pull(repository: &Repository) -> Self {
        Self(vec![format!("repository:{repository}:pull")])
    }

    /// Writing to a repository. Token services want `pull` beside `push`.
    #[must_use]
    pub fn push(repository: &Repository) -> Self {
        Self(vec![format!("repository:{repository}:pull,push")])
    }

    /// Reading and writing the metadata of a name at a notary server.
    #[must_use]
    pub fn trust(gun: &str) -> Self {
        Self(vec![format!("repository:{gun}:push,pull")])
    }

    /// Reading the metadata of a name at a notary server.
    #[must_use]
    pub fn trust_to_read(gun: &str) -> Self {
        Self(vec![format!("repository:{gun}:pull")])
    }

    /// Taking a blob over `from` another repository.
    #[must_use]
    pub fn mount(to: &Repository, from: &Repository) -> Self {
        let Self(mut scopes) = Self::push(to);
        scopes.push(format!("repository:{from}:pull"));
        Self(scopes)
    }

    /// The same and those that a challenge named, such as `delete`.
    #[must_use]
    pub fn with(&self, named: Option<&str>) -> Self {
        let mut scopes = self.0.clone();
        for scope in named.unwrap_or_default().split_whitespace() {
            if !scopes.iter().any(|known| covers(known, scope)) {
                scopes.push(scope.to_owned());
            }
        }
        Self(scopes)
    }

    /// Each scope, as it stands in a token request.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
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
        f.write_str(&self.0.join(" "))
    }
}
