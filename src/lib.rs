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
