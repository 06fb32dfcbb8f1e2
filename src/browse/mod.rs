//! What is published, read from anywhere: what a tag names, down to the layers.
//!
//! Nothing here knows a registry from a folder: it asks a
//! [`Shelf`](crate::ports::Shelf). What comes from there is bounded and
//! verified by its digest.

mod age;
mod attached;
mod diff;
mod tree;

pub use age::Age;
pub use attached::{About, attached};
pub use diff::{Change, Diff, PlatformDiff, diff};
pub use tree::{Branch, Tree, tree};

use crate::{
    model::{Failure, FailureKind, Side},
    ports::Page,
};

/// How many names a list may have.
const NAMES_LIMIT: usize = 1_000_000;
/// How many pages a list may have, of which any may be empty: a registry's
/// page may hold nothing that was asked for.
const PAGES_LIMIT: usize = 10_000;

/// Reads a list page by page, and hands on each page as it comes. Returns
/// whether there is such a list.
///
/// # Errors
///
/// Fails where a page cannot be read, where `take` fails, and where the list
/// has no end.
pub async fn each_page<F: Future<Output = Result<Option<Page>, Failure>>>(
    mut read: impl FnMut(Option<String>) -> F,
    mut take: impl FnMut(Vec<String>) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let (mut from, mut count, mut pages) = (None, 0, 0);
    loop {
        let Some(Page { names, next }) = read(from.clone()).await? else {
            return Ok(from.is_some());
        };
        count += names.len();
        pages += 1;
        let is_long = count > NAMES_LIMIT || pages > PAGES_LIMIT;
        if next.is_some() && (next == from || is_long) {
            let why = format!("the list has no end: {count} names came, and more are promised");
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, why));
        }
        take(names)?;
        match next {
            Some(next) => from = Some(next),
            None => return Ok(true),
        }
    }
}
