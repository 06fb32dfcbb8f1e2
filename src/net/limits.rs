//! How much is read of answers that are small.

/// The most bytes that are read of an answer that says why not.
pub const ERROR_LIMIT: u64 = 64 << 10;
/// The most bytes that are read of a token.
pub const TOKEN_LIMIT: u64 = 1 << 20;
