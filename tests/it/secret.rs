//! Where secrets come from, without a keyring.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use castoff::{
    environment::Environment,
    model::{CommandLine, Failure, FailureKind, SecretSource},
    secret::{
        Ask, ExposeSecret, Keyring, NoPrompt, Questions, Secret, Secrets, Which, first_to_answer,
    },
};

/// Nobody else prints this.
const CANARY: &str = "canary-7c1f";

fn secrets(ask: impl Ask + 'static, root: &Path) -> Secrets {
    secrets_in(Environment::of_process(), ask, root)
}

fn secrets_in(environment: Environment, ask: impl Ask + 'static, root: &Path) -> Secrets {
    let keyring = Arc::new(Keyring::new(Which::System));
    Secrets::new(keyring, environment, Arc::new(ask), root.to_owned())
}

fn shell(line: &str) -> SecretSource {
    SecretSource::Command(CommandLine::Shell(line.to_owned()))
}

async fn command(command: SecretSource) -> Result<String, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let found = secrets(NoPrompt, folder.path()).find("the secret", &[command]).await?;
    Ok(found.expose_secret().to_owned())
}

/// Somebody who types the same each time, and counts.
struct Types(&'static str, Arc<AtomicUsize>);

#[async_trait]
impl Ask for Types {
    async fn ask(&self, question: &str) -> io::Result<Option<Secret>> {
        assert_eq!(question, "the secret");
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Secret::from(self.0)))
    }

    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>> {
        panic!("nobody asks for {question}")
    }
}

#[tokio::test]
async fn a_command_runs_in_the_shell_or_as_it_is_and_loses_one_end_of_line() {
    assert_eq!(command(shell("echo a b; printf '\\n'")).await.unwrap(), "a b\n");
    assert_eq!(command(shell("printf ' a \\r\\n'")).await.unwrap(), " a ");
    let words = ["printf", "%s", "$HOME;x"].map(str::to_owned).to_vec();
    let vector = SecretSource::Command(CommandLine::Arguments(words));
    assert_eq!(command(vector).await.unwrap(), "$HOME;x");
}

#[tokio::test]
async fn a_command_sees_no_variable_that_is_a_secret_of_its_own_wiring() {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let of = || Environment::of([("PATH", path.as_str()), ("KEY_PASSPHRASE", CANARY)]);
    let [ours, others] = [of(), of()];
    ours.hide(["KEY_PASSPHRASE".to_owned()]);
    let command = [shell("echo ${KEY_PASSPHRASE-nothing}")];
    let variable = [SecretSource::Env("KEY_PASSPHRASE".into())];
    for (environment, seen) in [(ours, "nothing"), (others, CANARY)] {
        let secrets = secrets_in(environment, NoPrompt, folder.path());
        let found = secrets.find("the secret", &command).await.unwrap();
        assert_eq!(found.expose_secret(), seen);
        let found = secrets.find("the secret", &variable).await.unwrap();
        assert_eq!(found.expose_secret(), CANARY);
    }
}

#[tokio::test]
async fn a_command_that_fails_is_told_with_its_complaint_escaped_and_not_what_it_printed() {
    let line = format!("echo {CANARY}; printf 'no \\033[31mred' >&2; exit 3");
    let failure = command(shell(&line)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    let said = failure.to_string();
    assert!(said.contains("exit status: 3: no \\u{1b}[31mred"), "{said}");
    // The line is the configuration's, so it is shown; what it printed is not.
    assert_eq!(said.matches(CANARY).count(), 1, "{said}");
    for (line, why) in [
        ("true", "it printed nothing"),
        ("printf '\\377'", "not UTF-8 text"),
        ("yes | head -c 70000", "more than 65536 bytes"),
    ] {
        let said = command(shell(line)).await.unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
    let missing = CommandLine::Arguments(vec!["no-such-program".into()]);
    let said = command(SecretSource::Command(missing)).await.unwrap_err().to_string();
    assert!(said.contains("`no-such-program`: No such file"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_command_has_a_time_limit() {
    let said = command(shell("exec sleep 600")).await.unwrap_err().to_string();
    assert!(said.contains("it took longer than 30 s, and was stopped"), "{said}");
}

#[tokio::test]
async fn a_command_that_is_given_up_ends_with_all_that_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let child = folder.path().join("child");
    let secrets = secrets(NoPrompt, folder.path());
    let line = [shell("sleep 600 & echo $! > child.new; mv child.new child; wait")];
    tokio::select! {
        found = secrets.find("the secret", &line) => panic!("{found:?}"),
        () = until(|| child.exists()) => {}
    }
    let id = std::fs::read_to_string(child).unwrap();
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
    // Its new parent may not have looked after it yet.
    until(|| stat().is_ok_and(|stat| stat.contains(") Z ")) || stat().is_err()).await;
}

async fn until(is: impl Fn() -> bool) {
    while !is() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sources_are_asked_in_turn_and_the_first_answer_is_kept() {
    let asked = Arc::new(AtomicUsize::new(0));
    let folder = tempfile::tempdir().unwrap();
    let secrets = secrets(Types(CANARY, Arc::clone(&asked)), folder.path());
    let sources =
        [SecretSource::Env("CASTOFF_SECRET_NOT_SET".into()), shell("false"), SecretSource::Prompt];
    for _ in 0..2 {
        let found = secrets.find("the secret", &sources).await.unwrap();
        assert_eq!(found.expose_secret(), CANARY);
        assert!(!format!("{found:?}").contains(CANARY));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    secrets.forget(&sources);
    secrets.find("the secret", &sources).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    // What is set in every environment, before the prompt.
    let path = [SecretSource::Env("PATH".into()), SecretSource::Prompt];
    assert_eq!(
        secrets.find("the secret", &path).await.unwrap().expose_secret(),
        std::env::var("PATH").unwrap()
    );
}

#[tokio::test]
async fn where_nobody_has_it_each_source_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [SecretSource::Env("CASTOFF_SECRET_NOT_SET".into()), SecretSource::Prompt];
    let failure = secrets(NoPrompt, folder.path()).find("the secret", &sources).await.unwrap_err();
    assert_eq!(
        failure.causes,
        [
            "the secret is not available",
            "$CASTOFF_SECRET_NOT_SET: none found",
            "prompt: none found"
        ]
    );
}

/// Somebody who wants no more, and counts.
struct Refuses(Arc<AtomicUsize>);

#[async_trait]
impl Ask for Refuses {
    async fn ask(&self, _: &str) -> io::Result<Option<Secret>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(io::ErrorKind::Interrupted.into())
    }

    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>> {
        self.ask(question).await.map(|_| None)
    }
}

/// Somebody who types a name and a password, and what they were asked.
#[derive(Clone, Default)]
struct LogsIn {
    user: &'static str,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
}

#[async_trait]
impl Ask for LogsIn {
    async fn ask(&self, question: &str) -> io::Result<Option<Secret>> {
        self.asked.lock().unwrap().push(question.to_owned());
        Ok(Some(Secret::from(CANARY)))
    }

    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>> {
        self.asked.lock().unwrap().push(question.to_owned());
        Ok(Some(self.user.to_owned()))
    }
}

async fn login(
    secrets: &Secrets,
    usual: Option<&str>,
    sources: &[SecretSource],
) -> Result<(String, String), Failure> {
    let [what, user, password] = ["the password", "User", "Password"].map(str::to_owned);
    let questions = Questions { what, user, password };
    let (user, password) = secrets.find_login(&questions, usual, sources).await?;
    Ok((user, password.expose_secret().to_owned()))
}

#[tokio::test]
async fn who_types_a_password_says_whose_it_is_or_means_the_usual_user() {
    let folder = tempfile::tempdir().unwrap();
    let prompt = [SecretSource::Prompt];
    for (typed, usual, meant) in
        [("", Some("joe"), "joe"), ("eve", Some("joe"), "eve"), ("eve", None, "eve")]
    {
        let ask = LogsIn { user: typed, ..LogsIn::default() };
        let secrets = secrets(ask.clone(), folder.path());
        for _ in 0..2 {
            let found = login(&secrets, usual, &prompt).await.unwrap();
            assert_eq!(found, (meant.to_owned(), CANARY.to_owned()));
        }
        assert_eq!(*ask.asked.lock().unwrap(), ["User", "Password"]);
    }
    let secrets = secrets(LogsIn::default(), folder.path());
    let failure = login(&secrets, None, &prompt).await.unwrap_err();
    assert!(failure.to_string().contains("no user is known for it"), "{failure}");
}

#[tokio::test]
async fn a_password_that_is_there_is_the_usual_users_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [shell(&format!("echo {CANARY}")), SecretSource::Prompt];
    let ask = LogsIn { user: "eve", ..LogsIn::default() };
    let asked = secrets(ask.clone(), folder.path());
    let found = login(&asked, Some("joe"), &sources).await.unwrap();
    assert_eq!(found, ("joe".to_owned(), CANARY.to_owned()));
    assert!(ask.asked.lock().unwrap().is_empty());
    let failure = login(&asked, None, &sources).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);
    let nobody = secrets(NoPrompt, folder.path());
    let failure = login(&nobody, Some("joe"), &[SecretSource::Prompt]).await.unwrap_err();
    assert_eq!(failure.causes, ["the password is not available", "prompt: none found"]);
}

#[tokio::test]
async fn who_wants_no_more_is_not_asked_for_another() {
    let (asked, folder) = (Arc::new(AtomicUsize::new(0)), tempfile::tempdir().unwrap());
    let secrets = secrets(Refuses(Arc::clone(&asked)), folder.path());
    for what in ["the first", "the second"] {
        let failure = secrets.find(what, &[SecretSource::Prompt]).await.unwrap_err();
        assert_eq!(
            failure.causes,
            [&format!("{what} is not available"), "prompt: it was not given"]
        );
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn what_would_answer_is_told_without_asking() {
    let sources = SecretSource::usual("release-key");
    assert_eq!(
        sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["keyring `release-key`", "$CASTOFF_SECRET_RELEASE_KEY", "prompt"]
    );
    let first = |value, has| {
        let environment = Environment::of([("CASTOFF_SECRET_RELEASE_KEY", value)]);
        first_to_answer(&sources, &environment, |_| has)
    };
    assert_eq!(first("", true), Some(&sources[0]));
    assert_eq!(first("x", false), Some(&sources[1]));
    assert_eq!(first("", false), Some(&SecretSource::Prompt));
    let nothing = Environment::of([]);
    assert_eq!(first_to_answer(&sources[..1], &nothing, |_| false), None);
}
