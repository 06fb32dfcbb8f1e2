//! castoff publishes images and files for several platforms to several sinks,
//! as one transaction: staged and checked everywhere first, tags last.
//!
//! # The straight line
//!
//! ```text
//! castoff.toml ─▶ Config ─▶ survey ─▶ Release ─▶ planner ─▶ Plan ─▶ Engine ─▶ Event, Event, …
//!                          (reads)               (pure)              ▲           │
//!                                                                    │      Run::apply
//!                                                                 Command        │
//!                                                             (retry, stop)      ├─▶ journal
//!                                                                    ▲           ├─▶ batch
//!                                                                    └─ console ◀┘
//! ```
//!
//! 1. **A run is a fold.** [`run::Run::apply`] is the only definition of
//!    state. The engine, the journal and the output all use it, so they cannot
//!    disagree.
//! 2. **Publishing is copying a graph of content from a store to a sink,
//!    children first.** Every verb is idempotent, so retry, resume and run are
//!    the same thing.
//! 3. **A release is a transaction.** All is staged by digest at every sink and
//!    read back there; only then do the tags move, each with its previous
//!    target durably noted first.
//! 4. **Bytes are touched once.** What is made is spooled into the content
//!    store in one pass: inflated, hashed, compressed, hashed. Each sink reads
//!    the spool at its own pace.
//! 5. **First look, then plan, then act.** The survey reads and writes nothing,
//!    the planner is pure, and the engine acts on a frozen plan.
//! 6. **One task owns the run.** Workers tell it facts; it numbers, folds and
//!    shows them.
//!
//! # A release, job by job
//!
//! Each platform is *prepared*: its content is put into the store. When all
//! that lies on this machine is prepared, and so is known to be good, each sink
//! is asked in a *preflight* whether it will take it and what its tags name
//! now. Then each platform is *pushed* to each sink, and *joined* by its index;
//! each sink is *checked*, by reading everything back; and the *tags* move, one
//! sink after another. A job that fails blocks those that wait for it and no
//! others, and can be done again alone.
//!
//! # The console
//!
//! [`tui`] is a model, a pure `update` and a view. What it cannot do itself it
//! asks for as an effect; [`app`] does it in a task and answers with a message,
//! so the screen never waits. A run on the screen is the same [`run::Run`] that
//! the engine folds, fed with the same events, live or from a journal.
//!
//! # Modules
//!
//! Imports point down this list; a test holds it.
//!
//! | module | is |
//! |---|---|
//! | [`app`] | builds everything and does what was asked |
//! | [`cli`] | the command line |
//! | [`tui`], [`batch`] | what a run looks like on a screen, and without one |
//! | [`error`] | exit statuses, and what castoff can do about a failure, in words |
//! | [`journal`] | a run's facts on disk, and what its jobs printed |
//! | [`engine`], [`survey`] | runs a plan; looks before there is one |
//! | [`config`] | `castoff.toml` |
//! | [`veea`] | makes release archives of images and applications for `VeeaHubs`, step by step |
//! | [`build`] | has engines build images |
//! | [`sink`], [`source`] | where content goes; where it comes from |
//! | [`sign`] | keys, and the formats of signatures |
//! | [`registry`], [`store`] | the OCI distribution protocol; the content store |
//! | [`docker`] | Docker Engines, however they are reached |
//! | [`recipe`] | Dockerfiles and others' definition files |
//! | [`browse`] | what is published, down to the layers |
//! | [`sweep`] | what is published and not needed any more |
//! | [`ports`] | what the engine needs from the world |
//! | [`run`], [`plan`] | what happens; what will be done |
//! | [`keymap`] | what can be done in the console, and with which keys |
//! | [`login`] | tokens of `OpenID` Connect |
//! | [`git`] | versions |
//! | [`aci`] | App Container Images: trees, what changed in them, and stores |
//! | [`archive`], [`net`] | tars and compression; the one HTTP policy |
//! | [`secret`] | passphrases and passwords, from the keyring, the environment, commands, prompts |
//! | [`child`], [`streams`] | other programs; standard output and error |
//! | [`environment`] | the variables that castoff was started with; other programs see no secrets |
//! | [`model`] | the nouns |
//!
//! # Laws
//!
//! Each is a test, named as the sentence that would be false without it.
//!
//! - A run is what its events fold to, live, replayed, or read from a journal
//!   (`tests/it/laws.rs`).
//! - What may start and what cannot any more is what a search over the plan
//!   finds (`laws`).
//! - A run cut off at any byte of its journal resumes to the same end
//!   (`tests/it/engine.rs`, `tests/it/run_log`).
//! - A log of runs keeps facts whole, in order, without gaps, for one writer
//!   (`tests/it/run_log`: every adapter of [`run::RunLog`] calls the suite).
//! - No tag moves before everything is staged and checked at every sink, nor
//!   before its previous target is durable (`tests/it/engine.rs`).
//! - A tag moves only from what was seen: look, compare, write, look again
//!   (`sink/compare_and_swap.rs`, `tests/it/registries`, `tests/it/bucket/rivals.rs`).
//! - The same input gives the same digests (`tests/it/archive.rs`, `tests/it/oci_layout.rs`).
//! - Content at a sink is hashed at most once a run, and once after it was
//!   written (`tests/it/content_reads.rs`).
//! - The command line and the palette make the same request
//!   (`tests/it/requests.rs`).
//! - A journal brings no command, key, path or URL with it that a configuration
//!   names (`tests/it/journals.rs`).
//! - Text from outside yields no control character (`tests/it/screen/safety.rs`,
//!   `streams`).
//! - Imports point down, no files use each other in a circle, and only the rim
//!   touches the world (`tests/it/architecture`).
//!
//! # How to add …
//!
//! The compiler names each `match` that is missing, and the architecture test
//! each import that is not allowed.
//!
//! **A sink.** A folder in [`sink`] with a type that is a
//! [`ports::SinkRepository`]: how to look, push and check, and, from `begin`, the
//! moves of its tags, by `sink::compare_and_swap`. What can be listed or swept
//! returns a shelf. Then a variant of [`model::SinkUrl`] with its form, a door to its
//! repositories in `sink/repositories.rs`, and an arm in `app/wiring/places.rs`. Tests: `tests/servers` with a real server, beside the
//! others.
//!
//! **A source.** A file in [`source`] with a type that is a [`ports::Maker`]:
//! which origins it takes, the stages on the way, how to look and how to make.
//! One line in `app/wiring/services.rs` adds it. What only it understands is a
//! [`model::Recipe`], which the core passes on unread; its key in `castoff.toml`
//! is a function in `config/raw_recipe.rs`. An image that an engine builds needs
//! no maker but a [`recipe::RecipeReader`], in the list of the same wiring.
//!
//! **A signer.** A folder in [`sign`] with a type that is a [`ports::Signer`]
//! (images) or a `sign::file::FileSigner` (files); a variant of [`model::Signing`]
//! and its fields in `config/raw_signer`; an arm each in `app/wiring/signers.rs` and
//! `app/wiring/file_signers.rs`, or, for seals, `app/wiring/sealers.rs`. Keys are
//! opened before the run, never in it, and no error quotes what was read of one.
//!
//! **A verb.** Its arguments in [`cli`], with a first line that says what it does
//! and an example; a variant of the action in `cli/request.rs`, and its group in
//! `cli/help.rs`. What it does is in `app/ops` where another face may want it, in
//! `app/verbs` where it only prints; `app/verbs/dispatch.rs` says which of the two.
//! The palette has it by that; `--help` is a snapshot.
//!
//! **An event.** A variant of [`run::EventKind`] with its documentation, and what it
//! does to a run in [`run::Run::apply`]. It is a fact, numbered and kept, unless
//! `is_fact` excludes it, as progress and output. The schema only grows: fields that
//! are added have a default. [`run::FORMAT`] changes when an older castoff would
//! misread it.
//!
//! **A screen.** A model, an `update` and a view of its name in [`tui`], its keys
//! in [`keymap`]'s table, which makes help, footer and palette, and a test of how
//! it is drawn in `tests/it/screen`.
//!
//! # Glossary
//!
//! | term | is |
//! |---|---|
//! | artifact | something with a name that is released for several platforms: an image, or a set of files |
//! | attachment | content that belongs to a manifest or to a tag and travels with it, such as a signature, an attestation or checksums |
//! | blueprint | a Dockerfile with its context and arguments, read by a recipe and ready to be built |
//! | builder | the engine that builds the images of one platform, as `[builders]` sets it |
//! | content store | the folder on this machine that holds prepared content by digest, shared by all runs |
//! | digest | the hash that names content, so that every reader can verify it |
//! | event | something that happened in a run, folded into its state; a fact is one that is numbered and kept in the log |
//! | head | the summary of a run kept beside its journal, so that lists read no journal |
//! | index | a manifest that lists the manifests of several platforms (OCI image specification) |
//! | job | the smallest unit of a plan that can succeed, fail and be retried by itself, such as one push |
//! | journal | the run log on disk: one line of JSON for each fact |
//! | lane | the jobs of a run that share one limit of concurrency, such as those of one sink |
//! | layout | an OCI image layout, in a folder or in a tar |
//! | lease | the mark of a publisher at a bucket or a folder that keeps sweeps away while it publishes there |
//! | maker | the part of castoff that makes the content of an artifact from its source, in stages that it declares |
//! | manifest | the document that lists the configuration and the layers of one image (OCI image specification) |
//! | move | the change of one tag from what it names to other content, or to none |
//! | outlook | what a release would do at one sink: what is present, what will be sent, and each tag before and after |
//! | pin | the note in the content store that a run still needs some content |
//! | plan | all jobs of a run in order, computed without I/O and frozen before the run begins |
//! | platform | an operating system, an architecture and possibly a variant, as linux/arm/v7 |
//! | preflight | the job that asks a sink, before anything is sent, whether it will accept a release and what its tags name |
//! | publisher | a process that writes to a sink; there may be several at once |
//! | recipe | a description of how an image is built, as a user wrote it: a Dockerfile, a package, a payload, an image directory |
//! | referrer | a manifest that names another as its subject, and so is attached to it (OCI distribution specification) |
//! | release | the artifacts, platforms, sinks and tags that one run publishes as one transaction |
//! | repository | the place at a sink that holds the tags and the content of one name |
//! | run | one execution of a plan, with an identifier, a log and an end; it can be resumed, retried and rolled back |
//! | run log | the append-only sequence of a run's facts, from which its state follows; the journal is its adapter for disks |
//! | seal | a CMS signature over a document, with the certificate of its signer |
//! | session | an upload, a build or a login that is open at another program and can be continued |
//! | shelf | the face of a repository that reads and removes what is published, for `ls`, `inspect`, `copy`, `rm` and `gc` |
//! | signer | a key or a service of the configuration that signs what is released |
//! | sink | a destination of a release: a registry, a bucket, a layout, a folder, an engine or a folder of archives |
//! | source | where an artifact's content comes from: archives, a layout, a file tree, a recipe or another artifact |
//! | stage | one step of a maker, shown as a column of the console |
//! | staged | present at a sink and verified by digest, but not yet named by a tag |
//! | survey | the reading of sources and sinks that precedes a plan and changes nothing |
//! | sweep | the removal of content that no tag needs any more |
//! | tag | a name in a repository that can be moved from one digest to another |

pub mod aci;
pub mod app;
pub mod archive;
pub mod batch;
pub mod browse;
pub mod build;
pub mod child;
pub mod cli;
pub mod config;
pub mod docker;
pub mod engine;
pub mod environment;
pub mod error;
pub mod git;
pub mod journal;
pub mod keymap;
pub mod login;
pub mod model;
pub mod net;
pub mod plan;
pub mod ports;
pub mod recipe;
pub mod registry;
pub mod run;
pub mod secret;
pub mod sign;
pub mod sink;
pub mod source;
pub mod store;
pub mod streams;
pub mod survey;
pub mod sweep;
pub mod tui;
pub mod veea;
