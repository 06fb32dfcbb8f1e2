//! A keyring in which another program kept something under castoff's names.

use super::piped;
use crate::support::SecretService;

#[test]
fn of_two_secrets_of_one_name_none_is_taken() {
    let service = SecretService::start();
    let castoff = service.castoff();
    piped(&castoff, &["secret", "set", "release-key"], "hunter2").expect(0);
    service.store_beside("release-key");
    for arguments in [&["secret", "rm", "release-key"][..], &["secret", "set", "release-key"]] {
        let told = piped(&castoff, arguments, "hunter3").expect(4).stderr;
        assert!(told.contains("the keyring has several entries with this name"), "{told}");
        assert!(told.contains("remove all but one"), "{told}");
        assert!(!told.contains("hunter") && !told.contains("other"), "{told}");
    }
}
