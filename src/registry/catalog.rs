//! Lists of names, page by page (OCI distribution specification, "Content
//! Discovery").

use http::{Method, StatusCode};
use serde::Deserialize;

use super::{Client, Scopes, link::next_query};
use crate::{
    model::{Descriptor, Failure, FailureKind, Repository, Tag, lenient},
    net::{Answer, Request},
};

/// How many names are asked for at once. ECR refuses more than 1000.
const PAGE: &str = "n=1000";
/// The longest page, in bytes: some registries send all names at once.
const PAGE_LIMIT: u64 = 64 << 20;
/// How many pages are read to find one tag.
const PAGES_LIMIT: usize = 10_000;

/// A page of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names, as the registry has them.
    pub names: Vec<String>,
    /// How many entries of the list are no names.
    pub odd: usize,
    /// The query of the next page, where the registry says that there is one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct RawNames {
    name: Option<serde_json::Value>,
    /// An empty list may be written as `null`.
    #[serde(default, deserialize_with = "lenient::some_list")]
    tags: Option<Vec<serde_json::Value>>,
    #[serde(default, deserialize_with = "lenient::some_list")]
    repositories: Option<Vec<serde_json::Value>>,
}

impl Client {
    /// A page of the registry's repositories; none where it keeps no list.
    ///
    /// # Errors
    ///
    /// Fails where the list cannot be read, or may not be.
    pub async fn repositories(&self, from: Option<&str>) -> Result<Option<Names>, Failure> {
        let url = self.endpoint("_catalog").await?;
        let answer = self.names(url, from, &Scopes::catalog()).await?;
        match answer.status {
            // Registries of many owners have no list of everything.
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if from.is_none() => Ok(None),
            StatusCode::OK => page(answer).await.map(Some),
            StatusCode::NOT_FOUND => Err(self.cut_off(answer).await),
            _ => Err(self.refused(answer).await.failure),
        }
    }

    /// A page of a repository's tags; none where there is no such repository.
    ///
    /// # Errors
    ///
    /// Fails where the list cannot be read, or may not be.
    pub async fn tags(
        &self,
        repository: &Repository,
        from: Option<&str>,
    ) -> Result<Option<Names>, Failure> {
        let page = self.tags_as_read(repository, from).await?;
        Ok(page.map(|page| self.as_written(repository, page)))
    }

    /// Whether the registry itself lists a tag, whatever was written lately.
    pub(super) async fn lists(&self, repository: &Repository, tag: &Tag) -> Result<bool, Failure> {
        let mut from = None;
        for _ in 0..PAGES_LIMIT {
            let page = self.tags_as_read(repository, from.as_deref()).await?.unwrap_or_default();
            if page.names.iter().any(|name| name == tag.as_str()) {
                return Ok(true);
            }
            if page.next.is_none() {
                break;
            }
            from = page.next;
        }
        Ok(false)
    }

    async fn tags_as_read(
        &self,
        repository: &Repository,
        from: Option<&str>,
    ) -> Result<Option<Names>, Failure> {
        let url = self.url(repository, "tags/list").await?;
        let answer = self.names(url, from, &Scopes::pull(repository)).await?;
        match answer.status {
            StatusCode::NOT_FOUND if from.is_none() => self.not_found(answer).await,
            StatusCode::OK => page(answer).await.map(Some),
            // What began is not whole: half a list is not known.
            StatusCode::NOT_FOUND => Err(self.cut_off(answer).await),
            _ => Err(self.refused(answer).await.failure),
        }
    }

    /// The failure of a list of which a later page is not there.
    pub(super) async fn cut_off(&self, answer: Answer) -> Failure {
        let failure = self.refused(answer).await.failure;
        Failure { kind: FailureKind::Server, ..failure }
            .hint("the list broke off after its first page; try again later")
    }

    /// A page of tags with what was written lately: lists are the last to show
    /// it.
    fn as_written(&self, repository: &Repository, mut page: Names) -> Names {
        for (tag, now) in self.recent.written_below(&self.tags_of(repository)) {
            match now {
                None => page.names.retain(|name| *name != tag),
                Some(_) if page.next.is_none() && !page.names.contains(&tag) => {
                    page.names.push(tag);
                }
                Some(_) => {}
            }
        }
        page
    }

    /// Reads a small blob whole; none where there is none.
    ///
    /// # Errors
    ///
    /// Fails where it has more than `limit` bytes, and as
    /// [`FailureKind::Integrity`] where it is not what its digest says.
    pub async fn small_blob(
        &self,
        repository: &Repository,
        node: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let answer = match self.get_small_blob(repository, &node.digest, limit).await {
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            answer => answer?,
        };
        match answer.status {
            StatusCode::NOT_FOUND => return self.not_found(answer).await,
            StatusCode::OK => {}
            _ => return Err(self.refused(answer).await.failure),
        }
        let line = answer.line().to_owned();
        let is_it = |bytes: &[u8]| node.digest.is_of(bytes);
        let bytes = answer.bytes_that(limit, is_it).await?;
        if is_it(&bytes) {
            return Ok(Some(bytes.to_vec()));
        }
        let why = format!("the received content is not {}", node.digest);
        Err(Failure::new(FailureKind::Integrity, crate::model::Side::Sink, why).context(line))
    }

    async fn names(
        &self,
        mut url: url::Url,
        from: Option<&str>,
        scopes: &Scopes,
    ) -> Result<Answer, Failure> {
        url.set_query(Some(from.unwrap_or(PAGE)));
        self.send(Request::new(Method::GET, url).document(PAGE_LIMIT), scopes).await
    }
}

async fn page(answer: Answer) -> Result<Names, Failure> {
    let next = next_query(&answer.headers);
    let next = next.map_err(|why| answer.fault(FailureKind::Protocol, why))?;
    let line = answer.line().to_owned();
    let bytes = answer.bytes(PAGE_LIMIT).await?;
    let wrong = |what: String| {
        Failure::new(FailureKind::Protocol, crate::model::Side::Sink, what)
            .context(line.clone())
            .hint("the server may not be a registry; check the host and the port")
    };
    let raw: RawNames = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(format!("the answer is not a list in JSON: {error}")))?;
    let RawNames { name, tags, repositories } = raw;
    // Some leave out a list that is empty.
    let listed = tags.or(repositories).or_else(|| name.map(|_| Vec::new()));
    let listed = listed.ok_or_else(|| wrong("the answer contains no list of names".to_owned()))?;
    let count = listed.len();
    let names: Vec<String> = listed.into_iter().filter_map(lenient::name).collect();
    let odd = count - names.len();
    Ok(Names { names, odd, next })
}
