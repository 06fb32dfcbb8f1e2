//! The one HTTP policy: how castoff talks to any server.
//!
//! What this module decides is whom to trust ([`Options`]), whom to follow
//! ([`redirect_target`]), how long silence may last, how much may be read, how
//! fast one host may be asked ([`Gate`]), how often ([`Patience`]), and what an
//! answer means as a [`Failure`](crate::model::Failure). It knows no protocol
//! above HTTP.

mod address;
mod answer;
mod coding;
mod gate;
mod hearing;
mod http;
mod limits;
mod locks;
mod no_proxy;
mod outage;
mod patience;
mod proxy;
mod recent;
mod refusal;
mod request;
mod retry_after;
mod secrets;
mod trouble;
mod trust;
mod way;

pub(crate) use address::authority;
pub use address::{is_local, redacted, redirect_target, same_origin};
pub use answer::Answer;
pub(crate) use coding::UNASKED;
pub use gate::{Gate, Permit};
pub use hearing::{Hearing, Memory, give_up, given_up, heard, tell, tell_once, tell_unused};
pub use http::{Http, Identity, Options};
pub use limits::{ERROR_LIMIT, TOKEN_LIMIT};
pub use locks::Locks;
pub use outage::whole;
pub use patience::{Budget, Patience, Random, patiently};
pub(crate) use proxy::{proxy_of, refuse_odd};
pub use recent::{Recent, Wait};
pub use refusal::{Refusal, is_definite, kind_of};
pub use request::{Body, Outgoing, Request};
pub use retry_after::{RETRY_AFTER_LIMIT, retry_after};
pub use trouble::{Trouble, trouble};
pub(crate) use trust::Trust;
