//! Signatures, put beside what was staged before a tag names it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{Inputs, ReleaseWorker, internal, preflight::moved};
use crate::{
    engine::{Copier, JobDone, Teller},
    model::{
        ArtifactKind, ArtifactName, Descriptor, Digest, Failure, FailureKind, Node, Repository,
        Side, SinkName, SinkSpec, TagName,
    },
    plan::{Job, JobId, Signee, TagTarget, Work},
    ports::{Attachment, Desk, Shelf, Signature, Signer, SinkRepository, Subject, Verified},
    run::EventKind,
};

/// How often another signer may be in the way.
const ROUNDS: usize = 20;
/// How long a round is waited for at most, so that signers do not meet again.
const PAUSE: Duration = Duration::from_millis(200);

/// What a signing job works with.
struct SigningContext<'a> {
    signer: &'a dyn Signer,
    place: Arc<dyn SinkRepository>,
    shelf: Arc<dyn Shelf>,
    desk: &'a Desk,
}

impl ReleaseWorker {
    /// Signs what was staged.
    pub(super) async fn sign(
        &self,
        job: &Job,
        inputs: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure> {
        let Work::Sign { artifact, sink, repository, signer, subjects } = &job.work else {
            return Err(internal("the job has nothing to sign"));
        };
        self.read_through(artifact, desk).await?;
        let bench = SigningContext {
            signer: self.signer(signer)?,
            place: self.place_of(artifact, sink, repository)?,
            shelf: self.readable(artifact, sink, repository)?,
            desk,
        };
        let mut done = JobDone { reused: true, ..JobDone::default() };
        for signee in subjects {
            let changes = self.changes(bench.signer, job, signee, inputs).await?;
            done.reused &= changes.is_empty();
            for change in changes {
                teller.tell_durably(change).await?;
            }
            let Some(subject) = self.subject(job, signee, inputs)? else {
                self.withdraw(&bench, &self.name_of(sink, repository)?, signee).await?;
                continue;
            };
            let more = self.sign_one(&bench, &subject).await?;
            done.reused &= more.reused;
            done.bytes += more.bytes;
            done.made.extend(more.made);
        }
        Ok(done)
    }

    async fn withdraw(
        &self,
        bench: &SigningContext<'_>,
        name: &str,
        signee: &Signee,
    ) -> Result<(), Failure> {
        for round in 1.. {
            match bench.signer.withdraw(name, &signee.tags).await {
                Ok(()) => break,
                Err(failure) if round < ROUNDS && is_overtaken(&failure) => {}
                Err(failure) => return Err(failure),
            }
        }
        for tag in &signee.tags {
            bench.desk.output.line(format!("{tag} of {name} is no longer signed"));
        }
        Ok(())
    }

    /// How the meaning of tags is about to change at once, which others see.
    async fn changes(
        &self,
        signer: &dyn Signer,
        job: &Job,
        asked: &Signee,
        inputs: &Inputs,
    ) -> Result<Vec<EventKind>, Failure> {
        let Work::Sign { sink, repository, .. } = &job.work else { return Ok(Vec::new()) };
        let public = self.name_of(sink, repository)?;
        let after = self.target(&asked.what, inputs)?;
        let mut changes = Vec::new();
        for (tag, before) in signer.meanings(&public, &asked.tags).await? {
            let (now, then) =
                (before.as_ref().map(|of| &of.digest), after.as_ref().map(|of| &of.digest));
            if now == then {
                continue;
            }
            if asked.expected.as_ref().is_some_and(|expected| expected.digest() != now) {
                return Err(moved(&format!("the meaning of `{tag}` of {public}"), now));
            }
            let name = TagName { kind: ArtifactKind::Image, repository: repository.clone(), tag };
            let after = after.clone();
            changes.push(EventKind::TagSigning { job: job.id, name, before, after });
        }
        Ok(changes)
    }

    async fn sign_one(
        &self,
        bench: &SigningContext<'_>,
        subject: &Subject,
    ) -> Result<JobDone, Failure> {
        let mut done = JobDone { reused: true, ..JobDone::default() };
        for round in 1.. {
            match self.sign_round(bench, subject, &mut done).await {
                Ok(verified) => {
                    bench
                        .desk
                        .output
                        .line(format!("signed {} by {}", verified.digest, verified.by));
                    break;
                }
                // Another signer came meanwhile: both signatures are kept.
                Err(failure) if round < ROUNDS && is_overtaken(&failure) => {
                    tokio::time::sleep(self.random.up_to(PAUSE)).await;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(done)
    }

    async fn sign_round(
        &self,
        bench: &SigningContext<'_>,
        subject: &Subject,
        done: &mut JobDone,
    ) -> Result<Verified, Failure> {
        for signature in bench.signer.sign(subject, &*bench.shelf).await? {
            done.reused = false;
            self.put_beside(bench, subject, &signature, done).await?;
        }
        let verified = bench.signer.verify(subject, &*bench.shelf).await?;
        bench.signer.settled(subject, &*bench.shelf).await?;
        Ok(verified)
    }

    async fn put_beside(
        &self,
        bench: &SigningContext<'_>,
        subject: &Subject,
        signature: &Signature,
        done: &mut JobDone,
    ) -> Result<(), Failure> {
        let SigningContext { place, desk, .. } = bench;
        for (node, bytes) in &signature.content {
            self.store.put(node, bytes).await?;
        }
        let Some((node, _)) = signature.content.last() else { return Ok(()) };
        let theirs = theirs(bench, signature).await?;
        let copier = Copier::new(&*self.store, &**place, desk, theirs);
        done.bytes += copier.copy(node).await?;
        let attachment = Attachment { tag: signature.tag.clone(), node: node.clone() };
        if !place.attach(&subject.node, &attachment, &desk.output).await? {
            return Err(internal("the sink cannot store signatures"));
        }
        done.made.push(node.clone());
        Ok(())
    }

    /// Reads back the signatures that a job made.
    pub(super) async fn confirm_signed(&self, job: &Job, inputs: &Inputs) -> Result<(), Failure> {
        let Work::Sign { artifact, sink, repository, signer: name, subjects } = &job.work else {
            return Ok(());
        };
        let signer = self.signer(name)?;
        let place = self.readable(artifact, sink, repository)?;
        for signee in subjects {
            if let Some(subject) = self.subject(job, signee, inputs)? {
                signer.verify(&subject, &*place).await?;
            }
        }
        Ok(())
    }

    /// Fails where something cannot be signed that is to be signed at `at`.
    pub(super) async fn refuse_unsigned(
        &self,
        at: &SinkName,
        inputs: &Inputs,
    ) -> Result<(), Failure> {
        for job in self.plan.jobs() {
            let Work::Sign { artifact, sink, repository, signer, subjects } = &job.work else {
                continue;
            };
            if sink != at {
                continue;
            }
            let signer = self.signer(signer)?;
            signer.check(&self.name_of(sink, repository)?).await?;
            for asked in subjects.iter().filter(|asked| asked.expected.is_some()) {
                self.changes(signer, job, asked, inputs).await?;
            }
            let published = subjects.iter().filter(|of| matches!(of.what, TagTarget::Content(_)));
            for asked in published {
                if let Some(subject) = self.subject(job, asked, inputs)? {
                    let place = self.readable(artifact, sink, repository)?;
                    signer.refuse(&subject, &*place).await?;
                }
            }
        }
        Ok(())
    }

    /// What is signed; none where tags are to mean nothing any more.
    fn subject(
        &self,
        job: &Job,
        Signee { what, tags, .. }: &Signee,
        inputs: &Inputs,
    ) -> Result<Option<Subject>, Failure> {
        let Work::Sign { sink, repository, .. } = &job.work else { return Ok(None) };
        let name = self.name_of(sink, repository)?;
        let node = self.target(what, inputs)?;
        Ok(node.map(|node| Subject { node, name, tags: tags.clone() }))
    }

    fn signer(&self, name: &crate::model::SignerName) -> Result<&dyn Signer, Failure> {
        let signer = self.signers.get(name).map(|signer| &**signer);
        signer.ok_or_else(|| internal("the key of a signer was never unlocked"))
    }

    fn spec(&self, sink: &SinkName) -> Result<&SinkSpec, Failure> {
        self.plan.sink(sink).ok_or_else(|| internal("the sink is not in the plan"))
    }

    /// The repository of an artifact, to be read.
    fn readable(
        &self,
        artifact: &ArtifactName,
        sink: &SinkName,
        repository: &Repository,
    ) -> Result<Arc<dyn Shelf>, Failure> {
        let found = self.shelf_of(artifact, sink, repository)?;
        Ok(found.ok_or_else(|| internal("the sink cannot store signatures"))?)
    }

    fn name_of(&self, sink: &SinkName, repository: &Repository) -> Result<String, Failure> {
        Ok(self.spec(sink)?.url.public_name(repository))
    }
}

/// What a signature refers to beside its own content, which is what others
/// signed: that lies at the place already, and need not be anywhere else.
async fn theirs(
    bench: &SigningContext<'_>,
    signature: &Signature,
) -> Result<HashSet<Digest>, Failure> {
    let mut there = HashSet::new();
    for node in beyond(signature) {
        if there.is_empty() {
            bench.place.hold(&bench.desk.output).await?;
        }
        if !bench.place.exists(&node).await? {
            let why =
                format!("{} was removed there, and another signer had signed it", node.digest);
            let hint = "remove the tag of that signature, which can no longer be verified";
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, why).hint(hint));
        }
        there.insert(node.digest);
    }
    Ok(there)
}

/// What a signature refers to and does not bring along.
fn beyond(signature: &Signature) -> Vec<Descriptor> {
    let Some((node, bytes)) = signature.content.last() else { return Vec::new() };
    let is_ours =
        |of: &Descriptor| signature.content.iter().any(|(own, _)| own.digest == of.digest);
    let Ok(manifest) = Node::parse(bytes.clone(), node.media_type.as_str()) else {
        return Vec::new();
    };
    let parts = manifest.successors();
    parts.into_iter().filter(|of| !of.is_manifest() && !is_ours(of)).collect()
}

/// Whether what was put there was in another publisher's way, or is gone again.
fn is_overtaken(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Conflict | FailureKind::NotFound)
}

/// The signing jobs that `job` waits for.
pub(super) fn signing<'p>(plan: &'p crate::plan::Plan, job: &Job) -> Vec<&'p Job> {
    let before = job.after.iter().filter_map(|id: &JobId| plan.job(*id));
    before.filter(|job| matches!(job.work, Work::Sign { .. })).collect()
}
