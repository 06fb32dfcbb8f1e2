//! A user and a password in a payload.

use super::findings::{Findings, Table};
use crate::git::Login;

/// `username` and `password`, where there are both.
pub(super) fn read_login(fields: &mut Table<'_>, found: &mut Findings) -> Option<Login> {
    let user = fields.text("username", found);
    let password = fields.text("password", found);
    Some(Login { user: user?.to_owned(), password: password?.to_owned().into() })
}

/// `username` and `password`, which are used where both are there.
pub(super) fn login(fields: &mut Table<'_>, found: &mut Findings) -> Option<Login> {
    if fields.has("username") != fields.has("password") {
        let (mut there, mut missing) = ("username", "password");
        if fields.has(missing) {
            std::mem::swap(&mut there, &mut missing);
        }
        found.warning(&fields.at(there), format!("it is ignored without a {missing}"));
    }
    read_login(fields, found)
}
