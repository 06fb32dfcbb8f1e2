//! What a login service gives that is no token, or no reason.

use crate::support::{Castoff, Manners, Notarial, PASSWORD, output};

/// Fails unless nothing is sealed where the login is answered so, and this is
/// said.
#[track_caller]
fn refused(login: (u16, &'static str), says: &[&str]) {
    let (castoff, server) = (Castoff::new(), Notarial::start());
    castoff.configure(&server.signer());
    castoff.write("document.json", "{}\n");
    server.behaves(Manners { login: Some(login), ..Manners::default() });
    let mut command = castoff.command(&["sign", "document.json", "--signer", "veea"]);
    let ended: crate::support::Ended = output(command.env("CASTOFF_SECRET_VEEA", PASSWORD)).into();
    let told = ended.expect(4).stderr;
    for word in says {
        assert!(told.contains(word), "`{word}` is not in\n{told}");
    }
    assert!(!told.contains("canary"), "{told}");
    assert!(server.asked().iter().all(|asked| asked != "/v1/cms"), "{:?}", server.asked());
    assert!(!castoff.path("document.json.p7m").exists());
}

#[test]
fn a_token_that_no_header_may_have_is_not_sent() {
    let token = "{\"access_token\":\"canary-token\\r\\nX: y\",\"token_type\":\"Bearer\"}";
    refused((200, token), &["the token has an invalid format"]);
}

#[test]
fn an_answer_without_a_word_is_no_token() {
    refused((400, ""), &["/realms/partners/token", "empty error response"]);
    refused((200, ""), &["/realms/partners/token", "empty response body"]);
}

#[test]
fn a_refusal_for_a_reason_of_its_own_is_told_with_that() {
    refused((400, "{\"error\":\"invalid_scope\"}"), &["it rejects the request", "invalid_scope"]);
    let words = "{\"error\":\"invalid_request\",\"error_description\":\"too many cooks\"}";
    refused((400, words), &["it rejects the request", "too many cooks"]);
}
