//! What undoes a run.

use std::collections::BTreeSet;

use crate::{
    error::Error,
    journal::{History, HistoryEntry, JournalError, RunHead},
    model::{
        ArtifactKind, ConfigEntry, Descriptor, Digest, Published, Repository, SinkName, SinkUrl,
        TagName,
    },
    plan::{self, ExpectedTag, Plan, PutBack, Resigning, Signee, TagMove, TagTarget, Work},
    run::{MovedTag, Run, SignedTag, Swept},
    store::Store,
};

/// The plan that undoes `run`: its moves in reverse, each from what the run
/// made it name, and what it made tags mean. What was about what they named is
/// known by the runs that `swept` it, and in the content store.
pub(crate) fn undo(run: &Run, swept: &[Run], store: &Store) -> Result<Plan, Error> {
    let moved: Vec<&MovedTag> = changes(run).rev().collect();
    let resignings = resignings(run);
    if moved.is_empty() && resignings.is_empty() {
        return Err(Error::refused(format!("run {} moved no tag", run.id())));
    }
    let mut by_sink: Vec<(SinkName, Vec<TagMove>)> = Vec::new();
    for moved in moved {
        let back = TagMove {
            expected: Some(ExpectedTag::of(moved.after.as_ref())),
            beside: moved.beside.clone(),
            about: about(run, moved, swept, store),
            about_known: sweeps(run, moved),
            rank: moved.rank.clone(),
            ..TagMove::new(moved.name.clone(), target(moved.before.as_ref()))
        };
        match by_sink.iter_mut().find(|(sink, _)| *sink == moved.sink) {
            Some((_, of_sink)) => of_sink.push(back),
            None => by_sink.push((moved.sink.clone(), vec![back])),
        }
    }
    let of = run.plan();
    let (signers, sinks) = (of.known_signers().cloned(), of.known_sinks().cloned());
    let plan =
        plan::undoing(of.root.clone(), &by_sink, &resignings, signers.collect(), sinks.collect())?;
    Ok(plan.undoing(run.id().to_owned()))
}

/// What was about what a tag named: what the run itself noted when it removed
/// that, and what other runs did, as far as the content store has it still.
fn about(run: &Run, moved: &MovedTag, others: &[Run], store: &Store) -> Vec<PutBack> {
    let mut about = moved.about.clone();
    let (Some(before), ArtifactKind::Image) = (&moved.before, moved.name.kind) else {
        return about;
    };
    let nodes = store.nodes(before).unwrap_or_else(|_| vec![before.clone()]);
    let mut subjects: BTreeSet<Digest> = nodes.into_iter().map(|node| node.digest).collect();
    subjects.extend(about.iter().map(|of| of.node.digest.clone()));
    let place = at(run, &moved.sink);
    for other in others {
        for Swept { sink, repository, kind, what } in other.swept() {
            let is_there = (repository, *kind) == (&moved.name.repository, ArtifactKind::Image)
                && at(other, sink) == place;
            let is_about = is_there && subjects.contains(&what.subject.digest);
            if is_about && !about.contains(what) && store.complete(&what.node).unwrap_or(false) {
                subjects.insert(what.node.digest.clone());
                about.push(what.clone());
            }
        }
    }
    about
}

/// Whether a run removed itself what its tags named, and noted what was about
/// that.
fn sweeps(run: &Run, moved: &MovedTag) -> bool {
    run.plan().jobs().iter().any(|job| {
        let is_it = |sink: &SinkName, repository: &Repository| {
            *sink == moved.sink && *repository == moved.name.repository
        };
        matches!(&job.work, Work::Sweep { sink, repository, .. } if is_it(sink, repository))
    })
}

/// The other runs that swept where `run` moved tags.
pub(crate) fn swept_since(
    run: &Run,
    heads: &[RunHead],
    history: &History,
) -> Result<Vec<Run>, Error> {
    let places: BTreeSet<&Repository> = run.moved().map(|moved| &moved.name.repository).collect();
    let sweeps = |head: &&RunHead| {
        head.run != run.id() && head.sweeps.iter().any(|swept| places.contains(swept))
    };
    heads.iter().filter(sweeps).map(|head| Ok(history.read(&head.run)?)).collect()
}

/// Refuses to put back what a newer run of the project may have moved, of which that
/// cannot be read.
pub(crate) fn refuse_unread(run: &Run, entries: &[HistoryEntry]) -> Result<(), Error> {
    let newer = entries.iter().skip_while(|entry| entry.id != run.id()).skip(1);
    let may_have_moved = |entry: &&HistoryEntry| {
        let is_damaged = matches!(
            entry.head,
            Err(JournalError::Io { .. } | JournalError::Corrupt { .. } | JournalError::Gap { .. })
        );
        is_damaged && entry.project.as_ref().is_none_or(|of| of.root == run.plan().root)
    };
    let Some(HistoryEntry { id, head: Err(error), .. }) = newer.into_iter().find(may_have_moved)
    else {
        return Ok(());
    };
    let what = format!("run {id} is newer and may have moved the same tags: {error}");
    Err(Error::refused(what).hint("restore that file, or remove it if the run moved none of them"))
}

/// Refuses to put back what another run has put back, and which stayed so.
pub(crate) fn refuse_again(run: &Run, heads: &[RunHead]) -> Result<(), Error> {
    let has_undone = |head: &&RunHead| {
        head.undoes.as_deref() == Some(run.id())
            && head.is_complete()
            && head.has_moved
            && stands(&head.run, heads)
    };
    let Some(RunHead { run: by, .. }) = heads.iter().find(has_undone) else { return Ok(()) };
    Err(Error::refused(format!("run {} was rolled back by run {by}", run.id()))
        .hint(format!("to have its tags again, roll back that run: castoff rollback {by}")))
}

/// Refuses to take a tag from a newer run that moved it and was not undone: the
/// content that both gave it may be the same.
pub(crate) fn refuse_taking(run: &Run, heads: &[RunHead], history: &History) -> Result<(), Error> {
    let began = run.times().map(|(began, _)| began);
    let ours: BTreeSet<&TagName> = changes(run).map(|moved| &moved.name).collect();
    let is_newer = |head: &&RunHead| {
        Some(head.began) > began
            && head.undoes.is_none()
            && head.has_moved
            && head.tags.iter().any(|tag| ours.contains(tag))
            && stands(&head.run, heads)
    };
    for head in heads.iter().filter(is_newer) {
        let (other, by) = (history.read(&head.run)?, &head.run);
        let is_ours = |theirs: &&MovedTag| {
            let place = at(&other, &theirs.sink);
            changes(run).any(|ours| ours.name == theirs.name && at(run, &ours.sink) == place)
        };
        if let Some(MovedTag { name, sink, .. }) = changes(&other).find(is_ours) {
            let what = format!("`{name}` at {sink} was moved later, by run {by}");
            return Err(Error::conflict(what).hint(format!(
                "roll back that run first, with castoff rollback {by}, or remove single tags \
                 with castoff rm"
            )));
        }
    }
    Ok(())
}

/// Whether no run put back what a run moved; one that did may be undone itself.
fn stands(run: &str, heads: &[RunHead]) -> bool {
    let undoes = |by: &&RunHead| by.undoes.as_deref() == Some(run) && by.has_moved;
    !heads.iter().filter(undoes).any(|by| stands(&by.run, heads))
}

/// The tags that name something else since a run.
fn changes(run: &Run) -> impl DoubleEndedIterator<Item = &MovedTag> {
    run.moved().filter(|moved| is_change(moved.before.as_ref(), moved.after.as_ref()))
}

/// Where a sink of a run is.
fn at(run: &Run, sink: &SinkName) -> Option<SinkUrl> {
    run.plan().planned_place(sink)
}

/// What tags are to mean again, for each signer and repository.
fn resignings(run: &Run) -> Vec<Resigning> {
    let mut all: Vec<Resigning> = Vec::new();
    for tag in run.signed() {
        let SignedTag { sink, signer, name, before, after } = tag;
        let root = before.as_ref().or(after.as_ref()).cloned();
        let (Some(at), Some(root)) = (run.plan().sink(sink).cloned(), root) else { continue };
        if !is_change(before.as_ref(), after.as_ref()) {
            continue;
        }
        let back = Signee {
            what: target(before.as_ref()),
            tags: vec![name.tag.clone()],
            expected: Some(ExpectedTag::of(after.as_ref())),
        };
        let is_it = |of: &&mut Resigning| {
            of.signer == *signer && of.what.sink() == *sink && of.what.repository == name.repository
        };
        let Some(known) = all.iter_mut().find(is_it) else {
            let (kind, repository) = (ArtifactKind::Image, name.repository.clone());
            let what = Published { at: ConfigEntry::given(at), kind, repository, tag: None, root };
            all.push(Resigning { what, signer: signer.clone(), subjects: vec![back] });
            continue;
        };
        let same = |of: &&mut Signee| of.what == back.what && of.expected == back.expected;
        match known.subjects.iter_mut().find(same) {
            Some(together) => together.tags.extend(back.tags),
            None => known.subjects.push(back),
        }
    }
    all
}

fn target(before: Option<&Descriptor>) -> TagTarget {
    before.map_or(TagTarget::Nothing, |node| TagTarget::Content(Box::new(node.clone())))
}

/// Whether anything changes. The same content may be described in two ways.
fn is_change(before: Option<&Descriptor>, after: Option<&Descriptor>) -> bool {
    before.map(|node| &node.digest) != after.map(|node| &node.digest)
}
