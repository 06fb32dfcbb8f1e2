//! The `Retry-After` header (RFC 9110, section 10.2.3).

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The longest wait that a server may ask for; what asks for more fails.
pub const RETRY_AFTER_LIMIT: Duration = Duration::from_mins(15);
/// Longer than any server means.
const EVER: Duration = Duration::from_hours(24 * 365);

/// How long `value` asks to wait, seen at `now`; at most a year. None where it is neither a number of seconds nor a
/// date that is still to come.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a very long wait, not none.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let then = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value).ok()?;
        Duration::try_from(then.duration_since(now)).ok().filter(|wait| !wait.is_zero())?
    };
    Some(wait.min(EVER))
}
