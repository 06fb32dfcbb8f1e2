//! A file that was written, when it is read back.

use castoff::{
    model::{Digest, FailureKind, Side},
    release_archive::Part,
};

#[test]
fn a_file_that_is_not_what_was_written_or_is_gone_is_wrong() {
    let part = Part { digest: Digest::of(b"signed"), size: 6 };
    part.expect(Some(&part.digest)).unwrap();
    for found in [None, Some(Digest::of(b"signeD"))] {
        let failure = part.expect(found.as_ref()).unwrap_err();
        assert_eq!((failure.kind, failure.side), (FailureKind::Integrity, Side::Local));
        assert!(
            failure.to_string().contains("differs from the 6 B that were written"),
            "{failure}"
        );
    }
}
