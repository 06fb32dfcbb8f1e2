//! A signing service behind a login, both over TLS.

use std::fs;

use castoff::{ports::Sealer as _, sign::cms::UnsignedSealer};
use futures_util::future::FutureExt as _;

use crate::support::{Castoff, Ended, Manners, Notarial, PASSWORD, Terminal, USER, output, run};

/// A project with a document that a service is to seal.
struct Bench {
    castoff: Castoff,
    server: Notarial,
}

impl Bench {
    fn new() -> Self {
        let (castoff, server) = (Castoff::new(), Notarial::start());
        castoff.configure(&format!("{}[engine]\nidle_timeout = \"2s\"\n", server.signer()));
        castoff.write("document.json", "{\"app\":\"vh_dbus\"}\n");
        Self { castoff, server }
    }

    /// Signs with a password in the environment.
    fn sign(&self, password: &str) -> Ended {
        let arguments = ["sign", "document.json", "--signer", "veea", "--log-level", "trace"];
        let mut command = self.castoff.command(&[&arguments[..], &["--log-file", "log"]].concat());
        output(command.env("CASTOFF_SECRET_VEEA", password)).into()
    }

    /// Signs with these manners, which must not work, and returns what is told.
    #[track_caller]
    fn refused(&self, manners: Manners) -> String {
        self.server.behaves(manners);
        self.told(PASSWORD)
    }

    #[track_caller]
    fn told(&self, password: &str) -> String {
        let ended = self.sign(password);
        let passes = ["503 ", "for 2 s", "within 2 s"].iter().any(|it| ended.stderr.contains(it));
        let is_told = if passes { &[3][..] } else { &[4, 6] };
        assert!(ended.status.is_some_and(|it| is_told.contains(&it)), "{}", ended.stderr);
        assert!(!self.castoff.path("document.json.p7m").exists(), "something is left");
        self.expect_unseen();
        ended.stderr
    }

    /// Fails where a password or a token is in a file or was printed.
    #[track_caller]
    fn expect_unseen(&self) {
        let found = output(
            std::process::Command::new("grep")
                .args(["-rlE", "canary-(keycloak|token)"])
                .arg(self.castoff.path("..")),
        );
        assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    }

    /// What was asked of both services, without the folder of the realm.
    fn asked(&self) -> Vec<String> {
        let short = |path: String| path.replace("/realms/partners/", "");
        self.server.asked().into_iter().map(short).collect()
    }
}

const LOGIN: [&str; 2] = [".well-known/openid-configuration", "token password"];

#[test]
fn a_service_seals_for_who_is_logged_in_and_openssl_takes_it() {
    let bench = Bench::new();
    let ended = bench.sign(PASSWORD).expect(0);
    assert!(!(ended.stdout + &ended.stderr).contains("canary"));
    assert_eq!(bench.asked(), [LOGIN[0], LOGIN[1], "/v1/cms"]);
    let arguments = "cms -verify -binary -inform DER -in document.json.p7m -out out -CAfile";
    run(std::process::Command::new("openssl")
        .args(arguments.split(' '))
        .arg(bench.server.file("signing-ca.pem"))
        .current_dir(bench.castoff.path("")));
    let read = |name| fs::read(bench.castoff.path(name)).unwrap();
    assert_eq!(read("out"), read("document.json"));
    bench.castoff.run(&["verify", "document.json", "--signer", "veea"]).expect(0);
    bench.expect_unseen();
    assert!(!read("log").is_empty());
}

#[test]
fn a_token_is_renewed_before_it_expires_and_once_where_it_is_not_taken() {
    let bench = Bench::new();
    // One that is over as soon as it is there.
    bench.server.behaves(Manners { life: 0, ..Manners::default() });
    bench.sign(PASSWORD).expect(0);
    assert_eq!(bench.asked(), [LOGIN[0], LOGIN[1], "token refresh_token", "/v1/cms"]);
    bench.server.behaves(Manners { refused: 1, ..Manners::default() });
    bench.sign(PASSWORD).expect(0);
    let all = [LOGIN[0], LOGIN[1], "/v1/cms", "token refresh_token", "/v1/cms"];
    assert_eq!(bench.asked(), all);
    // What is not renewed any more is asked for anew.
    bench.server.behaves(Manners { refused: 1, renews: false, ..Manners::default() });
    bench.sign(PASSWORD).expect(0);
    let all = [LOGIN[0], LOGIN[1], "/v1/cms", "token refresh_token", "token password", "/v1/cms"];
    assert_eq!(bench.asked(), all);
    assert_eq!(bench.server.tokens().len(), 2);
    // It is not tried again and again.
    fs::remove_file(bench.castoff.path("document.json.p7m")).unwrap();
    let told = bench.refused(Manners { refused: 9, ..Manners::default() });
    assert!(told.contains("401") && told.contains("the token is not active"), "{told}");
    assert_eq!(bench.asked().len(), 5);
}

#[test]
fn each_way_not_to_be_let_in_is_told_and_leaves_nothing() {
    let bench = Bench::new();
    let told = bench.told("wrong");
    assert!(told.contains("rejects this user name and password"), "{told}");
    assert!(told.contains("castoff secret set veea") && !told.contains("wrong"), "{told}");
    let keycloak = |status, text| Manners { login: Some((status, text)), ..Manners::default() };
    for (status, text, said) in [
        (
            400,
            "{\"error\":\"invalid_grant\",\"error_description\":\"Account disabled\"}",
            "the account is locked",
        ),
        (
            400,
            "{\"error\":\"invalid_grant\",\"error_description\":\"Account is not fully set up\"}",
            "log in once with a browser",
        ),
        (401, "{\"error\":\"invalid_client\"}", "it does not know this client"),
        (
            400,
            "{\"error\":\"unauthorized_client\",\"error_description\":\"Client not allowed for direct access grants\"}",
            "direct access grants",
        ),
        (503, "{}", "503 Service Unavailable"),
        (200, "{\"id_token\":\"canary-token-x\"}", "its answer has no token"),
        (200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", "its answer has no token"),
        (400, "<html>\u{1b}[31m</html>", "its answer has no token"),
    ] {
        let told = bench.refused(keycloak(status, text));
        assert!(told.contains(said), "{said}: {told}");
        assert!(!told.contains('\u{1b}') && !told.contains("canary"), "{told}");
    }
    let evil = Some("https://evil.example.org/realms/partners".to_owned());
    let told = bench.refused(Manners { issuer: evil, ..Manners::default() });
    assert!(told.contains("its issuer is `https://evil.example.org"), "{told}");
    assert_eq!(bench.asked(), [LOGIN[0]], "the password is not sent");
    let bare = Some("http://127.0.0.1:1/token".to_owned());
    let told = bench.refused(Manners { tokens_at: bare, ..Manners::default() });
    assert!(told.contains("it asks for the password without TLS"), "{told}");
    assert_eq!(bench.asked(), [LOGIN[0]], "the password is not sent");
}

#[test]
fn a_service_that_does_not_answer_is_given_up() {
    let bench = Bench::new();
    let told = bench.refused(Manners { is_mute: true, ..Manners::default() });
    assert!(told.contains("for 2 s") || told.contains("within 2 s"), "{told}");
    let told = bench.refused(Manners { is_signing_mute: true, ..Manners::default() });
    assert!(told.contains("for 2 s") || told.contains("within 2 s"), "{told}");
}

#[test]
fn no_answer_is_used_that_is_not_what_was_asked_for() {
    let bench = Bench::new();
    let seal = |status, kind, body: &[u8]| Manners {
        seal: Some((status, kind, body.to_vec())),
        ..Manners::default()
    };
    let by_nobody = UnsignedSealer
        .seal(b"{\"app\":\"vh_dbus\"}\n", jiff::Timestamp::now())
        .now_or_never()
        .unwrap();
    for (manners, said) in [
        (Manners { lies: true, ..Manners::default() }, "other content"),
        (seal(200, "application/pkcs7-mime", &by_nobody.unwrap()), "its answer has no signature"),
        (Manners { key: "stranger", ..Manners::default() }, "is not trusted"),
        (seal(200, "application/pkcs7-mime", b"no seal"), "not a CMS signature"),
        (seal(200, "text/html", b"<html>"), "its answer is `text/html`"),
        (seal(200, "application/pkcs7-mime", &vec![0; 2 << 20]), "more than"),
        (seal(403, "text/plain", b"not for this partner"), "not for this partner"),
        (seal(302, "text/plain", b""), "302"),
    ] {
        let told = bench.refused(manners);
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn a_server_that_nobody_vouches_for_gets_no_password() {
    let bench = Bench::new();
    let signer = bench.server.signer();
    let line = signer.lines().find(|line| line.starts_with("ca = ")).unwrap();
    bench.castoff.configure(&signer.replace(line, ""));
    let told = bench.told(PASSWORD);
    assert!(told.contains("certificate"), "{told}");
    assert_eq!(bench.asked(), [""; 0]);
}

#[test]
fn who_sits_there_is_asked_for_a_name_that_they_may_leave_as_it_is() {
    let bench = Bench::new();
    for typed in ["\r", &format!("{USER}\r")] {
        let command = bench.castoff.command(&["sign", "document.json", "--signer", "veea"]);
        let mut terminal = Terminal::start(&command, (80, 24));
        terminal.expect(&format!("  Enter Keycloak Username [{USER}]: "));
        terminal.press(typed);
        terminal.expect("  Enter Keycloak Password: ");
        terminal.press(&format!("{PASSWORD}\r"));
        assert_eq!(terminal.end(), 0, "{}", terminal.text());
        assert!(!terminal.text().contains(PASSWORD), "{}", terminal.text());
        fs::remove_file(bench.castoff.path("document.json.p7m")).unwrap();
    }
    // Nobody sits there, and nobody else has it.
    let ended = bench.castoff.run(&["sign", "document.json", "--signer", "veea"]).expect(4);
    assert!(ended.stderr.contains("castoff secret set veea"), "{}", ended.stderr);
}

#[test]
fn a_name_that_nobody_configured_is_the_one_that_vhc_has() {
    let bench = Bench::new();
    let line = format!("user = \"{USER}\"\n");
    bench.castoff.configure(&bench.server.signer().replace(&line, ""));
    let told = bench.told(PASSWORD);
    assert!(told.contains("no user is known for it"), "{told}");
    fs::create_dir_all(bench.castoff.path("../home/.vhc")).unwrap();
    let config = format!("hub: {{}}\nusername: {USER}\n");
    fs::write(bench.castoff.path("../home/.vhc/user-config.yaml"), config).unwrap();
    bench.sign(PASSWORD).expect(0);
}
