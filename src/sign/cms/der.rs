//! DER around content of any size, which crates that hold what they encode
//! cannot write.

/// `SEQUENCE`, `SET`, `OCTET STRING`, and `[0]` constructed.
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const FIRST: u8 = 0xa0;

/// The tag and length of an element with `length` bytes within.
pub(super) fn header(tag: u8, length: u64) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let significant = &bytes[(length.leading_zeros() / 8).min(7) as usize..];
    let mut header = vec![tag];
    if length >= 0x80 {
        // At most 8, so the highest bit is free to say that it is a count.
        header.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
    }
    header.extend(significant);
    header
}

/// What stands before and after content of `size` bytes, or where there is
/// none in it, that is wrapped by each of `layers`: from the innermost, its
/// tag, and what it has before and after what it wraps.
pub(super) fn wrapped(size: u64, layers: &[(u8, &[u8], &[u8])]) -> (Vec<u8>, Vec<u8>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (tag, first, last) in layers {
        before.splice(0..0, first.iter().copied());
        after.extend_from_slice(last);
        let length = size + before.len() as u64 + after.len() as u64;
        before.splice(0..0, header(*tag, length));
    }
    (before, after)
}
