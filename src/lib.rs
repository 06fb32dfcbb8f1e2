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
//! | [`child`], [`streams`] | other programs, which see no secrets; standard output and error |
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
//! returns a shelf. Then a variant of [`model::SinkUrl`] with its form, and an arm
//! in `sink/repositories.rs`. Tests: `tests/servers` with a real server, beside the
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
//! (images) or a sealer of files; a variant of [`model::Signing`] and its fields in
//! `config/raw_signer`; an arm in `app/wiring/signers.rs`. Keys are opened before
//! the run, never in it.
//!
//! **A verb.** Its arguments in [`cli`], with a first line that says what it does
//! and an example; what it does in `app/ops` where another face may want it, in
//! `app/verbs` where it only prints; an arm in `app/verbs/dispatch.rs`. The palette
//! has it by that, `--help` is a snapshot.
//!
//! **An event.** A variant of [`run::EventKind`] with its documentation, whether it
//! is a fact, and what it does to a run in [`run::Run::apply`]. The schema only
//! grows: fields that are added have a default. [`run::FORMAT`] changes when an
//! older castoff would misread it.
//!
//! **A screen.** A model, an `update` and a view of its name in [`tui`], its keys
//! in [`keymap`]'s table, which makes help, footer and palette, and a test of how
//! it is drawn in `tests/it/screen`.

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
