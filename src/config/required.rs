//! Values that must be there.

use super::problem::{Place, Problems};

/// A value that must be there.
pub(super) fn required<T>(
    value: Option<T>,
    at: &Place,
    what: &str,
    problems: &mut Problems,
) -> Option<T> {
    if value.is_none() {
        problems.add(at, format!("`{what}` is missing"), None);
    }
    value
}
