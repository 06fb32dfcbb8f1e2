//! The one HTTP policy: how castoff talks to any server.
//!
//! What this module decides is which servers to trust ([`ClientOptions`]), where to follow
//! ([`redirect_target`]), how long silence may last, how much may be read, how
//! fast one host may be asked ([`HostGate`]), how often ([`Patience`]), and what an
//! answer means as a [`Failure`](crate::model::Failure). It knows no protocol
//! above HTTP.

mod address;
mod answer;
mod clock;
mod coding;
mod connection_error;
mod gate;
mod hearing;
mod http;
mod limits;
mod locks;
mod network;
mod no_proxy;
mod options;
mod patience;
mod pauses;
mod proxy;
mod recent_writes;
mod refusal;
mod request;
mod reqwest_transport;
mod retry_after;
mod secrets;
mod timeouts;
mod transport;
mod trust;

pub(crate) use address::authority;
pub use address::{is_local, redacted, redirect_target, same_origin};
pub use answer::HttpAnswer;
pub use clock::Clock;
pub(crate) use coding::UNASKED;
pub use connection_error::{Trouble, trouble};
pub use gate::{HostGate, Permit};
pub use hearing::{Hearing, RunMemory, give_up, given_up, heard, tell, tell_once, tell_unused};
pub use http::Http;
pub use limits::{ERROR_LIMIT, TOKEN_LIMIT};
pub use locks::Locks;
pub use network::Network;
pub use options::{ClientIdentity, ClientOptions};
pub use patience::{Budget, Patience, Random, patiently};
pub use pauses::Pauses;
pub use recent_writes::{Recent, ShowWait};
pub use refusal::{HttpRefusal, is_definite, kind_of};
pub use request::{HttpBody, Outgoing, OutgoingRequest};
pub use retry_after::{RETRY_AFTER_LIMIT, retry_after};
pub use timeouts::whole;
pub use transport::{Lost, Moved, Pieces, Reply, Transport};
pub(crate) use trust::TrustedCertificates;
