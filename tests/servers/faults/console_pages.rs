//! Long lists: what has come is shown while the rest does not.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{sync::Notify, task::block_in_place};

use super::console_browse::{ENTER, browse, sink};
use crate::support::{Answer, Behind, Castoff, Fault, FaultProxy, Garage, Rule};

/// How long ten thousand names may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A registry with a list of two pages, of which it keeps the second one back.
struct Paged {
    /// It answers.
    _pages: FaultProxy,
    /// It stands before that, and waits.
    front: FaultProxy,
    /// Notified when the second page is asked for.
    came: Arc<Notify>,
    /// Notified when it may come.
    go: Arc<Notify>,
}

impl Paged {
    /// A list at `path` of `what`, which are these.
    async fn start(path: &str, what: &str, [first, second]: [[&str; 2]; 2]) -> Self {
        let page = |names: [&str; 2]| Answer::new(200).body(json!({ what: names }).to_string());
        let next = format!("<{path}?second>; rel=\"next\"");
        let repositories = json!({ "repositories": ["team/app"] }).to_string();
        let answers = [
            ("?second", page(second)),
            (path, page(first).header("Link", next)),
            ("/v2/_catalog", Answer::new(200).body(repositories)),
        ];
        let rules = answers.map(|(path, answer)| Rule::on("GET", path, Fault::Answer(answer)));
        let others = [("/v2/team", 404), ("/v2/", 200)]
            .map(|(path, status)| Rule::on("GET", path, Fault::Answer(Answer::new(status))));
        let pages = FaultProxy::alone(rules.into_iter().chain(others).collect()).await;
        let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
        let rules = vec![Rule::on("GET", "?second", hold).times(1)];
        let front = FaultProxy::start(pages.address(), rules).await;
        Self { _pages: pages, front, came, go }
    }

    async fn of_tags() -> Self {
        Self::start("/v2/team/app/tags/list", "tags", [["1.3", "1.2"], ["1.1", "1.0"]]).await
    }

    async fn of_repositories() -> Self {
        let pages = [["team/app", "team/b"], ["team/c", "team/d"]];
        Self::start("/v2/_catalog", "repositories", pages).await
    }

    fn url(&self, below: &str) -> String {
        format!("docker://{}{below}", self.front.address())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_tags_are_shown_while_the_second_page_does_not_come() {
    let paged = Paged::of_tags().await;
    let castoff = Castoff::new();
    castoff.configure(&sink("hub", paged.front.address()));
    let mut console = block_in_place(|| browse(&castoff));
    block_in_place(|| {
        console.press(ENTER);
        console.expect("1 repository");
        console.press(ENTER);
    });
    paged.came.notified().await;
    block_in_place(|| {
        console.expect("2 tags so far, by version");
        // They can be looked at and filtered.
        console.press("j");
        console.expect("it has no content");
        console.press("/1.3\r");
        console.expect("1 of 2 tags so far");
        paged.go.notify_one();
        console.expect("1 of 4 tags, by version");
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_repositories_are_shown_and_opened_while_the_second_page_does_not_come() {
    let paged = Paged::of_repositories().await;
    let castoff = Castoff::new();
    castoff.configure(&sink("hub", paged.front.address()));
    let mut console = block_in_place(|| browse(&castoff));
    console.press(ENTER);
    paged.came.notified().await;
    block_in_place(|| {
        console.expect("2 repositories so far");
        console.press(ENTER);
        console.expect("`team/app` does not exist there");
        console.press("h");
        console.expect("2 repositories so far");
        paged.go.notify_one();
        console.expect("4 repositories, by name");
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}

/// What `castoff ls` prints of a list, a line each, of which the second page
/// comes when the first was read.
async fn printed(paged: &Paged, arguments: &[&str]) -> Vec<String> {
    let castoff = Castoff::new();
    let mut command = castoff.command(arguments);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    paged.came.notified().await;
    block_in_place(|| {
        let mut printed: Vec<String> = lines.by_ref().take(2).collect();
        paged.go.notify_one();
        printed.extend(lines);
        assert!(process.wait().unwrap().success());
        printed
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn ls_prints_the_first_page_while_the_second_does_not_come() {
    let paged = Paged::of_tags().await;
    let url = paged.url("/team/app");
    let tags = printed(&paged, &["ls", &url, "--names", "--sort", "stored"]).await;
    assert_eq!(tags, ["1.3", "1.2", "1.1", "1.0"]);
    let paged = Paged::of_repositories().await;
    let repositories = printed(&paged, &["ls", &paged.url("")]).await;
    assert_eq!(repositories, ["team/app", "team/b", "team/c", "team/d"]);
}

#[test]
fn ten_thousand_tags_are_listed_at_a_bucket() {
    let garage = Garage::shared();
    let tags: Vec<String> = (0..10_000).map(|place| format!("0.{place}")).collect();
    let list = json!({ "name": "pages-many", "tags": tags });
    garage.put("v2/pages-many/tags/list", list.to_string().into_bytes());
    let proxy = Behind::start(&garage.endpoint(), Vec::new());
    let url = garage.url().replace(&garage.endpoint(), proxy.address());
    let castoff = Castoff::new().with(&garage);
    castoff.configure(&format!("[[sink]]\nname = \"garage\"\nurl = \"{url}\"\n"));
    for order in ["version", "stored"] {
        let began = Instant::now();
        let arguments = ["ls", "garage/pages-many", "--kind", "image", "--names", "--sort", order];
        let listed = castoff.run(&arguments).expect(0).stdout;
        assert!(listed.lines().eq(&tags), "{order}");
        assert!(began.elapsed() < PATIENCE, "{order} took {:?}", began.elapsed());
    }
    // Their number costs no requests.
    assert!(proxy.seen().len() < 10, "{:?}", proxy.seen());
    let mut console = browse(&castoff);
    console.press("o");
    console.expect("A repository below");
    console.press("pages-many\r");
    console.expect("10000 tags, by version, newest first");
    console.expect("0.9999");
    console.press("G");
    console.expect("] 0.0");
    console.press("q");
    assert_eq!(console.end(), 0);
}
